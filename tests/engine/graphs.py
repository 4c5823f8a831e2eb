"""Random circuits for tests: built gate by gate, so that every value stays finite and off the kinks."""

import math
import random
from typing import Any

from chainrule.engine.registry import OPS
from chainrule.schema import Graph

#: Gates whose values may leave this range are drawn again.
LARGEST, SMALLEST = 1e4, 1e-4

#: The scalar core: graphs are drawn as before when ops are added.
SMOOTH = ["identity", "neg", "reciprocal", "square", "sqrt", "exp", "log"]
UNARY = [*SMOOTH, "relu", "abs", "sigmoid", "tanh", "sin", "cos"]
BINARY = ["add", "sub", "mul", "div", "maximum", "minimum"]


def random_graph(seed: int, gates: int, *, leaves: int = 4, decimals: int | None = None) -> Graph:
    """A scalar graph of so many gates over float64 leaves; the last gate is the output.

    With `decimals` the leaves are decimal strings of so many places, which are exact and no doubles.
    """
    draw = random.Random(seed)
    nodes: list[dict[str, Any]] = [
        {"id": f"x{k}", "op": draw.choice(["input", "param"]), "value": _source(draw, decimals)} for k in range(leaves)
    ]
    nodes.append({"id": "two", "op": "const", "value": 2})
    values = [float(node["value"]) for node in nodes]
    while len(nodes) < leaves + 1 + gates:
        op, operands = _gate(draw, len(nodes))
        value = _value(op, [values[k] for k in operands])
        if value is not None:
            nodes.append({"id": f"n{len(nodes)}", "op": op, "inputs": [nodes[k]["id"] for k in operands]})
            values.append(value)
    return Graph.build(nodes=nodes, outputs=[{"node": nodes[-1]["id"]}])


def _source(draw: random.Random, decimals: int | None) -> float | str:
    number = _leaf(draw)
    return number if decimals is None else f"{number:.{decimals}f}"


def _leaf(draw: random.Random) -> float:
    return draw.choice([-1, 1]) * 10 ** draw.uniform(-1, 1)


def _gate(draw: random.Random, count: int) -> tuple[str, list[int]]:
    near = max(0, count - 30)
    if draw.random() < 0.4:
        return draw.choice(UNARY), [draw.randrange(near, count)]
    if draw.random() < 0.1:
        return "pow", [draw.randrange(near, count), 4]
    return draw.choice(BINARY), [draw.randrange(near, count), draw.randrange(count)]


def _value(op: str, operands: list[float]) -> float | None:
    """The gate's value, or None where it leaves the range, the domain, or lies on a kink."""
    from chainrule.engine.numbers.floats import Floats

    rule = OPS[op]
    try:
        value = float(rule.forward(Floats(), *operands))
    except (ArithmeticError, ValueError):
        return None
    if rule.has_kink and rule.distance(Floats(), operands) == 0:
        return None
    return value if math.isfinite(value) and SMALLEST < abs(value) < LARGEST else None
