"""The complex step heard alone, on documents made for it."""

from collections.abc import Sequence
from typing import Any

import chainrule as cr
from chainrule.engine.plan import plan
from chainrule.engine.verify.claims import claims_of
from chainrule.engine.verify.probe import Probes, Source
from chainrule.engine.verify.tangents.complex_step import ComplexStep, complex_step
from chainrule.schema import Graph


def probes(name: str = "") -> Probes:
    """Probes of some document; another name, other probes."""
    return Probes(f"sha256:{name}", "sha256:", "sha256:")


def stepped(graph: Graph, source: Source | None = None, count: int = 2) -> ComplexStep:
    """What the complex step finds in a document."""
    made = plan(graph)
    claims = [claim for claim in claims_of(made) if claim.field == "grad"]
    return complex_step(made, claims, source or probes(), count)


def words(graph: Graph, source: Source | None = None, count: int = 2) -> dict[str, str]:
    """What it says of each wire's gradient."""
    found, ids = stepped(graph, source, count), graph.structure.ids
    return {ids[node]: evidence.says for node, evidence in found.evidence.items()}


def names(graph: Graph, source: Source | None = None, count: int = 2) -> list[tuple[str, int]]:
    """The wires and entries that it names."""
    ids = graph.structure.ids
    return [(ids[node], entry) for node, entry in stepped(graph, source, count).named]


def because(graph: Graph, wire: str) -> str | None:
    """Why it says nothing of a wire's gradient."""
    evidence = stepped(graph).evidence[graph.structure.index[wire]]
    return evidence.details.get("because") if evidence.says == "silent" else None


def document(expression: str, /, **values: Any) -> Graph:
    """The engine's own annotations of an expression; of one output, with seeds of 1 for a tensor."""
    graph = cr.parse(expression, values)
    [output] = graph.outputs
    shaped = next((value for value in values.values() if isinstance(value, list)), None)
    seeded = output if shaped is None else {**output, "seed": [1] * len(shaped)}
    return cr.annotate(Graph.build(nodes=graph.nodes, outputs=[seeded]))


def claiming(graph: Graph, **grads: Any) -> Graph:
    """The document with other gradients claimed."""
    rows: list[Any] = [{**row, "grad": grads[row["id"]]} if row["id"] in grads else row for row in graph.nodes]
    return graph.with_nodes(rows)


def scaled(factors: Sequence[float]) -> Graph:
    """sum c_k x_k with coefficients of any scale: the gradient of x is c."""
    nodes: list[Any] = [
        {"id": "x", "op": "input", "value": [1.0] * len(factors)},
        {"id": "c", "op": "const", "value": list(factors)},
        {"id": "y", "op": "mul", "inputs": ["x", "c"]},
    ]
    return cr.annotate(Graph.build(nodes=nodes, outputs=[{"node": "y", "seed": [1.0] * len(factors)}]))
