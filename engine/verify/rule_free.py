"""The proof that uses no derivative rule: the objective's derivative from values alone (verification.md 5.7).

Proves that a gradient lies in an enclosure, from central differences in balls with a remainder by Cauchy
(`cauchy.py`); only forward rules run. Assumes the forward rules and FLINT, and takes nothing from the annotations.
At kinks, branch points and ties there is no such proof: the method is silent and names the gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from flint import acb, arb, ctx, fmpq

from ..numbers.analytic import NOWHERE, Analytic, Box
from ..numbers.balls import Balls
from ..plan import Plan
from ..rule import Rule
from ..shape import size
from .cauchy import PRECISIONS, Proof, Refusal, applied, per_unit, prove, scale_of
from .claims import Claim
from .decimals import bounds
from .evidence import Evidence, from_opinion
from .findings import Finding
from .known import Known, leaf_entries, seed_entries
from .states import States
from .verdict import Basis, Judgement, Verdict, judge

#: Gate evaluations that one hearing may spend, and entries of one claim that it looks at.
WORK, ENTRIES = 200_000, 256

#: What moves, added behind the gate that makes a wire: wire -> entry -> weight.
Weights = Mapping[int, Mapping[int, fmpq]]

#: What moves in front of one operand of one gate: (gate, port) -> entry -> weight.
SlotWeights = Mapping[tuple[int, int], Mapping[int, fmpq]]


def hear(states: States, findings: Sequence[Finding], *, entries: int = ENTRIES, work: int = WORK) -> None:
    """Add what the proof says of every claimed gradient; values are no derivatives and get no evidence.

    `entries` are looked at of one claim, `work` gate evaluations are spent in all; what is left over is silent.
    """
    looked = [finding for finding in findings if finding.claim.field != "value"]
    if not (states.bound and states.objective):
        for finding in looked:
            finding.evidence.append(_silent("no objective, or a leaf without a value"))
        return
    method = RuleFree(states.plan, work)
    for finding in looked:
        finding.evidence.append(_word(method, finding, entries))


class Exhausted(Exception):
    """The work that was allowed is done."""


class RuleFree:
    """The objective of one plan along any direction. Every leaf must have a value.

    `work` is counted in gate evaluations, in all; what would exceed it raises Exhausted.
    """

    def __init__(self, plan: Plan, work: int | None = None) -> None:
        self.plan, self._left = plan, work
        self._real: dict[int, Sequence[Sequence[arb]]] = {}
        self._blocked: int | None = None

    def wire(self, wire: int, entry: int = 0) -> Proof | Refusal:
        """d objective / d one entry of a wire, whatever made it."""
        unit = self._unit(wire, entry)
        return per_unit(self.along({wire: {entry: unit}}), unit)

    def slot(self, gate: int, port: int, entry: int = 0) -> Proof | Refusal:
        """The part of that which one slot contributes (`downstream`); `entry` is the operand's."""
        unit = self._unit(self.plan.operands[gate][port], entry)
        return per_unit(self.along({}, {(gate, port): {entry: unit}}), unit)

    def local(self, gate: int, port: int, entry: int = 0) -> Proof | Refusal:
        """d out / d operand of one gate at the true values of its operands; `entry` is the gate's."""
        rule, operands = self.plan.rules[gate], self.plan.operands[gate]
        assert rule is not None
        unit = self._unit(operands[port], entry)

        def displaced(t: acb) -> acb:
            self._spend(1)
            boxes = [Box(acb(_at(self._reals[k], entry))) for k in operands]
            boxes[port] = Box(boxes[port].z + t * unit)
            return self._seen(gate, applied(rule, Analytic(), boxes)).z

        return self._proved(displaced, unit)

    def along(self, wires: Weights, slots: SlotWeights | None = None) -> Proof | Refusal:
        """The derivative of the objective along one direction: the weighted wires, and slots, move together.

        Weights should not exceed the size of the numbers that they move: radii start at a quarter of them.
        """
        moved = slots or {}
        cone = self._cone([*wires, *(gate for gate, _ in moved)])

        def displaced(t: acb) -> acb:
            self._spend(sum(size(self.plan.shapes[i]) for i in cone))
            return self._objective(cone, wires, moved, t)

        return self._proved(displaced, fmpq(1))

    def _proved(self, displaced: Any, unit: fmpq) -> Proof | Refusal:
        self._blocked = None
        found = prove(displaced)
        if isinstance(found, Proof) or self._blocked is None:
            return per_unit(found, unit)
        name = self.plan.ids[self._blocked]
        why = f"{name} is not analytic here: a kink, a branch point, a pole or a tie"
        return Refusal(why, found.evaluations)

    def _spend(self, gates: int) -> None:
        if self._left is not None:
            if self._left < gates:
                raise Exhausted
            self._left -= gates

    def _seen(self, gate: int, box: Box) -> Box:
        """The box itself; the gate is remembered if it is the one that is not analytic."""
        if not box.is_finite:
            self._blocked = gate
        return box

    # --- values --------------------------------------------------------------------------------------------------

    def _unit(self, wire: int, entry: int) -> fmpq:
        with ctx.workprec(PRECISIONS[0]):
            return scale_of(_at(self._reals[wire], entry))

    @property
    def _reals(self) -> Sequence[Sequence[arb]]:
        """Values of all wires at the precision of the moment, from the inputs alone; NaN outside a domain."""
        bits = int(ctx.prec)
        if bits not in self._real:
            self._spend(self.plan.work)
            values: list[Sequence[arb]] = []
            for i, rule in enumerate(self.plan.rules):
                values.append(_leaf(self.plan, i) if rule is None else _real_gate(self.plan, i, rule, values))
            self._real[bits] = values
        return self._real[bits]

    @cached_property
    def _seeds(self) -> Mapping[int, Sequence[fmpq]]:
        entries = ((i, seed_entries(self.plan, place)) for place, i in enumerate(self.plan.outputs))
        return {i: [fmpq(0) if seed is None else seed.exact.low for seed in seeds] for i, seeds in entries}

    def _cone(self, starts: Sequence[int]) -> Sequence[int]:
        """The wires that move with these, in order, as far as an output can be reached from them."""
        inside = set(starts)
        for gate in self.plan.gates:
            if any(k in inside for k in self.plan.operands[gate]):
                inside.add(gate)
        return [i for i in sorted(inside) if self.plan.reaching[i]]

    def _objective(self, cone: Sequence[int], wires: Weights, slots: SlotWeights, t: acb) -> acb:
        """Sum of <seed, output> over the outputs that move; what stands still adds nothing to the derivative."""
        boxes: dict[int, Sequence[Box]] = {}
        total = acb(0)
        for i in cone:
            boxes[i] = _moved(self._entries(i, boxes, slots, t), wires.get(i), t)
            if not all(self._seen(i, box).is_finite for box in boxes[i]):
                return NOWHERE
            if i in self._seeds:
                total += sum((box.z * _at(self._seeds[i], k) for k, box in enumerate(boxes[i])), acb(0))
        return total

    def _entries(self, i: int, boxes: Mapping[int, Sequence[Box]], slots: SlotWeights, t: acb) -> Sequence[Box]:
        """Wire i behind operands that move, or as it stands."""
        rule, operands = self.plan.rules[i], self.plan.operands[i]
        if rule is None or not any(k in boxes or (i, port) in slots for port, k in enumerate(operands)):
            return self._still(i)
        if any(k in boxes and (rule.surrogate or rule.is_fixed(port)) for port, k in enumerate(operands)):
            return [Box(NOWHERE)] * size(self.plan.shapes[i])
        columns = [
            _moved(boxes[k] if k in boxes else self._still(k), slots.get((i, port)), t)
            for port, k in enumerate(operands)
        ]
        return [
            applied(rule, Analytic(), [_at(column, entry) for column in columns])
            for entry in range(size(self.plan.shapes[i]))
        ]

    def _still(self, i: int) -> Sequence[Box]:
        return [Box(acb(x)) for x in self._reals[i]]


