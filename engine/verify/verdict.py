"""Verdicts: what an enclosure, a claimed set and an allowance say together (verification.md 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from flint import fmpq

from ..numbers.intervals import Interval
from .bounds import INFORMATIVE
from .known import Known


class Verdict(StrEnum):
    """The four verdicts, from best to worst."""

    PROVED = "proved"
    CONSISTENT = "consistent"
    UNDECIDED = "undecided"
    REFUTED = "refuted"

    @property
    def rank(self) -> int:
        """0 for the best."""
        return _RANKS[self]


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}

Relation = Literal["contained", "overlap", "disjoint"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict on one entry, with what it rests on."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    relation: Relation | None = None
    #: What the number may be: the image of its equation (local), or the truth (global).
    enclosure: Interval | None = None
    allowance: fmpq | None = None
    #: The allowance as a share of the entry's scale.
    resolution: fmpq | None = None
    #: Distance from the claimed set to the enclosure.
    gap: fmpq | None = None
    #: The size of the number, or of the terms that cancel in it.
    scale: fmpq | None = None
    #: The relation with printed operands taken as the numbers that they spell.
    as_printed: Relation | None = None

    def because(self, *reasons: str) -> Judgement:
        """The same judgement with further reasons, each named once."""
        return replace(self, reasons=tuple(dict.fromkeys((*self.reasons, *reasons))))

    def undecided(self) -> Judgement:
        """The same numbers and reasons, and no decision."""
        return replace(self, verdict=Verdict.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Basis:
    """What an entry is judged by: the enclosure, the scale of its terms, and whether a branch is open.

    `tie`: some gate's branch is open because its guard is exactly 0 (or may be 0, `near`).
    """

    known: Known
    scale: fmpq
    dtype: str
    printed: bool
    tie: bool = False
    near: bool = False

    @property
    def resolution(self) -> fmpq:
        """The allowance as a share of what it is an allowance on.

        Where only the last step rounded, branches that cancel are judged on the scale of what cancels. Where more was
        filled, the allowance grew on the way: measured on cancelled terms it would excuse any number of their size.
        """
        scale = self.scale if self.known.is_one_step else self.known.exact.size
        return self.known.allowance / scale if scale else fmpq(int(self.known.allowance > 0))


def judge(claimed: Interval, basis: Basis) -> Judgement:
    """The verdict on one entry: contained, explained by rounding, undecidable, or refuted beyond any rounding."""
    enclosure, allowance = basis.known.exact, basis.known.allowance
    gap = claimed.gap(enclosure)
    found = Judgement(
        Verdict.PROVED,
        enclosure=enclosure,
        allowance=allowance,
        resolution=basis.resolution,
        gap=gap,
        scale=basis.scale,
        relation="contained",
    )
    if basis.tie or basis.near:
        return _at_kink(claimed, basis, found)
    if claimed.holds(enclosure):
        if basis.printed and _says_nothing(claimed, enclosure):
            return replace(found, verdict=Verdict.UNDECIDED).because("uninformative")
        return found
    if gap > allowance:
        return replace(found, verdict=Verdict.REFUTED, relation="disjoint").because("disagrees")
    if gap == 0 and not basis.known.exact.is_point and _is_wide(enclosure, allowance):
        return replace(found, verdict=Verdict.CONSISTENT, relation="overlap")
    relation: Relation = "disjoint" if gap else "overlap"
    informative = INFORMATIVE[basis.dtype]
    if basis.resolution < informative or (basis.known.is_one_step and gap < informative * basis.scale):
        return replace(found, verdict=Verdict.CONSISTENT, relation=relation).because("rounding-explains")
    return replace(found, verdict=Verdict.UNDECIDED, relation=relation).because("below-resolution")


def _at_kink(claimed: Interval, basis: Basis, found: Judgement) -> Judgement:
    """Membership in the set between the branches; `found` has the numbers."""
    assert found.gap is not None
    assert found.allowance is not None
    if found.gap > found.allowance:
        return replace(found, verdict=Verdict.REFUTED, relation="disjoint").because("kink-inadmissible")
    if basis.near or found.gap:
        return replace(found, verdict=Verdict.CONSISTENT, relation="overlap").because(
            "near-kink" if basis.near else "kink-admissible"
        )
    return replace(found, relation=None).because("kink-admissible")


def _says_nothing(claimed: Interval, enclosure: Interval) -> bool:
    """A printed 0 for a number that is not 0: the claimed set would hold any sign."""
    return claimed.low <= 0 <= claimed.high and not (enclosure.low <= 0 <= enclosure.high)


def _is_wide(enclosure: Interval, allowance: fmpq) -> bool:
    """True if the enclosure's width comes from printed operands and not from rounding."""
    return enclosure.high - enclosure.low > 2 * allowance


def better(a: Judgement, b: Judgement) -> Judgement:
    """The better of two judgements of one claim, by two equally right readings of its equation."""
    return a if a.verdict.rank <= b.verdict.rank else b
