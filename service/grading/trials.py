"""Every mistake of the catalogue made on purpose, on a sheet that is right otherwise, and graded (grading.md 21)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ...engine.printed.circuit import Cell
from ...engine.printed.claim import printed
from ...engine.printed.sheet import Sheet
from .candidates import candidates
from .exam import Exam
from .grading import Graded, graded
from .judging import reading_of
from .students import Stumbler, printed_number
from .written import Submission, Written

Outcome = Literal["invisible", "silent", "ambiguous", "found"]


@dataclass(frozen=True)
class Trial:
    """One mistake at one place, as it is printed."""

    code: str
    cell: Cell
    text: str
    #: True if it prints another number than the right step.
    is_visible: bool


@dataclass(frozen=True)
class Made:
    """One mistake that was made on purpose, and what became of it."""

    code: str
    slot: str
    outcome: Outcome


class Trials:
    """What one assignment makes of mistakes."""

    def __init__(self, exam: Exam) -> None:
        self._exam, self._student = exam, Stumbler(exam)

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """All mistakes that print different numbers, place by place."""
        return tuple(self._printed())

    @property
    def digits(self) -> int:
        """Characters of a sheet that is all right."""
        return sum(len(claim.text) for claim in self._student.right.values())

    def mistakes(self) -> Iterator[Made]:
        """Each mistake with its outcome."""
        for trial in self.trials:
            yield Made(trial.code, self._exam.circuit.name(trial.cell), self.outcome(trial))

    def outcome(self, trial: Trial) -> Outcome:
        """What becomes of a mistake: unseen, not found, found as one of several, or found."""
        if not trial.is_visible:
            return "invisible"
        verdicts = self._graded(trial).cells[trial.cell]
        if verdicts.state not in ("wrong", "slip"):
            return "silent"
        diagnosis = verdicts.diagnosis
        one = diagnosis is not None and len(diagnosis.classes) == 1 and len(diagnosis.classes[0].families) == 1
        return "found" if one else "ambiguous"

    def _printed(self) -> Iterator[Trial]:
        exam, right = self._exam, self._student.right
        reading = reading_of(exam, "nearest", exam.form.decimals)
        sheet = Sheet(exam.circuit, right, reading, exam.given)
        for cell in exam.slot_of:
            seen: set[tuple[str, str]] = set()
            for candidate in candidates(sheet, cell):
                text = printed_number(exam, (candidate.numbers.low + candidate.numbers.high) / 2)
                if (candidate.code, text) not in seen:
                    seen.add((candidate.code, text))
                    yield Trial(candidate.code, cell, text, printed(text).value != right[cell].value)

    def _graded(self, trial: Trial) -> Graded:
        claims = self._student.sheet_with(trial.cell, trial.text)
        written = {place: Written(claim.text, claim) for place, claim in claims.items()}
        return graded(self._exam, Submission("sha256:" + "0" * 64, "answers", None, written))