def _leaf(plan: Plan, i: int) -> Sequence[arb]:
    return [arb.nan() if known is None else arb(known.exact.low) for known in leaf_entries(plan, i)]


def _real_gate(plan: Plan, i: int, rule: Rule, values: Sequence[Sequence[arb]]) -> Sequence[arb]:
    columns = [values[k] for k in plan.operands[i]]
    return [_real(rule, [_at(column, entry) for column in columns]) for entry in range(size(plan.shapes[i]))]


def _real(rule: Rule, operands: Sequence[arb]) -> arb:
    # Some functions of no number are a number: a power to the 0, the inverse of infinity.
    return rule.forward(Balls(), *operands) if all(x.is_finite() for x in operands) else arb.nan()


def _at(entries: Sequence[Any], entry: int) -> Any:
    """One entry; a scalar answers for every entry of the tensor that it is combined with."""
    return entries[entry] if len(entries) > 1 else entries[0]


def _moved(boxes: Sequence[Box], weights: Mapping[int, fmpq] | None, t: acb) -> Sequence[Box]:
    if not weights:
        return boxes
    return [Box(box.z + t * weights[k]) if k in weights else box for k, box in enumerate(boxes)]


# --- evidence --------------------------------------------------------------------------------------------------------


def _silent(because: str) -> Evidence:
    return Evidence("rule-free", "silent", {"because": because})


