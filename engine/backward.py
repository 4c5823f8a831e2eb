"""The backward pass: downstream = upstream x local at every gate, and branches add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..schema import Graph, UsageError
from .forward import forward_pass, rounded
from .numbers.arrays import Arrays
from .numbers.floats import Floats
from .plan import Number, Plan, leaf_numbers, plan, seed_numbers
from .rule import Rule
from .shape import SCALAR

#: What the engine may take where an op has no derivative (ops.md 7); `zero` is the element of least norm.
CONVENTIONS = ("zero", "torch", "jax", "first", "split")


@dataclass(frozen=True, slots=True)
class Gradients:
    """Numbers by id. `local` and `downstream` hold one entry an operand, None toward a constant or an integer."""

    values: Mapping[str, Number]
    grads: Mapping[str, Number]
    local: Mapping[str, tuple[Number | None, ...]]
    downstream: Mapping[str, tuple[Number | None, ...]]
    kinks: str


@dataclass(frozen=True, slots=True)
class Pass:
    """One backward pass by position: the gradient of every wire, and what every gate sends to its operands."""

    grads: list[Number]
    local: list[tuple[Number | None, ...]]
    downstream: list[tuple[Number | None, ...]]


def backward(graph: Graph, *, kinks: str = "zero") -> Gradients:
    """Values and gradients of every wire; `kinks` names the convention taken where there is no derivative.

    Raises DocumentError if the graph breaks a rule, a leaf has no value, or the objective is not defined.
    """
    made = plan(graph)
    values = forward_pass(made, leaf_numbers(made))
    passed = backward_pass(made, values, seed_numbers(made), kinks)
    ids = made.ids
    return Gradients(
        values=dict(zip(ids, values, strict=True)),
        grads={ids[i]: passed.grads[i] for i in range(len(ids)) if made.trained[i]},
        local=dict(zip(ids, passed.local, strict=True)),
        downstream=dict(zip(ids, passed.downstream, strict=True)),
        kinks=kinks,
    )


def backward_pass(plan: Plan, values: Sequence[Number], seeds: Mapping[int, Number], kinks: str) -> Pass:
    """Gradients of all wires in reverse order, without recursion."""
    if kinks not in CONVENTIONS:
        raise UsageError(f"no convention at kinks is called {kinks!r}; there are {', '.join(CONVENTIONS)}")
    grads: list[Number] = [0.0 if shape == SCALAR else np.zeros(shape) for shape in plan.shapes]
    local: list[tuple[Number | None, ...]] = [()] * len(grads)
    downstream: list[tuple[Number | None, ...]] = [()] * len(grads)
    for position, seed in seeds.items():
        grads[position] = grads[position] + seed
    with np.errstate(all="ignore"):
        for i in reversed(plan.gates):
            local[i] = _local(plan, values, i, kinks)
            downstream[i] = _downstream(plan, local[i], grads[i], i)
            for operand, contribution in zip(plan.operands[i], downstream[i], strict=True):
                if contribution is not None:
                    grads[operand] = rounded(grads[operand] + contribution, plan.dtypes[operand])
    return Pass(grads, local, downstream)


def _local(plan: Plan, values: Sequence[Number], i: int, kinks: str) -> tuple[Number | None, ...]:
    """The gate's local gradients, each of the output's shape, in the wire's dtype."""
    rule, shape, dtype = plan.rules[i], plan.shapes[i], plan.dtypes[i]
    assert rule is not None
    gradients = local_gradients(rule, shape == SCALAR, values[i], [values[k] for k in plan.operands[i]], kinks)
    return tuple(
        _spread(rounded(gradient, dtype), shape) if plan.trained[k] else None
        for k, gradient in zip(plan.operands[i], gradients, strict=True)
    )


def local_gradients(
    rule: Rule, scalar: bool, out: Number, operands: Sequence[Number], kinks: str
) -> tuple[Number, ...]:
    """d out / d operand at these numbers; where Python's floats raise, by the IEEE rules of arrays."""
    share = float(rule.at_kink[kinks]) if rule.at_kink else 0.0
    if not scalar:
        return rule.local(Arrays(share), out, [np.asarray(operand) for operand in operands])
    try:
        return rule.local(Floats(share), out, operands)
    except (ArithmeticError, ValueError):
        return tuple(map(float, rule.local(Arrays(share), np.float64(out), [np.float64(x) for x in operands])))


def _spread(gradient: Number, shape: tuple[int, ...]) -> Number:
    return gradient if shape == SCALAR else np.broadcast_to(gradient, shape)


def _downstream(plan: Plan, local: tuple[Number | None, ...], grad: Number, i: int) -> tuple[Number | None, ...]:
    """What gate i sends to each operand: exactly 0 where no output is reached, a sum toward a scalar of a tensor."""
    sent: list[Number | None] = []
    for operand, gradient in zip(plan.operands[i], local, strict=True):
        if gradient is None:
            sent.append(None)
        elif not plan.reaching[i]:
            sent.append(0.0 if plan.shapes[operand] == SCALAR else np.zeros(plan.shapes[operand]))
        else:
            product = gradient * grad
            summed = float(np.sum(product)) if plan.shapes[operand] != plan.shapes[i] else product
            sent.append(rounded(summed, plan.dtypes[operand]))
    return tuple(sent)
