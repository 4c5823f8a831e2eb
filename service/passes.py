"""Single steps of the engine's passes, on whatever numbers are known: some leaves may have no value."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..engine.backward import local_gradients
from ..engine.forward import evaluate, rounded
from ..engine.plan import Number, Plan, number
from ..engine.shape import SCALAR


def values_of(plan: Plan) -> Mapping[str, Number]:
    """The value of every wire that follows from leaves with a value."""
    values: list[Number | None] = []
    for i, node in enumerate(plan.graph.nodes):
        if plan.rules[i] is not None:
            values.append(value_from(plan, i, [values[k] for k in plan.operands[i]]))
        else:
            values.append(number(node["value"], plan.dtypes[i]) if "value" in node else None)
    return {name: value for name, value in zip(plan.ids, values, strict=True) if value is not None}


def value_from(plan: Plan, gate: int, operands: Sequence[Number | None]) -> Number | None:
    """What a gate makes of these operands; None where one of them is not known."""
    rule = plan.rules[gate]
    if rule is None or any(operand is None for operand in operands):
        return None
    with np.errstate(all="ignore"):
        return rounded(evaluate(rule, plan.shapes[gate] == SCALAR, operands), plan.dtypes[gate])


def slopes_from(
    plan: Plan, gate: int, out: Number | None, operands: Sequence[Number | None], kinks: str
) -> Sequence[Number | None]:
    """A gate's local gradients at these numbers, each of the gate's shape; None where a number is not known."""
    rule, shape = plan.rules[gate], plan.shapes[gate]
    if rule is None or out is None or any(operand is None for operand in operands):
        return [None] * len(operands)
    with np.errstate(all="ignore"):
        found = local_gradients(rule, shape == SCALAR, out, operands, kinks)
    slopes = [rounded(slope, plan.dtypes[gate]) for slope in found]
    return slopes if shape == SCALAR else [np.broadcast_to(slope, shape) for slope in slopes]
