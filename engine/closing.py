"""Gates in the place of what spells them out: calls of declared functions, and composites of the op set (ops.md 6).

    closed(opened(graph).graph).graph

is the graph again, up to the ids of `get` nodes and what has no place inside of a gate.
"""

from collections.abc import Sequence
from typing import Any, cast

import orjson

from ..schema import DocumentError, Graph, Node, Output
from ..schema.closing import close
from ..schema.dtype import Floating
from ..schema.function import named_functions
from .check import check, shapes_of
from .flat import flatten
from .opening import Rewritten
from .registry import OPS
from .shape import Shape
from .spelling import Wired, body_function


def closed(graph: Graph) -> Rewritten:
    """The graph with a call for each box that names its function and for each body that stands under one path.

    A call is a composite of the op set where its function is labelled with the op and is its body, row by row. Such
    functions go when nothing names them any more; all others stay.

    Raises DocumentError for a graph that no engine can run.
    """
    flat = flatten(graph)
    shapes = dict(zip(flat.graph.structure.ids, shapes_of(flat), strict=True))
    dtypes = dict(zip(flat.graph.structure.ids, flat.graph.structure.dtypes, strict=True))

    def known(name: str, inputs: Sequence[str], made: str) -> tuple[str, dict[str, Any]] | None:
        between = tuple(shapes[wire] for wire in inputs), tuple(dtypes[wire] for wire in inputs)
        return _composite(graph, name, *between, made)

    found = close(graph, known)
    functions = _kept(found.graph, found.ops)
    structure = found.graph.structure
    return Rewritten(found.graph.with_nodes(found.graph.nodes, structure=structure, functions=functions), found.lost)


def _composite(
    graph: Graph, name: str, shapes: tuple[Shape, ...], dtypes: tuple[str, ...], made: str
) -> tuple[str, dict[str, Any]] | None:
    """The op and attributes that the label of a function tells, if the function is its body between such wires."""
    function = (graph.functions or {})[name]
    op, _, text = function.get("label", "").partition(" ")
    attrs = _attributes(op, text, shapes, dtypes, graph.dtype)
    if attrs is None:
        return None
    gate = Wired(OPS[op].bound(attrs), shapes, dtypes, made, graph.dtype or "float64")
    same = {**body_function(gate), "label": function.get("label")} == function
    return (op, attrs) if same else None


def _attributes(
    op: str, text: str, shapes: Sequence[Shape], dtypes: Sequence[str], default: Floating | None
) -> dict[str, Any] | None:
    """The attributes that a label tells of a composite, judged as if they had been read between such wires."""
    if op not in OPS or not OPS[op].has_body or not shapes:
        return None
    leaves = [
        cast(Node, {"id": f"x{k}", "op": "input", "shape": list(shape), "dtype": dtype})
        for k, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=True))
    ]
    try:
        attrs: Any = orjson.loads(text) if text else {}
        gate = cast(Node, {"id": "y", "op": op, "attrs": attrs, "inputs": [leaf["id"] for leaf in leaves]})
        check(Graph.build(nodes=[*leaves, gate], outputs=[Output(node="x0")], dtype=default))
    except (orjson.JSONDecodeError, DocumentError):
        return None
    return attrs


def _kept(graph: Graph, ops: frozenset[str]) -> dict[str, Any] | None:
    """The functions without those that are ops and that nothing names."""
    functions = graph.functions or {}
    boxes = [Node(id="", op=f"fn:{group['fn']}") for group in graph.groups or () if "fn" in group]
    others = [row for name, function in functions.items() if name not in ops for row in function["nodes"]]
    named = named_functions([*graph.nodes, *boxes, *others], functions)
    return {name: function for name, function in functions.items() if name not in ops or name in named} or None
