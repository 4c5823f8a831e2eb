"""What running a graph would cost, from its shapes alone, in exact integers: nothing is run to find out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .body import body_of
from .plan import Plan
from .room import WIDTH
from .rule import Rule
from .shape import Shape, size


@dataclass(frozen=True, slots=True)
class Cost:
    """One forward pass: multiplications, additions and calls of functions; and the bytes of all values."""

    flops: int
    bytes: int


def cost_of(plan: Plan) -> Cost:
    """The cost of the forward pass of a plan; a backward pass costs about twice as many flops, and the bytes again."""
    flops = sum(
        flops_of(rule, [plan.shapes[k] for k in read], shape)
        for rule, read, shape in zip(plan.rules, plan.operands, plan.shapes, strict=True)
        if rule is not None
    )
    return Cost(flops, WIDTH * plan.numbers)


def flops_of(rule: Rule, operands: Sequence[Shape], shape: Shape) -> int:
    """Operations of one gate: two for every product of a contraction, one for every entry of others.

    A composite that does not work entry by entry costs what its body costs.
    """
    if rule.elementwise:
        return size(shape)
    if (products := rule.count_products(shape, operands)) is not None:
        return 2 * products
    if rule.has_body:
        steps = body_of(rule, tuple(operands)).steps
        inside = [step for step in steps if step.rule is not None]
        return sum(flops_of(_ruled(step.rule), [steps[k].shape for k in step.operands], step.shape) for step in inside)
    return max(map(size, (shape, *operands)))


def _ruled(rule: Rule | None) -> Rule:
    assert rule is not None
    return rule
