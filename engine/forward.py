"""The forward pass: every wire's value from the leaves, in the document's dtype."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..schema import Graph
from .gate import Number, evaluate, rounded
from .plan import Plan, leaf_numbers, plan
from .shape import SCALAR


def forward(graph: Graph) -> Mapping[str, Number]:
    """Every wire's value by id: a float for a scalar, a float64 array of the wire's shape for a tensor.

    Raises DocumentError if the graph breaks a rule or a leaf has no value.
    """
    made = plan(graph)
    return dict(zip(made.ids, forward_pass(made, leaf_numbers(made)), strict=True))


def forward_pass(plan: Plan, leaves: Sequence[Number]) -> list[Number]:
    """Values of all wires, given those of the leaves."""
    if (runner := plan.runner) is not None:
        return runner.in_order(runner.executor("zero").forward([leaves[wire] for wire in runner.leaves]))
    values = list(leaves)
    with np.errstate(all="ignore"):
        for i in plan.gates:
            rule = plan.rules[i]
            assert rule is not None
            value = evaluate(rule, plan.shapes[i] == SCALAR, [values[k] for k in plan.operands[i]])
            values[i] = rounded(value, plan.dtypes[i])
    return values
