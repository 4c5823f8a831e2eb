"""What was found of the parts of a graph, as findings of the graph itself: entries become tensors again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from ...parts import Parts
from ...plan import Plan
from ...shape import index_of
from ..claims import claims_of
from ..differences.estimates import Difference
from ..evidence import Evidence, most_against
from ..findings import Finding, Key, Opinion, Warned
from ..kinks.clarke import Kinks, Standing
from ..kinks.guards import Guard
from ..kinks.margins import Coordinate, Margin
from ..outcome import Outcome
from ..verdict import Verdict

T = TypeVar("T")


def folded(plan: Plan, parts: Parts, found: Outcome) -> Outcome:
    """The outcome for the graph that was opened into `parts`, from that for its parts."""
    return _Folding(plan, parts).outcome(found)


class _Folding:
    def __init__(self, plan: Plan, parts: Parts) -> None:
        self.plan, self.parts = plan, parts

    def outcome(self, found: Outcome) -> Outcome:
        return Outcome(
            claims=self._findings(found.claims),
            first_faults=_once(self._key(key) for key in found.first_faults),
            kinks=self._kinks(found.kinks),
            differences=[self._difference(seen) for seen in found.differences],
            warnings=self._warnings(found.warnings),
            probes=found.probes,
            margins=self._margins(found.margins),
            signature=self._signature(found.signature),
        )

    def _key(self, key: Key) -> Key:
        return self.parts.slots[key][0]

    # --- findings ------------------------------------------------------------------------------------------------

    def _findings(self, found: Sequence[Finding]) -> list[Finding]:
        whole = {finding.key: finding for finding in map(Finding, claims_of(self.plan))}
        heard: dict[Key, list[tuple[bool, Evidence]]] = {key: [] for key in whole}
        for part in found:
            key, entry = self.parts.slots[part.key]
            finding = whole[key]
            self._take(finding, entry, part)
            refuted = part.overall.verdict is Verdict.REFUTED
            heard[key] += [(refuted, _at(evidence, finding, entry)) for evidence in part.evidence]
        for key, evidence in heard.items():
            # What is said of entries that are right is no word on a claim that is wrong.
            wrong = whole[key].overall.verdict is Verdict.REFUTED
            telling = [one for refuted, one in evidence if refuted or not wrong]
            methods = dict.fromkeys(one.method for one in telling)
            whole[key].evidence += [most_against([one for one in telling if one.method == name]) for name in methods]
        return list(whole.values())

    def _take(self, finding: Finding, entry: int, part: Finding) -> None:
        for own, theirs in ((finding.local, part.local), (finding.overall, part.overall)):
            _copy(own, entry, theirs)
        finding.rho = max((rho for rho in (finding.largest_rho(), part.largest_rho()) if rho is not None), default=None)
        finding.method = part.method
        finding.first |= part.first
        if finding.carried_from is None and part.carried_from is not None:
            finding.carried_from = self._key(part.carried_from)

    # --- kinks, differences, warnings ----------------------------------------------------------------------------

    def _kinks(self, kinks: Kinks) -> Kinks:
        guards = [Guard(*self.parts.home[guard.gate], near=guard.near) for guard in kinks.guards]
        standings: dict[Key, Standing] = {}
        for key, standing in kinks.standings.items():
            own = standings.setdefault(self._key(key), Standing())
            own.in_cone = max(own.in_cone, standing.in_cone)
            own.follows = tuple(name for name in own.follows if name in standing.follows)
        return replace(kinks, guards=_once(guards), standings=standings)

    def _difference(self, seen: Difference) -> Difference:
        leaf, entry = self.parts.home[seen.leaf]
        return replace(seen, leaf=leaf, entry=entry)

    def _margins(self, margins: Mapping[Coordinate, Margin]) -> dict[Coordinate, Margin]:
        home = self.parts.home
        return {home[leaf]: replace(margin, gate=home[margin.gate][0]) for (leaf, _), margin in margins.items()}

    def _signature(self, signature: Mapping[int, Sequence[int | None]]) -> dict[int, list[int | None]]:
        found: dict[int, list[int | None]] = {}
        for gate, signs in signature.items():
            found.setdefault(self.parts.home[gate][0], []).extend(signs)
        return found

    def _warnings(self, warnings: Sequence[Warned]) -> list[Warned]:
        """One warning of each kind and wire."""
        found: dict[tuple[str, str | None], Warned] = {}
        for warned in warnings:
            wire = None if warned.wire is None else self._wire(warned.wire)
            found.setdefault((warned.code, wire), replace(warned, wire=wire))
        return list(found.values())

    def _wire(self, part: str) -> str:
        place = self.parts.plan.graph.structure.index[part]
        return self.plan.ids[self.parts.home[place][0]]


def _copy(own: Opinion, entry: int, theirs: Opinion) -> None:
    if theirs.entries:
        own.entries[entry] = next(iter(theirs.entries.values()))
    own.bulk += theirs.bulk


def _at(evidence: Evidence, finding: Finding, entry: int) -> Evidence:
    """Evidence on a part, with the index of the part."""
    if not finding.claim.shape:
        return evidence
    return replace(evidence, details={"index": index_of(entry, finding.claim.shape), **evidence.details})


def _once(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))
