"""The pipeline: every claim is heard by the methods that apply, and gets a local and a global verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from ...schema import Graph
from ..check import FLOATING
from ..plan import Plan, has_objective, leaf_numbers, plan, seed_numbers
from . import local as local_check
from .bounds import INFORMATIVE
from .claims import Claim, claims_of
from .differences import Difference, differences
from .equations import Equations, from_inputs, from_stated
from .faults import blame
from .findings import Finding, Findings, Key
from .kinks import refute_joint, ties
from .nonfinite import Execution, claimed_nonfinite, without_enclosure
from .recomputation import Recomputation
from .verdict import Judgement, Verdict

#: Precisions of the referee in bits, tried until every disputed entry is decided.
BITS = (128, 333, 1300)

#: Scalar operations up to which every claim is shown to the referee; printed claims always are, up to the second.
REFEREED, PRINTED = 4096, 100_000


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts for the overall verdict: `judge` is both, local or global."""

    judge: str = "both"
    kinks: str = "any-subgradient"
    effort: str = "standard"


def verify_graph(graph: Graph) -> Findings:
    """Judge every number that the document states about its graph. A wrong claim never raises.

    Raises DocumentError if the graph breaks a rule of its ops (stage 6).
    """
    return _Verification(plan(graph)).run()


