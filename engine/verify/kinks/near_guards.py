"""Guards of a large graph that are 0, or within rounding of it: seen by float arithmetic, over the whole graph at once.

Proves nothing: what lies within the running rounding bound of a kink is only found, and left to the referee.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ....schema.number import UNIT_ROUNDOFF
from ...backward import local_gradients
from ...numbers.arrays import Arrays
from ...plan import Number, Plan
from ...rule import Spot
from ...shape import SCALAR
from ..bounds import REALISATIONS
from ..claims import Claim
from ..layout import Layout, listed
from ..values import rule_of
from .breaks import breakable, varying
from .guards import Guard, guarded

#: Gate and port.
Slot = tuple[int, int]

#: Guards that are a larger share of the largest value in the graph are not within rounding of 0.
CLOSE = 2.0**-20


def guards_near(layout: Layout, values: Sequence[Number]) -> list[Guard]:
    """The gate entries whose guard may be 0, at the values of a pass of ours; those that are not 0 there are `near`.

    Gates without derivative here count too.
    """
    plan = layout.plan
    if not (guarded(plan) or breakable(plan)):
        return []
    close = _close(layout, values)
    bounds = _bounds(plan, values) if any(guard for _, _, guard in close) else []
    tied = [Guard(gate, k, near=guard != 0) for gate, k, guard in close if _may_be_0(plan, bounds, gate, k, guard)]
    return sorted(tied + _broken(plan, values))


def _close(layout: Layout, values: Sequence[Number]) -> list[tuple[int, int, float]]:
    """Gate, entry and guard where that is a small share of the largest value: all that rounding could make 0."""
    flat, alone = layout.flat(values), set(guarded(layout.plan))
    largest = float(np.max(np.abs(flat[np.isfinite(flat)]), initial=0.0))
    found: list[tuple[int, int, float]] = []
    for group in layout.groups:
        if group.rule.has_kink:
            with np.errstate(all="ignore"):
                guards = np.broadcast_to(
                    group.rule.distance(Arrays(), [flat[port] for port in group.ports]), group.own.shape
                )
            places = np.flatnonzero(np.abs(guards) <= CLOSE * largest)
            gates = layout.owners(group.own[places])
            entries = group.own[places] - layout.starts[gates]
            found += zip(gates.tolist(), entries.tolist(), guards[places].tolist(), strict=True)
    return [each for each in found if each[0] in alone and layout.plan.reaching[each[0]]]


def _may_be_0(plan: Plan, bounds: Sequence[Any], gate: int, entry: int, guard: float) -> bool:
    if guard == 0:
        return True
    reach = sum(float(np.ravel(bounds[k])[entry if np.size(bounds[k]) > 1 else 0]) for k in plan.operands[gate])
    return abs(guard) <= REALISATIONS * reach


def _bounds(plan: Plan, values: Sequence[Number]) -> list[Any]:
    """The running rounding bound of every value, that of a leaf's own writing included."""
    bounds: list[Any] = []
    with np.errstate(all="ignore"):
        for i, rule in enumerate(plan.rules):
            unit = float(UNIT_ROUNDOFF.get(plan.dtypes[i], 0))
            bound: Any = (1 if rule is None else rule.error.value) * unit * np.abs(values[i])
            if rule is not None:
                operands = [values[k] for k in plan.operands[i]]
                slopes = local_gradients(rule, plan.shapes[i] == SCALAR, values[i], operands, "zero")
                for slope, k in zip(slopes, plan.operands[i], strict=True):
                    bound = bound + np.abs(slope) * bounds[k]
            bounds.append(bound)
    return bounds


def _broken(plan: Plan, values: Sequence[Number]) -> list[Guard]:
    gates = [gate for gate in breakable(plan) if plan.reaching[gate]]
    varies = varying(plan) if gates else []
    return [Guard(gate, entry, near=False) for gate in gates for entry in _broken_entries(plan, values, gate, varies)]


