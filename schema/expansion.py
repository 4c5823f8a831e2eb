"""Calls written out: a graph of ops of the core set alone, and which of its nodes came from which call (format.md 9).

    expansion = expand(graph)

is what passes and verification run on. ``expansion.graph`` has no calls, and each wire of the document keeps a node
of its own, under its own id, with what is claimed of it:

- a node of a body stands under its expansion path (``s/exp`` in the body called at ``s``), in place of the call and
  in the order of the body, with the claims that an attached annotations document makes by that path;
- a call of one output becomes an `identity` node that reads the output of its body: ``value`` and ``grad`` of the
  call stand there, and every consumer still reads the call's id;
- `get` of a call becomes an `identity` node that reads the component, with everything that is claimed of it.
  `get` of an op that makes a tuple stays;
- a call of several outputs has no node.

``local`` and ``downstream`` of a call speak of the collapsed gate and of no single node. They stand in
``expansion.boxes``, one `Box` a call, nested ones included, and one a group. With ``ports[k]`` the places where the
wire that enters as operand k is read inside:

    downstream of the box, [k]  =  sum over (node, port) in ports[k] of downstream_node[port]
    local of the box, [k]       =  the same sum, after a backward pass over ``members`` alone that starts with ones
                                   at ``exit``

``places[i]`` is the path of node i in the document, for problems: a node of a body has the place of its row there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from .document import Graph
from .function import Group, called
from .grouping import group_exits
from .node import Node
from .stages.fields import row_dtype
from .structure import Structure
from .walking import Made, Place, walk

#: A place where a wire is read: the node, and which of its operands.
Edge = tuple[int, int]

#: Fields of a call and of a `get` that the node in its place does not have.
_GONE = ("op", "inputs", "attrs")


@dataclass(frozen=True, slots=True)
class Box:
    """A gate that collapses others: a call, or a group. Positions count the nodes of the expanded graph.

    ``inputs[k]`` is the wire that enters as operand k, ``ports[k]`` where it is read inside. A wire that enters
    twice has two ports in a call; in a group, which does not say which reading is which, both ports are all of them.
    ``exit`` is the node whose wire leaves, None for a call of several outputs. ``local`` and ``downstream`` are the
    claims of the collapsed gate as the document states them, one entry an operand or none at all.
    """

    id: str
    function: str | None
    members: Sequence[int]
    inputs: tuple[int, ...]
    ports: tuple[tuple[Edge, ...], ...]
    exit: int | None
    local: Sequence[Any] = ()
    downstream: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Expansion:
    """A graph without calls, its boxes, and the place of each node in the document that it was expanded from."""

    graph: Graph
    boxes: tuple[Box, ...]
    places: Sequence[tuple[str | int, ...]]


def expand(graph: Graph) -> Expansion:
    """The graph with a node of its own for each wire of the document, and for each of every body.

    Takes time and memory in proportion to the nodes after expansion, which reading has limited.
    """
    if not graph.functions and not graph.groups:
        return Expansion(graph, (), [("nodes", i) for i in range(len(graph.nodes))])
    inliner = _Inliner(graph.body_claims)
    walk(graph.nodes, graph.functions or {}, inliner)
    structure = _structure(graph, inliner)
    groups = graph.groups or []
    exits = group_exits(groups, graph.structure)
    boxes = [*inliner.boxes, *(_group(*pair, graph, inliner, structure) for pair in zip(groups, exits, strict=True))]
    expanded = graph.with_nodes(inliner.rows, structure=structure, functions=None, groups=None)
    claims = {**graph.leaf_claims, **inliner.leaf_claims}
    return Expansion(expanded.with_leaf_claims(claims).with_body_claims({}), tuple(boxes), inliner.places)


@dataclass(slots=True)
class _Wire:
    """A node of the expanded graph, and the ports through which it is read here: each a list of its readers."""

    position: int
    ports: tuple[list[Edge], ...] = ()


@dataclass(slots=True)
class _Open:
    """A call whose body is being written: where it begins, the wires that enter, and their readers."""

    start: int
    inputs: list[_Wire]
    ports: list[list[Edge]]


@dataclass(slots=True)
class _Inliner:
    """Writes every node of a graph and its bodies into one list."""

    claims: Mapping[str, Mapping[str, Any]]
    rows: list[Node] = field(default_factory=list[Node])
    operands: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])
    places: list[tuple[str | int, ...]] = field(default_factory=list[tuple[str | int, ...]])
    boxes: list[Box] = field(default_factory=list[Box])
    leaf_claims: dict[str, Any] = field(default_factory=dict[str, Any])
    #: For each call of the document, and not of a body, the nodes that it became.
    spans: dict[str, range] = field(default_factory=dict[str, range])
    _calls: list[_Open] = field(default_factory=list[_Open])

    def node(self, place: Place, i: int, row: Node, operands: list[_Wire]) -> _Wire:
        """The row under its path."""
        return self._added(place, i, row, operands)

    def component(self, place: Place, i: int, row: Node, component: _Wire) -> _Wire:
        """The wire of a `get` is a copy: others may read the component as well."""
        return self._copied(place, i, row, component)

    def enter(self, place: Place, i: int, row: Node, operands: list[_Wire]) -> list[_Wire]:
        """The parameters are the operands, read through the ports of this call and of those around it."""
        ports: list[list[Edge]] = [[] for _ in operands]
        self._calls.append(_Open(len(self.rows), operands, ports))
        return [_Wire(wire.position, (*wire.ports, port)) for wire, port in zip(operands, ports, strict=True)]

    def leave(self, place: Place, i: int, row: Node, made: list[_Wire]) -> Made[_Wire]:
        """A copy of the one output, or the components; and the box that the call is."""
        opened = self._calls.pop()
        exit_wire = None
        if len(made) == 1:
            exit_wire = self._copied(place, i, row, made[0])
        members = range(opened.start, len(self.rows))
        claims = {**row, **self.claims.get(place.prefix + row["id"], {})}
        box = Box(
            id=place.prefix + row["id"],
            function=called(row["op"]),
            members=members,
            inputs=tuple(wire.position for wire in opened.inputs),
            ports=tuple(map(tuple, opened.ports)),
            exit=exit_wire and exit_wire.position,
            local=claims.get("local", ()),
            downstream=claims.get("downstream", ()),
        )
        self.boxes.append(box)
        if not place.prefix:
            self.spans[row["id"]] = members
        return exit_wire or made

    def _copied(self, place: Place, i: int, row: Node, wire: _Wire) -> _Wire:
        """An `identity` node with the fields of the row, but for what speaks of the operands of a call."""
        gone = (*_GONE, "local", "downstream") if called(row["op"]) is not None else _GONE
        kept = {name: value for name, value in row.items() if name not in gone}
        return self._added(place, i, cast(Node, {"op": "identity", **kept, "inputs": [""]}), [wire], gone)

    def _added(self, place: Place, i: int, row: Node, operands: list[_Wire], unclaimed: Sequence[str] = ()) -> _Wire:
        position, name = len(self.rows), place.prefix + row["id"]
        fields: dict[str, Any] = {**row, "id": name}
        if operands:
            fields["inputs"] = [self.rows[wire.position]["id"] for wire in operands]
        for claimed, raw in self.claims.get(name, {}).items():
            if row["op"] == "const" and claimed == "value":
                self.leaf_claims[name] = raw
            elif claimed not in unclaimed:
                fields[claimed] = raw
        for port, wire in enumerate(operands):
            for readers in wire.ports:
                readers.append((position, port))
        self.rows.append(cast(Node, fields))
        self.operands.append(tuple(wire.position for wire in operands))
        self.places.append((*place.path, i))
        return _Wire(position)


def _structure(graph: Graph, inliner: _Inliner) -> Structure:
    ids = [row["id"] for row in inliner.rows]
    index = {name: i for i, name in enumerate(ids)}
    return Structure(
        ids=ids,
        index=index,
        ops=[row["op"] for row in inliner.rows],
        operands=inliner.operands,
        dtypes=[row_dtype(row, graph.dtype) for row in inliner.rows],
        outputs=[index[output["node"]] for output in graph.outputs],
    )


def _group(group: Group, exits: list[int], graph: Graph, inliner: _Inliner, structure: Structure) -> Box:
    members = sorted(position for name in group["nodes"] for position in _span(name, inliner, structure))
    readers: dict[int, list[Edge]] = {}
    for node in members:
        for port, wire in enumerate(inliner.operands[node]):
            readers.setdefault(wire, []).append((node, port))
    inputs = tuple(structure.index[name] for name in group.get("inputs", ()))
    return Box(
        id=group["id"],
        function=group.get("fn"),
        members=members,
        inputs=inputs,
        ports=tuple(tuple(readers.get(wire, ())) for wire in inputs),
        exit=structure.index.get(graph.nodes[exits[0]]["id"]),
        local=group.get("local", ()),
    )


def _span(name: str, inliner: _Inliner, structure: Structure) -> Sequence[int]:
    """The nodes that a node of the document became."""
    return inliner.spans[name] if name in inliner.spans else (structure.index[name],)