def _word(method: RuleFree, finding: Finding, most: int) -> Evidence:
    """The word on a whole claim: that on its worst entry."""
    claim = finding.claim
    wanted = [entry for entry, raw in enumerate(claim.entries) if raw is not None]
    heard = [_on_entry(method, finding, entry) for entry in wanted[:most]]
    if not heard:
        return _silent("nothing is claimed")
    worst = min(heard, key=_badness)
    if worst.says == "for" and len(heard) < len(wanted):
        return _silent(f"only {len(heard)} of {len(wanted)} entries were looked at")
    return worst


def _badness(evidence: Evidence) -> int:
    return ("against", "silent", "for").index(evidence.says)


def _on_entry(method: RuleFree, finding: Finding, entry: int) -> Evidence:
    claim = finding.claim
    claimed = claim.set_of(entry)
    if claimed is None:
        return _silent("no finite number is claimed")
    try:
        found = _derivative(method, claim, entry)
    except Exhausted:
        return _silent("budget")
    if isinstance(found, Refusal):
        return _silent(found.because)
    basis = _basis(finding, entry, found)
    details: dict[str, Any] = {
        "enclosure": bounds(found.enclosure),
        "precision": found.bits,
        "radius": f"2^-{found.radius}",
        "evaluations": found.evaluations,
    }
    if len(claim.entries) > 1:
        details["entry"] = entry
    judgement = judge(claimed, basis)
    if _is_open(judgement):
        return Evidence("rule-free", "silent", details | {"because": "boundary"})
    because = {"because": judgement.reasons[0]} if judgement.verdict is Verdict.UNDECIDED else {}
    return from_opinion("rule-free", judgement.verdict, details | because)


def _derivative(method: RuleFree, claim: Claim, entry: int) -> Proof | Refusal:
    if claim.field == "grad":
        return method.wire(claim.node, entry)
    ask = method.local if claim.field == "local" else method.slot
    return ask(claim.node, claim.port or 0, entry)


def _basis(finding: Finding, entry: int, found: Proof) -> Basis:
    """The enclosure with the allowance and the scale that the other methods found for this entry."""
    known = finding.overall.entries.get(entry, Judgement(Verdict.UNDECIDED))
    allowance = known.allowance or fmpq(0)
    scale = allowance / known.resolution if known.resolution else found.enclosure.size
    wide = found.enclosure.widened(allowance)
    claim = finding.claim
    return Basis(Known(found.enclosure, wide, allowance), scale, claim.dtype, claim.printed)


def _is_open(judgement: Judgement) -> bool:
    """True if the enclosure is too wide to tell on which side of the allowance the number lies."""
    enclosure, allowance = judgement.enclosure, judgement.allowance
    if enclosure is None or allowance is None or judgement.verdict is not Verdict.CONSISTENT:
        return False
    return judgement.gap == 0 and enclosure.high - enclosure.low > 2 * allowance
