"""The true numbers of a circuit: enclosures from the inputs alone, by the same steps that judge claims."""

from __future__ import annotations

from ..numbers.intervals import Interval
from .circuit import Cell, Circuit
from .pieces import hull
from .reading import Reading
from .steps import Tight, predict

#: Precisions at which a truth is enclosed, until a question is decided.
BITS = (128, 333, 1300)


class Truths:
    """The truths of one circuit, computed once for all who answer."""

    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._found: dict[tuple[Cell, int], Interval | None] = {}
        self._steps: dict[int, Tight] = {}

    def of(self, cell: Cell, bits: int = BITS[0]) -> Interval | None:
        """What the number is: an enclosure, at a kink the hull of the slopes; None if it is no finite number."""
        if cell.field == "value" and cell.node in self._circuit.leaves:
            return self._circuit.leaves[cell.node][cell.entry]
        if (cell, bits) not in self._found:
            pieces = predict(self._at(bits), cell)
            self._found[cell, bits] = None if pieces is None else hull(pieces)
        return self._found[cell, bits]

    def _at(self, bits: int) -> Tight:
        if bits not in self._steps:
            self._steps[bits] = _run(self._circuit, bits)
        return self._steps[bits]


def _run(circuit: Circuit, bits: int) -> Tight:
    """Both passes from the inputs alone."""
    known: dict[Cell, Interval | None] = {}
    steps = Tight(circuit, known, (), Reading(), bits)
    for wire, entries in circuit.leaves.items():
        known |= {Cell("value", wire, None, entry): number for entry, number in enumerate(entries)}
    for cell in circuit.cells():
        if cell.port is None:
            pieces = predict(steps, cell)
            known[cell] = None if pieces is None else hull(pieces)
    return steps
