"""What was found out for one sheet and holds for the next: people who answer one task write the same numbers.

The outcome of a step depends on the claim, and on the numbers with which the steps around it go on; each of these sets
has a number of its own, so that a key is a short tuple. Circuits of tensors have too many neighbours for that and are
judged afresh.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple

from ..numbers.intervals import Interval
from .circuit import Cell, Circuit
from .claim import Printed
from .judgement import Judged

#: More outcomes than this are forgotten together.
MOST = 100_000

Key = tuple[Any, ...]


class Outcome(NamedTuple):
    """What one step came to: the verdict on the claim if there is one, and what later steps use.

    `number` is that of the outcome, `token` that of what later steps can know of it.
    """

    number: int
    token: int
    judged: Judged | None
    operand: Interval | None


class Memory:
    """Outcomes under one reading of one circuit with the same given numbers; `slots` are those that sheets may hold."""

    def __init__(self, circuit: Circuit, slots: Container[Cell]) -> None:
        #: Values, gradients and the slots that sheets may hold, in the order of work.
        self.cells = [cell for cell in circuit.cells() if cell.port is None or cell in slots]
        self._near = _neighbours(circuit, self.cells)
        self._outcomes: dict[Key, Outcome] = {}
        self._tokens: dict[Key, int] = {}
        self._count = 0
        #: What somebody else remembers of the numbers around a cell, by the key of `around`.
        self.notes: dict[Key, Any] = {}

    def around(self, cell: Cell, tokens: Mapping[Cell, int]) -> Key:
        """The outcomes on which the step of a cell depends."""
        return cell, *[tokens.get(near, 0) for near in self._near[cell]]

    def key(self, cell: Cell, claim: Printed | None, tokens: Mapping[Cell, int], *, printer: Key) -> Key | None:
        """What the outcome of a cell depends on; None for a number that has no digits."""
        if claim is None:
            return None, printer, *self.around(cell, tokens)
        if claim.fixed is not None:
            return None
        return claim.text, claim.cut, printer, *self.around(cell, tokens)

    def recalled(self, key: Key | None) -> Outcome | None:
        """The outcome, if the same was met before."""
        return None if key is None else self._outcomes.get(key)

    def kept(self, key: Key | None, cell: Cell, judged: Judged | None, operand: Interval | None) -> Outcome:
        """A new outcome, with a number that no other one has."""
        self._count += 1
        is_refuted = judged is not None and judged.verdict == "refuted"
        known = (*_terms(operand), is_refuted and cell.field == "value")
        token = self._tokens.setdefault((cell, *known), self._count)
        found = Outcome(self._count, token, judged, operand)
        if key is not None:
            if len(self._outcomes) >= MOST:
                self._outcomes.clear()
                self._tokens.clear()
                self.notes.clear()
            self._outcomes[key] = found
        return found


def is_memorable(circuit: Circuit) -> bool:
    """True for circuits of scalars."""
    return all(not shape for shape in circuit.plan.shapes)


def _terms(operand: Interval | None) -> tuple[int, ...]:
    """The ends of a set as integers, of which keys are made faster than of rationals."""
    return () if operand is None else tuple(int(term) for end in operand for term in (end.p, end.q))


def _neighbours(circuit: Circuit, cells: Sequence[Cell]) -> Mapping[Cell, tuple[Cell, ...]]:
    """For every cell all others that its step may use; leaves are the same on every sheet."""
    known = set(cells)
    near = {cell: dict.fromkeys(_around(circuit, cell)) for cell in cells}
    return {cell: tuple(one for one in found if one in known) for cell, found in near.items()}


def _around(circuit: Circuit, cell: Cell) -> list[Cell]:
    if cell.field == "value":
        return _values(circuit, circuit.plan.operands[cell.node])
    if cell.field == "grad":
        return [near for use in circuit.uses[cell.node] for near in _around_gate(circuit, use.gate)]
    return _around_gate(circuit, cell.node)


def _around_gate(circuit: Circuit, gate: int) -> list[Cell]:
    ports = range(len(circuit.plan.operands[gate]))
    slots = [Cell(field, gate, port) for field in ("local", "downstream") for port in ports]
    return [*slots, *_values(circuit, (gate, *circuit.plan.operands[gate])), Cell("grad", gate)]


def _values(circuit: Circuit, wires: Any) -> list[Cell]:
    return [Cell("value", wire) for wire in wires if circuit.plan.rules[wire] is not None]
