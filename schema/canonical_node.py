"""Parts of a node in canonical form: attributes, backward rules, constants, shapes of leaves (format.md 14)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from . import jcs
from .canonical_number import Canon
from .dtype import DEFAULT_DTYPE
from .node import Node
from .opset import core_ops
from .tensor import shape_of

_FLOAT64_SOURCE = Canon(DEFAULT_DTYPE, source=True)


def row_order(rows: Sequence[Node]) -> list[int]:
    """The canonical order of the nodes of a list: by level, the longest path from a leaf or parameter, then by id."""
    levels: dict[str, int] = {}
    alike: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for i, row in enumerate(rows):
        name, inputs = row["id"], row.get("inputs")
        # What is no node of a body is a parameter, of level 0.
        level = 1 + max([levels.get(operand, 0) for operand in inputs]) if inputs else 0
        levels[name] = level
        alike[level].append((name, i))
    return [i for level in sorted(alike) for _, i in sorted(alike[level])]


def canonical_attributes(row: Node) -> dict[str, Any]:
    """The attributes of a node, without those that equal their defaults."""
    entry = core_ops()[row["op"]]
    written = {name: _attribute(value, entry.attrs[name].type) for name, value in row.get("attrs", {}).items()}
    defaults = {
        name: _attribute(attribute.default, attribute.type)
        for name, attribute in entry.attrs.items()
        if attribute.default is not None
    }
    return {name: value for name, value in written.items() if name not in defaults or not _same(value, defaults[name])}


def canonical_surrogate(surrogate: dict[str, Any]) -> dict[str, Any]:
    """A declared backward rule with its numbers in canonical form."""
    return {
        name: value if name in ("rule", "fn") else _FLOAT64_SOURCE.number(value) for name, value in surrogate.items()
    }


def _same(value: Any, default: Any) -> bool:
    """Whether both are one text: numbers may be fragments of it, which do not compare."""
    return jcs.dumps_ascii(value) == jcs.dumps_ascii(default)


def _attribute(value: Any, kind: str) -> Any:
    if kind == "real":
        return _FLOAT64_SOURCE.number(value)
    return [_FLOAT64_SOURCE.number(entry) for entry in value] if kind == "reals" else value


def leaf_shape(row: Node) -> list[int]:
    """The shape of a leaf: as it states it, or that of its value."""
    return list(row["shape"]) if "shape" in row else list(shape_of(row.get("value", 0)))


def constant(row: Node, dtype: str) -> Any:
    """The value of a constant."""
    return Canon(dtype, source=True).tensor(row.get("value"))
