"""How one number of a grade was judged, line by line, for whoever disputes it (grading.md 19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...engine.numbers.intervals import Interval
from ...engine.printed.circuit import Cell, Uses
from ...engine.printed.pieces import Pieces, hull
from ...schema import Assignment, Grade, UsageError
from .dependencies import dependency_table
from .digits import rounded
from .grading import Graded, graded
from .handed import exam_and_submission
from .states import Verdicts

_DIGITS = 9


def appeal(grade: Grade, assignment: Assignment, address: str) -> str:
    """What a number claims, the numbers it follows from, what they allow, what is true, and what follows for it.

    Raises UsageError for a slot that the grade does not have, and for a grade that holds no claims.
    """
    exam, submission = exam_and_submission(grade, assignment)
    found = graded(exam, submission)
    cell = next((cell for cell in found.cells if exam.circuit.name(cell) == address), None)
    if cell is None:
        known = ", ".join(slot["slot"] for slot in grade.slots or ())
        raise UsageError(f"{address}: the grade has no such slot; it has {known}")
    return "\n".join(_lines(found, cell)) + "\n"


def _lines(found: Graded, cell: Cell) -> Iterator[str]:
    verdicts, name = found.cells[cell], found.exam.circuit.name(cell)
    judged = verdicts.judged
    if judged is None:
        yield f"{name}: nothing was written that could be read as a number"
        return
    how = "cut off" if found.direction == "truncate" else "rounded"
    yield f"{name}: you wrote {judged.claim.text}; digits {how} like these say {_set(judged.read)}"
    yield from _operands(found, cell)
    yield from _parts(found, cell)
    yield f"  so it may be {_pieces(judged.predicted)}{_work(found, judged.reasons)}"
    yield f"  {_comparison(verdicts)}"
    yield f"  the exact value is {_set(found.exam.truth(cell))}: {_truth(verdicts)}"
    yield f"  state: {verdicts.state}{_credit(found, cell)}"


def _operands(found: Graded, cell: Cell) -> Iterator[str]:
    """The numbers that the step uses, as they were read."""
    operands = found.operands
    for above in dependency_table(found.exam.circuit, operands).get(cell, ()):
        written = found.submission.written.get(above)
        source = "by what was written before it" if above not in found.exam.circuit.sources else "given"
        if written is not None and written.claim is not None:
            source = f"you wrote {written.claim.text}"
        yield f"  {found.exam.circuit.name(above)}: {_set(operands.get(above))} ({source})"


def _parts(found: Graded, cell: Cell) -> Iterator[str]:
    """For a gradient what every gate sends."""
    if cell.field != "grad" or found.sheet is None:
        return
    for use in found.exam.circuit.uses[cell.node]:
        for port in use.ports:
            sent = found.sheet.tight.sent(Uses(use.gate, (port,)), cell.entry)
            gate = found.exam.circuit.plan.ids[use.gate]
            yield f"  through {gate}, operand {port + 1}: local gradient times upstream gradient is {_pieces(sent)}"


def _comparison(verdicts: Verdicts) -> str:
    judged = verdicts.judged
    assert judged is not None
    if judged.verdict == "proved":
        return "all of that is what you wrote: proved"
    if judged.verdict == "consistent":
        return "that meets what you wrote: consistent"
    if judged.gap is not None:
        away = rounded(judged.gap, up=False, digits=3)
        return f"that does not meet what you wrote: {away} half units of its last digit lie between them: refuted"
    return " ".join([f"{judged.verdict}:", *judged.reasons, *judged.form])


def _truth(verdicts: Verdicts) -> str:
    truth = verdicts.truth
    if truth is None or truth.verdict == "undecided":
        return "your digits leave open whether it is yours"
    return "it is what you wrote" if truth.is_right else "it is not what you wrote"


def _credit(found: Graded, cell: Cell) -> str:
    marked = next((one for one in found.slots if cell in one.slot.cells), None)
    if marked is None:
        return ""
    guarded = f", no carried credit ({marked.guarded})" if marked.guarded else ""
    return f", {marked.slot.points * marked.credit} of {marked.slot.points} points{guarded}"


def _work(found: Graded, reasons: Sequence[str]) -> str:
    if "work-rounding" in reasons:
        return f", and more if scratch paper was rounded to {found.decimals} decimals"
    return ""


def _pieces(pieces: Pieces) -> str:
    return _set(None if pieces is None else hull(pieces))


def _set(numbers: Interval | None) -> str:
    if numbers is None:
        return "anything"
    low, high = (rounded(end, up=up, digits=_DIGITS) for end, up in ((numbers.low, False), (numbers.high, True)))
    return low if low == high else f"[{low}, {high}]"
