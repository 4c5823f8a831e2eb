"""Several ties above one number: whether the branches that a pass took are those of one side of the number.

A scalar wire can be moved up or down and no other way. If moving it one way takes every tied gate above it to the
branch that a pass of ours took there, what the pass gave is the limit of gradients on that side, and admissible.
Leaves are moved together: each the way that is right for itself, and then all at once. A guard that stays 0 sends
nothing down, whatever its branch. What is proved: nothing beyond first order in floats; slopes of guards that rounding
might have turned round are left to the referee.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from ...backward import local_gradients
from ...numbers.protocol import Outside
from ...plan import Number, Plan
from ...shape import SCALAR
from ..claims import Claim
from ..values import rule_of
from .duals import Dual, Duals
from .guards import Guard, tied_with_itself
from .near_guards import CLOSE


class Tangent(NamedTuple):
    """How fast a wire moves, and the size of what adds up to that."""

    slope: float
    size: float


STILL = Tangent(0.0, 0.0)
SIDES = (1.0, -1.0)

#: Leaves that are moved together at most.
TOGETHER = 64


@dataclass(frozen=True)
class OneSided:
    """Directions through a graph at the values of a pass of ours, under the convention that it took."""

    plan: Plan
    values: Sequence[Number]
    guards: Sequence[Guard]
    kinks: str = "zero"

    def takes(self, claim: Claim) -> bool:
        """True if the pass took, at every tie above a claim on a gradient, the branches of one side of its wire."""
        if claim.shape != SCALAR:
            return False
        if claim.port is None:
            return self._side_of(claim.node) is not None
        if tied_with_itself(self.plan, claim.node):
            return False  # its slots read one wire, and none of them moves alone
        return any(self._is_taken_along({}, (claim.node, claim.port, direction)) for direction in SIDES)

    def takes_together(self, leaves: Sequence[int]) -> bool:
        """True if the pass took, at every tie above these scalar leaves, the branches of one direction of them."""
        if len(leaves) > TOGETHER or any(self.plan.shapes[leaf] != SCALAR for leaf in leaves):
            return False
        sides = {leaf: self._side_of(leaf) for leaf in leaves}
        moved = {leaf: side for leaf, side in sides.items() if side is not None}
        return len(moved) == len(leaves) and self._is_taken_along(moved)

    def _side_of(self, wire: int) -> float | None:
        return next((side for side in SIDES if self._is_taken_along({wire: side})), None)

    @cached_property
    def _tied(self) -> frozenset[int]:
        return frozenset(guard.gate for guard in self.guards)

    @cached_property
    def _consumers(self) -> Sequence[Sequence[int]]:
        found: list[list[int]] = [[] for _ in self.plan.ids]
        for gate in self.plan.gates:
            for operand in dict.fromkeys(self.plan.operands[gate]):
                found[operand].append(gate)
        return found

    def _is_taken_along(self, moved: Mapping[int, float], slot: tuple[int, int, float] | None = None) -> bool:
        """True if moving these wires, or what one slot reads, takes every tied gate to the pass's branch."""
        tangents = {wire: Tangent(side, 1.0) for wire, side in moved.items()}
        waiting = [gate for wire in moved for gate in self._consumers[wire]] + ([] if slot is None else [slot[0]])
        heapify(waiting)
        while waiting:
            gate = heappop(waiting)
            if gate in tangents or not self.plan.reaching[gate]:
                continue
            operands = [tangents.get(k, STILL) for k in self.plan.operands[gate]]
            if slot is not None and gate == slot[0]:
                operands[slot[1]] = Tangent(slot[2], 1.0)
            found = self._through(gate, operands)
            if found is None:
                return False
            tangents[gate] = found
            for consumer in self._consumers[gate] if found.size else ():
                heappush(waiting, consumer)
        return True

    def _through(self, gate: int, moved: Sequence[Tangent]) -> Tangent | None:
        """How a gate moves; None where its branch is another than the pass took, or is not known."""
        rule = rule_of(self.plan, gate)
        if self.plan.shapes[gate] != SCALAR or rule.has_breaks or rule.limits is not None or rule.surrogate:
            return None
        if gate in self._tied and not self._is_taken(gate, moved):
            return None
        operands = [self.values[k] for k in self.plan.operands[gate]]
        slopes = local_gradients(rule, True, self.values[gate], operands, self.kinks)
        parts = list(zip(map(float, slopes), moved, strict=True))
        return Tangent(sum(s * t.slope for s, t in parts if t.size), sum(abs(s) * t.size for s, t in parts if t.size))

    def _is_taken(self, gate: int, moved: Sequence[Tangent]) -> bool:
        """True if the guard moves to the side of the branch that the pass took, or does not move."""
        slopes = list(self._guard_slopes(gate))
        if len(slopes) != len(moved):
            return False
        slope = sum(s * t.slope for s, t in zip(slopes, moved, strict=True))
        size = sum(abs(s) * t.size for s, t in zip(slopes, moved, strict=True))
        if slope == 0 and not size:
            return True
        shares = rule_of(self.plan, gate).at_kink
        assert shares is not None
        return abs(slope) > CLOSE * size and shares[self.kinks] == int(slope > 0)

    def _guard_slopes(self, gate: int) -> Iterator[float]:
        """d guard / d operand; nothing where we cannot take it."""
        operands = [float(self.values[k]) for k in self.plan.operands[gate]]
        for port in range(len(operands)):
            duals = [Dual(x, float(place == port)) for place, x in enumerate(operands)]
            try:
                found = rule_of(self.plan, gate).distance(Duals(float), duals)
            except (Outside, TypeError):
                return
            yield float(found.slope) if isinstance(found, Dual) else 0.0
