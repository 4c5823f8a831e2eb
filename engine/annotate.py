"""Annotate: the same graph with every value, gradient, local and downstream gradient written in."""

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from ..schema import Graph, Node
from ..schema.tensor import write
from .backward import backward_pass
from .forward import forward_pass
from .numbers.arrays import Array
from .plan import Number, Plan, has_objective, leaf_numbers, plan, seed_numbers

FIELDS = ("value", "grad", "local", "downstream")


def annotate(graph: Graph, *, kinks: str = "zero", fields: Sequence[str] = FIELDS) -> Graph:
    """A new graph document whose annotations are the engine's own; earlier ones are replaced, sources stay.

    `kinks` names the convention at points without a derivative and is stated in the result if any op has a kink.
    A graph without objective (a tensor output without seed, and no gradients asked) gets values only.
    Raises DocumentError if a leaf has no value.
    """
    made = plan(graph)
    values = forward_pass(made, leaf_numbers(made))
    rows = [_bare(node) for node in graph.nodes]
    if "value" in fields:
        _write_values(made, values, rows)
    wanted = [name for name in fields if name != "value"]
    if wanted and (has_objective(made) or wanted != list(FIELDS[1:])):
        _write_gradients(made, values, rows, wanted, kinks)
    kinked = any(rule is not None and rule.has_kink for rule in made.rules)
    rows = [_in_order(row) for row in rows]
    return graph.with_nodes(rows, rounding=None, kinks=kinks if kinked else None)


def _bare(node: Node) -> Node:
    """The node without annotations; the value of a leaf is a source and stays."""
    leaf = not node.get("inputs")
    return cast(Node, {key: value for key, value in node.items() if key not in FIELDS or (leaf and key == "value")})


def _in_order(row: Node) -> Node:
    """The fields in the format's order, so that what was written in stands before `ext`."""
    return cast(Node, {name: row[name] for name in Node.__annotations__ if name in row})


def _write_values(plan: Plan, values: Sequence[Number], rows: list[Node]) -> None:
    for i in plan.gates:
        rows[i]["value"] = written(values[i])


def _write_gradients(plan: Plan, values: Sequence[Number], rows: list[Node], fields: Sequence[str], kinks: str) -> None:
    passed = backward_pass(plan, values, seed_numbers(plan), kinks)
    for i, row in enumerate(rows):
        if "grad" in fields and plan.trained[i]:
            row["grad"] = written(passed.grads[i] + 0.0)  # + 0.0: the sign of a zero gradient says nothing
        for name, entries in (("local", passed.local[i]), ("downstream", passed.downstream[i])):
            if name in fields and any(entry is not None for entry in entries):
                cast(dict[str, Any], row)[name] = [None if entry is None else written(entry + 0.0) for entry in entries]


def written(number: Number) -> Any:
    """A computed number as a document writes it: bit-exact, -0 and non-finite numbers included."""
    if isinstance(number, np.ndarray):
        array = cast(Array, number)
        return write(array.shape, [_scalar(entry) for entry in array.ravel().tolist()])
    return _scalar(float(number))


def _scalar(number: float) -> int | float | str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0 and math.copysign(1, number) < 0:
        return "-0x0p+0"
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
