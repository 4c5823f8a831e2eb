"""The outcome of one verification: every finding, and what stands above them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .clarke import Kinks
from .differences import Difference
from .findings import Finding, Key, Warned
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

    @property
    def local(self) -> Verdict:
        """The worst local verdict."""
        return worst(finding.local.verdict for finding in self.claims)

    @property
    def overall(self) -> Verdict:
        """The worst global verdict."""
        return worst(finding.overall.verdict for finding in self.claims)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst verdict of several; proved if there are none."""
    return max(verdicts, key=_rank, default=Verdict.PROVED)


def _rank(verdict: Verdict) -> int:
    return verdict.rank
