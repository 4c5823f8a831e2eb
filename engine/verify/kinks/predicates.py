"""What `where` depends on besides its condition: the two numbers that were compared.

At the point where they are equal the branches meet. If both are the same number there, `where` has a kink like every
router; if not, it jumps. The condition alone does not tell: it is 0 or 1 on either side. So for verification the gate
gets the compared numbers as operands too, through which nothing flows. Conditions that no comparison of order makes are
left as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...dtypes import choice
from ...ops.selection import greater, greater_equal, less, less_equal, where
from ...plan import Plan
from ...rule import LOWER, UPPER, Error, Pattern, Rule, elementwise, shares

#: Comparisons by name: whether the first operand is the larger where they hold, and whether they hold at equality.
ORDERS: dict[str, tuple[bool, bool]] = {
    greater.name: (True, False),
    greater_equal.name: (True, True),
    less.name: (False, False),
    less_equal.name: (False, True),
}


def with_predicates(plan: Plan) -> Plan:
    """The plan in which every `where` sees what its condition compared."""
    rules, operands = list(plan.rules), list(plan.operands)
    for gate in plan.gates:
        compared = _compared(plan, gate)
        if compared is not None:
            above, below, holds = compared
            rules[gate] = HOLDS_AT_TIE if holds else FAILS_AT_TIE
            operands[gate] = (*plan.operands[gate], above, below)
    return plan if operands == list(plan.operands) else replace(plan, rules=rules, operands=operands)


def _compared(plan: Plan, gate: int) -> tuple[int, int, bool] | None:
    """What a `where` compares: the larger and the smaller wire where its condition holds, and if it does at a tie."""
    rule = plan.rules[gate]
    if rule is None or rule.name != where.name:
        return None
    condition = plan.operands[gate][0]
    made = plan.rules[condition]
    if made is None or made.name not in ORDERS:
        return None
    first, second = plan.operands[condition]
    first_is_larger, holds = ORDERS[made.name]
    return (first, second, holds) if first_is_larger else (second, first, holds)


def _chosen(*, holds: bool) -> Rule:
    """`where` with what was compared; conventions take the branch that the condition takes."""
    taken = UPPER if holds else LOWER
    named = {**shares(zero=taken, torch=taken, jax=taken, first=taken), "split": taken}

    @elementwise(
        pattern=Pattern.ROUTER,
        error=Error(value=0, product=0),
        at_kink=named,
        fixed=("condition", "above", "below"),
        dtype=choice,
    )
    def where(xp: Any, condition: Any, a: Any, b: Any, above: Any, below: Any) -> Any:
        """a where the condition holds, else b."""
        return xp.where(condition, a, b)

    @where.guard
    def guard(xp: Any, condition: Any, a: Any, b: Any, above: Any, below: Any) -> Any:
        return above - below

    @where.jump
    def jump(xp: Any, condition: Any, a: Any, b: Any, above: Any, below: Any) -> Any:
        return xp.where(xp.equal(a, b), xp.constant(1), above - below)

    @where.gradient
    def gradient(xp: Any, out: Any, condition: Any, a: Any, b: Any, above: Any, below: Any) -> Sequence[Any]:
        nothing, branch = xp.constant(0), above - below
        return nothing, xp.side(branch, 0, 1), xp.side(branch, 1, 0), nothing, nothing

    return where


HOLDS_AT_TIE, FAILS_AT_TIE = _chosen(holds=True), _chosen(holds=False)
