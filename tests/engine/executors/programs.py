"""Random scalar plans of every shape, and the passes over them as they are defined, one gate at a time."""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.engine.dtypes import floating
from chainrule.engine.gate import evaluate, local_gradients, rounded
from chainrule.engine.plan import Plan, leaf_numbers, plan, seed_numbers
from chainrule.engine.registry import OPS
from chainrule.schema import Graph

SHAPES = ("wide", "deep", "chain", "fan-out")

#: Elementwise ops that take floats and make floats; kinks and steps among them, and an op of any number of operands.
FLOATING = [
    "identity",
    "stop_gradient",
    *sorted(name for name, rule in OPS.items() if rule.elementwise and rule.dtype is floating and name != "dropout"),
]

#: A few of them whose kernels are compiled within a test: arithmetic, kinks, and functions of the C library.
COMPILED = (
    "add",
    "mul",
    "div",
    "exp",
    "relu",
    "maximum",
    "abs",
    "tanh",
    "sigmoid",
    "pow",
    "softplus",
    "floor",
    "round",
)

#: Values that lie on kinks, on poles, and where Python's floats raise.
LEAVES = (0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -3.0, 1e-300, 750.0, -750.0, 1e200, 2.0, 0.1)


def random_graph(
    seed: int,
    size: int,
    shape: str,
    *,
    dtype: str = "float64",
    outputs: int = 1,
    ops: Sequence[str] = FLOATING,
    surrogates: bool = True,
) -> Graph:
    """A graph of about so many gates, over leaves that are trained or constant, with as many outputs.

    With a choice of `ops` it begins with a gate of each, so that all such graphs have the same kernels.
    """
    draw = random.Random(seed)
    leaves = {"wide": size // 2 + 2, "deep": 4, "chain": 2, "fan-out": 1}[shape]
    nodes: list[dict[str, Any]] = [_leaf(k, draw, dtype) for k in range(leaves)]
    names = [*(ops if len(ops) < len(FLOATING) else ()), *(draw.choice(ops) for _ in range(size))]
    for name in names:
        rule, place = OPS[name], len(nodes)
        count = draw.randint(1, 4) if rule.variadic else len(rule.operands)
        read = [nodes[_operand(draw, shape, place, leaves, first=port == 0)]["id"] for port in range(count)]
        node: dict[str, Any] = {"id": f"n{place}", "op": name, "inputs": read}
        if name == "clip":
            node["attrs"] = {"min": -1, "max": 0.5}
        if surrogates and count == 1 and draw.random() < 0.1:
            node["surrogate"] = draw.choice(SURROGATES)
        nodes.append(node)
    ends = [node["id"] for node in nodes[-min(outputs, len(nodes)) :]]
    found = [{"node": name, "seed": draw.choice([1.0, -0.5, 2.0])} for name in ends]
    return Graph.build(nodes=nodes, outputs=found, dtype=None if dtype == "float64" else dtype)


SURROGATES = ({"rule": "straight-through"}, {"rule": "scale", "factor": 0.3}, {"rule": "clip", "low": -0.5, "high": 1})


def _leaf(place: int, draw: random.Random, dtype: str) -> dict[str, Any]:
    op = draw.choice(["input", "param", "param", "const"])
    value = draw.choice(LEAVES if dtype == "float64" else LEAVES[:7]) if draw.random() < 0.5 else draw.uniform(-2, 2)
    return {"id": f"x{place}", "op": op, "value": float(f"{value:.4g}")}


def _operand(draw: random.Random, shape: str, place: int, leaves: int, *, first: bool) -> int:
    if shape == "wide":
        return draw.randrange(min(place, leaves + place // 4))
    if shape == "chain" and first:
        return place - 1
    if shape == "fan-out":
        return draw.choice([0, place - 1, draw.randrange(place)])
    return draw.randrange(max(0, place - 6), place)


def planned(graph: Graph) -> Plan:
    """The plan, which is one of scalars."""
    made = plan(graph)
    assert made.runner is not None
    return made


def defined(made: Plan, kinks: str) -> tuple[list[float], list[float], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Values, gradients, local and downstream gradients: gate by gate in the program's order, branches one by one."""
    runner = made.runner
    assert runner is not None
    order = runner.order.tolist()
    values: list[Any] = leaf_numbers(made)
    grads: list[float] = [-0.0] * len(order)
    local: list[tuple[Any, ...]] = [()] * len(order)
    sent: list[tuple[Any, ...]] = [()] * len(order)
    with np.errstate(all="ignore"):
        for i in order:
            rule = made.rules[i]
            if rule is not None:
                values[i] = rounded(evaluate(rule, True, [values[k] for k in made.operands[i]]), made.dtypes[i])
        for i, seed in seed_numbers(made).items():
            grads[i] = seed
        for i in _backward_order(made):
            local[i], sent[i] = _gate(made, values, grads[i], i, kinks)
            for k, part in zip(made.operands[i], sent[i], strict=True):
                if part is not None:
                    grads[k] = rounded(grads[k] + part, made.dtypes[k])
    return values, [grad + 0.0 for grad in grads], local, sent


def _backward_order(made: Plan) -> list[int]:
    runner = made.runner
    assert runner is not None
    order, runs = runner.order.tolist(), runner.program.runs.tolist()
    spans = list(pairwise(runs))
    return [order[number] for first, last in reversed(spans) for number in range(first, last)]


def _gate(
    made: Plan, values: Sequence[float], grad: float, i: int, kinks: str
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    rule = made.rules[i]
    assert rule is not None
    slopes = local_gradients(rule, True, values[i], [values[k] for k in made.operands[i]], kinks)
    local: list[Any] = []
    sent: list[Any] = []
    for port, (k, slope) in enumerate(zip(made.operands[i], slopes, strict=True)):
        if not made.trained[k] or rule.is_fixed(port):
            local.append(None)
            sent.append(None)
            continue
        local.append(rounded(float("nan") if slope is None else float(slope), made.dtypes[i]))
        product = local[-1] * (grad + 0.0)
        if rule.limits is not None:
            product = float(np.clip(product, *map(float, rule.limits)))
        sent.append(rounded(product, made.dtypes[k]) if made.reaching[i] else 0.0)
    return tuple(local), tuple(sent)
