"""Verification against the passes that it judges, and of wrong documents against the right one."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import orjson

import chainrule
from chainrule.schema import Graph

from .circuits import Circuit, chain, document, nearby, neuron, wide
from .pairs import FULL_RUN, over, paired
from .row import Row

#: Nodes above which a circuit is measured in a full run only.
QUICK = 2_000


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """The default `verify` at 14 to 100,000 nodes; what is wrong must not cost an unbounded fallback."""
    circuits = {name: circuit for name, circuit in _circuits(scale) if rounds >= FULL_RUN or len(circuit) <= QUICK}
    for name, circuit in circuits.items():
        most = max(2, min(rounds, 50_000 // len(circuit)))
        lots = _lots(circuit, most + 1)
        passes = paired(over(next(lots), chainrule.verify), over(next(lots), chainrule.backward), rounds=most)
        yield Row("verify", f"{name}, right", len(circuit), {"forward + backward": passes})
        for mistake, planted in MISTAKES.items():
            wrong = [_planned(planted(right)) for right in next(lots)]
            cost = paired(over(wrong, chainrule.verify), over(next(lots), chainrule.verify), rounds=most)
            yield Row(f"verify, {mistake}", name, len(circuit), {"the same, right": cost})


def _lots(circuit: Circuit, count: int) -> Iterator[list[Graph]]:
    """Annotated documents, each at a point that no other was seen at: what is known of a point is kept."""
    seeds = itertools.count()
    while True:
        points = (document(nearby(circuit, next(seeds))) for _ in range(count))
        yield [_planned(chainrule.annotate(orjson.dumps(point))) for point in points]


def _planned(graph: Graph) -> Graph:
    """The graph with its plan, so that neither side pays for that."""
    chainrule.backward(graph)
    return graph


def _circuits(scale: float) -> Iterator[tuple[str, Circuit]]:
    yield "sigmoid neuron", neuron()
    for size in (1_000, 10_000, 100_000):
        yield f"wide random, {size:,}", wide(max(20, int(size * scale)), unary="tanh")
    yield "wide random with ties, 1,000", wide(max(20, int(1_000 * scale)))
    yield "chain, 30,000", chain(max(20, int(30_000 * scale)))


def _one_gradient(graph: Graph) -> Graph:
    """One gradient in the middle off by a thousandth."""
    return _off(graph, 1.001, _some(graph, len(graph.nodes)))


def _one_percent(graph: Graph) -> Graph:
    """Every hundredth gradient off by a thousandth."""
    return _off(graph, 1.001, _some(graph, 100))


def _carried(graph: Graph) -> Graph:
    """A factor of 2 at the output that is carried everywhere: every equation but the output's holds."""
    nodes: list[Any] = []
    for node in graph.nodes:
        row: dict[str, Any] = {**node}
        if "grad" in row:
            row["grad"] = _times(row["grad"], 2)
        if "downstream" in row:
            row["downstream"] = [_times(sent, 2) for sent in row["downstream"]]
        nodes.append(row)
    return graph.with_nodes(nodes)


MISTAKES: dict[str, Callable[[Graph], Graph]] = {
    "one gradient wrong": _one_gradient,
    "1 % of the gradients wrong": _one_percent,
    "an error carried everywhere": _carried,
}


def _some(graph: Graph, step: int) -> list[int]:
    """The middle one of every `step` gates that have a gradient."""
    gates = [k for k, node in enumerate(graph.nodes) if node.get("inputs") and node.get("grad")]
    return gates[min(step, len(gates)) // 2 :: step]


def _off(graph: Graph, factor: float, places: list[int]) -> Graph:
    nodes: list[Any] = [dict(node) for node in graph.nodes]
    for place in places:
        nodes[place]["grad"] = _times(nodes[place]["grad"], factor)
    return graph.with_nodes(nodes)


def _times(number: Any, factor: float) -> Any:
    """A machine number times a factor; a negative zero, which is text, stays."""
    return number * factor if isinstance(number, (int, float)) else number
