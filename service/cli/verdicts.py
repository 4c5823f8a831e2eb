"""Reports on their way out: as text with a summary, or as documents."""

import sys
from itertools import chain
from typing import Protocol

from ...engine.verify import Policy
from ...schema import DocumentError, Report
from ..evidence import differences, evidence, kinks
from ..plots import error_plots
from ..refusals import refused
from ..sentences import sentences
from .printing import Documents, Form, print_error
from .subjects import Refusal, Subject
from .summary import Row, row_of, summary, unreadable


class Verdicts(Protocol):
    """Takes reports one by one."""

    def judged(self, subject: Subject, report: Report) -> None:
        """A report on something that could be judged."""

    def refused(self, refusal: Refusal) -> None:
        """A source that could not."""

    def close(self) -> None:
        """There are no more."""


def verdicts_as(form: Form, policy: Policy, detail: str, *, plot: bool = False) -> Verdicts:
    """Where reports go under an output form."""
    return _Sentences(detail, plot=plot) if form == "text" else _Reports(form, policy)


class _Sentences:
    """One finding a line, `file:node: kind: sentence`, and a summary at the end."""

    def __init__(self, detail: str, *, plot: bool) -> None:
        self._all, self._plot = detail == "all", plot
        self._spoke = False
        self._rows: list[Row] = []

    def judged(self, subject: Subject, report: Report) -> None:
        for row, said in zip(report.claims or [], sentences(report, subject.graph), strict=True):
            self._say(f"{subject.name}:{said.wire}: {said.kind}: {said.words}")
            if self._all:
                print("".join(f"    {line}\n" for line in evidence(row)), end="")
        for warned in report.warnings or []:
            self._say(f"{subject.name}:{warned.get('wire', '')}: warning: {warned['message']}")
        if self._all:
            for line in chain(kinks(report), differences(report)):
                self._say(f"{subject.name}:{line}")
        if self._plot:
            for drawn in error_plots(subject.graph):
                self._say(drawn)
        self._rows.append(row_of(subject.name, report))

    def refused(self, refusal: Refusal) -> None:
        if isinstance(refusal.error, DocumentError):
            self._say(str(refusal.error))
            self._rows.append(unreadable(refusal.error.source or ""))
        else:
            print_error(refusal.error)

    def close(self) -> None:
        if self._rows:
            print("\n" if self._spoke else "", end="")
            print(summary(self._rows))

    def _say(self, line: str) -> None:
        self._spoke = True
        print(line)


class _Reports:
    """Reports as documents, each with the name of its source under `run`."""

    def __init__(self, form: Form, policy: Policy) -> None:
        self._documents = Documents(sys.stdout.buffer, form)
        self._policy = policy

    def judged(self, subject: Subject, report: Report) -> None:
        self._write(report, subject.name, many=subject.many)

    def refused(self, refusal: Refusal) -> None:
        if isinstance(refusal.error, DocumentError):
            report = refused(refusal.error, refusal.digests, self._policy)
            self._write(report, refusal.error.source or "", many=refusal.many)
        else:
            print_error(refusal.error)

    def close(self) -> None:
        self._documents.close()
        sys.stdout.buffer.flush()

    def _write(self, report: Report, name: str, *, many: bool) -> None:
        self._documents.write(report.model_copy(update={"run": {**(report.run or {}), "source": name}}), many=many)
