"""Warnings on gates that work on whole tensors: mistakes that the document's own numbers would not show.

A sum over one entry looks like no sum. A gate that sends zeros looks like one that sends nothing, and a gate that sends
its upstream gradient on looks like one that does nothing at all (a softmax under ones, say).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np
from flint import fmpq

from ...plan import Plan
from ...rule import Pattern
from ...shape import SCALAR
from ..bounds import REALISATIONS
from ..findings import Finding, Warned
from ..nonfinite import Execution

#: Ops that forward a sum over axes, or backward one over those that they repeat.
SUMS = ("reduce_sum", "reduce_mean", "broadcast_to")


def tensor_warnings(plan: Plan, execution: Execution, findings: Mapping[int, Finding]) -> Iterator[Warned]:
    """What the stated gradients, by wire, cannot tell apart."""
    passed = execution.gradients
    for gate in plan.gates if passed is not None else ():
        rule = plan.rules[gate]
        assert rule is not None
        assert passed is not None
        if rule.elementwise or rule.pattern is Pattern.STOPPER or not plan.reaching[gate]:
            continue
        claimed = [k for k in plan.operands[gate] if k in findings]
        if _sums_one_entry(plan, gate) and any(_is_claimed_above(plan, gate, wire) for wire in findings):
            message = f"{plan.ids[gate]}: it sums over one entry, so these numbers cannot tell a missing sum from it"
            yield Warned("non-discriminating", message, plan.ids[gate])
        for port, wire in enumerate(plan.operands[gate]):
            sent = passed.downstream[gate][port]
            if wire in claimed and sent is not None:
                yield from _hidden(plan, gate, sent, passed.grads[gate], passed.grads[wire], findings[wire])


def _hidden(plan: Plan, gate: int, sent: Any, upstream: Any, total: Any, finding: Finding) -> Iterator[Warned]:
    mistakes = [("nothing sent on", np.zeros(np.shape(sent)))]
    if np.shape(upstream) == np.shape(sent):
        mistakes.append(("the upstream gradient sent on as it is", upstream))
    for name, wrong in mistakes:
        if _fits(finding, np.ravel(total - sent + wrong)):
            message = f"{plan.ids[gate]}: these numbers cannot tell {name} from the right rule"
            yield Warned("non-discriminating", message, plan.ids[gate])


def _fits(finding: Finding, numbers: Any) -> bool:
    """True if every claimed entry would also hold with these numbers."""
    for entry, number in enumerate(numbers.tolist()):
        claimed = finding.claim.set_of(entry)
        if claimed is None or not np.isfinite(number):
            return False
        judgement = finding.local.entries.get(entry)
        slack = (judgement.allowance if judgement else None) or fmpq(0)
        allowed = claimed.widened(REALISATIONS * slack)
        if not allowed.low <= fmpq(*float(number).as_integer_ratio()) <= allowed.high:
            return False
    return True


def _sums_one_entry(plan: Plan, gate: int) -> bool:
    rule, [wire] = plan.rules[gate], plan.operands[gate][:1]
    if rule is None or rule.name not in SUMS or plan.shapes[wire] == SCALAR:
        return False
    return prod(plan.shapes[wire]) == prod(plan.shapes[gate]) and plan.shapes[wire] != plan.shapes[gate]


def _is_claimed_above(plan: Plan, gate: int, wire: int) -> bool:
    """True if a claimed gradient passes through the gate on its way."""
    reached = {wire}
    for i in plan.gates:
        if any(k in reached for k in plan.operands[i]):
            reached.add(i)
    return gate in reached
