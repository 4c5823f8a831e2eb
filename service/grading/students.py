"""Sheets that the grader itself writes: all right, or right but for one number (grading.md 21)."""

from __future__ import annotations

from typing import Any

from ...engine.numbers.intervals import Interval
from ...engine.printed.circuit import Cell
from ...engine.printed.claim import Printed, printed
from ...engine.printed.pieces import hull
from ...engine.printed.sheet import Sheet
from ...engine.printed.steps import Tight, predict
from .dependencies import dependencies
from .digits import rounded
from .exam import Exam
from .judging import reading_of

#: From here on nobody writes all digits.
LARGEST = 10**15


def printed_number(exam: Exam, number: Any) -> str:
    """A number at the digits that the policy asks for."""
    decimals = exam.form.decimals
    if decimals is None or abs(number) >= LARGEST:
        # A number of so many digits is written with a power of ten.
        return rounded(number, up=False, digits=exam.form.significant or (3 if decimals is None else 15))
    scaled = number * 10**decimals
    twice = 2 * abs(scaled) + 1
    count = int(twice.p) // (2 * int(twice.q))
    digits = str(count).rjust(decimals + 1, "0")
    sign = "-" if number < 0 and count else ""
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def exact_sheet(exam: Exam) -> dict[Cell, Printed]:
    """The true numbers of everything that is asked for, rounded."""
    found: dict[Cell, Printed] = {}
    for cell in sorted(exam.slot_of, key=exam.places.__getitem__):
        truth = exam.truth(cell)
        assert truth is not None
        found[cell] = _claim(exam, truth)
    return found


def _claim(exam: Exam, numbers: Interval) -> Printed:
    return printed(printed_number(exam, (numbers.low + numbers.high) / 2), exam.form)


class Stumbler:
    """A student who makes one mistake at most, and goes on rightly from the wrong number."""

    def __init__(self, exam: Exam) -> None:
        self._exam, self._reading = exam, reading_of(exam, "nearest", None)
        self.right = exact_sheet(exam)
        self._operands = Sheet(exam.circuit, {}, self._reading, exam.given).operands
        self._affected: dict[Cell, list[Cell]] = {}

    def sheet_with(self, wrong: Cell, text: str) -> dict[Cell, Printed]:
        """The claims, one of them a wrong number."""
        exam, claims = self._exam, {**self.right, wrong: printed(text, self._exam.form)}
        operands = {**self._operands, wrong: claims[wrong].read("exact")}
        steps = Tight(exam.circuit, operands, (), self._reading)
        for cell in self._affected_by(wrong):
            pieces = predict(steps, cell)
            if pieces is None:
                claims.pop(cell, None)
                continue
            if cell.port is None:
                operands[cell] = hull(pieces)
            if cell in claims:
                claims[cell] = _claim(exam, hull(pieces))
        return claims

    def _affected_by(self, wrong: Cell) -> list[Cell]:
        """The later cells that follow from this one, in the order of work."""
        if wrong not in self._affected:
            found, stated = {wrong: None}, {wrong} if wrong.port is not None else set[Cell]()
            for cell in self._exam.places:
                if cell != wrong and any(d in found for d in dependencies(self._exam.circuit, stated, cell)):
                    found[cell] = None
            self._affected[wrong] = list(found)[1:]
        return self._affected[wrong]
