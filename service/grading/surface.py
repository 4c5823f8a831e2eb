"""Surface slips: the number was right and its digits were not (grading.md 10.5). Tested on the claim."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ...engine.numbers.intervals import Interval
from ...engine.printed.circuit import Cell
from ...engine.printed.claim import Printed, printed
from ...engine.printed.judgement import Judged, predicted
from ...engine.printed.sheet import Sheet
from .candidates import Candidate
from .dependencies import dependency_table

SLIP = "decimal-slip"
_SHIFTS = (-2, -1, 1, 2)
_MOST_DIGITS = 40

#: A number with fewer digits is found elsewhere by chance.
COPIED_DIGITS = 3


def surface_candidates(sheet: Sheet, cell: Cell, judged: Judged) -> Iterator[Candidate]:
    """The surface slips that explain a claim."""
    tight = predicted(judged.predicted)
    if tight is not None and judged.claim.fixed is None:
        yield from _shifted(judged, tight)
        yield from _swapped(sheet, judged, tight)
    if cell.field == "grad" and _is_own_value(sheet, cell, judged):
        yield _slip("value-for-grad", judged)
    if cell.field == "local":
        yield from _local_slot(sheet, cell, judged)
    if judged.claim.value != 0 and judged.claim.significant >= COPIED_DIGITS and _is_copied(sheet, cell, judged.claim):
        yield _slip("copied-from", judged)


def _slip(code: str, judged: Judged) -> Candidate:
    return Candidate(code, "surface", judged.read)


def _meets(numbers: Interval | None, read: Interval) -> bool:
    """True if a number stands there that is no wider than the claim, and is the claim; not by being nothing."""
    if numbers is None or numbers.high - numbers.low > 2 * (read.high - read.low):
        return False
    return numbers.gap(read) == 0 and not (read.low <= 0 <= read.high)


def _is_own_value(sheet: Sheet, cell: Cell, judged: Judged) -> bool:
    value = cell._replace(field="value")
    numbers = sheet.operands.get(value)
    if judged.claim.value == 0:
        # A 0 is copied only from a 0 that stands there.
        stated = sheet.claims.get(value)
        return stated.value == 0 if stated is not None else numbers is not None and numbers.size == 0
    return _meets(numbers, judged.read)


def _shifted(judged: Judged, tight: Interval) -> Iterator[Candidate]:
    claim, read = judged.claim, judged.read
    if _digits(judged) < 2 or claim.unit == 0 or tight.low <= 0 <= tight.high:
        return
    for places in (*_SHIFTS, *_lost_point(claim)):
        if _moved(read, -places).gap(tight) == 0 and (read.high - read.low) * 10 <= 2 * abs(claim.value):
            yield _slip(SLIP, judged)
            return


def slipped(tight: Interval) -> Iterator[Interval]:
    """What a slip of the decimal point makes of the right numbers; nothing where they may be 0."""
    if not tight.low <= 0 <= tight.high:
        yield from (_moved(tight, places) for places in _SHIFTS)


def _moved(numbers: Interval, places: int) -> Interval:
    """The numbers with their point moved so many places to the right."""
    # The engine's rationals make themselves: this room knows no library for them.
    factor = (numbers.low * 0 + 10) ** places
    return Interval(numbers.low * factor, numbers.high * factor)


def _lost_point(claim: Printed) -> Iterator[int]:
    """The places by which a number without a point is too large if its point was lost."""
    if claim.decimals == 0 and claim.significant >= COPIED_DIGITS:
        yield from range(3, claim.significant + 1)


def _digits(judged: Judged) -> int:
    """Significant digits of the claim as it is read, zeros that were left out counted."""
    claim, width = judged.claim, judged.read.high - judged.read.low
    significant, unit = claim.significant, claim.unit
    while claim.value != 0 and width < unit and significant < _MOST_DIGITS:
        significant, unit = significant + 1, unit / 10
    return significant


def _swapped(sheet: Sheet, judged: Judged, tight: Interval) -> Iterator[Candidate]:
    for text in _transpositions(judged.claim.text):
        other = printed(text)
        if other.read(sheet.reading.direction).gap(tight) == 0:
            yield _slip("digit-swap", judged)
            return


def _transpositions(text: str) -> Iterator[str]:
    """The text with two neighbouring digits exchanged that differ and are not 0, a point between them or not."""
    digits = [place for place, char in enumerate(text.partition("e")[0]) if char.isdigit()]
    for first, second in pairwise(digits):
        a, b = text[first], text[second]
        if a != b and "0" not in (a, b) and "/" not in text:
            swapped = list(text)
            swapped[first], swapped[second] = b, a
            yield "".join(swapped)


def _local_slot(sheet: Sheet, cell: Cell, judged: Judged) -> Iterator[Candidate]:
    up = sheet.operands.get(Cell("grad", cell.node, None, cell.entry))
    local = predicted(judged.predicted)
    if up is not None and local is not None and _meets(local * up, judged.read):
        yield _slip("local-has-upstream", judged)
    operand = sheet.circuit.plan.operands[cell.node][cell.port or 0]
    grad = Cell("grad", operand, None, cell.entry)
    if grad in sheet.claims and _meets(sheet.operands.get(grad), judged.read):
        yield _slip("grad-in-local-slot", judged)


def _is_copied(sheet: Sheet, cell: Cell, claim: Printed) -> bool:
    """True if the same digits stand at an earlier place that is no neighbour."""
    near = {*dependency_table(sheet.circuit, sheet.operands)[cell], cell}
    for other, written in sheet.claims.items():
        if other == cell:
            return False
        if written.text == claim.text and other not in near:
            return True
    return False
