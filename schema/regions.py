"""Which nodes of a graph a function spells out: found by the names that calls give their bodies, or by a box."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from .canonical_node import canonical_attributes, canonical_surrogate
from .function import Function, Group, called
from .node import LEAVES, Node
from .replacing import Rows
from .stages.fields import row_dtype


@dataclass(frozen=True, slots=True)
class Region:
    """Nodes that are the body of a function.

    ``inputs`` are the wires in the place of its parameters, ``outputs`` the nodes of those of its outputs that are read
    outside, by their number. ``group`` is the box around these nodes and no others, ``around`` one that holds more.
    """

    id: str
    function: str
    inputs: list[str]
    members: set[str]
    outputs: dict[int, str]
    group: Group | None = None
    around: Group | None = None


def region_below(path: str, name: str, function: Function, rows: Rows, groups: Sequence[Group]) -> Region | None:
    """The nodes below the path that have the names and the operands of this body; None if it is another one."""
    match = _Match(path, function, rows)
    wires = match.wires()
    if wires is None or not all(param in wires for param in function["params"]):
        return None
    inputs = [wires[param] for param in function["params"]]
    members = {wires[row["id"]] for row in function["nodes"]}
    ends = function["outputs"]
    left = {name for name in members if rows.is_left(name, members)}
    # Of two outputs that are one wire the first stands for both.
    outputs = {ends.index(output): wires[output] for output in ends if wires[output] in left}
    return _sound(Region(path, name, inputs, members, outputs), function, rows, groups)


def region_of(group: Group, function: Function, rows: Rows) -> Region | None:
    """The nodes of a box that names its function; None where the call would stand before what it reads."""
    members = set(group["nodes"])
    [exit_wire] = [name for name in group["nodes"] if rows.is_left(name, members)]
    inputs = list(group.get("inputs", ()))
    if any(rows.place(name) > rows.place(exit_wire) for name in inputs) or rows.below(group["id"]) - members:
        return None
    return Region(group["id"], group.get("fn", ""), inputs, members, {0: exit_wire}, group=group)


def _sound(region: Region, function: Function, rows: Rows, groups: Sequence[Group]) -> Region | None:
    """The region with its box, if a call can take its place: at the place of its first node, under its path."""
    left = {name for name in region.members if rows.is_left(name, region.members)}
    first = min(map(rows.place, region.members))
    if (
        not region.outputs
        or left != set(region.outputs.values())
        or any(rows.place(name) >= first for name in region.inputs)
        or rows.below(region.id) - region.members
        or region.id in rows.by_id
    ):
        return None
    return _in_its_box(region, function, groups)


def _in_its_box(region: Region, function: Function, groups: Sequence[Group]) -> Region | None:
    touched = [group for group in groups if region.members & set(group["nodes"])]
    same_id = [group for group in groups if group["id"] == region.id]
    if not touched:
        return None if same_id else region
    if len(touched) > 1 or not region.members <= set(touched[0]["nodes"]) or len(function["outputs"]) > 1:
        return None
    if region.members == set(touched[0]["nodes"]):
        return None if same_id not in ([], touched) else _with(region, group=touched[0])
    return None if same_id else _with(region, around=touched[0])


def _with(region: Region, *, group: Group | None = None, around: Group | None = None) -> Region:
    return Region(region.id, region.function, region.inputs, region.members, region.outputs, group, around)


class _Match:
    """One try to find a body below a path: the wire that each of its names stands for."""

    def __init__(self, path: str, function: Function, rows: Rows) -> None:
        self._path, self._function, self._rows = path, function, rows
        self._params = set(function["params"])
        self._found: dict[str, str] = {}

    def wires(self) -> dict[str, str] | None:
        """The wire of each parameter that is read and of each node; None if a node is missing or is another."""
        for row in self._function["nodes"]:
            name = self._named(row)
            if name is None or not self._is_alike(row, name) or not self._reads(row, name):
                return None
            self._found[row["id"]] = name
        return self._found

    def _named(self, row: Node) -> str | None:
        name = f"{self._path}/{row['id']}"
        if name in self._rows.by_id:
            return name
        return self._component(row) if row["op"] == "get" else None

    def _component(self, row: Node) -> str | None:
        """The `get` of an inner call, which got a name of its own when that call was closed."""
        maker, attrs = self._found.get(row.get("inputs", [""])[0]), row.get("attrs")
        readers = self._rows.readers(maker or "")
        same = [name for name in readers if self._rows.by_id[name].get("attrs") == attrs]
        return min(same, default=None)

    def _reads(self, row: Node, name: str) -> bool:
        """Whether the node reads what the row of the body does; parameters stand for what they meet first."""
        taken, actual = row.get("inputs", ()), self._rows.by_id[name].get("inputs", ())
        if len(taken) != len(actual):
            return False
        for inner, wire in zip(taken, actual, strict=True):
            known = self._found.setdefault(inner, wire) if inner in self._params else self._found.get(inner)
            if known != wire:
                return False
        return True

    def _is_alike(self, row: Node, name: str) -> bool:
        """Whether the node is the same op with the same attributes, dtype, constant and backward rule."""
        other, dtype = cast(Node, self._rows.by_id[name]), self._rows.dtype
        if row["op"] != other["op"] or row_dtype(row, dtype) != row_dtype(other, dtype):
            return False
        if row["op"] == "const":
            return row.get("value") == other.get("value")
        return _attributes(row) == _attributes(other) and _surrogate(row) == _surrogate(other)


def _attributes(row: Node) -> Any:
    if row["op"] in (*LEAVES, "get") or called(row["op"]) is not None:
        return row.get("attrs", {})
    return canonical_attributes(row)


def _surrogate(row: Node) -> Any:
    return canonical_surrogate(row["surrogate"]) if "surrogate" in row else None
