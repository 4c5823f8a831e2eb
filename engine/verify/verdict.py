"""Verdicts: what an enclosure, a claimed set and an allowance say together (verification.md 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Literal, NamedTuple

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
class Numbers:
    """What a judgement rests on, each number where it is known."""

    #: What the number may be: the image of its equation (local), or the truth (global).
    enclosure: Interval | None = None
    allowance: fmpq | None = None
    #: The allowance as a share of the entry's scale.
    resolution: fmpq | None = None
    #: Distance from the claimed set to the enclosure.
    gap: fmpq | None = None
    #: The size of the number, or of the terms that cancel in it.
    scale: fmpq | None = None


class Measured:
    """The same numbers of an entry that was held against its equation, each made when somebody asks for it."""

    def __init__(self, claimed: Interval, basis: Basis) -> None:
        self._claimed, self._basis, self.enclosure = claimed, basis, basis.known.exact

    @property
    def allowance(self) -> fmpq:
        """How far a faithful number may lie outside the enclosure."""
        return self._basis.known.allowance

    @cached_property
    def scale(self) -> fmpq:
        """The size of the number, or of the terms that cancel in it."""
        scale = self._basis.scale
        return scale if isinstance(scale, fmpq) else scale()

    @cached_property
    def gap(self) -> fmpq:
        """Distance from the claimed set to the enclosure."""
        return self._claimed.gap(self.enclosure)

    @cached_property
    def resolution(self) -> fmpq:
        """The allowance as a share of the entry's scale.

        Where only the last step rounded, branches that cancel are judged on the scale of what cancels. Where more was
        filled, the allowance grew on the way: measured on cancelled terms it would excuse any number of their size.
        """
        scale = self.scale if self._basis.known.is_one_step else self.enclosure.size
        return self.allowance / scale if scale else fmpq(int(self.allowance > 0))

    @property
    def is_informative(self) -> bool:
        """True if rounding is a small share of the number, or the claim deviates by a small share of its terms."""
        least = INFORMATIVE[self._basis.dtype]
        return self.resolution < least or (self._basis.known.is_one_step and self.gap < least * self.scale)


NO_NUMBERS = Numbers()


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict on one entry, with what it rests on."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    relation: Relation | None = None
    numbers: Numbers | Measured = NO_NUMBERS
    #: The relation with printed operands taken as the numbers that they spell.
    as_printed: Relation | None = None

    @property
    def enclosure(self) -> Interval | None:
        """What the number may be."""
        return self.numbers.enclosure

    @property
    def allowance(self) -> fmpq | None:
        """How far a faithful number may lie outside the enclosure."""
        return self.numbers.allowance

    @property
    def resolution(self) -> fmpq | None:
        """The allowance as a share of the entry's scale."""
        return self.numbers.resolution

    @property
    def gap(self) -> fmpq | None:
        """Distance from the claimed set to the enclosure."""
        return self.numbers.gap

    @property
    def scale(self) -> fmpq | None:
        """The size of the number, or of the terms that cancel in it."""
        return self.numbers.scale

    def because(self, *reasons: str) -> Judgement:
        """The same judgement with further reasons, each named once."""
        return replace(self, reasons=tuple(dict.fromkeys((*self.reasons, *reasons))))

    def undecided(self) -> Judgement:
        """The same numbers and reasons, and no decision."""
        return replace(self, verdict=Verdict.UNDECIDED)

    def around(self, enclosure: Interval, gap: fmpq) -> Judgement:
        """The same judgement with another enclosure, and the distance to that."""
        allowance, resolution, scale = self.allowance, self.resolution, self.scale
        return replace(self, numbers=Numbers(enclosure, allowance, resolution, gap, scale))


class Basis(NamedTuple):
    """What an entry is judged by: the enclosure, the scale of its terms, and whether a branch is open.

    `tie`: some gate's branch is open because its guard is exactly 0 (or may be 0, `near`).
    """

    known: Known
    #: A number, or what makes it when somebody asks.
    scale: fmpq | Callable[[], fmpq]
    dtype: str
    printed: bool
    tie: bool = False
    near: bool = False


def judge(claimed: Interval, basis: Basis) -> Judgement:
    """The verdict on one entry: contained, explained by rounding, undecidable, or refuted beyond any rounding."""
    enclosure, numbers = basis.known.exact, Measured(claimed, basis)
    if basis.tie or basis.near:
        return _at_kink(basis, numbers)
    if claimed.holds(enclosure):
        if basis.printed and _says_nothing(claimed, enclosure):
            return Judgement(Verdict.UNDECIDED, ("uninformative",), "contained", numbers)
        return Judgement(Verdict.PROVED, (), "contained", numbers)
    gap, allowance = numbers.gap, numbers.allowance
    if gap > allowance:
        return Judgement(Verdict.REFUTED, ("disagrees",), "disjoint", numbers)
    if not enclosure.is_point and gap == 0 and _is_wide(enclosure, allowance):
        return Judgement(Verdict.CONSISTENT, (), "overlap", numbers)
    relation: Relation = "disjoint" if gap else "overlap"
    if numbers.is_informative:
        return Judgement(Verdict.CONSISTENT, ("rounding-explains",), relation, numbers)
    return Judgement(Verdict.UNDECIDED, ("below-resolution",), relation, numbers)


def _at_kink(basis: Basis, numbers: Measured) -> Judgement:
    """Membership in the set between the branches."""
    if numbers.gap > numbers.allowance:
        return Judgement(Verdict.REFUTED, ("kink-inadmissible",), "disjoint", numbers)
    if basis.near or numbers.gap:
        reason = "near-kink" if basis.near else "kink-admissible"
        return Judgement(Verdict.CONSISTENT, (reason,), "overlap", numbers)
    return Judgement(Verdict.PROVED, ("kink-admissible",), None, numbers)


def _says_nothing(claimed: Interval, enclosure: Interval) -> bool:
    """A printed 0 for a number that is not 0: the claimed set would hold any sign."""
    return claimed.low <= 0 <= claimed.high and not (enclosure.low <= 0 <= enclosure.high)


def _is_wide(enclosure: Interval, allowance: fmpq) -> bool:
    """True if the enclosure's width comes from printed operands and not from rounding."""
    return enclosure.high - enclosure.low > 2 * allowance


def better(a: Judgement, b: Judgement) -> Judgement:
    """The better of two judgements of one claim, by two equally right readings of its equation."""
    return a if a.verdict.rank <= b.verdict.rank else b
