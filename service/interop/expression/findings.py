"""The problems of one text, each with its place, collected before anything is raised."""

from dataclasses import dataclass

from ....schema import Problem
from ..errors import InteropError
from .source import Source, Span

_MOST_PROBLEMS = 50


@dataclass(slots=True)
class _Finding:
    """What is wrong, where it is seen first, and how often."""

    code: str
    message: str
    nearest: tuple[str, ...]
    span: Span | None
    count: int = 0


class Findings:
    """Collects what is wrong with a text; `check` raises once everything has been looked at."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._found: dict[tuple[str, str], _Finding] = {}

    def malformed(self, span: Span, message: str) -> None:
        """The text is not an expression at all."""
        self.add("import.malformed", span, message)

    def unsupported(self, span: Span, message: str) -> None:
        """The text says something that a document, or this op set, cannot say."""
        self.add("import.unsupported", span, message)

    def add(self, code: str, span: Span | None, message: str, nearest: tuple[str, ...] = ()) -> None:
        """Note a problem at a place of the text, or of what the caller said beside it; the same again is counted."""
        finding = self._found.setdefault((code, message), _Finding(code, message, nearest, span))
        finding.count += 1
        if span and finding.span and span < finding.span:
            finding.span = span

    def check(self) -> None:
        """Raise all problems so far, in the order of the text."""
        found = sorted(self._found.values(), key=_start)
        if found:
            kept = found[:_MOST_PROBLEMS]
            problems = [self._problem(finding) for finding in kept]
            excerpts = [self._source.excerpt(finding.span) if finding.span else "" for finding in kept]
            raise InteropError(problems, truncated=len(found) > len(kept), excerpts=excerpts)

    def _problem(self, finding: _Finding) -> Problem:
        line, column = self._source.position(finding.span.start) if finding.span else (None, None)
        times = f" ({finding.count} times)" if finding.count > 1 else ""
        message = finding.message + times
        near = finding.nearest or None
        return Problem(code=finding.code, at="", message=message, nearest=near, line=line, column=column)


def _start(finding: _Finding) -> int:
    return finding.span.start if finding.span else -1
