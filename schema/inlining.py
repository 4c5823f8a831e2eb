"""Writing calls out for people: the graph that has the bodies in place of the calls, and the same shape digest.

Where `expand` keeps a node for each wire of the document, here nothing stands between a body and who reads it: the
ids of calls and of their `get` nodes are gone, and their consumers read the node of the body (`s/y`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from .document import Graph
from .errors import UsageError
from .function import NO_FUNCTIONS, Function, Group, named_functions
from .node import LEAVES, Node, Output
from .pointer import steps
from .problem import Problems
from .stages.findings import Findings
from .stages.groups import judge_groups
from .walking import Made, Place, walk


def inline(graph: Graph) -> Graph:
    """The graph without calls; its functions stay only where a backward rule names them.

    ``value`` of a call or a `get` goes to the node that its output becomes, and ``grad`` of a call of one output. The
    ``grad`` of a `get` is not that of the component, which others may read as well; ``local`` and ``downstream`` of a
    call have no place. A box stays around what its members became, where that still is a box; one that has a call of
    several outputs or its `get` as a member goes.

    Raises UsageError for what the written-out graph cannot say: a backward rule declared at a call, and two outputs
    that become one wire.
    """
    writer = _Writer(graph.body_claims)
    made = walk(graph.nodes, graph.functions or {}, writer)
    names = [cast(str, made[output["node"]]) for output in graph.outputs]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UsageError(f"two outputs are one wire, {twice[0]}, once the calls are written out: list one of them")
    outputs = [cast(Output, {**output, "node": name}) for output, name in zip(graph.outputs, names, strict=True)]
    boxed = [group for stated in graph.groups or () if (group := _boxed(stated, made, writer.members)) is not None]
    functions = graph.functions or NO_FUNCTIONS
    written = graph.with_nodes(writer.rows, outputs=outputs, groups=None)
    groups = _sound(boxed, written, functions)
    rules = {name: functions[name] for name in _named(writer.rows, groups, functions)}
    written = written.with_nodes(
        writer.rows, structure=written.structure, functions=rules or None, groups=groups or None
    )
    return written.with_leaf_claims({**graph.leaf_claims, **writer.leaf_claims}).with_body_claims({})


def _named(rows: list[Node], groups: list[Group], functions: Mapping[str, Function]) -> list[str]:
    """The functions that rows and groups name, directly or through each other, in the order of the document."""
    calls = [Node(id="", op=f"fn:{group['fn']}") for group in groups if "fn" in group]
    found = named_functions([*rows, *calls], functions)
    return [name for name in functions if name in found]


@dataclass(slots=True)
class _Writer:
    """Writes every node under its path; what is made of a node is the id that stands for it."""

    claims: Mapping[str, Mapping[str, Any]]
    rows: list[Node] = field(default_factory=list[Node])
    #: The nodes that each node of the document became, but for tuples and their components.
    members: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    leaf_claims: dict[str, Any] = field(default_factory=dict[str, Any])
    _index: dict[str, int] = field(default_factory=dict[str, int])
    _starts: list[int] = field(default_factory=list[int])

    def node(self, place: Place, i: int, row: Node, operands: list[str]) -> str:
        name = place.prefix + row["id"]
        written: dict[str, Any] = {**row, "id": name, **self.claims.get(name, {})}
        if operands:
            written["inputs"] = operands
        if row["op"] == "const" and "value" in row:
            self.leaf_claims |= {name: self.claims[name]["value"]} if "value" in self.claims.get(name, {}) else {}
            written["value"] = row["value"]
        self._index[name] = len(self.rows)
        self.rows.append(cast(Node, written))
        if not place.prefix:
            self.members[name] = [name]
        return name

    def component(self, place: Place, i: int, row: Node, component: str) -> str:
        self._claim(("value",), place, row, component)
        return component

    def enter(self, place: Place, i: int, row: Node, operands: list[str]) -> list[str]:
        if "surrogate" in row:
            raise UsageError(f"{row['id']} declares a backward rule for a call, which its body written out has not")
        self._starts.append(len(self.rows))
        return operands

    def leave(self, place: Place, i: int, row: Node, made: list[str]) -> Made[str]:
        start = self._starts.pop()
        if len(made) > 1:
            return made
        # Whatever else reads the output inside of the body reaches no output of it, and sends nothing back.
        fields = ("value", "grad") if self._index[made[0]] >= start else ("value",)
        self._claim(fields, place, row, made[0])
        if not place.prefix:
            self.members[row["id"]] = [written["id"] for written in self.rows[start:]]
        return made[0]

    def _claim(self, fields: tuple[str, ...], place: Place, row: Node, name: str) -> None:
        """Take over what is claimed of a wire that has no node any more, unless the node states its own."""
        written = cast(dict[str, Any], self.rows[self._index[name]])
        claimed = {**row, **self.claims.get(place.prefix + row["id"], {})}
        for claim in fields:
            if claim in claimed and written["op"] not in LEAVES:
                written.setdefault(claim, claimed[claim])


def _boxed(group: Group, made: Mapping[str, Made[str]], members: Mapping[str, list[str]]) -> Group | None:
    """The group around what its members became; None if one of them is a tuple or part of one."""
    inputs = [made[name] for name in group.get("inputs", ())]
    if not all(name in members for name in group["nodes"]):
        return None
    nodes = [inner for name in group["nodes"] for inner in members[name]]
    return cast(Group, {**group, "nodes": nodes, **({"inputs": inputs} if "inputs" in group else {})})


def _sound(groups: list[Group], graph: Graph, functions: Mapping[str, Function]) -> list[Group]:
    """The groups that are still boxes: writing calls out can take an exit away, or make two inputs one wire."""
    while groups:
        problems = Problems(len(groups))
        judge_groups(graph.nodes, groups, graph.structure, functions, graph.dtype, Findings(problems))
        broken = {int(steps(problem.at)[1]) for problem in problems}
        if not broken:
            break
        groups = [group for k, group in enumerate(groups) if k not in broken]
    return groups
