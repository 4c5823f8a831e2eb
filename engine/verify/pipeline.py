"""The pipeline: every claim is heard by the methods that apply, and gets a local and a global verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from ...schema import Graph
from ..check import FLOATING
from ..plan import Plan, leaf_numbers, plan, seed_numbers
from . import local as local_check
from .bounds import INFORMATIVE
from .claims import Claim, claims_of
from .differences import Difference, differences
from .equations import Equations
from .evidence import Evidence, from_difference, from_opinion, most_against
from .faults import blame
from .findings import Finding, Findings, Key
from .kinks import refute_joint, ties
from .nonfinite import claimed_nonfinite, without_enclosure
from .policy import STANDARD, Budget, Policy
from .recomputation import Recomputation
from .seeds import name_seeds, with_seeds
from .states import BITS, States
from .verdict import Judgement, Verdict
from .warnings import warnings

#: Scalar operations up to which printed claims are always shown to the referee.
PRINTED = 100_000

#: What is said where a leaf without value stands between a claim and its right-hand side.
MISSING = Judgement(Verdict.UNDECIDED).because("missing-operand")


def verify_graph(graph: Graph, policy: Policy = STANDARD) -> Findings:
    """Judge every number that the document states about its graph. A wrong claim never raises.

    Raises DocumentError if the graph breaks a rule of its ops (stage 6), UsageError for seeds that do not fit.
    """
    asked, differing = with_seeds(graph, policy.seeds)
    return _Verification(plan(asked), policy, differing).run()


class _Verification:
    """One document being judged; `differing` are the outputs whose own seed is not the one that was asked for."""

    def __init__(self, made: Plan, policy: Policy, differing: Sequence[int]) -> None:
        self.plan, self.policy, self.differing = made, policy, differing
        self.budget = Budget(policy.limits.seconds)
        self.findings = [Finding(claim) for claim in claims_of(made)]
        self.states = States(made, [finding.claim for finding in self.findings])
        self.small = made.work <= policy.limits.refereed

    def run(self) -> Findings:
        """Structure, local equations, global verdicts, kinks, blame, differences; in this order."""
        judgeable = [finding for finding in self.findings if not self._settled_by_structure(finding)]
        for finding in judgeable:
            self._hear_local(finding)
        for finding in judgeable:
            self._hear_global(finding)
        self._trust_what_holds()
        tied = self._ties(judgeable)
        first = blame(self.plan, self.findings, BITS[0])
        name_seeds(self.findings, self.differing)
        for finding in judgeable:
            self._record(finding)
        seen = self._differences()
        return Findings(self.findings, first, tied, seen, warnings(self.states, judgeable))

    # --- structure -----------------------------------------------------------------------------------------------

    def _settled_by_structure(self, finding: Finding) -> bool:
        """Claims of gradients where none exists."""
        if finding.claim.field == "value" or self._has_gradient(finding.claim):
            return False
        self._no_gradient(finding)
        return True

    def _has_gradient(self, claim: Claim) -> bool:
        wire = claim.node if claim.port is None else self.plan.operands[claim.node][claim.port]
        return self.plan.dtypes[wire] in FLOATING

    def _no_gradient(self, finding: Finding) -> None:
        for entry in _claimed_entries(finding.claim):
            claimed = finding.claim.set_of(entry)
            zero = claimed is not None and claimed.low <= 0 <= claimed.high
            verdict = Verdict.CONSISTENT if zero else Verdict.REFUTED
            _both(finding, entry, Judgement(verdict).because("no-gradient"))

    # --- local ---------------------------------------------------------------------------------------------------

    @cached_property
    def _residuals(self) -> tuple[local_check.Layout, local_check.Residuals]:
        numbers = local_check.stated_numbers(self.plan, self.states.claims)
        return numbers.layout, local_check.residuals(self.plan, numbers, gradients=self.states.objective)

    def _hear_local(self, finding: Finding) -> None:
        claim = finding.claim
        entries = _claimed_entries(claim)
        if not claim.printed:
            layout, residuals = self._residuals
            rho = residuals.of(claim, layout)
            if rho.size and not np.isnan(rho).any():
                finding.rho = float(rho.max())
            if not self.small:
                entries = [entry for entry in entries if not rho[entry] <= 1]
                finding.local.bulk = sum(1 for raw in claim.entries if raw is not None) - len(entries)
        for entry in entries:
            finding.local.entries[entry] = self._local(claim, entry)

    def _local(self, claim: Claim, entry: int) -> Judgement:
        if claim.nonfinite(entry) is not None:
            return self._without_set(claim, entry)[0]
        found = _decided(self.states.stated, claim, entry, BITS[:1] if self.states.printed else BITS)
        if found is None:
            return self._without_enclosure(claim, entry)
        if claim.printed and found.verdict is not Verdict.PROVED:
            spelt = self.states.as_printed(BITS[0]).judge(claim, entry)
            found = replace(found, as_printed=None if spelt is None else spelt.relation)
        return found

    # --- global --------------------------------------------------------------------------------------------------

    @cached_property
    def _holds(self) -> bool:
        """True if every value and gradient is stated and every claim holds locally: the induction theorem applies."""
        complete = all(self._complete(i) for i in range(len(self.plan.ids)))
        return complete and all(f.local.verdict in (Verdict.PROVED, Verdict.CONSISTENT) for f in self.findings)

    def _complete(self, i: int) -> bool:
        node = self.plan.graph.nodes[i]
        return "value" in node and ("grad" in node or not self.plan.trained[i])

    @cached_property
    def _recomputation(self) -> Recomputation:
        """Our own float64 passes, for documents above the referee's cap."""
        return Recomputation(self.states.execution, self._holds)

    def _hear_global(self, finding: Finding) -> None:
        claim = finding.claim
        refereed = self.small or ((claim.printed or not self.states.bound) and self.plan.work <= PRINTED)
        finding.method = "balls" if refereed else "recomputation"
        for entry in _claimed_entries(claim):
            if self.budget.spent:
                judgement = Judgement(Verdict.UNDECIDED).because("budget")
            elif claim.nonfinite(entry) is not None:
                judgement = self._without_set(claim, entry)[1]
            elif refereed:
                judgement = self._refereed(finding, entry)
            elif not self.states.bound:
                judgement = MISSING
            else:
                judgement = self._recomputation.judge(claim, entry)
            finding.overall.entries[entry] = judgement

    def _refereed(self, finding: Finding, entry: int) -> Judgement:
        """The truth at rising precision, until its enclosure decides the entry."""
        judgement = _decided(self.states.truth, finding.claim, entry, BITS)
        if judgement is None:
            return self._without_enclosure(finding.claim, entry)
        if _straddles(judgement) and _is_too_wide(judgement):
            return replace(judgement, verdict=Verdict.UNDECIDED, reasons=("boundary",))
        if judgement.enclosure is not None and judgement.enclosure.is_point:
            finding.method = "exact"
        return self._among_ties(finding.claim, judgement)

    def _without_enclosure(self, claim: Claim, entry: int) -> Judgement:
        """A finite claim whose right-hand side is no finite number, or is not known."""
        return without_enclosure(self.states.execution, claim, entry) if self.states.bound else MISSING

    def _without_set(self, claim: Claim, entry: int) -> tuple[Judgement, Judgement]:
        """Local and global verdict on a NaN or an infinity."""
        claimed = claim.nonfinite(entry)
        if claimed is None or not self.states.bound:
            return MISSING, MISSING
        return claimed_nonfinite(self.states.execution, claim, entry, claimed)

    def _among_ties(self, claim: Claim, judgement: Judgement) -> Judgement:
        """With several open gates above a claim the hull is only an outer set: inside it, nothing is proved."""
        gates = self.states.truth(BITS[0]).gradients.open_above(claim)
        if len(gates) < 2 or judgement.verdict not in (Verdict.PROVED, Verdict.CONSISTENT):
            return judgement
        if judgement.enclosure is not None and judgement.enclosure.is_point:
            return judgement
        return replace(judgement, verdict=Verdict.UNDECIDED, reasons=(*judgement.reasons, "budget"))

    def _trust_what_holds(self) -> None:
        """Where every number is stated and holds locally, worst-case bounds say less than the small deviations do."""
        for finding in self.findings if self._holds else ():
            for entry, judgement in finding.overall.entries.items():
                if judgement.reasons == ("below-resolution",) and _is_small(judgement, finding.claim.dtype):
                    told = replace(judgement, verdict=Verdict.CONSISTENT, reasons=("rounding-explains",))
                    finding.overall.entries[entry] = told

    # --- kinks, evidence, differences ----------------------------------------------------------------------------

    def _ties(self, judgeable: Sequence[Finding]) -> list[int]:
        kinked = any(rule is not None and rule.has_kink for rule in self.plan.rules)
        if not (judgeable and kinked and self.small):
            return []
        tied = ties(self.plan, self.states.stated(BITS[0]))
        refute_joint(self.states.stated(BITS[0]), tied, judgeable)
        return tied

    def _record(self, finding: Finding) -> None:
        extra = {} if finding.rho is None else {"rho": float(f"{min(finding.rho, 1e308):.3g}")}
        finding.evidence.append(from_opinion("local", finding.local.verdict, extra))
        finding.evidence.append(from_opinion(finding.method, finding.overall.verdict))

    def _differences(self) -> list[Difference]:
        if not (self.states.bound and self.states.objective):
            return []
        found = differences(self.plan, leaf_numbers(self.plan), seed_numbers(self.plan))
        claims = {finding.key: finding for finding in self.findings}
        heard: dict[Key, list[Evidence]] = defaultdict(list)
        for seen in found:
            finding = claims.get((seen.leaf, "grad", None))
            if finding is not None:
                heard[finding.key].append(from_difference(finding.claim, seen))
        for key, evidence in heard.items():
            claims[key].evidence.append(most_against(evidence))
        return found


