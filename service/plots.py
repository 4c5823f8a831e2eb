"""Error curves of finite differences for a whole document: one for every leaf with a gradient."""

from collections.abc import Iterator

import numpy as np

from ..engine.backward import backward_pass
from ..engine.forward import forward_pass
from ..engine.plan import Plan, has_objective, leaf_numbers, number, plan, seed_numbers
from ..engine.verify.differences.error_curve import error_curve
from ..schema import Graph
from .render.error_plot import error_plot

#: Leaf entries that are drawn; of larger documents these are the first.
DRAWN = 32


def error_plots(graph: Graph) -> Iterator[str]:
    """The curve of every leaf entry as text: against its stated gradient, or the engine's where none is stated.

    Nothing where a leaf has no value or the objective is not defined.
    """
    made = plan(graph)
    if not (has_objective(made) and all("value" in made.graph.nodes[i] for i in _leaves(made))):
        return
    passed = backward_pass(made, forward_pass(made, leaf_numbers(made)), seed_numbers(made), "zero")
    entries = [(leaf, entry) for leaf in _leaves(made) if made.trained[leaf] for entry in range(_size(made, leaf))]
    for leaf, entry in entries[:DRAWN]:
        stated = made.graph.nodes[leaf].get("grad")
        claimed = passed.grads[leaf] if stated is None else number(stated, made.dtypes[leaf])
        yield error_plot(error_curve(made, leaf, entry, float(np.ravel(claimed)[entry])))


def _leaves(plan: Plan) -> list[int]:
    return [i for i, rule in enumerate(plan.rules) if rule is None]


def _size(plan: Plan, leaf: int) -> int:
    return int(np.prod(plan.shapes[leaf]))
