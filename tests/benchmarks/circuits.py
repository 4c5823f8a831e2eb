"""The circuits that are measured, as rows: a tuple of op and operand positions, or a leaf's number."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

import orjson

import chainrule
from chainrule.schema import Graph

OPS = ("add", "mul", "relu")
SHARES = (0.3, 0.4, 0.3)


@dataclass(frozen=True, slots=True)
class Gate:
    """One row; a leaf has no operands and holds its number."""

    op: str
    operands: tuple[int, ...] = ()
    number: float = 0.0


Circuit = list[Gate]


def neuron() -> Circuit:
    """The lecture's sigmoid neuron, gate by gate: 1 / (1 + exp(-(w0 x0 + w1 x1 + w2)))."""
    leaves = [Gate("param", (), number) for number in (2.0, -1.0, -3.0, -2.0, -3.0)]
    dot = [Gate("mul", (0, 1)), Gate("mul", (2, 3)), Gate("add", (5, 6)), Gate("add", (7, 4))]
    sigmoid = [Gate("neg", (8,)), Gate("exp", (9,)), Gate("param", (), 1.0), Gate("add", (10, 11))]
    return [*leaves, *dot, *sigmoid, Gate("reciprocal", (12,))]


def wide(size: int, *, seed: int = 0, unary: str = "relu") -> Circuit:
    """About `size` rows of random gates over earlier ones, logarithmically deep; loose ends are added up.

    A relu of a relu lies on its kink wherever the first is 0; another `unary` op makes a circuit without ties.
    """
    random = Random(seed)
    leaves = max(2, size // 10)
    rows = [Gate("param", (), random.uniform(-1, 1)) for _ in range(leaves)]
    loose = set(range(leaves))
    while len(rows) + len(loose) < size:
        op = random.choices(OPS, SHARES)[0]
        # A product takes one leaf, which is below 1, so that no number grows without bound.
        operands = (random.randrange(len(rows)), random.randrange(leaves))[: 1 if op == "relu" else 2]
        op = unary if op == "relu" else op
        loose -= set(operands)
        loose.add(len(rows))
        rows.append(Gate(op, operands))
    return _added_up(rows, sorted(loose))


def chain(size: int, *, seed: int = 3) -> Circuit:
    """A line of `size` rows, each computed from the one before and a leaf: as deep as it is large."""
    random = Random(seed)
    rows = [Gate("param", (), 0.5), Gate("param", (), 0.9999)]
    while len(rows) < size:
        op, leaf = ("mul", 1) if random.random() < 0.5 else ("add", 0)
        rows.append(Gate(op, (len(rows) - 1, leaf)))
    return rows


def network(batch: int, *, widths: tuple[int, ...] = (16, 16, 16, 1), seed: int = 4) -> Circuit:
    """Layers of weighted sums and relu over a batch of examples, and the sum of the squares of what comes out."""
    random = Random(seed)
    rows: Circuit = []

    def gate(op: str, *operands: int) -> int:
        rows.append(Gate(op, operands))
        return len(rows) - 1

    def leaf(number: float) -> int:
        rows.append(Gate("param", (), number))
        return len(rows) - 1

    layers = [
        [[leaf(random.gauss(0, before**-0.5)) for _ in range(before + 1)] for _ in range(after)]
        for before, after in pairwise(widths)
    ]
    squares: list[int] = []
    for _ in range(batch):
        wires = [leaf(random.uniform(-1, 1)) for _ in range(widths[0])]
        for depth, layer in enumerate(layers):
            sums = [_weighted(gate, weights, wires) for weights in layer]
            wires = sums if depth == len(layers) - 1 else [gate("relu", wire) for wire in sums]
        squares.extend(gate("mul", wire, wire) for wire in wires)
    return _added_up(rows, squares)


def _weighted(gate: Callable[..., int], weights: list[int], wires: list[int]) -> int:
    """The sum of products, addition after addition, begun with the bias, which is the last weight."""
    total = weights[-1]
    for weight, wire in zip(weights[:-1], wires, strict=True):
        total = gate("add", total, gate("mul", weight, wire))
    return total


def _added_up(rows: Circuit, loose: list[int]) -> Circuit:
    """A tree of sums over the loose ends, so that every row reaches the one output."""
    while len(loose) > 1:
        pairs = list(zip(loose[::2], loose[1::2], strict=False))
        rest = loose[len(pairs) * 2 :]
        loose = [*range(len(rows), len(rows) + len(pairs)), *rest]
        rows = [*rows, *(Gate("add", pair) for pair in pairs)]
    return rows


def nearby(circuit: Circuit, seed: int) -> Circuit:
    """The circuit at a point of its own, so near that no number grows."""
    random = Random(seed)
    return [gate if gate.operands else Gate(gate.op, (), gate.number * random.uniform(1, 1 + 1e-6)) for gate in circuit]


def document(circuit: Circuit, *, annotated: bool = False) -> dict[str, Any]:
    """The circuit as a graph document; annotated with numbers of full length if asked (nobody checks them here)."""
    random = Random(1)
    nodes: list[dict[str, Any]] = []
    for position, gate in enumerate(circuit):
        node: dict[str, Any] = {"id": f"n{position}", "op": gate.op}
        if gate.operands:
            node["inputs"] = [f"n{operand}" for operand in gate.operands]
        if annotated or not gate.operands:
            node["value"] = random.uniform(-1, 1) if gate.operands else gate.number
        if annotated:
            node["grad"] = random.uniform(-1, 1)
        nodes.append(node)
    outputs = [{"node": f"n{len(circuit) - 1}"}]
    return {"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}, "nodes": nodes, "outputs": outputs}


def stated(circuit: Circuit) -> Graph:
    """The graph with values and gradients, and nothing on its slots, which then count as the rule has them."""
    graph = chainrule.annotate(orjson.dumps(document(circuit)))
    kept = ("id", "op", "inputs", "value", "grad")
    nodes: list[Any] = [{name: field for name, field in node.items() if name in kept} for node in graph.nodes]
    return graph.with_nodes(nodes)
