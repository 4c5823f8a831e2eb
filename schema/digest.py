"""Digests: the same document, the same graph, the same shape of graph (format.md 15)."""

from hashlib import sha256
from typing import Any

from . import jcs
from .canonical import canonical, canonical_attributes, canonical_surrogate, node_order
from .canonical_number import Canon
from .document import Document, Graph
from .dtype import DEFAULT_DTYPE
from .node import Node
from .tensor import shape_of

_GRAPH = b"chainrule.graph.1\n"
_SHAPE = b"chainrule.shape.1\n"


def bytes_digest(data: bytes) -> str:
    """The digest of bytes as they are."""
    return f"sha256:{sha256(data).hexdigest()}"


def document_digest(document: Document) -> str:
    """Is it the same document? Nothing but writing the same differently keeps this digest."""
    return bytes_digest(canonical(document))


def graph_digest(graph: Graph) -> str:
    """Is it the same graph? Leaf values, seeds, annotations and everything for display do not count."""
    nodes = [_projected(graph, i) for i in node_order(graph)]
    outputs = [output["node"] for output in graph.outputs]
    return bytes_digest(_GRAPH + jcs.dumps_ascii({"nodes": nodes, "outputs": outputs}))


def shape_digest(graph: Graph) -> str:
    """Is it the same graph up to the names of its inner nodes? Names of leaves count, and the order of operands."""
    hashes: list[str] = []
    for i in range(len(graph.nodes)):
        text = _SHAPE + jcs.dumps_ascii(_hashed(graph, i, hashes))
        hashes.append(sha256(text).hexdigest())
    outputs = [hashes[position] for position in graph.structure.outputs]
    return bytes_digest(_SHAPE + jcs.dumps_ascii(["graph", outputs]))


def _projected(graph: Graph, i: int) -> dict[str, Any]:
    row, dtype = graph.nodes[i], graph.structure.dtypes[i]
    projected: dict[str, Any] = {"id": row["id"], "op": row["op"]}
    if inputs := row.get("inputs"):
        projected["inputs"] = inputs
    if row.get("attrs") and (attrs := canonical_attributes(row)):
        projected["attrs"] = attrs
    if dtype != DEFAULT_DTYPE:
        projected["dtype"] = dtype
    if row["op"] in ("input", "param") and (shape := _leaf_shape(row)):
        projected["shape"] = shape
    if row["op"] == "const":
        projected["value"] = _constant(row, dtype)
    if "surrogate" in row:
        projected["surrogate"] = canonical_surrogate(row["surrogate"])
    return projected


def _hashed(graph: Graph, i: int, hashes: list[str]) -> list[Any]:
    """What the shape hash of a node is taken of, given the hashes of the nodes before it."""
    row, dtype = graph.nodes[i], graph.structure.dtypes[i]
    operands = [hashes[k] for k in graph.structure.operands[i]]
    match row["op"]:
        case "input" | "param":
            return ["leaf", row["id"], dtype, _leaf_shape(row)]
        case "const":
            return ["const", dtype, _constant(row, dtype)]
        case "get":
            return ["get", row.get("attrs", {})["index"], *operands]
        case op:
            attrs = canonical_attributes(row) if row.get("attrs") else {}
            surrogate = [canonical_surrogate(row["surrogate"])] if "surrogate" in row else []
            return ["op", op, attrs, operands, *surrogate]


def _leaf_shape(row: Node) -> list[int]:
    return list(row["shape"]) if "shape" in row else list(shape_of(row.get("value", 0)))


def _constant(row: Node, dtype: str) -> Any:
    return Canon(dtype, source=True).tensor(row.get("value"))
