"""Errors of importers and exporters."""

from collections.abc import Iterable

from ...schema import DocumentError, Problem


class InteropError(DocumentError):
    """A foreign text or file cannot become a document, or a document cannot become what was asked for.

    `excerpts` are the lines at fault with carets under them, one a problem ("" where a problem has no place).
    """

    def __init__(
        self,
        problems: Iterable[Problem],
        *,
        truncated: bool = False,
        source: str | None = None,
        excerpts: Iterable[str] = (),
    ) -> None:
        super().__init__(problems, truncated=truncated, source=source)
        self.excerpts = tuple(excerpts)

    def __str__(self) -> str:
        """One line a problem, `source:line:column: code: message`, and under it the line with a caret."""
        lines: list[str] = []
        for place, problem in enumerate(self.problems):
            lines += [self._told(problem), *filter(None, self.excerpts[place : place + 1])]
        return "\n".join([*lines, *(["further problems are not listed"] if self.truncated else [])])

    def _told(self, problem: Problem) -> str:
        place = (self.source, problem.line, problem.column) if problem.line else (self.source, problem.at)
        prefix = "".join(f"{part}:" for part in place if part)
        return f"{prefix} {problem.code}: {problem.message}".lstrip()
