"""Patterns of signs: which smooth graphs occur arbitrarily near a point with guards at 0, and which are impossible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from flint import fmpq

from ...numbers.intervals import Interval, point
from ...plan import Plan
from ..known import Entries, Known, stated
from ..values import Values
from .cones import Cone, Signs
from .normal_forms import Node
from .simplex import Constraints
from .weights import NOTHING, ONE

#: How far along a direction a branch signature is read where a guard has no slope that we can take.
STEP = fmpq(1, 2**200)

#: The signs met a little way along a direction; None if some guard stays open there.
Signature = Callable[[Mapping[Node, fmpq]], Signs | None]


class Pattern(NamedTuple):
    """A pattern of signs that is not impossible; `occurs` if it is certain to occur arbitrarily near the point."""

    signs: Signs
    occurs: bool


#: A vector by the names of its components.
Vector = Mapping[Any, fmpq]


def patterns(
    cone: Cone, directions: Sequence[Mapping[Node, fmpq]] = (), signature: Signature | None = None
) -> list[Pattern]:
    """All patterns that are not impossible, found guard by guard.

    Where a guard has no slope that we can take, a pattern that `signature` meets along a direction occurs too.
    """
    waiting: list[Signs] = [()]
    for _ in cone.guards:
        waiting = [(*signs, s) for signs in waiting for s in (-1, 1) if not impossible(cone, (*signs, s))]
    met = _met(cone, waiting, directions, signature) if signature is not None else set[Signs]()
    return [Pattern(signs, signs in met or occurs(cone, signs)) for signs in waiting]


def _met(
    cone: Cone, kept: Sequence[Signs], directions: Sequence[Mapping[Node, fmpq]], signature: Signature
) -> set[Signs]:
    """The patterns met along the directions, where the slopes that can be taken agree; none if all can be taken."""
    blind = [p for p in range(len(cone.guards)) if any(cone.slopes(p, signs) is None for signs in kept)]
    met: set[Signs] = set()
    for direction in directions if blind else ():
        signs = signature(direction)
        if signs is not None and all(_agrees_along(cone, signs, p, direction) for p in range(len(signs))):
            met.add(signs)
    return met


def _agrees_along(cone: Cone, signs: Signs, place: int, direction: Mapping[Node, fmpq]) -> bool:
    slopes = cone.slopes(place, signs)
    if slopes is None:
        return True
    rise = _along(slopes, {k: direction.get(node, fmpq(0)) for k, node in enumerate(cone.coordinates)})
    return rise == NOTHING or (rise.low > 0 if signs[place] > 0 else rise.high < 0)


def impossible(cone: Cone, signs: Signs) -> bool:
    """True if the first guards cannot have these signs anywhere near."""
    return _contradict_as_polynomials(cone, signs) or _contradict_on_a_line(cone, signs)


def _contradict_as_polynomials(cone: Cone, signs: Signs) -> bool:
    key = ("forms", cone.beneath(signs))
    if cone.independent.get(key):
        return False
    vectors: list[Vector] = []
    for place, s in enumerate(signs):
        form = cone.form(place, signs[:place])
        if form is not None and form.terms:
            vectors.append({monomial: s * number for monomial, number in form.terms.items()})
    if key not in cone.independent:
        cone.independent[key] = _independent(vectors)
    return not cone.independent[key] and strict(vectors) is None


def _contradict_on_a_line(cone: Cone, signs: Signs) -> bool:
    """Along one coordinate, two guards that are exactly 0 here ask for opposite directions."""
    if len(cone.coordinates) != 1:
        return False
    asked: set[int] = set()
    for place, s in enumerate(signs):
        slopes = cone.slopes(place, signs[:place])
        if slopes is not None and not cone.guards[place].near:
            asked |= {s} if slopes[0].low > 0 else {-s} if slopes[0].high < 0 else set()
    return len(asked) > 1


def occurs(cone: Cone, signs: Signs) -> bool:
    """True if some direction gives every guard its sign to first order."""
    key = ("slopes", cone.beneath(signs))
    if cone.independent.get(key):
        return True
    rows: list[list[Interval]] = []
    for place, s in enumerate(signs):
        slopes = cone.slopes(place, signs[:place])
        if cone.guards[place].near or slopes is None:
            return False
        if any(slope != NOTHING for slope in slopes):
            rows.append([slope if s > 0 else -slope for slope in slopes])
    middles = [{k: (slope.low + slope.high) / 2 for k, slope in enumerate(row) if slope != NOTHING} for row in rows]
    if key not in cone.independent:
        cone.independent[key] = all(slope.is_point for row in rows for slope in row) and _independent(middles)
    if cone.independent[key]:
        return True
    direction = strict(middles)
    return direction is not None and all(_along(row, direction).low > 0 for row in rows)


def _along(slopes: Sequence[Interval], direction: Vector) -> Interval:
    total = NOTHING
    for k, slope in enumerate(slopes):
        total = total + slope * point(direction.get(k, fmpq(0)))
    return total


def _independent(vectors: Sequence[Vector]) -> bool:
    """True if no vector is a combination of the others; then any signs can be had."""
    reduced: list[tuple[Any, Vector]] = []
    for vector in vectors:
        left = dict(vector)
        for pivot, other in reduced:
            factor = left.get(pivot, fmpq(0)) / other[pivot]
            if factor != 0:
                left = {k: left.get(k, fmpq(0)) - factor * other.get(k, fmpq(0)) for k in {*left, *other}}
        pivot = next((k for k, number in left.items() if number != 0), None)
        if pivot is None:
            return False
        reduced.append((pivot, left))
    return True


def strict(vectors: Sequence[Vector]) -> Vector | None:
    """A direction along which every vector rises; None if there is none. TooLarge beyond the simplex's size."""
    constraints = Constraints()
    names = dict.fromkeys(name for vector in vectors for name in vector)
    ahead = {name: constraints.variable() for name in names}
    back = {name: constraints.variable() for name in names}
    for vector in vectors:
        row = {ahead[name]: number for name, number in vector.items()}
        constraints.at_least(row | {back[name]: -number for name, number in vector.items()}, ONE)
    found = constraints.solve().point
    return None if found is None else {name: found[ahead[name]] - found[back[name]] for name in names}


class Displaced(Values):
    """Values with the trained leaves moved along a direction."""

    def __init__(self, plan: Plan, bits: int, moved: Mapping[Node, fmpq]) -> None:
        self._moved = moved
        super().__init__(plan, bits)

    def _entries(self, i: int) -> Entries:
        entries = super()._entries(i)
        if self.plan.rules[i] is not None:
            return entries
        return [self._displaced(known, (i, -1, entry)) for entry, known in enumerate(entries)]

    def _displaced(self, known: Known | None, node: Node) -> Known | None:
        step = self._moved.get(node)
        return known if known is None or step is None else stated(point(known.exact.low + STEP * step))
