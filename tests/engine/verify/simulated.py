"""Forward and backward passes in low precision by plain NumPy, and small nets to run them on.

Nothing of the engine is used: every gate's value and slopes are written out here, step by step, each step rounded.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.schema import Graph

#: A number of the simulated machine; NumPy's own scalars for float32 and float16, float32 for bfloat16.
Scalar = Any


def bfloat16(number: Scalar) -> Scalar:
    """The nearest bfloat16, ties to even, as a float32."""
    bits = np.float32(number).view(np.uint32)
    if not np.isfinite(np.float32(number)):
        return np.float32(number)
    even = np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return ((bits + even) & np.uint32(0xFFFF0000)).view(np.float32)


@dataclass(frozen=True, slots=True)
class Machine:
    """`store` rounds what is written to memory, `step` what happens inside a gate."""

    dtype: str
    store: Callable[[Any], Scalar]
    step: Callable[[Any], Scalar]
    accumulate: str | None = None


MACHINES = {
    "float32": Machine("float32", np.float32, np.float32),
    "float16": Machine("float16", np.float16, np.float16),
    "float16 in float32": Machine("float16", np.float16, np.float32, "float32"),
    "bfloat16": Machine("bfloat16", bfloat16, bfloat16),
    "bfloat16 in float32": Machine("bfloat16", bfloat16, np.float32, "float32"),
}


def gate(machine: Machine, op: str, operands: Sequence[Scalar]) -> tuple[Scalar, list[Scalar]]:
    """The stored value of a gate, and its slopes as they are inside it."""
    s = machine.step
    x = s(operands[0])
    one = s(1)
    if len(operands) == 2:
        return _binary(machine, op, x, s(operands[1]))
    value: Scalar = {
        "identity": lambda: x,
        "neg": lambda: -x,
        "abs": lambda: abs(x),
        "relu": lambda: max(x, s(0)),
        "square": lambda: s(x * x),
        "reciprocal": lambda: s(one / x),
        "sqrt": lambda: s(np.sqrt(x)),
        "exp": lambda: s(np.exp(x)),
        "log": lambda: s(np.log(x)),
        "sin": lambda: s(np.sin(x)),
        "cos": lambda: s(np.cos(x)),
        "tanh": lambda: s(np.tanh(x)),
        "sigmoid": lambda: s(one / s(one + s(np.exp(-x)))),
    }[op]()
    v = s(machine.store(value))
    slope: Scalar = {
        "identity": lambda: one,
        "neg": lambda: -one,
        "abs": lambda: s(np.sign(x)),
        "relu": lambda: s(x > 0),
        "square": lambda: s(s(2) * x),
        "reciprocal": lambda: -s(v * v),
        "sqrt": lambda: s(one / s(s(2) * v)),
        "exp": lambda: v,
        "log": lambda: s(one / x),
        "sin": lambda: s(np.cos(x)),
        "cos": lambda: -s(np.sin(x)),
        "tanh": lambda: s(one - s(v * v)),
        "sigmoid": lambda: s(s(one - v) * v),
    }[op]()
    return machine.store(value), [slope]


def _binary(machine: Machine, op: str, x: Scalar, y: Scalar) -> tuple[Scalar, list[Scalar]]:
    s = machine.step
    one, zero = s(1), s(0)
    if op == "div":
        value = machine.store(s(x / y))
        return value, [s(one / y), s(-s(value) / y)]
    if op == "pow":
        return machine.store(s(x**y)), [s(y * s(x ** s(y - one))), zero]
    first = bool(x > y) if op == "maximum" else bool(x < y)
    value, slopes = {
        "add": (s(x + y), [one, one]),
        "sub": (s(x - y), [one, -one]),
        "mul": (s(x * y), [y, x]),
        "maximum": (max(x, y), [s(first), s(not first)]),
        "minimum": (min(x, y), [s(first), s(not first)]),
    }[op]
    return machine.store(value), slopes


def simulated(graph: Graph, machine: Machine) -> Graph | None:
    """The graph with leaves rounded to the machine's dtype, every value and gradient written in; None on overflow."""
    structure = graph.structure
    values: list[Scalar] = []
    slopes: list[list[Scalar]] = []
    with np.errstate(all="ignore"):
        for node, operands in zip(graph.nodes, structure.operands, strict=True):
            if operands:
                value, local = gate(machine, node["op"], [values[k] for k in operands])
            else:
                value, local = machine.store(node["value"]), []
            values.append(value)
            slopes.append(local)
        grads = _backward(graph, machine, slopes)
    if not all(map(math.isfinite, (*map(float, values), *map(float, grads)))):
        return None
    rows: list[dict[str, Any]] = []
    for node, value, grad in zip(graph.nodes, values, grads, strict=True):
        row: dict[str, Any] = {**node, "value": float(value)}
        rows.append(row if node["op"] == "const" else {**row, "grad": float(grad)})
    header = {"dtype": machine.dtype, "accumulate": machine.accumulate}
    return Graph.build(nodes=rows, outputs=list(graph.outputs), **{k: v for k, v in header.items() if v})


def _backward(graph: Graph, machine: Machine, slopes: list[list[Scalar]]) -> list[Scalar]:
    structure = graph.structure
    grads: list[Scalar] = [machine.store(0) for _ in graph.nodes]
    grads[structure.outputs[0]] = machine.store(1)
    for i in range(len(grads) - 1, -1, -1):
        for k, slope in zip(structure.operands[i], slopes[i], strict=True):
            sent = machine.store(machine.step(slope * machine.step(grads[i])))
            grads[k] = machine.store(machine.step(machine.step(grads[k]) + machine.step(sent)))
    return grads


def net(seed: int, widths: Sequence[int] = (3, 5, 4, 1)) -> Graph:
    """A dense net gate by gate: products, sums, a bias, and an activation that changes from layer to layer."""
    draw = random.Random(seed)
    nodes: list[dict[str, Any]] = []

    def leaf(op: str, spread: float) -> str:
        nodes.append({"id": f"w{len(nodes)}", "op": op, "value": draw.gauss(0, spread)})
        return str(nodes[-1]["id"])

    def connected(op: str, *operands: str) -> str:
        nodes.append({"id": f"n{len(nodes)}", "op": op, "inputs": list(operands)})
        return str(nodes[-1]["id"])

    layer = [leaf("input", 1) for _ in range(widths[0])]
    for depth, width in enumerate(widths[1:]):
        activation = ("tanh", "relu", "sigmoid")[depth % 3]
        following: list[str] = []
        for _ in range(width):
            total = leaf("param", 0.1)
            for unit in layer:
                total = connected("add", total, connected("mul", unit, leaf("param", len(layer) ** -0.5)))
            following.append(connected(activation, total))
        layer = following
    return Graph.build(nodes=nodes, outputs=[{"node": layer[0]}])
