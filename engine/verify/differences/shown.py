"""What differences show of a document: single leaf entries and random directions, from one batch of points.

Evidence by claim, and the differences themselves for the report, claimed or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ...plan import Plan, seed_numbers
from ..claims import Claim
from ..columns import Columns
from ..evidence import Evidence, from_difference, most_against
from ..ledger import Word
from ..probe import Probes
from ..stops import stopped
from .directions import Directional, count_of, evidence_of, moves_along, seen_along
from .estimates import Difference, coordinates, estimates, heeding, ladder_for, leaf_points, moves_of, seen_at
from .romberg import FULL


@dataclass(frozen=True, slots=True)
class Shown:
    """The differences of single entries, and what is said of each claim."""

    differences: list[Difference]
    words: Sequence[Word]


#: Evaluations of the one ladder that always runs, at most.
LEAST = FULL.points


def points_of(plan: Plan) -> int:
    """The evaluations that the differences of a document of this size take."""
    return ladder_for(plan).points * (len(coordinates(plan)) + (0 if stopped(plan) else count_of(plan)))


def seen_by_differences(plan: Plan, columns: Columns, probes: Probes, *, least: bool = False) -> Shown:
    """Every difference that a document of this size gets; one alone where no more is wanted (`least`).

    Assumes values on all leaves, and seeds.
    """
    leaves, chosen, ladder = leaf_points(plan), coordinates(plan)[: 1 if least else None], ladder_for(plan)
    single = moves_of(leaves, chosen, ladder, probes.jitter)
    # Every direction moves what a declaration stops.
    along = [] if stopped(plan) or least else moves_along(plan, leaves, ladder, probes)
    found = estimates(plan, leaves, seed_numbers(plan), [*single, *along])
    seen = heeding(plan, [seen_at(at, one, ladder) for at, one in zip(chosen, found[: len(single)], strict=True)])
    directions = [seen_along(move, one) for move, one in zip(along, found[len(single) :], strict=True)]
    words = [_along(one, evidence_of(one, columns, number)) for number, one in enumerate(directions)]
    return Shown(seen, [*words, _at(seen)])


def _along(seen: Directional, evidence: Evidence) -> Word:
    """The same word on every leaf gradient that the direction moves."""

    def word(claim: Claim) -> Evidence | None:
        return evidence if claim.field == "grad" and claim.node in seen.weights else None

    return word


def _at(seen: Sequence[Difference]) -> Word:
    """Of the differences at a leaf's entries the one that speaks most against its gradient."""
    by_leaf: dict[int, list[Difference]] = defaultdict(list)
    for one in seen:
        by_leaf[one.leaf].append(one)

    def word(claim: Claim) -> Evidence | None:
        if claim.field != "grad" or claim.node not in by_leaf:
            return None
        return most_against([from_difference(claim, one) for one in by_leaf[claim.node]])

    return word
