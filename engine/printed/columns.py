"""Whole sheets of many people judged at once: which columns follow, number for number, beyond any doubt.

The steps are those of `steps.py`, run in boxes. A column counts only if every number of it is decided with a margin;
all others are left to exact arithmetic, which alone refutes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numbers.boxes import Box, Boxes, Floats
from ..numbers.intervals import Interval
from .circuit import Cell, Circuit
from .pieces import Pieces, hull
from .reading import Reading
from .steps import Tight, predict

#: The margin of a decision, relative to the largest number that was met (grading.md 17).
MARGIN = 2.0**-40

Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """The claims on one cell: the sets of their digits, and where they are exact numbers of exact steps, the number."""

    low: Floats
    high: Floats
    number: Floats
    exact: Booleans

    def operand(self, boxes: Boxes) -> Box:
        """The sets with which later steps go on."""
        low, high = np.where(self.exact, self.number, self.low), np.where(self.exact, self.number, self.high)
        return boxes.outward(low, high)


@dataclass(frozen=True)
class Decided:
    """For one cell the columns that follow; of these, those that are surely proved, and surely not proved."""

    follows: Booleans
    proved: Booleans
    consistent: Booleans


class BoxSteps(Tight):
    """Predicted sets in boxes."""

    def __init__(self, circuit: Circuit, operands: Mapping[Cell, Any], reading: Reading, boxes: Boxes) -> None:
        super().__init__(circuit, operands, (), reading)
        self._boxes = boxes

    def _system(self, share: Any) -> Any:
        return self._boxes

    def _exact(self, number: Interval) -> Any:
        return boxed(number, self._boxes)


def boxed(number: Interval, boxes: Boxes) -> Box:
    """One interval as a box."""
    low, high = (float(int(end.p)) / float(int(end.q)) for end in number)
    return boxes.filled(low, high)


def decide(
    circuit: Circuit,
    columns: Mapping[Cell, Column],
    given: Mapping[Cell, Interval],
    reading: Reading,
    points: Collection[Cell],
) -> dict[Cell, Decided]:
    """The verdicts on all cells of full sheets; `points` are cells whose step may give a single number exactly."""
    boxes = Boxes(len(next(iter(columns.values())).low))
    operands: dict[Cell, Any] = {cell: boxed(number, boxes) for cell, number in given.items()}
    steps = BoxSteps(circuit, operands, reading, boxes)
    for wire, entries in circuit.leaves.items():
        for entry, number in enumerate(entries):
            operands[Cell("value", wire, None, entry)] = None if number is None else boxed(number, boxes)
    found: dict[Cell, Decided] = {}
    for cell in circuit.cells():
        if cell in columns:
            found[cell] = _decided(predict(steps, cell), columns[cell], boxes, can_be_point=cell in points)
            operands[cell] = columns[cell].operand(boxes)
    return found


def _decided(pieces: Pieces, column: Column, boxes: Boxes, *, can_be_point: bool) -> Decided:
    """An exact column is proved; of the others those follow whose step meets what they claim with a margin."""
    none = np.zeros(boxes.columns, dtype=bool)
    if pieces is None:
        return Decided(column.exact, column.exact, none)
    step: Any = hull(pieces)
    margin = MARGIN * boxes.largest * boxes.largest
    inside = (step.low - margin >= column.low) & (step.high + margin <= column.high)
    meets = (step.low + margin <= column.high - margin) & (step.high - margin >= column.low + margin)
    sticks_out = (step.low + margin < column.low) | (step.high - margin > column.high)
    # A step of a single number that is not written exactly is the business of exact arithmetic.
    open_ = (step.high - step.low <= 2 * margin) if can_be_point else none
    clear = ~column.exact & ~open_
    return Decided(column.exact | ((inside | meets) & clear), column.exact | (inside & clear), sticks_out & clear)
