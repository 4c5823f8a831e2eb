"""The outcome of one verification: every finding, and what stands above them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .differences.estimates import Difference
from .findings import Finding, Key, Warned
from .kinks.clarke import Kinks
from .kinks.margins import Coordinate, Margin
from .ledger import counts
from .verdict import Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that was found, the claims in the order of the document."""

    claims: Sequence[Finding]
    first_faults: Sequence[Key]
    kinks: Kinks
    differences: Sequence[Difference]
    warnings: Sequence[Warned]
    #: The seeds of the probes that were drawn, and the fingerprint of their key.
    probes: Mapping[str, Any]
    #: The kink that each looked-at entry of a leaf meets first.
    margins: Mapping[Coordinate, Margin] = field(default_factory=dict[Coordinate, Margin])
    #: Gate with a kink -> the sign of its guard at every entry; None where it is not certain.
    signature: Mapping[int, Sequence[int | None]] = field(default_factory=dict[int, Sequence[int | None]])

    #: What every method used, as reports state it.
    cost: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, "Mapping[str, float]"])

    def with_claims(self, findings: Sequence[Finding]) -> Outcome:
        """The same with further claims."""
        return replace(self, claims=[*self.claims, *findings]) if findings else self

    def with_kinks(self, kinks: Kinks) -> Outcome:
        """The same with further kinks."""
        standings = {**self.kinks.standings, **kinks.standings}
        return replace(self, kinks=replace(self.kinks, guards=[*self.kinks.guards, *kinks.guards], standings=standings))

    def with_warnings(self, warnings: Iterable[Warned]) -> Outcome:
        """The same with further warnings."""
        return replace(self, warnings=[*self.warnings, *warnings])

    @property
    def local(self) -> Verdict:
        """The worst local verdict."""
        return worst(map(Verdict, counts(self.claims, "local")))

    @property
    def overall(self) -> Verdict:
        """The worst global verdict."""
        return worst(map(Verdict, counts(self.claims, "overall")))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst verdict of several; proved if there are none."""
    return max(verdicts, key=_rank, default=Verdict.PROVED)


def _rank(verdict: Verdict) -> int:
    return verdict.rank
