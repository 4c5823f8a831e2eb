"""The forward pass: every wire's value from the leaves, in the document's dtype."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..schema import Graph
from ..schema.number import round_to
from .numbers.arrays import Arrays
from .numbers.floats import Floats
from .plan import Number, Plan, leaf_numbers, plan
from .rule import Rule
from .shape import SCALAR

FLOATS, ARRAYS = Floats(), Arrays()


def forward(graph: Graph) -> Mapping[str, Number]:
    """Every wire's value by id: a float for a scalar, a float64 array of the wire's shape for a tensor.

    Raises DocumentError if the graph breaks a rule or a leaf has no value.
    """
    made = plan(graph)
    return dict(zip(made.ids, forward_pass(made, leaf_numbers(made)), strict=True))


def forward_pass(plan: Plan, leaves: Sequence[Number]) -> list[Number]:
    """Values of all wires, given those of the leaves."""
    values = list(leaves)
    with np.errstate(all="ignore"):
        for i in plan.gates:
            rule = plan.rules[i]
            assert rule is not None
            value = evaluate(rule, plan.shapes[i] == SCALAR, [values[k] for k in plan.operands[i]])
            values[i] = rounded(value, plan.dtypes[i])
    return values


def evaluate(rule: Rule, scalar: bool, operands: Sequence[Number]) -> Number:
    """One gate's value; scalars where Python's floats raise are computed again by the IEEE rules of arrays."""
    if not rule.elementwise:
        value = rule.forward(ARRAYS, *map(np.asarray, operands))
        return float(value) if scalar else value
    if not scalar:
        return rule.forward(ARRAYS, *map(np.asarray, operands))
    try:
        return rule.forward(FLOATS, *operands)
    except (ArithmeticError, ValueError):
        return float(rule.forward(ARRAYS, *map(np.float64, operands)))


def rounded(number: Number, dtype: str) -> Number:
    """A computed float64 number in the wire's own dtype."""
    if dtype == "float64" or dtype not in _NARROW:
        return number
    return _narrowed(number, dtype) if isinstance(number, np.ndarray) else round_to(number, dtype)


_NARROW = {"float32": np.float32, "float16": np.float16, "bfloat16": np.float32}


def _narrowed(array: Any, dtype: str) -> Any:
    if dtype == "bfloat16":
        flat = [round_to(float(entry), dtype) for entry in array.ravel()]
        return np.array(flat, dtype=np.float64).reshape(array.shape)
    return array.astype(_NARROW[dtype]).astype(np.float64)
