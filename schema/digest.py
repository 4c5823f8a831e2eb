"""Digests: the same document, the same graph, the same shape of graph (format.md 15)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from . import jcs
from .canonical import canonical
from .canonical_node import canonical_attributes, canonical_surrogate, constant, leaf_shape, row_order
from .document import Document, Graph
from .dtype import DEFAULT_DTYPE
from .function import named_functions
from .node import Node
from .shape_hash import SHAPE, shape_hashes
from .stages.fields import row_dtype

_GRAPH = b"chainrule.graph.1\n"


def bytes_digest(data: bytes) -> str:
    """The digest of bytes as they are."""
    return f"sha256:{sha256(data).hexdigest()}"


def document_digest(document: Document) -> str:
    """Is it the same document? Nothing but writing the same differently keeps this digest."""
    return bytes_digest(canonical(document))


def graph_digest(graph: Graph) -> str:
    """Is it the same graph? Leaf values, seeds, annotations and everything for display do not count."""
    return bytes_digest(_GRAPH + jcs.dumps_ascii(_projection(graph)))


def shape_digest(graph: Graph) -> str:
    """Is it the same graph up to the names of its inner nodes, its boxes and its calls?

    Names of leaves count, and the order of operands.
    """
    hashes = shape_hashes(graph.nodes, graph.functions or {}, graph.dtype)
    outputs = [hashes[output["node"]] for output in graph.outputs]
    return bytes_digest(SHAPE + jcs.dumps_ascii(["graph", outputs]))


def _projection(graph: Graph) -> dict[str, Any]:
    projected: dict[str, Any] = {
        "nodes": _projected_rows(graph.nodes, graph.canonical_order, graph),
        "outputs": [output["node"] for output in graph.outputs],
    }
    functions = {
        name: {
            "params": function["params"],
            "nodes": _projected_rows(function["nodes"], row_order(function["nodes"]), graph),
            "outputs": function["outputs"],
        }
        for name, function in named_functions(graph.nodes, graph.functions or {}).items()
    }
    return projected | ({"functions": functions} if functions else {})


def _projected_rows(rows: Sequence[Node], order: Sequence[int], graph: Graph) -> list[dict[str, Any]]:
    return [_projected(rows[i], row_dtype(rows[i], graph.dtype)) for i in order]


def _projected(row: Node, dtype: str) -> dict[str, Any]:
    projected: dict[str, Any] = {"id": row["id"], "op": row["op"]}
    if inputs := row.get("inputs"):
        projected["inputs"] = inputs
    if row.get("attrs") and (attrs := canonical_attributes(row)):
        projected["attrs"] = attrs
    if dtype != DEFAULT_DTYPE:
        projected["dtype"] = dtype
    if row["op"] in ("input", "param") and (shape := leaf_shape(row)):
        projected["shape"] = shape
    if row["op"] == "const":
        projected["value"] = constant(row, dtype)
    if "surrogate" in row:
        projected["surrogate"] = canonical_surrogate(row["surrogate"])
    return projected