def _decided(
    equations: Callable[[int], Equations], claim: Claim, entry: int, precisions: Sequence[int]
) -> Judgement | None:
    """A judgement at rising precision, until its enclosure no longer straddles an end of the claimed set."""
    judgement = None
    for bits in precisions:
        judgement = equations(bits).judge(claim, entry)
        if judgement is None or not _straddles(judgement):
            return judgement
    return judgement


def _claimed_entries(claim: Claim) -> list[int]:
    return [entry for entry, raw in enumerate(claim.entries) if raw is not None]


def _both(finding: Finding, entry: int, judgement: Judgement) -> None:
    for opinion in (finding.local, finding.overall):
        opinion.entries[entry] = judgement


def _is_small(judgement: Judgement, dtype: str) -> bool:
    """True if a number deviates from the truth by less than an informative share of its scale."""
    if judgement.gap is None or judgement.scale is None:
        return False
    return judgement.gap < INFORMATIVE[dtype] * judgement.scale


def _straddles(judgement: Judgement) -> bool:
    """True if the enclosure reaches over an end of the claimed set, so that more precision may tell more."""
    enclosure = judgement.enclosure
    if enclosure is None or enclosure.is_point or "near-kink" in judgement.reasons:
        return False
    return judgement.relation == "overlap"


def _is_too_wide(judgement: Judgement) -> bool:
    """True if the enclosure is wider than what rounding explains."""
    enclosure, allowance = judgement.enclosure, judgement.allowance
    return enclosure is not None and allowance is not None and enclosure.high - enclosure.low > allowance
