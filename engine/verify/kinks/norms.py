"""Norms at 0: every vector of the unit ball is a subgradient there, and what a wire receives is judged as one vector.

`reduce_l2` at zeros may send any vector of norm at most |upstream|; `std` of equal entries any whose entries add up to
0, of norm at most |upstream| / sqrt(N - correction). A claim's entries are taken together, less what the wire receives
from other gates: a box around the ball would accept too much. Exact where nothing else rounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import fmpq

from ...backward import CONVENTIONS
from ...plan import Plan
from ...shape import reduced_shape
from ..bounds import REALISATIONS
from ..evidence import Evidence
from ..findings import Finding, Opinion
from ..tensors.passes import Bounds
from ..verdict import Judgement, Verdict
from .clarke import Kinks, Standing
from .guards import Guard

#: The ops that are a norm at heart.
NORMS = ("reduce_l2", "std")

ADMISSIBLE = ("kink-admissible",)
INADMISSIBLE = ("kink-inadmissible",)


@dataclass(frozen=True, slots=True)
class _Row:
    """The entries of a wire that one norm reduces, and the output entry that it is."""

    entries: Sequence[int]
    out: int


def judge_norms(
    plan: Plan, findings: Sequence[Finding], equations: tuple[Bounds, Bounds], values: Sequence[Any]
) -> Kinks:
    """Judge the gradients that norms at 0 send, in place of the hulls and non-finite numbers found so far.

    `equations` are those from stated numbers and from the inputs; the norms at 0 come back as kinks.
    """
    kinks, (stated, truth) = Kinks([], {}), equations
    grads = {finding.claim.node: finding for finding in findings if finding.claim.field == "grad"}
    for wire, finding in grads.items():
        readers = [(i, port) for i in plan.gates for port, k in enumerate(plan.operands[i]) if k == wire]
        norms = [gate for gate, _ in readers if _name(plan, gate) in NORMS]
        if len(norms) != 1:
            continue
        for row in _rows(plan, norms[0], wire):
            if float(np.ravel(values[norms[0]])[row.out]) == 0.0:
                _judge(plan, finding, finding.local, norms[0], row, stated)
                _judge(plan, finding, finding.overall, norms[0], row, truth)
                finding.evidence = [_silenced(heard) for heard in finding.evidence]
                kinks.guards = [*kinks.guards, Guard(norms[0], row.out, near=False)]
                kinks.standings[finding.key] = _standing(finding, row)
    return kinks


def _silenced(heard: Evidence) -> Evidence:
    """Differences across a norm at 0 see one vector of many."""
    if heard.method != "finite-difference":
        return heard
    return replace(heard, says="silent", details={**heard.details, "because": "a norm is 0 here"})


def _standing(finding: Finding, row: _Row) -> Standing:
    """Every convention takes the vector of least norm."""
    sets = [finding.claim.set_of(entry) for entry in row.entries]
    zero = all(claimed is not None and claimed.low <= 0 <= claimed.high for claimed in sets)
    return Standing(1, follows=CONVENTIONS if zero else ())


def _judge(plan: Plan, finding: Finding, opinion: Opinion, gate: int, row: _Row, found: Bounds) -> None:
    slot = found.slots.get((gate, "downstream", 0))
    whole = found.of((finding.claim.node, "grad", None))
    if slot is None:
        return
    others, rounding = (np.ravel(part) for part in (whole.value - slot.value, whole.rounding - slot.rounding))
    upstream = found.of((gate, "grad", None))
    radius, slack = abs(float(np.ravel(upstream.value)[row.out])), float(np.ravel(upstream.rounding)[row.out])
    scale, sums_to_nothing = _shape_of_set(plan, gate, len(row.entries))
    if any(finding.claim.nonfinite(entry) is not None for entry in row.entries):
        # There are finite members: no number is not among them.
        opinion.entries.update(dict.fromkeys(row.entries, Judgement(Verdict.REFUTED).because("nonfinite")))
        return
    nearest = [_nearest(finding, entry, float(others[entry])) for entry in row.entries]
    if any(pair is None for pair in nearest):
        return
    least = sum((pair[0] * pair[0] for pair in nearest if pair), fmpq(0))
    allowed = fmpq(*radius.as_integer_ratio())
    room = REALISATIONS * float(np.sum(np.abs(rounding[list(row.entries)])) + slack)
    total = abs(float(sum((pair[1] for pair in nearest if pair), fmpq(0))))
    flat = not sums_to_nothing or total <= room + 2.0**-50 * radius
    inside = least <= allowed * allowed * scale
    near = float(least) ** 0.5 <= radius * float(scale) ** 0.5 + room
    verdict = Verdict.REFUTED
    if inside and flat:
        verdict = Verdict.PROVED if room == 0 else Verdict.CONSISTENT
    elif near and flat:
        verdict = Verdict.CONSISTENT
    reasons = INADMISSIBLE if verdict is Verdict.REFUTED else ADMISSIBLE
    for entry in row.entries:
        opinion.entries[entry] = Judgement(verdict, reasons)


def _nearest(finding: Finding, entry: int, others: float) -> tuple[fmpq, fmpq] | None:
    """What this norm must have sent: the least size that the claim allows, and the middle of what it allows."""
    claimed = finding.claim.set_of(entry)
    if claimed is None:
        return None
    shift = fmpq(*others.as_integer_ratio())
    low, high = claimed.low - shift, claimed.high - shift
    return max(low, -high, fmpq(0)), (low + high) / 2


def _shape_of_set(plan: Plan, gate: int, count: int) -> tuple[fmpq, bool]:
    """The squared radius for an upstream of 1, and whether the entries must add up to 0."""
    rule = plan.rules[gate]
    assert rule is not None
    if rule.name == "reduce_l2":
        return fmpq(1), False
    correction = rule.values["correction"]
    left = count - correction
    return fmpq(1) / fmpq(left.numerator, left.denominator) if left > 0 else fmpq(0), True


def _rows(plan: Plan, gate: int, wire: int) -> Iterator[_Row]:
    """The entries of the wire that each entry of the norm is made of."""
    rule, shape = plan.rules[gate], plan.shapes[wire]
    assert rule is not None
    stated = rule.values["axes"]
    axes = tuple(range(len(shape))) if stated is None else stated
    kept = reduced_shape(shape, axes, keepdims=True)
    outputs = np.broadcast_to(np.arange(int(np.prod(kept))).reshape(kept), shape).ravel()
    for out in range(int(np.prod(kept))):
        yield _Row(np.flatnonzero(outputs == out).tolist(), out)


def _name(plan: Plan, gate: int) -> str:
    rule = plan.rules[gate]
    return "" if rule is None else rule.name
