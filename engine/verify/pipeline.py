"""The pipeline: every claim is heard by the methods that apply, and gets a local and a global verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from flint import fmpq

from ...schema import Graph
from ..check import FLOATING
from ..parts import opened
from ..plan import Plan, plan, seed_numbers
from ..shape import size
from . import complex_step, directions, rule_free
from . import local as local_check
from .alone import hear_alone
from .bounds import INFORMATIVE
from .breaks import Break, breakable
from .claims import Claim, claims_of
from .clarke import Kinks, judge_ties
from .differences import LARGE, Difference, coordinates, differences, leaf_points
from .disagreement import settle
from .equations import Equations
from .evidence import Evidence, from_difference, from_opinion, most_against
from .faults import blame
from .findings import Finding, Key
from .folding import folded
from .kinks import executed_signature, open_guards, signature
from .margins import Coordinate, Margin, margins_of
from .nonfinite import Execution, claimed_nonfinite, without_enclosure
from .outcome import Outcome
from .policy import STANDARD, Policy
from .probe import Probes, probes_for
from .recomputation import Recomputation
from .seeds import name_seeds, with_seeds
from .states import BITS, States
from .verdict import Judgement, Verdict
from .warnings import warnings

#: Scalar operations up to which printed claims are always shown to the referee.
PRINTED = 100_000

#: The first probe stream from which limits at kinks are sampled, and how many directions are.
LIMITS, SAMPLED_LIMITS = 2**30, 24

#: Leaf entries of a claim that the rule-free proof looks at where it is asked for alone.
RULE_FREE = 256

#: What is said where nothing stands for a derivative.
UNDEFINED = Judgement(Verdict.UNDECIDED).because("no-derivative")

#: What is said where a leaf without value stands between a claim and its right-hand side.
MISSING = Judgement(Verdict.UNDECIDED).because("missing-operand")


def verify_graph(graph: Graph, policy: Policy = STANDARD) -> Outcome:
    """Judge every number that the document states about its graph. A wrong claim never raises.

    Raises DocumentError if the graph breaks a rule of its ops (stage 6), UsageError for seeds that do not fit.
    """
    asked, differing = with_seeds(graph, policy.seeds)
    made = plan(asked)
    probes = probes_for(asked, policy.written(), key=policy.key, probe_seed=policy.probe_seed)
    parts = None if made.is_elementwise else opened(made, Execution(made).value, policy.limits.operations)
    if parts is None:
        return _Verification(made, policy, differing, probes).run()
    at = [part for part, (node, _) in enumerate(parts.home) if node in differing and part not in parts.plan.inner]
    return folded(made, parts, _Verification(parts.plan, policy, at, probes).run())


class _Verification:
    """One document being judged; `differing` are the outputs whose own seed is not the one that was asked for."""

    def __init__(self, made: Plan, policy: Policy, differing: Sequence[int], probes: Probes) -> None:
        self.plan, self.policy, self.differing, self.probes = made, policy, differing, probes
        self.findings = [Finding(claim) for claim in claims_of(made)]
        self.states = States(made, [finding.claim for finding in self.findings])
        numbers = sum(len(finding.claim.entries) for finding in self.findings)
        self.small = made.work <= policy.limits.operations and numbers <= policy.limits.numbers

    def run(self) -> Outcome:
        """Structure, local equations, global verdicts, kinks, the witnesses that trust no gradient rule, blame."""
        judgeable = [finding for finding in self.findings if not self._settled_by_structure(finding)]
        for finding in judgeable:
            self._hear_local(finding)
        for finding in judgeable:
            self._hear_global(finding)
        self._trust_what_holds()
        kinks = self._judge_ties(judgeable)
        for finding in judgeable:
            self._record(finding)
        seen = self._hear_witnesses(judgeable)
        settle(judgeable)
        first = blame(self.plan, self.findings, BITS[0])
        name_seeds(self.findings, self.differing)
        if self.policy.method is not None:
            hear_alone(self.policy.method, judgeable)
        return Outcome(
            self.findings,
            first,
            kinks,
            seen,
            warnings(self.states, judgeable),
            self.probes.report(),
            self._margins(),
            self._signature(),
        )

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
        if i in self.plan.inner:
            return True
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
            if claim.nonfinite(entry) is not None:
                judgement = self._without_set(claim, entry)[1]
            elif refereed:
                judgement = self._refereed(finding, entry)
            elif not self.states.bound:
                judgement = MISSING
            elif self._recomputation.agrees(claim, entry):
                finding.overall.bulk += 1
                continue
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
        return judgement

    def _without_enclosure(self, claim: Claim, entry: int) -> Judgement:
        """A finite claim whose right-hand side is no finite number, or is not known."""
        return without_enclosure(self.states.execution, claim, entry) if self.states.bound else MISSING

    def _without_set(self, claim: Claim, entry: int) -> tuple[Judgement, Judgement]:
        """Local and global verdict on a NaN or an infinity."""
        claimed = claim.nonfinite(entry)
        if claimed is None or not self.states.bound:
            return MISSING, MISSING
        local, overall = claimed_nonfinite(self.states.execution, claim, entry, claimed)
        if not breakable(self.plan) or self.plan.work > PRINTED:
            return local, overall
        sides = ((self.states.stated, local), (self.states.truth, overall))
        stated, truth = (
            UNDEFINED if at_bits(BITS[0]).breaks.above(claim, entry) is Break.NOTHING else said
            for at_bits, said in sides
        )
        return stated, truth

    def _trust_what_holds(self) -> None:
        """Where every number is stated and holds locally, worst-case bounds say less than the small deviations do."""
        for finding in self.findings if self._holds else ():
            for entry, judgement in finding.overall.entries.items():
                if judgement.reasons == ("below-resolution",) and _is_small(judgement, finding.claim.dtype):
                    told = replace(judgement, verdict=Verdict.CONSISTENT, reasons=("rounding-explains",))
                    finding.overall.entries[entry] = told

    # --- kinks, evidence, witnesses ------------------------------------------------------------------------------

    def _judge_ties(self, judgeable: Sequence[Finding]) -> Kinks:
        if not (judgeable and self._kinked and self.small):
            return Kinks()
        directions = self._directions() if open_guards(self.states.truth(BITS[0]).values) else []
        return judge_ties(self.states, judgeable, kinks=self.policy.kinks, directions=directions)

    @cached_property
    def _kinked(self) -> bool:
        return any(rule is not None and rule.has_kink for rule in self.plan.rules)

    def _margins(self) -> dict[Coordinate, Margin]:
        """The kink that each entry of a leaf meets first, for those that differences look at, up to `LARGE` wires."""
        if not (self._kinked and self.states.bound) or len(self.plan.ids) > LARGE:
            return {}
        return margins_of(self.plan, leaf_points(self.plan), coordinates(self.plan))

    def _signature(self) -> Mapping[int, Sequence[int | None]]:
        if not (self._kinked and self.states.bound):
            return {}
        if self.small:
            return signature(self.states.truth(BITS[0]).values)
        return executed_signature(self.plan, self.states.execution.values)

    def _directions(self) -> list[list[fmpq]]:
        """Random directions over all trained leaf entries, from which limits at a kink are sampled."""
        leaves = [i for i, rule in enumerate(self.plan.rules) if rule is None and self.plan.trained[i]]
        count = sum(size(self.plan.shapes[i]) for i in leaves)
        drawn = [self.probes.weights(LIMITS + k, count) for k in range(SAMPLED_LIMITS)]
        return [[fmpq(*float(weight).as_integer_ratio()) for weight in weights] for weights in drawn]

    def _record(self, finding: Finding) -> None:
        extra = {} if finding.rho is None else {"rho": float(f"{min(finding.rho, 1e308):.3g}")}
        finding.evidence.append(from_opinion("local", finding.local.verdict, extra))
        finding.evidence.append(from_opinion(finding.method, finding.overall.verdict))

    def _hear_witnesses(self, judgeable: Sequence[Finding]) -> list[Difference]:
        """The methods that trust no gradient rule of ours, each as the effort and the policy allow."""
        if self.policy.hears("complex-step"):
            complex_step.hear(self.states, judgeable, self.probes, self.policy.limits.probes)
        if self.policy.limits.rule_free or self.policy.method == "rule-free":
            rule_free.hear(self.states, judgeable, entries=self.policy.limits.rule_free or RULE_FREE)
        return self._differences(judgeable)

    def _differences(self, judgeable: Sequence[Finding]) -> list[Difference]:
        if not (self.states.bound and self.states.objective):
            return []
        points, seeds = leaf_points(self.plan), seed_numbers(self.plan)
        found = differences(self.plan, points, seeds, self.probes.jitter)
        directions.hear(self.states, judgeable, self.probes)
        claims = {finding.key: finding for finding in judgeable}
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
