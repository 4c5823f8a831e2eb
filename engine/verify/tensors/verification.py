"""Graphs of whole tensors that are too large for the referee: every number against its running bounds.

Every claim is held against its own equation, from stated numbers (local), and against our own passes (global), entry
by entry in arrays. Nothing is proved here: within the bounds a claim is consistent, beyond twice the bounds refuted,
between undecided. Where kinks leave a choice open, what lies between the branches is `kink-admissible` locally, and
globally what a named convention yields is; the rest between the branches is undecided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from ....schema.number import HALF_SUBNORMAL, UNIT_ROUNDOFF, is_printed, nearest
from ...plan import Plan, is_bound, leaf_numbers
from ..bounds import INFORMATIVE, REALISATIONS
from ..budget import Spending
from ..claims import Claim, Key, claims_of, has_gradient
from ..columns import Columns
from ..decimals import nearby
from ..differences.shown import LEAST, points_of, seen_by_differences
from ..disagreement import temper
from ..evidence import from_opinion, most_against
from ..findings import Finding, Opinion
from ..kinks.clarke import Kinks, Standing
from ..kinks.conventional import FOLLOWS, Conventional
from ..kinks.predicates import with_predicates
from ..layout import Floats
from ..nonfinite import Execution, claimed_nonfinite
from ..outcome import Outcome
from ..policy import Policy
from ..probe import Probes
from ..seeds import name_seeds
from ..verdict import Judgement, Numbers, Verdict
from ..warnings import zero_seed
from .one_step import OneStep
from .passes import Bounds, TensorPasses
from .running import Bounded
from .scales import scales

SLACK = 1.01

#: Entries that are judged with numbers of their own; further ones of one verdict share a judgement without.
NUMBERED = 64

MISSING = Judgement(Verdict.UNDECIDED).because("missing-operand")


@dataclass(frozen=True, slots=True)
class _Written:
    """The numbers of one claim: their middles, and half the width of what printed digits claim besides."""

    middle: Floats
    half: Floats
    claimed: Any
    nonfinite: Any


def verify_tensors(
    plan: Plan, policy: Policy, differing: Sequence[int], probes: Probes, spending: Spending | None = None
) -> Outcome:
    """Judge every number of a graph of tensors in arrays; `spending` counts what that costs, where somebody asks."""
    spending = spending or Spending(policy.budget, plan.numbers)
    return _TensorVerification(with_predicates(plan), policy.kinks, probes, spending).run(differing)


def from_claims(plan: Plan, execution: Execution, claims: Iterable[Claim]) -> Bounds:
    """Every number with running bounds, from stated numbers where they are stated."""
    return _from_stated(plan, execution, {(c.node, c.field, c.port): _written(c) for c in claims})


def _from_stated(
    plan: Plan, execution: Execution, written: Mapping[Key, _Written], *, recomputed: bool = False
) -> Bounds:
    def stated(key: Key) -> Bounded | None:
        """A claim's numbers as operands of others, if it states them all; printed digits with their set."""
        found = written.get(key)
        if found is None or not found.claimed.all() or found.nonfinite.any():
            return None
        return Bounded(found.middle, found.half, np.zeros(found.half.shape))

    return TensorPasses(plan, leaf_numbers(plan), execution.seeds, stated, recomputed=recomputed).run()


def from_leaves(plan: Plan, execution: Execution) -> Bounds:
    """Every number with running bounds, from the inputs alone."""
    return TensorPasses(plan, leaf_numbers(plan), execution.seeds).run()


