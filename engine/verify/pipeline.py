"""The pipeline: every claim is heard by the methods that apply, and gets a local and a global verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial

import numpy as np
from flint import fmpq

from ...schema import Graph
from ..parts import Parts, opened
from ..plan import Plan, is_bound, plan
from ..shape import size
from ..surrogates import below as below_surrogates
from . import rule_free
from .alone import hear_alone
from .bounds import INFORMATIVE
from .budget import BLOCK, Spending
from .claims import Claim, claims_of, has_gradient
from .collapsed import local_findings
from .columns import Columns
from .differences.estimates import LARGE, Difference, coordinates, leaf_points, trained_leaves
from .differences.shown import LEAST, points_of, seen_by_differences
from .digests import Digests
from .disagreement import settle, temper
from .evidence import Evidence
from .faults import blame
from .findings import Finding, Opinion, name_surrogate
from .kinks.breaks import breakable
from .kinks.clarke import Kinks, judge_ties
from .kinks.guards import executed_signature, open_guards, signature
from .kinks.large_ties import PARTS, Asked, judge_large_ties
from .kinks.margins import Coordinate, Margin, margins_of
from .kinks.norms import NORMS, judge_norms
from .kinks.predicates import with_predicates
from .ledger import Ledger, Word
from .nonfinite import Execution, parts_leave_floats
from .outcome import Outcome
from .policy import STANDARD, Policy
from .probe import Probes, probes_for
from .recomputation import Recomputation
from .record import record, settled_in_bulk
from .referee import MISSING, Referee
from .rho import Rho
from .seeds import name_seeds, with_seeds
from .states import BITS, States
from .tangents import complex_step
from .tensors.folding import folded
from .tensors.through_outputs import OtherForm, ThroughOutputs
from .tensors.verification import from_claims, from_leaves, verify_tensors
from .tensors.warnings import tensor_warnings
from .truth import truth_of
from .verdict import Judgement, Verdict
from .warnings import warnings

#: Scalar operations up to which printed claims are always shown to the referee.
PRINTED = 100_000

#: The first probe stream from which limits at kinks are sampled, and how many directions are.
LIMITS, SAMPLED_LIMITS = 2**30, 24

#: What is said where a budget ends first.
BEYOND = Judgement(Verdict.UNDECIDED).because("budget")

#: Leaf entries of a claim that the rule-free proof looks at where it is asked for alone.
RULE_FREE = 256


def verify_graph(
    graph: Graph, policy: Policy = STANDARD, *, made: Plan | None = None, digests: Digests | None = None
) -> Outcome:
    """Judge every number that the document states about its graph. A wrong claim never raises.

    `made` and `digests` are the graph's, where somebody has made them already.
    Raises DocumentError if the graph breaks a rule of its ops (stage 6), UsageError for seeds that do not fit.
    """
    asked, differing = with_seeds(graph, policy.seeds)
    if made is None or asked is not graph:
        made = plan(asked)
    subject = digests if digests is not None and asked is graph else Digests(asked)
    probes = probes_for(subject, policy.written(), key=policy.key, probe_seed=policy.probe_seed)

    spending = Spending(policy.budget, made.numbers)

    def judged(graph_alone: Plan) -> Outcome:
        return _judged(graph_alone, policy, differing, probes, spending)

    found = judged(made).with_claims(local_findings(made, judged))
    return replace(found, cost=spending.report())


def _judged(made: Plan, policy: Policy, differing: Sequence[int], probes: Probes, spending: Spending) -> Outcome:
    """The outcome for one plan: scalar gates as they are, tensors in their smallest parts, or in arrays."""
    if made.is_elementwise:
        return _Verification(with_predicates(made), policy, differing, probes, spending).run()
    execution = Execution(made)
    parts = opened(made, execution.value, policy.limits.operations)
    if parts is None or (is_bound(made) and _leaves_floats(made, execution, parts)):
        return verify_tensors(made, policy, differing, probes, spending)
    at = [part for part, (node, _) in enumerate(parts.home) if node in differing and part not in parts.plan.inner]
    stated = lru_cache(1)(partial(from_claims, made, execution, claims_of(made)))
    form = ThroughOutputs(made, parts, stated) if is_bound(made) else None
    found = folded(made, parts, _Verification(with_predicates(parts.plan), policy, at, probes, spending, form).run())
    if not is_bound(made):
        return found
    if execution.seeds and _norms(made):
        norms = judge_norms(made, found.claims, (stated(), from_leaves(made, execution)), execution.values)
        found = found.with_kinks(norms)
    grads = {finding.claim.node: finding for finding in found.claims if finding.claim.field == "grad"}
    return found.with_warnings(tensor_warnings(made, execution, grads))


def _leaves_floats(made: Plan, execution: Execution, parts: Parts) -> bool:
    """True if parts are no floats where the gates are; a norm at 0 is judged for itself."""
    at_zero = any(0.0 in np.asarray(execution.values[i]) for i in _norms(made))
    return not at_zero and parts_leave_floats(execution, Execution(parts.plan))


def _norms(made: Plan) -> list[int]:
    return [i for i, rule in enumerate(made.rules) if rule is not None and rule.name in NORMS]


class _Verification:
    """One document being judged; `differing` are the outputs whose own seed is not the one that was asked for.

    `other_form` is heard where an entry does not follow from its equation as the plan has it.
    """

    def __init__(
        self,
        made: Plan,
        policy: Policy,
        differing: Sequence[int],
        probes: Probes,
        spending: Spending,
        other_form: OtherForm | None = None,
    ) -> None:
        self.plan, self.policy, self.differing, self.probes = made, policy, differing, probes
        self.other_form = other_form
        self.spending, self.truth_is_heard = spending, True
        truth = truth_of(made)
        self.columns = Columns(made, truth.layout)
        self.ledger = Ledger(self.columns)
        self.states = States(made, self.columns, truth)
        self.rho = Rho(self.columns, gradients=self.states.objective)
        self.referee = Referee(self.states)
        numbers = self.columns.numbers.size
        self.small = made.work <= policy.limits.operations and numbers <= policy.limits.numbers

    def run(self) -> Outcome:
        """Structure, local equations, global verdicts, kinks, the witnesses that trust no gradient rule, blame."""
        judgeable = self._judged()
        self._trust_what_holds()
        with self.spending.on("kinks"):
            kinks = self._judge_ties(judgeable)
        for finding in judgeable:
            record(finding)
        seen = self._hear_witnesses(judgeable)
        temper(self.ledger.opened)
        settle(self.ledger.opened)
        first = blame(self.plan, self.ledger, BITS[0])
        name_seeds(self.ledger.opened, self.differing)
        self._name_surrogates()
        if self.policy.method is not None:
            hear_alone(self.policy.method, judgeable)
        warned = warnings(self.states, judgeable, self.ledger.is_settled)
        return Outcome(
            self.ledger, first, kinks, seen, warned, self.probes.report(), self._margins(), self._signature()
        )

    # --- what is settled in bulk, and what is judged by itself ----------------------------------------------------

    def _judged(self) -> list[Finding]:
        """Local and global opinions on everything that arrays leave open; the findings that have some."""
        passes = len(BITS) * 2 if self.small else 2
        with self.spending.on("local", 1):
            in_bulk_too = self.small or self.policy.method is not None or not self.spending.allows(passes)
            places = range(len(self.columns)) if in_bulk_too else self._beyond_bounds()
            judgeable = self._locally(self.ledger.open(places))
        self.truth_is_heard = self.spending.allows(passes)
        if not self.truth_is_heard:
            for finding in judgeable:
                _leave(finding)
            return judgeable
        with self.spending.on("balls" if self.small else "recomputation", passes):
            if not self.small and self.states.bound:
                self.ledger.settled = partial(settled_in_bulk, self.columns, self.rho, self._recomputation)
                unexplained = self.columns.plain & ~self._recomputation.explains()
                judgeable += self._locally(self.ledger.open(np.flatnonzero(unexplained).tolist()))
            self._globally(judgeable)
        return judgeable

    def _globally(self, judgeable: Sequence[Finding]) -> None:
        """Global opinions, block after block; what a budget leaves over stays undecided."""
        for start in range(0, len(judgeable), BLOCK):
            enough = self.spending.allows()
            for finding in judgeable[start : start + BLOCK]:
                if enough:
                    self._hear_global(finding)
                else:
                    _leave(finding)

    def _beyond_bounds(self) -> list[int]:
        """The claims that the local check does not find within their bounds."""
        beyond: list[int] = np.flatnonzero(~(self.rho.within & self.states.bound)).tolist()
        return beyond

    def _locally(self, findings: Sequence[Finding]) -> list[Finding]:
        judgeable = [finding for finding in findings if not self._settled_by_structure(finding)]
        for finding in judgeable:
            self._hear_local(finding)
        return judgeable

    # --- structure -----------------------------------------------------------------------------------------------

    def _settled_by_structure(self, finding: Finding) -> bool:
        """Claims of gradients where none exists."""
        if has_gradient(self.plan, finding.claim):
            return False
        self._no_gradient(finding)
        return True

    def _no_gradient(self, finding: Finding) -> None:
        for entry in _claimed_entries(finding.claim):
            claimed = finding.claim.set_of(entry)
            zero = claimed is not None and claimed.low <= 0 <= claimed.high
            verdict = Verdict.CONSISTENT if zero else Verdict.REFUTED
            _both(finding, entry, Judgement(verdict).because("no-gradient"))

    # --- local ---------------------------------------------------------------------------------------------------

    def _hear_local(self, finding: Finding) -> None:
        claim = finding.claim
        entries = _claimed_entries(claim)
        if not claim.printed:
            k = self.ledger.place(finding.key)
            # In a small document nothing hangs on it, so that it waits for a reader.
            finding.rho = partial(self.rho.largest, k) if self.small else self.rho.largest(k)
            if not self.small:
                rho = self.rho.of(k)
                claimed, entries = len(entries), [entry for entry in entries if not rho[entry] <= 1]
                finding.local.bulk = claimed - len(entries)
        for entry in entries:
            found = self.referee.local(claim, entry)
            if self.other_form is not None and found.reasons == ("disagrees",):
                found = self.other_form(claim, entry) or found
            finding.local.entries[entry] = found

    # --- global --------------------------------------------------------------------------------------------------

    @cached_property
    def _holds(self) -> bool:
        """True if every value and gradient is stated and every claim holds locally: the induction theorem applies."""
        holds = all(f.local.verdict in (Verdict.PROVED, Verdict.CONSISTENT) for f in self.ledger.opened)
        return holds and all(
            "value" in node and ("grad" in node or not trained)
            for i, (node, trained) in enumerate(zip(self.plan.graph.nodes, self.plan.trained, strict=True))
            if i not in self.plan.inner
        )

    @cached_property
    def _recomputation(self) -> Recomputation:
        """Our own float64 passes, for documents above the referee's cap."""
        return Recomputation(self.states.truth.execution, self.columns, self._holds, self.states.truth.hanging)

    def _hear_global(self, finding: Finding) -> None:
        claim = finding.claim
        refereed = self.small or ((claim.printed or not self.states.bound) and self.plan.work <= PRINTED)
        finding.method = "balls" if refereed else "recomputation"
        finite: list[int] = []
        for entry in _claimed_entries(claim):
            if claim.nonfinite(entry) is not None:
                finding.overall.entries[entry] = self.referee.without_set(claim, entry)[1]
            elif refereed:
                finding.overall.entries[entry] = self.referee.overall(finding, entry)
            elif not self.states.bound:
                finding.overall.entries[entry] = MISSING
            else:
                finite.append(entry)
        if finite:
            found = self._recomputation.opinion(self.ledger.place(finding.key), finite)
            finding.overall.entries.update(found.entries)
            finding.overall.bulk = found.bulk

    def _trust_what_holds(self) -> None:
        """Where every number is stated and holds locally, worst-case bounds say less than the small deviations do."""
        for finding in self.ledger.opened if self._holds else ():
            for entry, judgement in finding.overall.entries.items():
                if judgement.reasons == ("below-resolution",) and _is_small(judgement, finding.claim.dtype):
                    told = replace(judgement, verdict=Verdict.CONSISTENT, reasons=("rounding-explains",))
                    finding.overall.entries[entry] = told

    # --- kinks, evidence, witnesses ------------------------------------------------------------------------------

    def _judge_ties(self, judgeable: list[Finding]) -> Kinks:
        """Judge again what hangs on ties; what was settled in bulk and is judged after all joins `judgeable`."""
        if not (self.truth_is_heard and self.spending.allows()):
            return self._without_ties()
        if self.small:
            if not (judgeable and self._kinked):
                return Kinks()
            directions = self._directions(self.plan) if open_guards(self.states.truth.at(BITS[0]).values) else []
            return judge_ties(self.states, judgeable, kinks=self.policy.kinks, directions=directions)
        if not (self.states.bound and self.states.objective and (self._kinked or breakable(self.plan))):
            return Kinks()
        before = {finding.key for finding in self.ledger.opened}
        most = min(PARTS * self.policy.limits.operations, PRINTED)
        found = judge_large_ties(self.states, self.ledger, Asked(self.policy.kinks, most, self._directions))
        for finding in self.ledger.opened:
            if finding.key not in before:
                finding.evidence.clear()
                judgeable.append(finding)
        return found

    def _without_ties(self) -> Kinks:
        """No budget is left for what branches choose together: what hangs on a choice is undecided."""
        for finding in self.ledger.opened:
            for entry, judgement in finding.overall.entries.items():
                if {"kink-admissible", "near-kink"} & set(judgement.reasons):
                    finding.overall.entries[entry] = judgement.because("budget").undecided()
        hanging = self.truth_is_heard and self.states.bound and self.states.objective and self._kinked
        if self.small or not hanging:
            return Kinks()
        return judge_large_ties(self.states, self.ledger, Asked(self.policy.kinks, 0, self._directions))

    @cached_property
    def _kinked(self) -> bool:
        return any(rule is not None and rule.has_kink for rule in self.plan.rules)

    def _margins(self) -> dict[Coordinate, Margin]:
        """The kink that each entry of a leaf meets first, for those that differences look at, up to `LARGE` wires."""
        if not (self._kinked and self.states.bound) or len(self.plan.ids) > LARGE or not self.spending.allows():
            return {}
        return margins_of(self.plan, leaf_points(self.plan), coordinates(self.plan))

    def _signature(self) -> Mapping[int, Sequence[int | None]]:
        if not (self._kinked and self.states.bound):
            return {}
        if self.small:
            return signature(self.states.truth.at(BITS[0]).values)
        return executed_signature(self.plan, self.states.truth.execution.values)

    def _directions(self, plan: Plan) -> list[list[fmpq]]:
        """Random directions over all trained leaf entries of a plan, from which limits at a kink are sampled."""
        leaves = [i for i, rule in enumerate(plan.rules) if rule is None and plan.trained[i]]
        count = sum(size(plan.shapes[i]) for i in leaves)
        drawn = [self.probes.weights(LIMITS + k, count) for k in range(SAMPLED_LIMITS)]
        return [[fmpq(*float(weight).as_integer_ratio()) for weight in weights] for weights in drawn]

    def _hear_witnesses(self, judgeable: Sequence[Finding]) -> list[Difference]:
        """The methods that trust no gradient rule of ours, each as the effort and the policy allow."""
        probes = self.policy.limits.probes + 1
        if self.policy.hears("complex-step") and self.spending.allows(2 * probes):
            with self.spending.on("complex-step", 2 * probes):
                self._step(judgeable)
        if (self.policy.limits.rule_free or self.policy.method == "rule-free") and self.spending.allows():
            entries = self.policy.limits.rule_free or RULE_FREE
            with self.spending.on("rule-free", 2 * min(entries, self.columns.numbers.size)):
                rule_free.hear(self.states, self._leaf_findings(), entries=entries)
        return self._differences()

    def _step(self, judgeable: Sequence[Finding]) -> None:
        found = complex_step.witness(self.states, self.columns, self.probes, self.policy.limits.probes)
        without = {finding.key for finding in self.ledger.opened} - {finding.key for finding in judgeable}

        def word(claim: Claim) -> Evidence | None:
            judged = claim.field == "grad" and (claim.node, claim.field, claim.port) not in without
            return found.says(claim) if judged else None

        self.ledger.hear(word)
        for wire in found.against:
            self.ledger.reopen(self.ledger.place((wire, "grad", None)))

    # --- surrogates ----------------------------------------------------------------------------------------------

    @cached_property
    def _surrogated(self) -> Sequence[bool]:
        """Which wires get their gradient through a declared surrogate."""
        return below_surrogates(self.plan.rules, self.plan.operands)

    def _follows_surrogate(self, claim: Claim) -> bool:
        if claim.field == "value":
            return False
        rule = self.plan.rules[claim.node]
        own = claim.port is not None and rule is not None and rule.surrogate
        return own or self._surrogated[claim.node]

    def _name_surrogates(self) -> None:
        """Say of every number that it was held against a declared rule, and not against the derivative."""
        for k in range(len(self.columns)) if any(self._surrogated) else ():
            if self._follows_surrogate(self.columns[k]):
                finding = self.ledger.reopen(k)
                for side in (finding.local, finding.overall):
                    name_surrogate(side)

    def _applicable(self, word: Word) -> Word:
        """Differences see the function: of what follows a declared rule they say nothing."""

        def heard(claim: Claim) -> Evidence | None:
            said = word(claim)
            leaves = (i for i, rule in enumerate(self.plan.rules) if rule is None)
            together = said is not None and "direction" in said.details and any(self._surrogated[i] for i in leaves)
            if said is None or not (together or self._follows_surrogate(claim)):
                return said
            return Evidence(said.method, "silent", {"because": "not-applicable"})

        return heard if any(self._surrogated) else word

    def _leaf_findings(self) -> list[Finding]:
        """The gradients of leaves as findings of their own: proofs are about single claims."""
        leaves = [leaf for leaf in trained_leaves(self.plan) if not self._surrogated[leaf]]
        return [self.ledger.reopen(k) for leaf in leaves if (k := self.ledger.find((leaf, "grad", None))) is not None]

    def _differences(self) -> list[Difference]:
        if not (self.states.bound and self.states.objective):
            return []
        points = points_of(self.plan)
        least = not self.spending.allows(points, columns=points)
        with self.spending.on("finite-difference", min(points, LEAST) if least else points):
            found = seen_by_differences(self.plan, self.columns, self.probes, least=least)
        for word in found.words:
            self.ledger.hear(self._applicable(word))
        return found.differences


def _leave(finding: Finding) -> None:
    """Nothing is left of the budget: nobody was asked about the truth."""
    finding.overall = Opinion(dict.fromkeys(_claimed_entries(finding.claim), BEYOND))


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
