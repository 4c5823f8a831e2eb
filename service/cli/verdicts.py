"""What is said of what was judged: as text with a summary, or as documents."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from ...engine.verify import Policy
from ...engine.verify.report import overall, verify
from ...schema import ChainruleError, DocumentError, Report
from ..evidence import differences, evidence, kinks
from ..plots import error_plots
from ..refusals import refused
from ..sentences import sentences
from . import exits
from .printing import Documents, Form, error_lines, print_lines
from .reading import named
from .subjects import Refusal, Subject
from .summary import Row, row_of, summary, unreadable


@dataclass(frozen=True, slots=True)
class Asked:
    """How documents are to be judged, and what is to be said of them."""

    form: Form
    policy: Policy
    detail: str
    plot: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one subject; made where it was judged, which may be another process."""

    code: int
    lines: Sequence[str] = ()
    errors: Sequence[str] = ()
    row: Row | None = None
    report: Report | None = None
    many: bool = False


_CODES = {
    "proved": exits.NOTHING_AGAINST,
    "consistent": exits.NOTHING_AGAINST,
    "undecided": exits.UNDECIDED,
    "refuted": exits.REFUTED,
}


def judged(found: Subject | Refusal, asked: Asked) -> Told:
    """Judge a subject; what cannot be judged is told as well."""
    if isinstance(found, Refusal):
        return _refused(found, asked)
    try:
        with named(found.name):
            report = verify(found.graph, asked.policy, detail=asked.detail, digests=found.digests)
    except ChainruleError as error:
        return _refused(Refusal(error, found.digests, found.many), asked)
    code = _CODES[overall(report)]
    if asked.form != "text":
        return Told(code, report=_from(report, found.name), many=found.many)
    return Told(code, lines=list(_said(found, report, asked)), row=row_of(found.name, report))


def _refused(refusal: Refusal, asked: Asked) -> Told:
    error, code = refusal.error, exits.CANNOT_JUDGE
    if not isinstance(error, DocumentError):
        return Told(code, errors=error_lines(error))
    name = error.source or ""
    if asked.form == "text":
        return Told(code, lines=[str(error)], row=unreadable(name))
    return Told(code, report=_from(refused(error, refusal.digests, asked.policy), name), many=refusal.many)


def _from(report: Report, name: str) -> Report:
    """The report with the name of its source."""
    return report.model_copy(update={"run": {**(report.run or {}), "source": name}})


def _said(subject: Subject, report: Report, asked: Asked) -> Iterator[str]:
    """One finding a line, `file:node: kind: sentence`, with its evidence if all is asked for."""
    for row, said in zip(report.claims or [], sentences(report, subject.graph), strict=True):
        yield f"{subject.name}:{said.wire}: {said.kind}: {said.words}"
        if asked.detail == "all":
            yield from (f"    {line}" for line in evidence(row))
    for warned in report.warnings or []:
        yield f"{subject.name}:{warned.get('wire', '')}: warning: {warned['message']}"
    if asked.detail == "all":
        yield from (f"{subject.name}:{line}" for line in chain(kinks(report), differences(report)))
    if asked.plot:
        yield from error_plots(subject.graph)


class Verdicts(Protocol):
    """Says what is told, one subject after the other."""

    def say(self, told: Told) -> None:
        """The next one."""

    def close(self) -> None:
        """There are no more."""


def verdicts_as(form: Form) -> Verdicts:
    """Where verdicts go under an output form."""
    return _Sentences() if form == "text" else _Reports(form)


class _Sentences:
    """Lines as they come, and a summary at the end."""

    def __init__(self) -> None:
        self._spoke = False
        self._rows: list[Row] = []

    def say(self, told: Told) -> None:
        for line in told.lines:
            print(line)
        self._spoke = self._spoke or bool(told.lines)
        print_lines(told.errors)
        if told.row is not None:
            self._rows.append(told.row)

    def close(self) -> None:
        if self._rows:
            print("\n" if self._spoke else "", end="")
            print(summary(self._rows))


class _Reports:
    """Reports as documents, each with the name of its source under `run`."""

    def __init__(self, form: Form) -> None:
        self._documents = Documents(sys.stdout.buffer, form)

    def say(self, told: Told) -> None:
        print_lines(told.errors)
        if told.report is not None:
            self._documents.write(told.report, many=told.many)

    def close(self) -> None:
        self._documents.close()
        sys.stdout.buffer.flush()
