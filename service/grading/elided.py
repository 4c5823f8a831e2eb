"""A mistake at a step that nobody wrote: one code at one elided wire, everything after it right (10.6, step 5)."""

from __future__ import annotations

from collections.abc import Iterator

from ...engine.numbers.intervals import Interval
from ...engine.printed.circuit import Cell, Circuit
from ...engine.printed.pieces import hull
from ...engine.printed.sheet import Sheet
from ...engine.printed.steps import Tight, predict
from .candidates import Candidate, candidates
from .dependencies import dependency_table


def elided_candidates(sheet: Sheet, cell: Cell) -> Iterator[Candidate]:
    """What a number would be if one step above it, that is not on the sheet, were made with one mistake."""
    region = hidden_above(sheet, cell)
    for hidden in region:
        for wrong in candidates(sheet, hidden):
            numbers = _follows(sheet, cell, region, hidden, wrong.numbers)
            if numbers is not None:
                yield wrong._replace(numbers=numbers)


def hidden_above(sheet: Sheet, cell: Cell) -> list[Cell]:
    """The elided cells from which a cell follows, through nothing but elided ones, in the order of work."""
    found: set[Cell] = set()
    table = dependency_table(sheet.circuit, sheet.operands)
    waiting = [cell]
    while waiting:
        for above in table.get(waiting.pop(), ()):
            if above not in sheet.claims and above not in found and not _is_source(sheet.circuit, above):
                found.add(above)
                waiting.append(above)
    return [one for one in sheet.circuit.cells() if one in found]


def _is_source(circuit: Circuit, cell: Cell) -> bool:
    return cell.field == "value" and circuit.plan.rules[cell.node] is None


def _follows(sheet: Sheet, cell: Cell, region: list[Cell], hidden: Cell, wrong: Interval) -> Interval | None:
    """What the cell becomes when one hidden number is another."""
    operands: dict[Cell, Interval | None] = {**sheet.operands, hidden: wrong}
    steps = Tight(sheet.circuit, operands, (), sheet.reading)
    for later in region[region.index(hidden) + 1 :]:
        pieces = predict(steps, later)
        operands[later] = None if pieces is None else hull(pieces)
    pieces = predict(steps, cell)
    return None if pieces is None else hull(pieces)
