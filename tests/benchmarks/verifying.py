"""Verification against the passes that it judges, and of a wrong document against the right one."""

from collections.abc import Iterator
from typing import Any, cast

import orjson

import chainrule
from chainrule.schema import Graph

from .circuits import document, neuron, wide
from .pairs import Task, paired
from .row import Row

SIZES = (1_000, 10_000, 100_000)

#: Fewer rounds than this are a quick run, which leaves the largest size out.
FULL_RUN = 6


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """The default `verify` at 14 to 100,000 nodes; one wrong number must not cost an unbounded fallback."""
    circuits = {"sigmoid neuron": neuron()}
    sizes = SIZES if rounds >= FULL_RUN else SIZES[:-1]
    circuits |= {f"wide random, {size:,}": wide(max(20, int(size * scale))) for size in sizes}
    for name, circuit in circuits.items():
        right = chainrule.annotate(orjson.dumps(document(circuit)))
        wrong = _planted(right)
        most = max(2, min(rounds, 50_000 // len(circuit)))
        passes = paired(_verify(right), _passes(right), rounds=most)
        cost = paired(_verify(wrong), _verify(right), rounds=most)
        yield Row("verify", f"{name}, right", len(circuit), {"forward + backward": passes})
        yield Row("verify, one gradient wrong", name, len(circuit), {"the same, right": cost})


def _planted(graph: Graph) -> Graph:
    """One gradient in the middle off by a thousandth."""
    nodes: list[Any] = [dict(node) for node in graph.nodes]
    candidates = [node for node in nodes if node.get("inputs") and node.get("grad")]
    chosen = candidates[len(candidates) // 2]
    chosen["grad"] = float(cast(float, chosen["grad"])) * 1.001
    return graph.with_nodes(nodes)


def _verify(graph: Graph) -> Task:
    def task() -> None:
        chainrule.verify(graph)

    return task


def _passes(graph: Graph) -> Task:
    def task() -> None:
        chainrule.backward(graph)

    return task
