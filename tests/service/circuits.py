"""Circuits for the tests of drawings, annotated by hand."""

from typing import Any

from chainrule.schema import Graph


def circuit(*rows: str, outputs: str, **header: Any) -> Graph:
    """A graph from lines such as ``f = mul q z | -12 | 1``: id, op, operands, value, gradient."""
    nodes = [_row(row) for row in rows]
    return Graph.build(nodes=nodes, outputs=[{"node": node, "seed": 1} for node in outputs.split()], **header)


def _row(line: str) -> Any:
    made, *numbers = [part.strip() for part in line.split("|")]
    node, _, gate = made.partition(" = ")
    op, *inputs = gate.split()
    stated = {"inputs": inputs} if inputs else {}
    return {"id": node, "op": op, **stated, **dict(zip(("value", "grad"), map(_number, numbers), strict=False))}


def _number(text: str) -> Any:
    return text.strip("'") if text.startswith("'") else float(text) if "." in text else int(text)


LECTURE = circuit(
    "x = input | -2 | -4",
    "y = input | 5 | -4",
    "z = input | -4 | 3",
    "q = add x y | 3 | -4",
    "f = mul q z | -12 | 1",
    outputs="f",
)

NEURON = circuit(
    "w0 = param | 2 | -0.19661193324148188",
    "x0 = input | -1 | 0.39322386648296376",
    "w1 = param | -3 | -0.39322386648296376",
    "x1 = input | -2 | -0.5898357997244457",
    "w2 = param | -3 | 0.19661193324148188",
    "one = const | 1",
    "mul = mul w0 x0 | -2 | 0.19661193324148188",
    "mul.2 = mul w1 x1 | 6 | 0.19661193324148188",
    "add = add mul mul.2 | 4 | 0.19661193324148188",
    "add.2 = add add w2 | 1 | 0.19661193324148188",
    "neg = neg add.2 | -1 | -0.19661193324148188",
    "exp = exp neg | 0.36787944117144233 | -0.534446645388523",
    "add.3 = add exp one | 1.3678794411714423 | -0.534446645388523",
    "f = reciprocal add.3 | 0.7310585786300049 | 1",
    outputs="f",
)
