"""Differences along random directions through all float leaf entries: every leaf claim of a large document at once.

Proves nothing; assumes forward rules, the running rounding bound, and directions that nobody could prepare for. A
direction weighs every entry by +-U[0.5, 1.5] times its own size, so that no entry hides behind a larger one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..plan import Number, Plan, seed_numbers
from .decimals import nearby
from .differences import (
    LARGE,
    Displacement,
    estimates,
    is_small,
    ladder_for,
    leaf_points,
    scale_of,
    trained_leaves,
)
from .evidence import Evidence, Says
from .findings import Finding
from .probe import JITTER, Probes
from .romberg import Floats
from .states import States

#: The streams of the directions lie above that of the jitter.
DIRECTION = JITTER + 1

#: Draws the same for every document: for those who have no probes at hand.
UNSEEDED = Probes("", "", "")

#: The share of the claimed terms below which a bar still says something, as elsewhere for float64.
INFORMATIVE = 2.0**-10


@dataclass(frozen=True, slots=True)
class Directional:
    """d objective along one direction; `weights` by leaf, in the order of their entries."""

    weights: Mapping[int, Floats]
    value: float
    bar: float
    ladder: str
    points: int
    because: str | None = None


def count_of(plan: Plan) -> int:
    """How many directions a document gets: none where every entry is looked at alone, one where it is large."""
    if len(plan.ids) > LARGE:
        return 1
    return 0 if is_small(plan) else 2


def directional(
    plan: Plan,
    leaves: Sequence[Number],
    seeds: Mapping[int, Number],
    probes: Probes = UNSEEDED,
) -> list[Directional]:
    """The derivative along each random direction; `probes` draws the directions and the jitter of their steps."""
    ladder = ladder_for(plan)
    trained = trained_leaves(plan)
    if not trained:
        return []
    moves = [
        Displacement(_direction(leaves, trained, probes, DIRECTION + number), ladder.steps(1.0, by), ladder)
        for number, by in enumerate(probes.jitter(count_of(plan)))
    ]
    found = estimates(plan, leaves, seeds, moves)
    return [
        Directional(move.weights, one.value, one.bar, ladder.name, ladder.points, one.because)
        for move, one in zip(moves, found, strict=True)
    ]


def hear(states: States, findings: Sequence[Finding], probes: Probes = UNSEEDED) -> list[Directional]:
    """Differences along random directions, as evidence on every leaf gradient; those seen, for the report.

    One direction speaks of all leaf gradients together: `against` says that one of them is off, not which.
    """
    if not (states.bound and states.objective):
        return []
    found = directional(states.plan, leaf_points(states.plan), seed_numbers(states.plan), probes)
    claims = {finding.claim.node: finding for finding in findings if finding.claim.field == "grad"}
    for number, seen in enumerate(found):
        heard = [claims[leaf] for leaf in seen.weights if leaf in claims]
        evidence = _evidence(seen, heard, number)
        for finding in heard:
            finding.evidence.append(evidence)
    return found


def _direction(leaves: Sequence[Number], trained: Sequence[int], probes: Probes, stream: int) -> dict[int, Floats]:
    """One draw over all entries, leaf after leaf; an entry that is 0 has the size of its tensor, or 1."""
    weights: dict[int, Floats] = {}
    drawn, start = probes.weights(stream, sum(np.size(leaves[leaf]) for leaf in trained)), 0
    for leaf in trained:
        sizes = np.abs(np.ravel(leaves[leaf]))
        sizes = np.where(sizes == 0, scale_of(sizes, int(np.argmin(sizes))), sizes)
        weights[leaf] = drawn[start : start + sizes.size] * sizes
        start += sizes.size
    return weights


def _evidence(seen: Directional, heard: Sequence[Finding], number: int) -> Evidence:
    details: dict[str, Any] = {"ladder": seen.ladder, "points": seen.points, "direction": number}
    if seen.because is not None:
        return Evidence("finite-difference", "silent", details | {"because": seen.because})
    if len(heard) < len(seen.weights):
        return Evidence("finite-difference", "silent", details | {"because": "not every leaf's gradient is claimed"})
    low, high, terms = 0.0, 0.0, 0.0
    for finding in heard:
        ends = _along(finding, seen.weights[finding.claim.node])
        if ends is None:
            return Evidence("finite-difference", "silent", details | {"because": "a claim is no finite number"})
        low, high, terms = low + ends[0], high + ends[1], terms + ends[2]
    return Evidence(
        "finite-difference", _says(seen, low, high, terms), details | {"value": seen.value, "bar": seen.bar}
    )


def _along(finding: Finding, weights: Floats) -> tuple[float, float, float] | None:
    """Least and largest value of the claimed gradient along the direction, and the size of its terms."""
    sets = [finding.claim.set_of(entry) for entry in range(weights.size)]
    if any(claimed is None for claimed in sets):
        return None
    ends = np.array([(nearby(claimed.low), nearby(claimed.high)) for claimed in sets if claimed is not None])
    terms = ends * weights[:, None]
    return float(terms.min(axis=1).sum()), float(terms.max(axis=1).sum()), float(np.abs(terms).max(axis=1).sum())


def _says(seen: Directional, low: float, high: float, terms: float) -> Says:
    slack = len(seen.weights) * 2.0**-50 * terms
    distance = max(low - seen.value, seen.value - high, 0.0)
    if distance > 2 * seen.bar + slack:
        return "against"
    near = distance <= seen.bar + slack and seen.bar <= max(INFORMATIVE * terms, (high - low) / 2)
    return "for" if near else "silent"