def _broken_entries(plan: Plan, values: Sequence[Number], gate: int, varies: Sequence[bool]) -> list[int]:
    rule, operands = rule_of(plan, gate), plan.operands[gate]
    spread = [np.ravel(np.broadcast_to(values[k], plan.shapes[gate])).tolist() for k in operands]
    found: list[int] = []
    for entry, numbers in enumerate(zip(*spread, strict=True)):
        spots = [Spot(int(x > 0) - int(x < 0), varies[k]) for k, x in zip(operands, numbers, strict=True)]
        if rule.to_jump(Arrays(), list(map(np.float64, numbers))) == 0 or any(rule.lacking(spots)):
            found.append(entry)
    return found


def dead_slots(layout: Layout, values: Sequence[Number]) -> set[Slot]:
    """The slots of gates with a kink whose slope is 0 at every entry: a relu that is off, what loses a maximum."""
    flat, found = layout.flat(values), set[Slot]()
    for group in layout.groups:
        if group.rule.has_kink:
            operands = [flat[port] for port in group.ports]
            with np.errstate(all="ignore"):
                slopes = group.rule.local(Arrays(), flat[group.own], operands)
            for port, slope in enumerate(slopes):
                moved = group.by_gate(np.broadcast_to(slope != 0, group.own.shape))
                found.update((gate, port) for gate in listed(group.gates[~moved]))
    return found


#: Guards above a wire by gate and entry, at most two of them: none, one, or several.
Above = frozenset[tuple[int, int]]

NONE: Above = frozenset()


@dataclass(frozen=True)
class Hanging:
    """What hangs on guards that may be 0, in a graph at the values of a pass of ours."""

    plan: Plan
    guards: Sequence[Guard]
    #: Slots through which nothing comes whatever is chosen above them, if their own gate has a branch.
    dead: Container[Slot] = ()

    def above(self, claim: Claim) -> Above:
        """The guards that the number of a claim hangs on."""
        own = self._tied.get(claim.node, NONE)
        if claim.field == "grad":
            return self._wires[claim.node]
        if claim.field == "value" or not self.plan.reaching[claim.node]:
            return NONE
        return own if claim.field == "local" else _two(own, self._wires[claim.node])

    def beside(self, claim: Claim) -> frozenset[int]:
        """The gates in the equation of a claim whose guard may be 0."""
        if claim.field == "grad":
            return self._readers.get(claim.node, frozenset())
        return frozenset({claim.node} & self._tied.keys()) if claim.field != "value" else frozenset()

    @cached_property
    def nodes(self) -> list[int]:
        """Every node that may hold such a number, or stand beside such a gate, in order."""
        hanging = [i for i, above in enumerate(self._wires) if above]
        return sorted({*hanging, *self._tied, *self._readers})

    @cached_property
    def kinked(self) -> frozenset[int]:
        """The gates with such a guard that neither jump nor lack a derivative anywhere."""
        return frozenset(gate for gate in self._tied if not rule_of(self.plan, gate).has_breaks)

    @cached_property
    def _tied(self) -> Mapping[int, Above]:
        found: dict[int, Above] = {}
        for guard in self.guards:
            found[guard.gate] = _two(found.get(guard.gate, NONE), frozenset({(guard.gate, guard.entry)}))
        return found

    @cached_property
    def _wires(self) -> Sequence[Above]:
        """The guards between every wire and the outputs."""
        found = [NONE] * len(self.plan.ids)
        for gate in reversed(self.plan.gates) if self.guards else ():
            own = _two(found[gate], self._tied.get(gate, NONE)) if self.plan.reaching[gate] else NONE
            for port, operand in enumerate(self.plan.operands[gate]) if own else ():
                if gate in self._tied or (gate, port) not in self.dead:
                    found[operand] = _two(found[operand], own)
        return found

    @cached_property
    def _readers(self) -> Mapping[int, frozenset[int]]:
        """The gates with such a guard that read a wire."""
        found: dict[int, set[int]] = {}
        for gate in self._tied:
            for operand in self.plan.operands[gate]:
                found.setdefault(operand, set()).add(gate)
        return {operand: frozenset(gates) for operand, gates in found.items()}


def _two(a: Above, b: Above) -> Above:
    """The guards of both, two of them at most."""
    return a if a == b or not b else frozenset(sorted(a | b)[:2])
