"""A document's graph as passes run it: ops of the core set alone, one tensor a wire.

Calls are written out (`schema/expansion.py`). A component of a tuple is the op that makes this component alone, so that
no wire carries more than one tensor. Where something is to be said of a collapsed gate (a call, or a group of nodes),
each wire that enters it does so through an `identity` node of its own, an entrance: the gradient there is what the gate
sends to that operand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ..schema import Graph, Node
from ..schema.dtype import Dtype
from ..schema.expansion import Box, Expansion, expand
from ..schema.structure import Structure
from .body import component
from .registry import OPS
from .rule import Rule
from .surrogates import declared

#: The attribute under which a row that took the place of a get node keeps its index; no op has one of that name.
COMPONENT = "component of"


@dataclass(frozen=True, slots=True)
class Gate:
    """A collapsed gate of the flat graph: where its operands enter, and the wire that leaves."""

    id: str
    entrances: tuple[int, ...]
    exit: int
    members: Sequence[int]
    local: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Flat:
    """The flat graph; for each node its place in the document, nothing where that is its own; gates with entrances."""

    graph: Graph
    places: Sequence[tuple[str | int, ...]] = ()
    gates: Sequence[Gate] = ()

    @property
    def entrances(self) -> dict[int, tuple[str, int]]:
        """The gate and operand that each entrance stands for."""
        return {node: (gate.id, k) for gate in self.gates for k, node in enumerate(gate.entrances)}


def flatten(graph: Graph, *, every_gate: bool = False) -> Flat:
    """The flat graph of a document, with entrances of the collapsed gates that it claims something of, or of all.

    A graph without calls, groups and tuples is returned as it is.
    """
    collapsed = bool(graph.functions or graph.groups)
    if not collapsed and not any(_pieces(node) for node in graph.nodes):
        return Flat(graph)
    expansion = expand(graph) if collapsed else Expansion(graph, (), [("nodes", i) for i in range(len(graph.nodes))])
    wanted = [box for box in expansion.boxes if box.exit is not None and (every_gate or _is_claimed(box))]
    return _Flattening(expansion, wanted).run()


def bound_rule(node: Node) -> Rule | None:
    """The rule of a node of a flat graph with its attributes filled in; None for a leaf."""
    rule = OPS.get(node["op"])
    if rule is None:
        return None
    attrs = node.get("attrs", {})
    bound = declared(rule.bound(attrs), node)
    return component(bound, attrs[COMPONENT]) if COMPONENT in attrs else bound


def _pieces(node: Node) -> int | None:
    """How many components the op of a node makes; None for an op that makes a tensor."""
    rule = OPS.get(node["op"])
    if rule is None or rule.outputs == 1:
        return None
    return rule.outputs if isinstance(rule.outputs, int) else len(node.get("attrs", {})[rule.outputs])


def _makes_tuple(node: Node) -> bool:
    """True if the node is read by get nodes; a tuple of one component is a tensor."""
    return _pieces(node) not in (None, 1)


def _is_claimed(box: Box) -> bool:
    return any(raw is not None for raw in (*box.local, *box.downstream))


@dataclass
class _Flattening:
    """One run over the rows of an expanded graph, with new positions."""

    expansion: Expansion
    boxes: Sequence[Box]
    rows: list[Node] = field(default_factory=list[Node])
    operands: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])
    dtypes: list[str] = field(default_factory=list[str])
    places: list[tuple[str | int, ...]] = field(default_factory=list[tuple[str | int, ...]])
    #: The new position of every old node; a maker of a tuple has none.
    moved: dict[int, int] = field(default_factory=dict[int, int])
    #: The new node that an old reader (node, port) reads, where that is an entrance.
    through: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    entered: dict[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])

    def run(self) -> Flat:
        graph = self.expansion.graph
        # Expansion lists inner gates before those around them; a wire enters the outer one first.
        starting: dict[int, list[int]] = defaultdict(list)
        for number in reversed(range(len(self.boxes))):
            starting[min(self.boxes[number].members)].append(number)
        for i in range(len(graph.nodes)):
            for number in starting.get(i, ()):
                self._enter(number, self.boxes[number])
            self._node(i, graph.nodes[i])
        outputs = [self.moved[k] for k in graph.structure.outputs]
        ids = [row["id"] for row in self.rows]
        index = {name: place for place, name in enumerate(ids)}
        structure = Structure(ids, index, [row["op"] for row in self.rows], self.operands, self.dtypes, outputs)
        flat = graph.with_nodes(self.rows, structure=structure, functions=None, groups=None)
        return Flat(flat.with_leaf_claims(graph.leaf_claims), self.places, self._gates())

    def _gates(self) -> list[Gate]:
        found: list[Gate] = []
        for number, box in enumerate(self.boxes):
            assert box.exit is not None
            members = [self.moved[k] for k in box.members if k in self.moved]
            found.append(Gate(box.id, self.entered[number], self.moved[box.exit], members, box.local))
        return found

    def _enter(self, number: int, box: Box) -> None:
        graph, entrances = self.expansion.graph, list[int]()
        for k, (wire, readers) in enumerate(zip(box.inputs, box.ports, strict=True)):
            known = next((self.through[reader] for reader in readers if reader in self.through), self.moved[wire])
            row = cast(Node, {"id": f"{box.id}#{k}", "op": "identity", "inputs": [self.rows[known]["id"]]})
            dtype = graph.structure.dtypes[wire]
            row["dtype"] = cast(Dtype, dtype)
            if k < len(box.downstream) and box.downstream[k] is not None:
                row["grad"] = box.downstream[k]
            entrances.append(self._add(row, (known,), dtype, self.expansion.places[box.exit or 0]))
            self.through.update(dict.fromkeys(readers, entrances[-1]))
        self.entered[number] = tuple(entrances)

    def _node(self, i: int, row: Node) -> None:
        graph = self.expansion.graph
        if _makes_tuple(row):
            return
        read, maker = graph.structure.operands[i], i
        if row["op"] == "get":
            [maker] = read
            made = graph.nodes[maker]
            attrs = {**made.get("attrs", {}), COMPONENT: row.get("attrs", {})["index"]}
            row, read = cast(Node, {**row, "op": made["op"], "attrs": attrs}), graph.structure.operands[maker]
        elif _pieces(row) == 1:
            row = cast(Node, {**row, "attrs": {**row.get("attrs", {}), COMPONENT: 0}})
        operands = tuple(self.through.get((maker, port), self.moved.get(k, -1)) for port, k in enumerate(read))
        if read:
            row = cast(Node, {**row, "inputs": [self.rows[k]["id"] for k in operands]})
        self.moved[i] = self._add(row, operands, graph.structure.dtypes[i], self.expansion.places[i])

    def _add(self, row: Node, operands: tuple[int, ...], dtype: str, place: tuple[str | int, ...]) -> int:
        self.rows.append(row)
        self.operands.append(operands)
        self.dtypes.append(dtype)
        self.places.append(place)
        return len(self.rows) - 1
