"""Differences along random directions through all float leaf entries: every leaf claim of a large document at once.

Proves nothing; assumes forward rules, the running rounding bound, and directions that nobody could prepare for. A
direction weighs every entry by +-U[0.5, 1.5] times its own size, so that no entry hides behind a larger one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....schema.number import UNIT_ROUNDOFF
from ...edges import spans
from ...plan import Number, Plan
from ..columns import Columns
from ..decimals import nearby
from ..evidence import Evidence, Says
from ..layout import Floats
from ..probe import JITTER, Probes
from .displacement import Displacement
from .estimates import (
    LARGE,
    estimates,
    is_small,
    ladder_for,
    scale_of,
    trained_leaves,
)
from .romberg import Estimate, Ladder

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
    if plan.numbers > LARGE:
        return 1
    return 0 if is_small(plan) else 2


def directional(
    plan: Plan,
    leaves: Sequence[Number],
    seeds: Mapping[int, Number],
    probes: Probes = UNSEEDED,
) -> list[Directional]:
    """The derivative along each random direction; `probes` draws the directions and the jitter of their steps."""
    moves = moves_along(plan, leaves, ladder_for(plan), probes)
    found = estimates(plan, leaves, seeds, moves)
    return [seen_along(move, one) for move, one in zip(moves, found, strict=True)]


def moves_along(plan: Plan, leaves: Sequence[Number], ladder: Ladder, probes: Probes = UNSEEDED) -> list[Displacement]:
    """One displacement of all leaves for each random direction."""
    trained = trained_leaves(plan)
    return [
        Displacement(_direction(leaves, trained, probes, DIRECTION + number), ladder.steps(1.0, by), ladder)
        for number, by in enumerate(probes.jitter(count_of(plan)) if trained else ())
    ]


def seen_along(move: Displacement, one: Estimate) -> Directional:
    """What differences say along a direction."""
    ladder = move.ladder
    return Directional(move.weights, one.value, one.bar, ladder.name, ladder.points, one.because)


def evidence_of(seen: Directional, columns: Columns, number: int) -> Evidence:
    """The word of a direction on all leaf gradients together: `against` says that one of them is off, not which."""
    details: dict[str, Any] = {"ladder": seen.ladder, "points": seen.points, "direction": number}
    if seen.because is not None:
        return Evidence("finite-difference", "silent", details | {"because": seen.because})
    claims = [k for leaf in seen.weights if (k := columns.find((leaf, "grad", None))) is not None]
    if len(claims) < len(seen.weights):
        return Evidence("finite-difference", "silent", details | {"because": "not every leaf's gradient is claimed"})
    ends = _ends(columns, claims)
    if ends is None:
        return Evidence("finite-difference", "silent", details | {"because": "a claim is no finite number"})
    terms = ends * np.concatenate(list(seen.weights.values()))[:, None]
    low, high = float(terms.min(axis=1).sum()), float(terms.max(axis=1).sum())
    said = _says(seen, low, high, float(np.abs(terms).max(axis=1).sum()))
    return Evidence("finite-difference", said, details | {"value": seen.value, "bar": seen.bar})


def _direction(leaves: Sequence[Number], trained: Sequence[int], probes: Probes, stream: int) -> dict[int, Floats]:
    """One draw over all entries, leaf after leaf; an entry that is 0 has the size of its tensor, or 1."""
    numbers = [leaves[leaf] for leaf in trained]
    if all(type(number) is float for number in numbers):
        sizes = np.abs(np.array(numbers))
        scaled = probes.weights(stream, sizes.size) * np.where(sizes == 0, 1.0, sizes)
        return dict(zip(trained, scaled[:, None], strict=True))
    weights: dict[int, Floats] = {}
    drawn, start = probes.weights(stream, sum(np.size(number) for number in numbers)), 0
    for leaf in trained:
        sizes = np.abs(np.ravel(leaves[leaf]))
        sizes = np.where(sizes == 0, scale_of(sizes, int(np.argmin(sizes))), sizes)
        weights[leaf] = drawn[start : start + sizes.size] * sizes
        start += sizes.size
    return weights


def _ends(columns: Columns, claims: Sequence[int]) -> Floats | None:
    """The least and the largest number of every entry's claimed set, claim after claim; None where one has no set."""
    chosen = np.array(claims, dtype=np.int64)
    sizes = columns.sizes[chosen]
    numbers = columns.numbers[spans(columns.starts[chosen], sizes)]
    half = np.repeat([float(UNIT_ROUNDOFF[columns.dtype(k)]) for k in claims], sizes) * np.abs(numbers)
    ends = np.column_stack([numbers - half, numbers + half])
    starts = np.cumsum(sizes) - sizes
    for place in np.flatnonzero(~columns.plain[chosen]).tolist():
        claim = columns[claims[place]]
        for entry in range(len(claim.entries)):
            claimed = claim.set_of(entry)
            if claimed is None:
                return None
            ends[starts[place] + entry] = nearby(claimed.low), nearby(claimed.high)
    return ends


def _says(seen: Directional, low: float, high: float, terms: float) -> Says:
    slack = len(seen.weights) * 2.0**-50 * terms
    distance = max(low - seen.value, seen.value - high, 0.0)
    if distance > 2 * seen.bar + slack:
        return "against"
    near = distance <= seen.bar + slack and seen.bar <= max(INFORMATIVE * terms, (high - low) / 2)
    return "for" if near else "silent"