class _TensorVerification:
    def __init__(self, plan: Plan, kinks: str, probes: Probes, spending: Spending) -> None:
        self.plan, self.probes, self.spending = plan, probes, spending
        self.findings = {finding.key: finding for finding in map(Finding, claims_of(plan))}
        self.written = {key: _written(finding.claim) for key, finding in self.findings.items()}
        self.execution = Execution(plan)
        self.bound = is_bound(plan)
        self.conventional = Conventional(self.execution, kinks)
        self.standings: dict[Key, Standing] = {}
        #: How far the entries below resolution deviate, by index.
        self.coarse: dict[Key, dict[int, float]] = {}

    def run(self, differing: Sequence[int]) -> Outcome:
        """Local and global opinions on every claim, differences, and whose fault it is."""
        with self.spending.on("recomputation", 4):
            for key, finding in self.findings.items():
                self._judge(key, finding)
        self._trust_what_holds()
        first = self._blame()
        found = list(self.findings.values())
        name_seeds(found, differing)
        seen = []
        if self.bound and self._seeds:
            points = points_of(self.plan)
            least = not self.spending.allows(points, columns=points)
            with self.spending.on("finite-difference", min(points, LEAST) if least else points):
                shown = seen_by_differences(self.plan, Columns(self.plan), self.probes, least=least)
            seen = shown.differences
            for finding in found:
                said = [evidence for word in shown.words if (evidence := word(finding.claim)) is not None]
                finding.evidence += [most_against(said)] if said else []
            temper(found)
        warned = list(zero_seed(self.plan)) if self._seeds else []
        return Outcome(found, first, Kinks(standings=self.standings), seen, warned, self.probes.report())

    # --- what is known -------------------------------------------------------------------------------------------

    @cached_property
    def _seeds(self) -> dict[int, Any]:
        return self.execution.seeds

    @cached_property
    def _stated(self) -> Bounds:
        return _from_stated(self.plan, self.execution, self.written)

    @cached_property
    def _one_step(self) -> OneStep:
        written = self.written.items()
        return OneStep(self.plan, {key for key, w in written if w.claimed.all() and not w.nonfinite.any()})

    @cached_property
    def _recomputed(self) -> Bounds:
        """From stated numbers too, but with gradients from operands where they might be taken from the output."""
        return _from_stated(self.plan, self.execution, self.written, recomputed=True)

    @cached_property
    def _truth(self) -> Bounds:
        return from_leaves(self.plan, self.execution)

    # --- judging -------------------------------------------------------------------------------------------------

    def _judge(self, key: Key, finding: Finding) -> None:
        claim, written = finding.claim, self.written[key]
        finding.method = "recomputation"
        if not has_gradient(self.plan, claim):
            finding.local = finding.overall = _no_gradient(claim, written)
            return
        if not self.bound or (claim.field != "value" and not self._seeds):
            finding.local = finding.overall = _all(written, MISSING)
            return
        stated = self._stated.of(key)
        if claim.field != "value" and np.any(_excess(written, stated) > 0):
            stated = _nearer(written, stated, self._recomputed.of(key))
        finding.local = self._opinion(claim, written, stated, room=1, resolved=claim.printed or self._one_step(key))
        finding.rho = _largest_ratio(claim, written, stated)
        finding.overall = self._opinion(claim, written, self._truth.of(key), room=REALISATIONS, jointly=True)
        for entry in np.flatnonzero(written.nonfinite).tolist():
            number = nearest(claim.entries[entry], claim.dtype)
            local, overall = claimed_nonfinite(self.execution, claim, entry, number)
            finding.local.entries[entry], finding.overall.entries[entry] = local, overall
        finding.evidence.append(from_opinion("local", finding.local.verdict, {}))
        finding.evidence.append(from_opinion(finding.method, finding.overall.verdict))

    def _opinion(
        self,
        claim: Claim,
        written: _Written,
        found: Bounded,
        *,
        room: int,
        resolved: bool = False,
        jointly: bool = False,
    ) -> Opinion:
        """Entry by entry: within the bounds, open between branches, beyond resolution, or wrong.

        `resolved`: bounds are as wide as printed operands or the rounding of one step make them, which is no want of
        resolution.
        `jointly`: an entry between branches must be what one choice at every tie yields.
        """
        parts = (found.value, found.rounding, found.open)
        computed, rounding, open_ = (np.ravel(np.asarray(part, dtype=np.float64)) for part in parts)
        distance = np.maximum(np.abs(written.middle - computed) - written.half, 0.0)
        allowed = room * SLACK * rounding + _last_place(claim, computed)
        scale = max(float(np.max(np.abs(computed), initial=0.0)), 0.0)
        judged = written.claimed & ~written.nonfinite
        finite = np.isfinite(computed) & np.isfinite(allowed)
        within = distance <= allowed
        choice = judged & finite & (open_ > 0) & (distance <= allowed + open_)
        fine = judged & finite & within & ~choice
        informative = float(INFORMATIVE.get(claim.dtype, 0))
        coarse = fine & (distance > 0) & (not resolved) & (allowed > informative * scale)
        if jointly:
            found_coarse = np.flatnonzero(coarse).tolist()
            deviations = dict(zip(found_coarse, distance[found_coarse].tolist(), strict=True))
            self.coarse[claim.node, claim.field, claim.port] = deviations
        between = judged & finite & ~within & ~choice & (distance <= 2 * allowed + open_)
        wrong = judged & finite & ~within & ~choice & ~between
        opinion = Opinion(bulk=int(np.count_nonzero(fine & ~coarse)))
        said = (
            *self._at_ties(claim, written, allowed, choice, jointly=jointly),
            (coarse, Judgement(Verdict.UNDECIDED).because("below-resolution")),
            (between, Judgement(Verdict.UNDECIDED).because("budget")),
            (wrong, Judgement(Verdict.REFUTED, relation="disjoint").because("disagrees")),
            (judged & ~finite, Judgement(Verdict.UNDECIDED).because("nonfinite")),
        )
        numbers = distance, allowed, scale
        for chosen, judgement in said:
            _file(opinion, np.flatnonzero(chosen), judgement, numbers)
        return opinion

    def _at_ties(
        self, claim: Claim, written: _Written, allowed: Floats, choice: NDArray[np.bool_], *, jointly: bool
    ) -> list[tuple[NDArray[np.bool_], Judgement]]:
        if not jointly or not choice.any():
            return [(choice, FOLLOWS)]
        judged, standing = self.conventional.judged(claim, written.middle, allowed + written.half, choice)
        self.standings[claim.node, claim.field, claim.port] = standing
        return judged

    def _trust_what_holds(self) -> None:
        """Where every equation holds between stated numbers, worst-case bounds say less than small deviations do."""
        told = Judgement(Verdict.CONSISTENT).because("rounding-explains")
        if not (self._one_step.is_everywhere and all(map(_holds, self.findings.values()))):
            return
        known = scales(self.plan, self._stated)
        for key, deviations in self.coarse.items():
            least = float(INFORMATIVE.get(self.findings[key].claim.dtype, 0)) * known.get(key, 0.0)
            slight = [entry for entry, deviation in deviations.items() if deviation < least]
            self.findings[key].overall.entries.update(dict.fromkeys(slight, told))

    # --- blame ---------------------------------------------------------------------------------------------------

    def _blame(self) -> list[Key]:
        """Claims whose own equation fails are first faults; what the truth alone refutes was carried from one."""
        first = [key for key, finding in self.findings.items() if finding.local.verdict is Verdict.REFUTED]
        for key in first:
            self.findings[key].first = True
        for key, finding in self.findings.items():
            if finding.overall.verdict is Verdict.REFUTED and not finding.first:
                self._carried(key, finding, first)
        return sorted(first, key=self._order)

    def _carried(self, key: Key, finding: Finding, first: Sequence[Key]) -> None:
        above = [fault for fault in first if self._order(fault) < self._order(key)]
        finding.carried_from = max(above, key=self._order, default=None)
        reason = "carried-rounding" if finding.carried_from is None else "carried-error"
        for entry, judgement in finding.overall.entries.items():
            if judgement.reasons == ("disagrees",):
                numbers = Numbers(gap=judgement.gap, allowance=judgement.allowance)
                told = Judgement(judgement.verdict, (reason,), judgement.relation, numbers)
                finding.overall.entries[entry] = told

    def _order(self, key: Key) -> tuple[int, int]:
        """The order of work: values forward, then gradients backward."""
        node, field, _ = key
        return (0, node) if field == "value" else (1, -node)


