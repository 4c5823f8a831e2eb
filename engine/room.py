"""Tensors that gates would make and that are too large: refused from their shapes, before anything is allocated.

Readers count the tensors that a document states; a gate may make larger ones of them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from ..schema import Graph, Problem
from ..schema.limits import DEFAULT
from .shape import Shape, size

#: Bytes of one number: passes run in float64, whatever the dtype that numbers are rounded to.
WIDTH = 8

#: Bytes of all values and gradients together up to which a graph is run.
MOST_BYTES = 16 * DEFAULT.tensor_bytes


def too_large(graph: Graph, shapes: Sequence[Any]) -> Iterator[Problem]:
    """The gates that would make a tensor of too many elements, and the first at which all are too large together."""
    total = 0
    for position, (node, shape) in enumerate(zip(graph.nodes, shapes, strict=True)):
        made = cast(list[Shape], shape if isinstance(shape, list) else [shape])  # several of a tuple
        count = sum(map(size, made))
        before, total = total, total + 2 * WIDTH * count
        if count > DEFAULT.elements:
            why = f"{node['id']} would make {count} elements; a tensor has at most {DEFAULT.elements}: split the work"
            yield Problem(code="limit.elements", at=f"/nodes/{position}/op", message=why, node=node["id"])
        elif before <= MOST_BYTES < total:
            why = f"values and gradients up to {node['id']} need more than {MOST_BYTES} bytes: split the graph"
            yield Problem(code="limit.tensor_bytes", at=f"/nodes/{position}/op", message=why, node=node["id"])
