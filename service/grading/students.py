"""Sheets that the grader itself writes: all right, or right but for one number (grading.md 21)."""

from __future__ import annotations

from typing import Any

from ...engine.printed.circuit import Cell
from ...engine.printed.claim import Printed, printed
from ...engine.printed.pieces import hull
from ...engine.printed.sheet import Sheet
from ...engine.printed.steps import Tight, predict
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
        found[cell] = printed(printed_number(exam, (truth.low + truth.high) / 2), exam.form)
    return found


def sheet_with(exam: Exam, wrong: Cell, text: str) -> dict[Cell, Printed]:
    """A sheet that is right up to one wrong number, and goes on from that number rightly."""
    right = exact_sheet(exam)
    claims: dict[Cell, Printed] = {}
    reading = reading_of(exam, "nearest", None)
    sheet = Sheet(exam.circuit, {}, reading, exam.given)
    operands = dict(sheet.operands)
    steps = Tight(exam.circuit, operands, (), reading)
    is_later = False
    for cell in exam.places:
        if cell == wrong:
            claims[cell], is_later = printed(text, exam.form), True
            operands[cell] = claims[cell].read("exact")
            continue
        if not is_later:
            claims |= {cell: right[cell]} if cell in right else {}
            continue
        pieces = predict(steps, cell)
        if pieces is None:
            continue
        numbers = hull(pieces)
        if cell.port is None:
            operands[cell] = numbers
        if cell in right:
            claims[cell] = printed(printed_number(exam, (numbers.low + numbers.high) / 2), exam.form)
    return claims