class _Verification:
    """One document being judged; the costly states of knowledge are made when they are first needed."""

    def __init__(self, made: Plan) -> None:
        self.plan = made
        self.findings = [Finding(claim) for claim in claims_of(made)]
        self.bound = all("value" in made.graph.nodes[i] for i, rule in enumerate(made.rules) if rule is None)
        self.objective = has_objective(made)
        self.small = made.work <= REFEREED

    def run(self) -> Findings:
        """Structure, local equations, global verdicts, differences, kinks, blame; in this order."""
        judgeable = [finding for finding in self.findings if not self._settled_by_structure(finding)]
        for finding in judgeable:
            self._hear_local(finding)
        for finding in judgeable:
            self._hear_global(finding)
        self._trust_what_holds()
        tied = ties(self.plan, self.stated(BITS[0])) if self.findings and self._may_tie else []
        refute_joint(self.stated(BITS[0]), tied, judgeable)
        first = blame(self.plan, self.findings, BITS[0])
        return Findings(self.findings, first, tied, self._differences())

    # --- what is known -------------------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> list[Claim]:
        """Every claim, in the order of the document."""
        return [finding.claim for finding in self.findings]

    @cache  # noqa: B019 one verification lives no longer than its call
    def stated(self, bits: int) -> Equations:
        """Local equations in rigorous arithmetic at one precision."""
        return from_stated(self.plan, self.claims, bits)

    @cached_property
    def as_printed(self) -> Equations:
        """Local equations with printed operands taken as the numbers that they spell."""
        return from_stated(self.plan, self.claims, BITS[0], as_printed=True)

    @cached_property
    def printed(self) -> bool:
        """True if any claim is printed digits, so that local enclosures have a width of their own."""
        return any(claim.printed for claim in self.claims)

    @cache  # noqa: B019 as above
    def truth(self, bits: int) -> Equations:
        """Global equations at one precision."""
        return from_inputs(self.plan, bits)

    @cached_property
    def execution(self) -> Execution:
        """The graph as IEEE arithmetic runs it."""
        return Execution(self.plan)

    @cached_property
    def recomputation(self) -> Recomputation:
        """Our own float64 passes, for documents above the referee's cap."""
        return Recomputation(self.execution, self.holds)

    @cached_property
    def holds(self) -> bool:
        """True if every value and gradient is stated and every claim holds locally: the induction theorem applies."""
        complete = all(self._complete(i) for i in range(len(self.plan.ids)))
        return complete and all(f.local.verdict in (Verdict.PROVED, Verdict.CONSISTENT) for f in self.findings)

    def _complete(self, i: int) -> bool:
        node = self.plan.graph.nodes[i]
        return "value" in node and ("grad" in node or not self.plan.trained[i])

    @cached_property
    def _residuals(self) -> tuple[local_check.Layout, local_check.Residuals] | None:
        if not self.bound:
            return None
        numbers = local_check.stated_numbers(self.plan, [finding.claim for finding in self.findings])
        return numbers.layout, local_check.residuals(self.plan, numbers, gradients=self.objective)

    @cached_property
    def _may_tie(self) -> bool:
        return self.small and self.bound and any(rule is not None and rule.has_kink for rule in self.plan.rules)

    # --- hearing one claim ---------------------------------------------------------------------------------------

    def _settled_by_structure(self, finding: Finding) -> bool:
        """Claims of gradients where none exists, or where nothing can be computed at all."""
        claim = finding.claim
        if claim.field != "value" and not self._has_gradient(claim):
            self._no_gradient(finding)
            return True
        if not self.bound:
            for entry in _claimed_entries(claim):
                _both(finding, entry, Judgement(Verdict.UNDECIDED).because("missing-operand"))
            return True
        return False

    def _has_gradient(self, claim: Claim) -> bool:
        wire = claim.node if claim.port is None else self.plan.operands[claim.node][claim.port]
        return self.plan.dtypes[wire] in FLOATING

    def _no_gradient(self, finding: Finding) -> None:
        for entry in _claimed_entries(finding.claim):
            claimed = finding.claim.set_of(entry)
            zero = claimed is not None and claimed.low <= 0 <= claimed.high
            verdict = Verdict.CONSISTENT if zero else Verdict.REFUTED
            _both(finding, entry, Judgement(verdict).because("no-gradient"))

    def _hear_local(self, finding: Finding) -> None:
        claim, residuals = finding.claim, self._residuals
        rho = residuals[1].of(claim, residuals[0]) if residuals and not claim.printed else None
        if rho is not None and rho.size and not np.isnan(rho).any():
            finding.rho = float(rho.max())
        entries = _claimed_entries(claim)
        if rho is not None and not self.small:
            entries = [entry for entry in entries if not rho[entry] <= 1]
            finding.local.bulk = sum(1 for raw in claim.entries if raw is not None) - len(entries)
        for entry in entries:
            finding.local.entries[entry] = self._local(claim, entry)

    def _local(self, claim: Claim, entry: int) -> Judgement:
        claimed = claim.nonfinite(entry)
        if claimed is not None:
            return claimed_nonfinite(self.execution, claim, entry, claimed)[0]
        found = self._decided(self.stated, claim, entry, BITS[:1] if self.printed else BITS)
        if found is None:
            return without_enclosure(self.execution, claim, entry)
        if claim.printed and found.verdict is not Verdict.PROVED:
            spelt = self.as_printed.judge(claim, entry)
            found = replace(found, as_printed=None if spelt is None else spelt.relation)
        return found

    def _decided(
        self, equations: Callable[[int], Equations], claim: Claim, entry: int, precisions: Sequence[int]
    ) -> Judgement | None:
        """A judgement at rising precision, until its enclosure no longer straddles an end of the claimed set."""
        judgement = None
        for bits in precisions:
            judgement = equations(bits).judge(claim, entry)
            if judgement is None or not _straddles(judgement):
                return judgement
        return judgement

    def _hear_global(self, finding: Finding) -> None:
        claim = finding.claim
        refereed = self.small or (claim.printed and self.plan.work <= PRINTED)
        for entry in _claimed_entries(claim):
            claimed = claim.nonfinite(entry)
            if claimed is not None:
                finding.overall.entries[entry] = claimed_nonfinite(self.execution, claim, entry, claimed)[1]
            elif refereed:
                finding.overall.entries[entry] = self._refereed(finding, entry)
            else:
                finding.method = "recomputation"
                finding.overall.entries[entry] = self.recomputation.judge(claim, entry)

    def _refereed(self, finding: Finding, entry: int) -> Judgement:
        """The truth at rising precision, until its enclosure decides the entry."""
        judgement = self._decided(self.truth, finding.claim, entry, BITS)
        if judgement is None:
            return without_enclosure(self.execution, finding.claim, entry)
        if _straddles(judgement) and _is_too_wide(judgement):
            return replace(judgement, verdict=Verdict.UNDECIDED, reasons=("boundary",))
        if judgement.enclosure is not None and judgement.enclosure.is_point:
            finding.method = "exact"
        return self._among_ties(finding.claim, judgement)

    def _among_ties(self, claim: Claim, judgement: Judgement) -> Judgement:
        """With several open gates above a claim the hull is only an outer set: inside it, nothing is proved."""
        gates = self.truth(BITS[0]).gradients.open_above(claim)
        if len(gates) < 2 or judgement.verdict not in (Verdict.PROVED, Verdict.CONSISTENT):
            return judgement
        if judgement.enclosure is not None and judgement.enclosure.is_point:
            return judgement
        return replace(judgement, verdict=Verdict.UNDECIDED, reasons=(*judgement.reasons, "budget"))

    def _trust_what_holds(self) -> None:
        """Where every number is stated and holds locally, worst-case bounds say less than the small deviations do."""
        if not self.holds:
            return
        for finding in self.findings:
            for entry, judgement in finding.overall.entries.items():
                if judgement.reasons == ("below-resolution",) and _is_small(judgement, finding.claim.dtype):
                    told = replace(judgement, verdict=Verdict.CONSISTENT, reasons=("rounding-explains",))
                    finding.overall.entries[entry] = told

    # --- differences ---------------------------------------------------------------------------------------------

    def _differences(self) -> list[Difference]:
        if not (self.bound and self.objective):
            return []
        found = differences(self.plan, leaf_numbers(self.plan), seed_numbers(self.plan))
        by_leaf: dict[Key, Difference] = {}
        for difference in found:
            by_leaf.setdefault((difference.leaf, "grad", None), difference)
        for finding in self.findings:
            finding.difference = by_leaf.get(finding.key)
        return found


def _claimed_entries(claim: Claim) -> list[int]:
    return [entry for entry, raw in enumerate(claim.entries) if raw is not None]


def _both(finding: Finding, entry: int, judgement: Judgement) -> None:
    for opinion in (finding.local, finding.overall):
        opinion.entries[entry] = judgement


def _is_small(judgement: Judgement, dtype: str) -> bool:
    """True if a number deviates from the truth by less than an informative share of its scale."""
    gap, allowance, resolution = judgement.gap, judgement.allowance, judgement.resolution
    if gap is None or allowance is None or not resolution:
        return False
    return gap * resolution < INFORMATIVE[dtype] * allowance


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
