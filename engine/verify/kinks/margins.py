"""Margins: how far an input may move until a gate meets its kink, and the branches that are taken meanwhile.

Proves nothing: float arithmetic, shown beside verdicts. Assumes forward and gradient rules, and the declared guards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...numbers.arrays import Arrays
from ...numbers.protocol import Outside
from ...plan import Number, Plan
from ...rule import Rule
from ...shape import size
from .duals import Dual, Duals
from .guards import tied_with_itself

Floats = NDArray[np.float64]

#: Steps of Newton's method along a direction, from the first-order estimate.
NEWTON = 8

#: Scalar operations up to which a margin is Newton's; above, it is that of first order.
REFINED = 4096


@dataclass(frozen=True, slots=True)
class Margin:
    """How far an input may move along one direction, either way, until the guard of `gate` changes its sign."""

    gate: int
    distance: float


#: A leaf and one of its entries.
Coordinate = tuple[int, int]


def margins_of(plan: Plan, leaves: Sequence[Number], coordinates: Sequence[Coordinate]) -> dict[Coordinate, Margin]:
    """The margin along each of these leaf entries, where some kink can be met."""
    found = margins(plan, leaves, [_unit(plan, *coordinate) for coordinate in coordinates])
    return {coordinate: margin for coordinate, margin in zip(coordinates, found, strict=True) if margin is not None}


def _unit(plan: Plan, leaf: int, entry: int) -> dict[int, Floats]:
    direction = np.zeros(size(plan.shapes[leaf]))
    direction[entry] = 1.0
    return {leaf: direction}


def margins(plan: Plan, leaves: Sequence[Number], directions: Sequence[Mapping[int, Number]]) -> list[Margin | None]:
    """The margin to the nearest kink along each direction (leaf -> displacement of its shape); None if there is none.

    The guard is the nearest to first order; its distance is Newton's where that settles and the graph is not large.
    """
    if not directions:
        return []
    with np.errstate(all="ignore"):
        first = _guards_along(plan, leaves, directions, np.zeros(len(directions)))
        nearest = [_nearest(first, k) for k in range(len(directions))]
        steps = np.array([0.0 if found is None else found.step for found in nearest])
        exact = _newton(plan, leaves, directions, nearest, steps) if plan.work <= REFINED else np.abs(steps)
    return [
        None if found is None else Margin(found.gate, float(distance))
        for found, distance in zip(nearest, exact, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Nearest:
    """The guard that is 0 first along a direction, and where, to first order."""

    gate: int
    entry: int
    step: float


#: Gate -> its guards and their slopes, each (directions, entries).
_Guards = Mapping[int, tuple[Floats, Floats]]


def _nearest(first: _Guards, k: int) -> _Nearest | None:
    nearest: _Nearest | None = None
    for gate, (distance, slope) in first.items():
        steps = -distance[k] / slope[k]
        for entry in np.flatnonzero(np.isfinite(steps)):
            if nearest is None or abs(steps[entry]) < abs(nearest.step):
                nearest = _Nearest(gate, int(entry), float(steps[entry]))
    return nearest


def _newton(
    plan: Plan,
    leaves: Sequence[Number],
    directions: Sequence[Mapping[int, Number]],
    nearest: Sequence[_Nearest | None],
    first: Floats,
) -> Floats:
    """The distances at which these guards are 0; that of first order where Newton's method does not settle near it."""
    found, steps = np.abs(first), first.copy()
    moving = {k: guard for k, guard in enumerate(nearest) if guard is not None and first[k] != 0}
    for _ in range(NEWTON):
        if not moving:
            break
        guards = _guards_along(plan, leaves, directions, steps)
        for k, guard in list(moving.items()):
            distance, slope = guards[guard.gate]
            change = float(distance[k, guard.entry] / slope[k, guard.entry])
            steps[k] -= change
            if not np.isfinite(change) or abs(steps[k]) > 4 * found[k]:
                steps[k] = first[k]
                del moving[k]
            elif abs(change) <= abs(steps[k]) * 2.0**-40:
                found[k] = abs(steps[k])
                del moving[k]
    return found


def _guards_along(
    plan: Plan, leaves: Sequence[Number], directions: Sequence[Mapping[int, Number]], steps: Floats
) -> _Guards:
    """All guards and their slopes at leaf + step * direction, one column a direction."""
    system, count = Arrays(), len(directions)
    duals: list[Any] = [None] * len(plan.ids)
    found: dict[int, tuple[Floats, Floats]] = {}
    for i, rule in enumerate(plan.rules):
        if rule is None:
            slope = np.stack([np.broadcast_to(np.ravel(d.get(i, 0.0)), size(plan.shapes[i])) for d in directions])
            duals[i] = Dual(np.ravel(leaves[i])[None, :] + steps[:, None] * slope, slope.astype(np.float64))
            continue
        operands = [duals[k] for k in plan.operands[i]]
        values = [operand.value for operand in operands]
        out = rule.forward(system, *values)
        local = rule.local(system, out, values)
        moved = sum((d * operand.slope for d, operand in zip(local, operands, strict=True)), np.zeros((count, 1)))
        duals[i] = Dual(out, moved)
        if rule.has_kink and not tied_with_itself(plan, i):
            guard = _dual_guard(rule, operands)
            if guard is not None:
                found[i] = guard
    return found


def _dual_guard(rule: Rule, operands: Sequence[Dual]) -> tuple[Floats, Floats] | None:
    try:
        guard: Any = rule.distance(Duals(float), operands)
    except (Outside, TypeError):
        return None
    if not isinstance(guard, Dual):
        return None  # it is the same everywhere
    value, slope = np.broadcast_arrays(np.asarray(guard.value, np.float64), np.asarray(guard.slope, np.float64))
    return value, slope
