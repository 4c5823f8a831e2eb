"""The short way through stage 6 for graphs of scalars: each kind of gate is judged once, and each row only for tensors.

It accepts only what stage 6 accepts; whatever it does not accept is judged there, problem by problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from ..schema import Graph, Node
from ..schema.blob import Blob
from .check import judged_alone
from .flat import Flat
from .registry import OPS

_SLOTS = ("local", "downstream")


def states_scalars(flat: Flat) -> bool:
    """True if no tensor and no shape is stated anywhere, and nothing of a collapsed gate."""
    outputs = flat.graph.outputs
    return not (
        flat.gates or any(type(output.get("seed")) in _TENSORS for output in outputs) or _has_tensor(flat.graph)
    )


def is_sound(graph: Graph) -> bool:
    """True if every gate of a graph that states scalars works on scalars, as its op's rule demands."""
    return all(map(_is_sound, _kinds(graph)))


def _has_tensor(graph: Graph) -> bool:
    """True if a row states a tensor or a shape. One loop, for its speed."""
    for node in graph.nodes:
        if type(node.get("value")) in _TENSORS or type(node.get("grad")) in _TENSORS or node.get("shape"):
            return True
        for name in _SLOTS:
            if name in node and any(type(entry) in _TENSORS for entry in node.get(name, ())):
                return True
    return False


_TENSORS = frozenset({dict, list, Blob})


def _kinds(graph: Graph) -> Iterator[tuple[Node, list[str], str]]:
    """One row of every kind: op, attributes, surrogate, dtypes of operands and of its own."""
    structure, known = graph.structure, set[Any]()
    dtypes = structure.dtypes
    for i, node in enumerate(graph.nodes):
        read = structure.operands[i]
        towards = tuple([dtypes[k] for k in read])
        special = orjson.dumps([node.get("attrs"), node.get("surrogate")]) if _is_special(node) else None
        key = node["op"], towards, dtypes[i], special
        if key not in known:
            known.add(key)
            yield node, list(towards), dtypes[i]


def _is_special(node: Node) -> bool:
    return "attrs" in node or "surrogate" in node


def _is_sound(kind: tuple[Node, list[str], str]) -> bool:
    """True if the rule of the gate works on scalars, and takes and makes these dtypes."""
    node, towards, dtype = kind
    rule = OPS.get(node["op"])
    if rule is None:
        return True
    return rule.elementwise and judged_alone(node, towards, dtype)
