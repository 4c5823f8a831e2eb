"""Hulls of gradients: whether claims on inputs, judged as one point, lie between the gradients of patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flint import fmpq

from ...numbers.intervals import Interval
from ..findings import Finding
from ..gradients import SHARES
from ..verdict import Judgement
from .cones import Cone
from .patterns import Pattern
from .simplex import Constraints
from .weights import ONE


class Claimed(NamedTuple):
    """One claimed coordinate of a cone."""

    finding: Finding
    entry: int
    place: int
    claimed: Interval
    allowance: fmpq

    @property
    def judgement(self) -> Judgement:
        """The global judgement so far."""
        return self.finding.overall.entries[self.entry]


@dataclass(frozen=True)
class Sets:
    """Gradients of a cone's patterns: all that are not impossible, and those that are certain to occur."""

    outer: Sequence[Sequence[Interval]]
    inner: Sequence[Sequence[Interval]]

    def range(self, place: int) -> Interval:
        """From the least to the greatest that one coordinate can be."""
        low = min(gradient[place].low for gradient in self.outer)
        return Interval(low, max(gradient[place].high for gradient in self.outer))

    def several(self, place: int) -> bool:
        """True if the coordinate certainly has more than one limit."""
        return any(a[place].gap(self.inner[0][place]) > 0 for a in self.inner)


def sets_of(cone: Cone, found: Sequence[Pattern]) -> Sets:
    """The gradients of these patterns, each named once."""
    outer: dict[tuple[Interval, ...], bool] = {}
    for signs, certain in found:
        gradient = tuple(cone.gradient([SHARES[s > 0] for s in signs]))
        outer[gradient] = outer.get(gradient, False) or certain
    return Sets(list(outer), [gradient for gradient, certain in outer.items() if certain])


def conflict(gradients: Sequence[Sequence[Interval]], rows: Sequence[Claimed], *, rounded: bool) -> list[Claimed]:
    """The claims that keep the point out of the hull; `rounded` widens their sets by the allowance. TooLarge if so."""
    if not gradients:
        return list(rows)
    ends = [_ends(row, rounded) for row in rows]
    # What is wrong by itself does not drag down the others.
    alone = [
        row for row, end in zip(rows, ends, strict=True) if _beyond([g[row.place] for g in gradients], end, rounded)
    ]
    if alone:
        return alone
    if any(all(_within(g[row.place], end, rounded) for row, end in zip(rows, ends, strict=True)) for g in gradients):
        return []
    constraints = Constraints()
    weights = [constraints.variable() for _ in gradients]
    constraints.equal(dict.fromkeys(weights, ONE), ONE)
    owner: dict[int, Claimed] = {}
    for row, (least, most) in zip(rows, ends, strict=True):
        column = [gradient[row.place] for gradient in gradients]
        lower = [slope.high if rounded else slope.low for slope in column]
        upper = [slope.low if rounded else slope.high for slope in column]
        owner[constraints.at_least(dict(zip(weights, lower, strict=True)), least)] = row
        owner[constraints.at_most(dict(zip(weights, upper, strict=True)), most)] = row
    found = constraints.solve()
    if found.point is not None:
        return []
    # The row of the weights' sum is always part of the contradiction, and nobody's claim.
    wrong = {owner[row].place for row in found.conflict if row in owner}
    return [row for row in rows if row.place in wrong]


def _beyond(column: Sequence[Interval], ends: tuple[fmpq, fmpq], rounded: bool) -> bool:
    """True if all gradients lie on one side of what a coordinate may be."""
    low, high = ends
    if rounded:
        return all(slope.high < low for slope in column) or all(slope.low > high for slope in column)
    return all(slope.low < low for slope in column) or all(slope.high > high for slope in column)


def _ends(row: Claimed, rounded: bool) -> tuple[fmpq, fmpq]:
    wider = row.claimed.widened(row.allowance) if rounded else row.claimed
    return wider.low, wider.high


def _within(slope: Interval, ends: tuple[fmpq, fmpq], rounded: bool) -> bool:
    low, high = ends
    return slope.high >= low and slope.low <= high if rounded else low <= slope.low and slope.high <= high
