"""Warnings: what a right document cannot tell apart. Never verdicts (verification.md 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from flint import fmpq

from ..backward import Pass, local_gradients
from ..forward import evaluate
from ..plan import Plan, seed_numbers
from ..rule import Rule
from ..shape import SCALAR
from .findings import Finding, Key, Warned
from .states import States
from .values import rule_of

#: Documents with more wires than this are not searched for mistakes that they could not show.
SEARCHED = 10_000

#: Rules whose mistakes are remembered.
REMEMBERED = 1_000

#: Operands at which no two different rules agree by accident.
GENERIC = (0.7, 1.9, -1.3, 0.4, -0.9)


#: True for a claim that was settled in bulk, which no mistake would have been.
Settled = Callable[[Key], bool]

#: A mistaken gradient rule: (rule, out, operands) -> local gradients.
Mistake = Callable[[Rule, Any, Sequence[Any]], tuple[Any, ...]]


def unswitched(rule: Rule, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Each operand gets the other's local gradient; beside operands without one nobody mixes them up."""
    right = _right(rule, out, operands)
    return right if rule.fixed else right[::-1]


def value_for_derivative(rule: Rule, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The gate's value in place of its local gradient."""
    return tuple(out for _ in operands)


def derivative_at_the_output(rule: Rule, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The local gradient taken at the gate's output instead of its operand."""
    return _right(rule, _value(rule, [out]), [out]) if len(operands) == 1 else _right(rule, out, operands)


MISTAKES: tuple[tuple[str, Mistake], ...] = (
    ("operands not switched", unswitched),
    ("the value in place of the derivative", value_for_derivative),
    ("the derivative taken at the output", derivative_at_the_output),
)


def warnings(states: States, findings: Sequence[Finding], settled: Settled) -> list[Warned]:
    """Everything that the document leaves open although nothing in it is wrong; `settled` claims have no finding."""
    if not (states.bound and states.objective):
        return []
    found = list(zero_seed(states.plan))
    if len(states.plan.ids) <= SEARCHED:
        with np.errstate(all="ignore"):
            found += _non_discriminating(states, findings, settled)
    return found


def zero_seed(plan: Plan) -> Iterator[Warned]:
    """The warning that gradients of 0 would satisfy every equation."""
    if not any(np.any(seed) for seed in seed_numbers(plan).values()):
        message = "every seed is 0, so that gradients of 0 satisfy every equation and say nothing"
        yield Warned("zero-seed", message)


def _non_discriminating(states: States, findings: Sequence[Finding], settled: Settled) -> Iterator[Warned]:
    """Mistakes that would have given, at these very operands, a number inside each claimed set."""
    plan, passed = states.plan, states.truth.execution.gradients
    claimed = {f.claim.node: f for f in findings if f.claim.field == "grad" and len(f.claim.entries) == 1}
    for gate in plan.gates if passed is not None else ():
        wires = [k for k in plan.operands[gate] if k in claimed and plan.trained[k]]
        if not wires or plan.shapes[gate] != SCALAR or not plan.reaching[gate]:
            continue
        if any(
            plan.shapes[k] == SCALAR and plan.trained[k] and settled((k, "grad", None)) for k in plan.operands[gate]
        ):
            continue
        for name, mistake in _mistakes_of(rule_of(plan, gate)):
            if all(_is_hidden(states, gate, wire, mistake, claimed[wire]) for wire in dict.fromkeys(wires)):
                message = f"{plan.ids[gate]}: these numbers cannot tell {name} from the right rule"
                yield Warned("non-discriminating", message, plan.ids[gate])


def _mistakes_of(rule: Rule) -> Sequence[tuple[str, Mistake]]:
    """Mistakes that are mistakes for this op: they differ from its rule at a generic point."""
    if id(rule) not in _KNOWN:
        if len(_KNOWN) >= REMEMBERED:
            _KNOWN.clear()
        _KNOWN[id(rule)] = rule, tuple(_differing(rule))
    return _KNOWN[id(rule)][1]


#: Rule -> its mistakes, found once; the rule is kept, so that its number stays its own.
_KNOWN: dict[int, tuple[Rule, Sequence[tuple[str, Mistake]]]] = {}


def _differing(rule: Rule) -> Iterator[tuple[str, Mistake]]:
    operands = GENERIC[: max(len(rule.operands), 2 if rule.variadic else 0)]
    out = _value(rule, operands)
    right = _right(rule, out, operands)
    for name, mistake in MISTAKES:
        # At a generic point different rules differ plainly; what agrees to half the digits is the same rule.
        if not np.allclose(mistake(rule, out, operands), right, rtol=2.0**-26, atol=0):
            yield name, mistake


def _is_hidden(states: States, gate: int, wire: int, mistake: Mistake, finding: Finding) -> bool:
    """True if the wire's claim would also hold with the mistake made at the gate."""
    plan, execution = states.plan, states.truth.execution
    passed, rule = execution.gradients, plan.rules[gate]
    judgement, claimed = finding.local.entries.get(0), finding.claim.set_of(0)
    if judgement is None or claimed is None:
        return False
    assert passed is not None
    assert rule is not None
    operands = [execution.values[k] for k in plan.operands[gate]]
    wrong = mistake(rule, execution.values[gate], operands)
    total = _with_mistake(plan, passed, gate, wire, wrong)
    if not np.isfinite(total):
        return False
    allowed = claimed.widened(judgement.allowance or fmpq(0))
    return allowed.low <= fmpq(*float(total).as_integer_ratio()) <= allowed.high


def _with_mistake(plan: Plan, passed: Pass, gate: int, wire: int, wrong: Sequence[Any]) -> float:
    """The wire's gradient if the gate sent what the mistake makes of its upstream gradient."""
    total = passed.grads[wire]
    for port, operand in enumerate(plan.operands[gate]):
        sent = passed.downstream[gate][port]
        if operand == wire and sent is not None:
            total = total - sent + wrong[port] * passed.grads[gate]
    return float(total)


def _value(rule: Rule, operands: Sequence[Any]) -> Any:
    return evaluate(rule, True, operands)


def _right(rule: Rule, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    return local_gradients(rule, True, out, operands, "zero")
