"""Documents whose only fault is the order of their nodes: read them all the same, sorted."""

from collections import deque
from typing import Any

import orjson

from ..schema import DocumentError, Graph, read
from ..schema.canonical import node_order
from ..schema.document import Document


def read_in_any_order(data: bytes, *, source: str | None = None) -> Document:
    """The document; where the one thing wrong is the order of its nodes, they are sorted first.

    Raises DocumentError for every other problem.
    """
    try:
        return read(data, source=source)
    except DocumentError as error:
        if {problem.code for problem in error.problems} != {"ref.order"}:
            raise
    document = orjson.loads(data)
    document["nodes"] = _topological(document["nodes"])
    return read(orjson.dumps(document), source=source)


def in_canonical_order(document: Document) -> Document:
    """The document with its nodes by level, then by id, so that equal graphs stand in equal order."""
    if not isinstance(document, Graph):
        return document
    return document.with_nodes([document.nodes[i] for i in node_order(document)])


def _topological(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Operands before their gates, ties in the order of the document. Assumes that there is no cycle."""
    waiting = {node["id"]: len(set(node.get("inputs", ()))) for node in nodes}
    consumers: dict[str, list[dict[str, Any]]] = {name: [] for name in waiting}
    for node in nodes:
        for operand in dict.fromkeys(node.get("inputs", ())):
            consumers[operand].append(node)
    ready = deque(node for node in nodes if not waiting[node["id"]])
    found: list[dict[str, Any]] = []
    while ready:
        found.append(node := ready.popleft())
        for consumer in consumers[node["id"]]:
            waiting[consumer["id"]] -= 1
            if not waiting[consumer["id"]]:
                ready.append(consumer)
    return found
