"""The way back from bodies to gates: nodes that a function spells out become a call of it (format.md 9).

Found are nodes under one path (`s/n`, `s/e`) that a declared function has under the same names (`n`, `e`), which is
what writing a call out leaves behind, and boxes that name their function. Inner gates are closed before outer ones.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from .document import Graph
from .function import NO_FUNCTIONS, Function, Group
from .inlining import sound_groups
from .node import ANNOTATIONS, Node, Output
from .regions import Region, region_below, region_of
from .replacing import Rows
from .stages.fields import row_dtype

#: The op and attributes that a call of this function is, between these wires of the graph that is being closed and with
#: a result of this dtype; None where it is a call and nothing else.
Known = Callable[[str, Sequence[str], str], tuple[str, dict[str, Any]] | None]


@dataclass(frozen=True, slots=True)
class Closed:
    """The graph; what was stated of nodes that are gone ("s/e: grad"); the functions whose calls are ops."""

    graph: Graph
    lost: tuple[str, ...]
    ops: frozenset[str]


def close(graph: Graph, known: Known) -> Closed:
    """The graph with a call, or the op that `known` tells, for everything that a function of it spells out.

    Value and gradient of the wires that leave stay, the gradient of a component only if nothing inside reads it. Of
    wires inside nothing is stated any more.
    """
    closer = _Closer(graph, known)
    for path in closer.rows.paths():
        closer.close_below(path)
    for group in [group for group in closer.groups if "fn" in group]:
        region = region_of(group, closer.functions[group.get("fn", "")], closer.rows)
        if region is not None:
            closer.close(region, place=closer.rows.place(region.outputs[0]))
    return closer.closed()


@dataclass(slots=True)
class _Closer:
    graph: Graph
    known: Known
    rows: Rows = field(init=False)
    functions: Mapping[str, Function] = field(init=False)
    groups: list[Group] = field(init=False)
    #: The wire of the document that a wire stands for which was renamed.
    origins: dict[str, str] = field(default_factory=dict[str, str])
    lost: list[str] = field(default_factory=list[str])
    ops: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.rows = Rows(self.graph)
        self.functions = self.graph.functions or NO_FUNCTIONS
        self.groups = [*(self.graph.groups or ())]

    def close_below(self, path: str) -> None:
        """Close the first function that the nodes below the path spell out."""
        if not self.rows.below(path):
            return
        for name, function in self.functions.items():
            region = region_below(path, name, function, self.rows, self.groups)
            if region is not None:
                self.close(region, place=min(map(self.rows.place, region.members)))
                return

    def close(self, region: Region, *, place: int) -> None:
        """Put a gate in the place of the nodes."""
        made, rows = self._names(region), self.rows.by_id
        leaving = {number: rows[name] for number, name in region.outputs.items()}
        self.lost += _lost(region, self.rows, made)
        written = self._gate(region, made, leaving)
        if region.group is not None and "local" in region.group and "local" not in written[0]:
            self.lost.append(f"{region.id}: local")
        self.rows.remove(region.members)
        for number, name in region.outputs.items():
            self.rows.rename(name, made[number])
            self.origins[made[number]] = self.origins.get(name, name)
        for row in written:
            self.rows.add(row, place)
        self.groups = [group for group in map(self._regrouped(region, made), self.groups) if group is not None]

    def closed(self) -> Closed:
        """The graph of what the rows are now."""
        rows = [cast(Node, row) for row in self.rows.in_order()]
        ends = zip(self.graph.outputs, self.rows.outputs, strict=True)
        outputs = [cast(Output, {**output, "node": name}) for output, name in ends]
        written = self.graph.with_nodes(rows, outputs=outputs, groups=None)
        groups = sound_groups(self.groups, written, self.functions)
        self.lost += [f"{group['id']}: box" for group in self.groups if group not in groups]
        written = written.with_nodes(rows, structure=written.structure, groups=groups or None)
        return Closed(written, tuple(self.lost), frozenset(self.ops))

    def _names(self, region: Region) -> dict[int, str]:
        """The id of what the gate makes, or those of the `get` nodes of its components."""
        if len(self.functions[region.function]["outputs"]) == 1:
            return {0: region.id}
        made: dict[int, str] = {}
        for number in region.outputs:
            name = f"{region.id}.{number}"
            while name in self.rows.by_id:
                name += "_"
            made[number] = name
        return made

    def _gate(
        self, region: Region, made: Mapping[int, str], leaving: Mapping[int, Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """The row of the gate with what is stated of its wire, or with a `get` row for each component."""
        first = next(iter(leaving.values()))
        gate = {"id": region.id, **self._op(region, first), "inputs": region.inputs, **_dtype(first)}
        if made == {0: region.id}:
            return [{**gate, **_stated(first), **_stated_of_box(region)}]
        rows = [gate]
        for number, row in leaving.items():
            stated = _stated(row)
            if self.rows.readers(row["id"]) & region.members:
                stated.pop("grad", None)
            got = {"id": made[number], "op": "get", "attrs": {"index": number}, "inputs": [region.id]}
            rows.append({**got, **_dtype(row), **stated})
        return rows

    def _op(self, region: Region, leaving: Mapping[str, Any]) -> dict[str, Any]:
        wires = [self.origins.get(name, name) for name in region.inputs]
        found = self.known(region.function, wires, row_dtype(cast(Node, leaving), self.graph.dtype))
        if found is None:
            return {"op": f"fn:{region.function}"}
        self.ops.add(region.function)
        op, attrs = found
        return {"op": op, "attrs": attrs} if attrs else {"op": op}

    def _regrouped(self, region: Region, made: Mapping[int, str]) -> Callable[[Group], Group | None]:
        """What each box becomes: around the gate, beside it with its wires renamed, or nothing if it is the gate."""
        renamed = {name: made[number] for number, name in region.outputs.items()}

        def regrouped(group: Group) -> Group | None:
            if group is region.group:
                return None
            changed: dict[str, Any] = {**group}
            if group is region.around:
                kept = [name for name in group["nodes"] if name not in region.members]
                changed["nodes"] = [*kept, region.id]
            if "inputs" in group:
                changed["inputs"] = [renamed.get(name, name) for name in group["inputs"]]
            return cast(Group, changed)

        return regrouped


def _lost(region: Region, rows: Rows, made: Mapping[int, str]) -> list[str]:
    """What is stated inside and has no place on the gate."""
    leaving = set(region.outputs.values())
    facts: list[str] = []
    for name in sorted(region.members, key=rows.place):
        row = rows.by_id[name]
        kept = {"value", "grad", "label"} if name in leaving else {"value"} if row["op"] == "const" else set[str]()
        if name in leaving and region.id not in made.values() and rows.readers(name) & region.members:
            kept.discard("grad")
        facts += [f"{name}: {claim}" for claim in (*ANNOTATIONS, "label") if claim in row and claim not in kept]
    return facts


def _stated(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("value", "grad", "label", "ext") if name in row}


def _dtype(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"dtype": row["dtype"]} if "dtype" in row else {}


def _stated_of_box(region: Region) -> dict[str, Any]:
    """The local gradients of the collapsed gate, and what it is called; where the box lists them as the gate does."""
    group = region.group
    if group is None:
        return {}
    label = {"label": group["label"]} if "label" in group else {}
    if "local" in group and group.get("inputs") == region.inputs and len({*region.inputs}) == len(region.inputs):
        return {"local": group["local"], **label}
    return label
