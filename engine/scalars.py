"""The short way through stage 6 for graphs of scalars: each kind of gate is judged once, and each row only for tensors.

It accepts only what stage 6 accepts; whatever it does not accept is judged there, problem by problem.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from ..schema import Graph
from ..schema.blob import Blob
from .check import judged_alone
from .flat import Flat
from .registry import OPS

_SLOTS = ("local", "downstream")
#: What a row may say of its gate beside the op.
_SPECIAL = ("attrs", "surrogate")


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


#: What a gate's rule looks at: op, dtypes of the operands and its own, attributes and surrogate as JSON.
_Kind = tuple[str, tuple[str, ...], str, bytes]


def _kinds(graph: Graph) -> set[_Kind]:
    """Every kind of node that the graph has. One loop, for its speed."""
    structure, found = graph.structure, set[_Kind]()
    dtypes = structure.dtypes
    for node, read, dtype in zip(graph.nodes, structure.operands, dtypes, strict=True):
        special = b"{}"
        if "attrs" in node or "surrogate" in node:
            special = orjson.dumps({name: node.get(name) for name in _SPECIAL if name in node})
        found.add((node["op"], tuple([dtypes[k] for k in read]), dtype, special))
    return found


@lru_cache(4096)
def _is_sound(kind: _Kind) -> bool:
    """True if the rule of the gate works on scalars, and takes and makes these dtypes."""
    op, towards, dtype, special = kind
    rule = OPS.get(op)
    if rule is None:
        return True
    node: Any = {"id": op, "op": op, **orjson.loads(special)}
    return rule.elementwise and judged_alone(node, towards, dtype)
