"""Kinks: choices at a tie are one choice a gate, whatever the number of its operands (verification.md 8.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..numbers.intervals import Interval
from ..plan import Plan
from .equations import Equations, is_tie
from .findings import Finding
from .gradients import SHARES, Gradients
from .verdict import Verdict


def ties(plan: Plan, equations: Equations) -> list[int]:
    """Gates at whose operands some guard is exactly 0, in order; a wire tied with itself is no kink."""
    found: list[int] = []
    for gate in plan.gates:
        rule = plan.rules[gate]
        assert rule is not None
        alone = len(set(plan.operands[gate])) < len(plan.operands[gate])
        if rule.has_kink and not alone:
            entries = range(len(equations.values.entries[gate]))
            if any(is_tie(equations.values, gate, entry) for entry in entries):
                found.append(gate)
    return found


def refute_joint(equations: Equations, tied: Sequence[int], findings: Sequence[Finding]) -> None:
    """Refute gradients that are admissible one by one and not together: no one share of the gate gives them all.

    Looks at gates whose operands are fed, at the tie, by no other open gate.
    """
    grads = {f.claim.node: f for f in findings if f.claim.field == "grad" and not f.claim.printed}
    for gate in tied:
        wires = [wire for wire in dict.fromkeys(equations.gradients.plan.operands[gate]) if wire in grads]
        for entry in range(len(equations.values.entries[gate])) if len(wires) > 1 else ():
            _refute_at(equations, gate, entry, [grads[wire] for wire in wires])


def _refute_at(equations: Equations, gate: int, entry: int, findings: Sequence[Finding]) -> None:
    feasible = Interval(*SHARES)
    judged: list[tuple[Finding, int]] = []
    for finding in findings:
        own = entry if len(finding.claim.entries) > 1 else 0
        shares = _shares(equations.gradients, gate, finding, own)
        if shares is not None:
            judged.append((finding, own))
            feasible = Interval(max(feasible.low, shares.low), min(feasible.high, shares.high))
    if feasible.low > feasible.high:
        for finding, own in judged:
            _refute(finding, own)


def _refute(finding: Finding, entry: int) -> None:
    for opinion in (finding.local, finding.overall):
        judgement = opinion.entries.get(entry)
        if judgement is not None and judgement.verdict is not Verdict.REFUTED:
            opinion.entries[entry] = replace(
                judgement, verdict=Verdict.REFUTED, relation="disjoint", reasons=("kink-inadmissible",)
            )


def _shares(gradients: Gradients, gate: int, finding: Finding, entry: int) -> Interval | None:
    """The shares of the upper branch under which a stated gradient holds; None if the wire says nothing of them."""
    image = gradients.image(finding.claim.node, entry)
    claimed = finding.claim.set_of(entry)
    if image is None or image.open_gates != (gate,) or claimed is None:
        return None
    claimed = claimed.widened(image.known.allowance)
    ends = gradients.ends(finding.claim.node, gate, entry)
    if ends is None or ends[0] == ends[1]:
        return None
    at_lower, at_upper = ends
    bounds = sorted(
        ((claimed.low - at_lower) / (at_upper - at_lower), (claimed.high - at_lower) / (at_upper - at_lower))
    )
    return Interval(bounds[0], bounds[1])
