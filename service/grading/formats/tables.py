"""A class as CSV, long (a row a number) or wide (a row a student), safe for spreadsheet programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from ....schema import Grade
from ....schema.grade import Slot
from ....schema.grammar import read_decimal, read_fraction
from ..amounts import shown
from ..exam import Exam
from ..slots import answer, codes, earned, outcome

LONG = (
    "assignment", "student", "slot", "group", "claim", "state", "local", "global", "points", "max", "first_error",
    "outcome", "codes", "rounding",
)  # fmt: skip

#: A cell that begins so would be computed.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def long_table(grades: Sequence[Grade], exam: Exam) -> str:
    """One row for every number of every student."""
    groups = {slot.address: slot.group for slot in exam.slots}
    rows = [[*_long_row(grade, slot, groups)] for grade in grades for slot in grade.slots or ()]
    return _written(LONG, rows)


def wide_table(grades: Sequence[Grade], exam: Exam) -> str:
    """One row for every student, a column of points for every number."""
    addresses = [slot.address for slot in exam.slots]
    heads = ("student", "score", "max", "percent", "gradable", "first_error", "systematic", *addresses)
    return _written(heads, [_wide_row(grade, addresses) for grade in grades])


def safe(cell: str) -> str:
    """A text that no spreadsheet program computes: a quote in front of what could be a formula.

    >>> safe("=1+1"), safe("-0.60"), safe("a\\nb")
    ("'=1+1", '-0.60', "'a\\nb")
    """
    if read_decimal(cell) is not None or read_fraction(cell) is not None:
        return cell
    return f"'{cell}" if cell.startswith(_DANGEROUS) or "\n" in cell or "\r" in cell else cell


def _long_row(grade: Grade, slot: Slot, groups: Mapping[str, str]) -> Iterable[str]:
    yield grade.assignment["id"]
    yield grade.submission.get("by", "")
    yield slot["slot"]
    yield groups.get(slot["slot"], "")
    yield answer(slot) or ""
    yield slot["state"]
    yield slot.get("local") or ""
    yield slot.get("global") or ""
    yield shown(earned(slot))
    yield shown(Fraction(slot["points"]))
    yield grade.first_error or ""
    yield outcome(slot)
    yield " ".join(codes(slot))
    yield grade.rounding_read or ""


def _wide_row(grade: Grade, addresses: Sequence[str]) -> list[str]:
    score = grade.score or {"shown": "", "max": "0", "percent": ""}
    amounts = {slot["slot"]: earned(slot) for slot in grade.slots or ()}
    head = [grade.submission.get("by", ""), score["shown"], shown(Fraction(score["max"])), score["percent"]]
    told = " ".join(one["code"] for one in grade.systematic or ())
    points = [shown(amounts[address]) if address in amounts else "" for address in addresses]
    return [*head, str(grade.gradable).lower(), grade.first_error or "", told, *points]


def _written(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return stream.getvalue()
