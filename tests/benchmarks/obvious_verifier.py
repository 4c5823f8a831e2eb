"""The obvious design of a verifier: pydantic models, a networkx graph, an interpreter over a dict, `math.isclose`.

It reads one document, sorts it, runs it forward and backward, and compares every stated value and gradient with what
came out, by a tolerance of its author's taste. It trusts rules and float64, knows four ops and no kinks, and judges
globally only.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import networkx
import orjson
from pydantic import BaseModel, ConfigDict

from .obvious_grader import Node as Wire

#: What is near enough.
RELATIVE, ABSOLUTE = 1e-9, 1e-12


class Node(Wire):
    """One gate or leaf with what it states."""

    grad: float | None = None


class Output(BaseModel):
    """What is differentiated."""

    node: str
    seed: float = 1.0


class Document(BaseModel):
    """The circuit with what it states."""

    model_config = ConfigDict(extra="ignore")
    nodes: list[Node]
    outputs: list[Output]


class Claim(BaseModel):
    """What is said of one number."""

    node: str
    field: str
    stated: float
    computed: float
    verdict: str


class Report(BaseModel):
    """What is said of a document."""

    claims: list[Claim]
    counts: dict[str, int]


Gate = Callable[..., float]

FORWARD: Mapping[str, Gate] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "tanh": math.tanh,
    "relu": lambda x: max(x, 0.0),
}
SLOPES: Mapping[str, Callable[..., tuple[float, ...]]] = {
    "add": lambda out, a, b: (1.0, 1.0),
    "mul": lambda out, a, b: (b, a),
    "tanh": lambda out, x: (1 - out * out,),
    "relu": lambda out, x: (1.0 if x > 0 else 0.0,),
}


def verified(data: bytes) -> bytes:
    """The report on one document."""
    document = Document.model_validate_json(data)
    nodes = {node.id: node for node in document.nodes}
    graph: Any = networkx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((operand, node.id) for node in document.nodes for operand in node.inputs)
    order = list(networkx.topological_sort(graph))
    values = _forward(order, nodes)
    grads = _backward(order, nodes, values, document.outputs)
    claims = [_claim(node, "value", node.value, values) for node in document.nodes if node.inputs]
    claims += [_claim(node, "grad", node.grad, grads) for node in document.nodes]
    found = [claim for claim in claims if claim is not None]
    verdicts = [claim.verdict for claim in found]
    counts = {verdict: verdicts.count(verdict) for verdict in ("right", "wrong")}
    return orjson.dumps(Report(claims=found, counts=counts).model_dump())


def _forward(order: list[str], nodes: Mapping[str, Node]) -> dict[str, float]:
    values: dict[str, float] = {}
    for name in order:
        node = nodes[name]
        if node.inputs:
            values[name] = FORWARD[node.op](*(values[operand] for operand in node.inputs))
        elif node.value is not None:
            values[name] = node.value
    return values


def _backward(
    order: list[str], nodes: Mapping[str, Node], values: Mapping[str, float], outputs: list[Output]
) -> dict[str, float]:
    grads = dict.fromkeys(order, 0.0)
    for output in outputs:
        grads[output.node] += output.seed
    for name in reversed(order):
        node = nodes[name]
        if node.inputs:
            slopes = SLOPES[node.op](values[name], *(values[operand] for operand in node.inputs))
            for operand, slope in zip(node.inputs, slopes, strict=True):
                grads[operand] += slope * grads[name]
    return grads


def _claim(node: Node, field: str, stated: float | None, computed: Mapping[str, float]) -> Claim | None:
    if stated is None:
        return None
    number = computed[node.id]
    near = math.isclose(stated, number, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return Claim(node=node.id, field=field, stated=stated, computed=number, verdict="right" if near else "wrong")
