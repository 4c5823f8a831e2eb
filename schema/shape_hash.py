"""Shape hashes: one name for what is computed alike, whatever its inner names, boxes and calls (format.md 15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast

from . import jcs
from .canonical_node import canonical_attributes, canonical_surrogate, constant, leaf_shape
from .dtype import DEFAULT_DTYPE
from .function import Function
from .node import LEAVES, Node
from .walking import Made, Place, walk

#: What no row of most has: fields that count here, and ops that are hashed in ways of their own.
_RARE, _OTHERS = frozenset({"attrs", "surrogate"}), frozenset({*LEAVES, "get"})

SHAPE = b"chainrule.shape.1\n"


def shape_hashes(rows: Sequence[Node], functions: Mapping[str, Function], dtype: str | None) -> dict[str, Made[str]]:
    """The shape hash of each node by id, a list of them for a call of several outputs; ``dtype`` is the document's."""
    hasher = _Hasher(dtype or DEFAULT_DTYPE)
    return walk(rows, functions, hasher) if functions else _without_calls(rows, hasher)


def _hash(value: Any) -> str:
    return sha256(SHAPE + jcs.dumps_ascii(value)).hexdigest()


@dataclass(slots=True)
class _Hasher:
    """A call has the hashes of its body's outputs."""

    dtype: str
    _operands: list[list[str]] = field(default_factory=list[list[str]])

    def node(self, place: Place, i: int, row: Node, operands: list[str]) -> str:
        if row.keys().isdisjoint(_RARE) and row["op"] not in _OTHERS:
            return _hash(["op", row["op"], {}, operands])
        dtype = row.get("dtype", self.dtype)
        match row["op"]:
            case "input" | "param":
                return _hash(["leaf", row["id"], dtype, leaf_shape(row)])
            case "const":
                return _hash(["const", dtype, constant(row, dtype)])
            case "get":
                return _hash(["get", row.get("attrs", {})["index"], *operands])
            case op:
                attrs = canonical_attributes(row) if row.get("attrs") else {}
                return _hash(["op", op, attrs, operands, *_surrogate(row)])

    def component(self, place: Place, i: int, row: Node, component: str) -> str:
        return component

    def enter(self, place: Place, i: int, row: Node, operands: list[str]) -> list[str]:
        self._operands.append(operands)
        return operands

    def leave(self, place: Place, i: int, row: Node, made: list[str]) -> Made[str]:
        operands = self._operands.pop()
        if "surrogate" in row:
            # With another backward rule a call is not its body.
            made = [_hash(["call", output, operands, *_surrogate(row)]) for output in made]
        return made[0] if len(made) == 1 else made


def _without_calls(rows: Sequence[Node], hasher: _Hasher) -> dict[str, Made[str]]:
    """The same where no body is entered. One loop, for its speed."""
    made: dict[str, Made[str]] = {}
    outermost, heads = Place(("nodes",)), dict[str, bytes]()
    for i, row in enumerate(rows):
        operands = [cast(str, made[name]) for name in row.get("inputs", ())]
        op = row["op"]
        if not operands or op in _OTHERS or "attrs" in row or "surrogate" in row:
            made[row["id"]] = hasher.node(outermost, i, row, operands)
            continue
        if op not in heads:
            heads[op] = SHAPE + jcs.dumps_ascii(["op", op, {}, []]).removesuffix(b"]]")
        # Hashes are written without an escape, so that the text is put together from its parts.
        made[row["id"]] = sha256(heads[op] + ('"' + '","'.join(operands) + '"]]').encode()).hexdigest()
    return made


def _surrogate(row: Node) -> list[Any]:
    return [canonical_surrogate(row["surrogate"])] if "surrogate" in row else []
