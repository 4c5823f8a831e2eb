"""The guard on carried credit: a number that is right given a wrong one may have become trivial (grading.md 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from ...engine.numbers.intervals import Interval, point
from ...engine.printed.circuit import Cell
from ...engine.printed.judgement import predicted
from ...engine.printed.sheet import Sheet
from .dependencies import dependency_table
from .exam import Exam
from .states import ROOTS, Verdicts

#: An operand that is so many times larger or smaller than its truth carries nothing.
BLOW_UP = 1_000


def guard(exam: Exam, sheet: Sheet, cells: Mapping[Cell, Verdicts], cell: Cell) -> str | None:
    """The letter for which a carried number earns nothing: zero, blow-up, degenerate, form, free; None if it earns."""
    if not exam.policy.carry.guard:
        return None
    verdicts = cells[cell]
    roots = [cells[root] for root in verdicts.roots if root in cells]
    if _became_zero(exam, cell, verdicts):
        return "zero"
    path = list(_path(sheet, cells, cell))
    if any(_is_out_of_size(exam, above) for above in path):
        return "blow-up"
    if any(_is_degenerate(exam, root) for root in roots):
        return "degenerate"
    if any(above.state in ("low-precision", "uninformative") for above in path):
        return "form"
    return "free" if any(_is_free(exam, root) for root in roots) else None


def _became_zero(exam: Exam, cell: Cell, verdicts: Verdicts) -> bool:
    assert verdicts.judged is not None
    near = Interval(-verdicts.judged.claim.half_unit, verdicts.judged.claim.half_unit)
    step, truth = predicted(verdicts.judged.predicted), exam.truth(cell)
    return step is not None and truth is not None and near.holds(step) and not near.holds(truth)


def _path(sheet: Sheet, cells: Mapping[Cell, Verdicts], cell: Cell) -> Iterator[Verdicts]:
    """The claims between a number and its nearest roots, roots included, that are not the true ones."""
    table = dependency_table(sheet.circuit, sheet.operands)
    waiting, seen = [cell], {cell}
    while waiting:
        for above in table.get(waiting.pop(), ()):
            if above in seen:
                continue
            seen.add(above)
            verdicts = cells.get(above)
            if verdicts is not None and verdicts.judged is not None and not _is_true(verdicts):
                yield verdicts
            if verdicts is None or verdicts.state not in ROOTS:
                waiting.append(above)


def _is_true(verdicts: Verdicts) -> bool:
    return verdicts.truth is not None and verdicts.truth.is_right


def _is_out_of_size(exam: Exam, verdicts: Verdicts) -> bool:
    """True if a claim has left the size of its truth."""
    assert verdicts.judged is not None
    number, truth = verdicts.judged.claim.value, exam.truth(verdicts.cell)
    if truth is None or number == 0 or truth.low <= 0 <= truth.high:
        return False
    return abs(number) > BLOW_UP * truth.size or abs(number) * BLOW_UP < abs(truth).low


def _is_degenerate(exam: Exam, root: Verdicts) -> bool:
    assert root.judged is not None
    if root.diagnosis is not None and root.diagnosis.outcome != "none":
        return False
    trivial = [point(root.judged.claim.value * 0 + number) for number in (0, 1, -1)]
    seeds = [seed for entries in exam.circuit.seeds.values() for seed in entries]
    number, truth = point(root.judged.claim.value), exam.truth(root.cell)
    return number in (*trivial, *seeds) and truth != number


def _is_free(exam: Exam, root: Verdicts) -> bool:
    slot = exam.slot_of.get(root.cell)
    return slot is None or slot.points == Fraction(0)