def _holds(finding: Finding) -> bool:
    return finding.local.verdict in (Verdict.PROVED, Verdict.CONSISTENT)


def _excess(written: _Written, found: Bounded) -> Floats:
    """How far each claimed entry lies beyond its bounds."""
    distance = np.abs(written.middle - np.ravel(found.value)) - written.half
    excess: Floats = distance - np.ravel(found.rounding) - np.ravel(found.open)
    excess[~written.claimed] = 0.0
    return excess


def _nearer(written: _Written, one: Bounded, other: Bounded) -> Bounded:
    """Entry by entry, of two equally right forms of one equation, the one that is nearer to what is claimed."""
    nearer: NDArray[np.bool_] = _excess(written, one) <= _excess(written, other)
    first: NDArray[np.bool_] = nearer.reshape(one.shape)

    def chosen(a: Any, b: Any) -> Any:
        return cast(Any, np.where(first, a, b))

    return Bounded(chosen(one.value, other.value), chosen(one.rounding, other.rounding), chosen(one.open, other.open))


def _written(claim: Claim) -> _Written:
    count = len(claim.entries)
    middle, half = np.zeros(count), np.zeros(count)
    claimed = np.array([raw is not None for raw in claim.entries], dtype=np.bool_)
    for entry, raw in enumerate(claim.entries):
        if raw is None:
            continue
        if claim.printed and is_printed(raw, claim.rounding) and (found := claim.set_of(entry)) is not None:
            middle[entry] = nearby((found.low + found.high) / 2)
            half[entry] = nearby((found.high - found.low) / 2)
        else:
            middle[entry] = nearest(raw, claim.dtype)
    nonfinite = claimed & ~np.isfinite(middle)
    return _Written(np.where(nonfinite, 0.0, middle), half, claimed, nonfinite)


