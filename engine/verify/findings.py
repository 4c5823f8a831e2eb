"""What verification found out about each claim, entry by entry and as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest

from .claims import Claim, Key
from .decimals import nearby
from .evidence import Evidence
from .verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: its code, a sentence, and the wire that it is about."""

    code: str
    message: str
    wire: str | None = None


@dataclass(slots=True)
class Opinion:
    """One side of a finding, local or global: entry -> judgement, and how many entries were passed in bulk.

    `bulk` counts entries that the vectorised check found within their bound; they have no judgement of their own.
    """

    entries: dict[int, Judgement] = field(default_factory=dict[int, Judgement])
    bulk: int = 0

    @property
    def verdict(self) -> Verdict:
        """The worst of the entries; entries below resolution count only where nothing else is claimed."""
        if not self.entries:
            return Verdict.CONSISTENT if self.bulk else Verdict.PROVED
        if len(self.entries) == 1 and not self.bulk:
            [only] = self.entries.values()
            return only.verdict
        verdicts = [judgement.verdict for judgement in self.entries.values() if not _too_small(judgement)]
        verdicts += [Verdict.CONSISTENT] if self.bulk else []
        if not verdicts and self.entries:
            return Verdict.UNDECIDED
        return max(verdicts, key=_rank, default=Verdict.PROVED)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of the entries that have the worst verdict."""
        if len(self.entries) == 1 and not self.bulk:
            [only] = self.entries.values()
            return only.reasons
        worst = self.verdict
        named = [r for judgement in self.entries.values() if judgement.verdict is worst for r in judgement.reasons]
        if self.bulk and worst is Verdict.CONSISTENT:
            named.append("rounding-explains")
        return tuple(dict.fromkeys(named))

    @property
    def counts(self) -> Counter[str]:
        """Entries per verdict."""
        counts = Counter(judgement.verdict.value for judgement in self.entries.values())
        counts[Verdict.CONSISTENT.value] += self.bulk
        return +counts

    def worst_entries(self, most: int) -> list[int]:
        """The entries that speak most against the claim, worst first."""
        if len(self.entries) <= 1:
            return list(self.entries)[:most]
        return sorted(self.entries, key=self._badness)[:most]

    def refuted(self) -> list[int]:
        """The entries that are refuted."""
        return [entry for entry, judgement in self.entries.items() if judgement.verdict is Verdict.REFUTED]

    def _badness(self, entry: int) -> tuple[int, float, int]:
        judgement = self.entries[entry]
        gap, allowance = judgement.gap, judgement.allowance
        times = nearby(gap / allowance if allowance else gap) if gap else 0.0
        return -judgement.verdict.rank, -times, entry


def name_surrogate(side: Opinion) -> None:
    """Add to every judgement of a side that it was made by a declared backward rule."""
    if side.bulk and not side.entries:
        side.entries[0] = Judgement(Verdict.CONSISTENT).because("rounding-explains")
        side.bulk -= 1
    for entry, judgement in side.entries.items():
        side.entries[entry] = judgement.because("declared-surrogate")


def _too_small(judgement: Judgement) -> bool:
    return "below-resolution" in judgement.reasons


def _rank(verdict: Verdict) -> int:
    return verdict.rank


@dataclass(slots=True)
class Finding:
    """One claim with both verdicts, the evidence heard, and whose fault it is."""

    claim: Claim
    local: Opinion = field(default_factory=Opinion)
    overall: Opinion = field(default_factory=Opinion)
    #: Largest rho of the vectorised local check, or what finds it when somebody asks; None where it could not judge.
    rho: float | Callable[[], float | None] | None = None
    method: str = "balls"
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    first: bool = False
    carried_from: Key | None = None

    def largest_rho(self) -> float | None:
        """Largest rho of the vectorised local check; None where it could not judge."""
        if callable(self.rho):
            self.rho = self.rho()
        return self.rho

    @property
    def key(self) -> Key:
        """Node, field and port."""
        return self.claim.node, self.claim.field, self.claim.port

    def worst_entries(self, most: int) -> list[int]:
        """The entries that speak most against the claim on either side, worst first."""
        sides = (self.local.worst_entries(most), self.overall.worst_entries(most))
        merged = dict.fromkeys(entry for pair in zip_longest(*sides) for entry in pair if entry is not None)
        return list(merged)[:most]

    @property
    def reasons(self) -> list[str]:
        """Reasons of both verdicts, each named once."""
        return list(dict.fromkeys((*self.local.reasons, *self.overall.reasons)))