def _no_gradient(claim: Claim, written: _Written) -> Opinion:
    """Zeros are as good as nothing on a wire without gradient; any other number is wrong."""
    opinion = Opinion()
    zero = (np.abs(written.middle) <= written.half) & ~written.nonfinite
    for verdict, chosen in ((Verdict.CONSISTENT, zero), (Verdict.REFUTED, ~zero)):
        for entry in np.flatnonzero(written.claimed & chosen).tolist():
            opinion.entries[entry] = Judgement(verdict).because("no-gradient")
    return opinion


def _all(written: _Written, judgement: Judgement) -> Opinion:
    return Opinion(dict.fromkeys(np.flatnonzero(written.claimed).tolist(), judgement))


def _last_place(claim: Claim, computed: Floats) -> Floats:
    """Half a unit of the dtype's last place: what storing a number may change."""
    if claim.dtype not in UNIT_ROUNDOFF:
        return np.zeros(computed.shape)
    unit, least = float(UNIT_ROUNDOFF[claim.dtype]), float(HALF_SUBNORMAL[claim.dtype])
    return unit * np.abs(computed) + least


def _largest_ratio(claim: Claim, written: _Written, found: Bounded) -> float | None:
    computed: Floats = np.ravel(np.asarray(found.value, dtype=np.float64))
    distance = np.abs(written.middle - computed)
    allowed = SLACK * np.ravel(found.swing) + _last_place(claim, computed)
    with np.errstate(invalid="ignore"):
        ratio = np.where(distance == 0, 0.0, distance / np.where(allowed > 0, allowed, np.nan))
    known = ratio[written.claimed & np.isfinite(ratio)]
    return float(known.max()) if known.size else None


def _file(opinion: Opinion, entries: Any, judgement: Judgement, numbers: tuple[Floats, Floats, float]) -> None:
    """Write one judgement for these entries, with numbers of their own for those that are furthest off."""
    if not entries.size:
        return
    distance, allowed, scale = numbers
    order = entries[np.argsort(-distance[entries], kind="stable")]
    for entry in order[:NUMBERED].tolist():
        own = Numbers(
            allowance=_exact(allowed[entry]),
            resolution=_exact(allowed[entry] / scale if scale else 0.0),
            gap=_exact(distance[entry]),
        )
        opinion.entries[entry] = replace(judgement, numbers=own)
    opinion.entries.update(dict.fromkeys(order[NUMBERED:].tolist(), judgement))


def _exact(number: Any) -> fmpq | None:
    return fmpq(*float(number).as_integer_ratio()) if np.isfinite(number) else None
