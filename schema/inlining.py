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
from .node import ANNOTATIONS, LEAVES, Node, Output
from .pointer import steps
from .problem import Problems
from .stages.findings import Findings
from .stages.groups import judge_groups
from .walking import Made, Place, walk


def inline(graph: Graph, writer: "Writer | None" = None) -> Graph:
    """The graph without calls; its functions stay only where a backward rule names them.

    ``value`` of a call or a `get` goes to the node that its output becomes, and ``grad`` of a call of one output. The
    ``grad`` of a `get` is not that of the component, which others may read as well; ``local`` and ``downstream`` of a
    call have no place. A box stays around what its members became, where that still is a box; one that has a call of
    several outputs or its `get` as a member goes. A ``writer`` that opens more than calls may be given.

    Raises UsageError for what the written-out graph cannot say: a backward rule declared at a call, and two outputs
    that become one wire.
    """
    writer = writer or Writer(graph.body_claims)
    made = walk(graph.nodes, graph.functions or {}, writer)
    names = [cast(str, made[output["node"]]) for output in graph.outputs]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UsageError(f"two outputs are one wire, {twice[0]}, once the calls are written out: list one of them")
    outputs = [cast(Output, {**output, "node": name}) for output, name in zip(graph.outputs, names, strict=True)]
    boxed = [group for stated in graph.groups or () if (group := _boxed(stated, made, writer.members)) is not None]
    functions = graph.functions or NO_FUNCTIONS
    written = graph.with_nodes(writer.rows, outputs=outputs, groups=None)
    groups = sound_groups(boxed, written, functions)
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


#: What a node says to people.
_REMARKS = ("label", "ext")


@dataclass(slots=True)
class Writer:
    """Writes every node under its path; what is made of a node is the id that stands for it."""

    claims: Mapping[str, Mapping[str, Any]]
    rows: list[Node] = field(default_factory=list[Node])
    #: The nodes that each node of the document became, but for tuples and their components.
    members: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    leaf_claims: dict[str, Any] = field(default_factory=dict[str, Any])
    #: What is stated of wires that are gone, and could not be said of another: "s: downstream".
    lost: list[str] = field(default_factory=list[str])
    _index: dict[str, int] = field(default_factory=dict[str, int])
    #: Components that nothing inside of their call reads, and the one `get` of each that took its gradient there.
    _unread: dict[str, str | None] = field(default_factory=dict[str, str | None])
    _starts: list[int] = field(default_factory=list[int])

    def node(self, place: Place, i: int, row: Node, operands: list[str]) -> Made[str]:
        """The row under its path."""
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
        """The component itself; its gradient is that of the `get` if nothing else reads it."""
        fields = ("value",)
        if component in self._unread:
            first = self._unread[component]
            if first is None:
                self._unread[component], fields = place.prefix + row["id"], ("value", "grad")
            else:
                self._withdraw("grad", component, first)
        self._claim(fields, place, row, component)
        return component

    def enter(self, place: Place, i: int, row: Node, operands: list[str]) -> list[str]:
        """The parameters are the operands."""
        if "surrogate" in row:
            raise UsageError(f"{row['id']} declares a backward rule for a call, which its body written out has not")
        self._starts.append(len(self.rows))
        return operands

    def leave(self, place: Place, i: int, row: Node, made: list[str]) -> Made[str]:
        """The outputs of the body, and what is claimed of the one that there is."""
        start = self._starts.pop()
        self.stands_for(place, row, made, start)
        return made[0] if len(made) == 1 else made

    def stands_for(self, place: Place, row: Node, made: list[str], start: int) -> None:
        """Say of what the rows from `start` on made what is claimed of the row that they take the place of."""
        if len(made) > 1:
            read = {name for inner in self.rows[start:] for name in inner.get("inputs", ())}
            own = [name for name in made if self._index[name] >= start and name not in read]
            self._unread |= dict.fromkeys(own)
            return
        # Whatever else reads the output inside of the body reaches no output of it, and sends nothing back.
        fields = ("value", "grad", "ext") if self._index[made[0]] >= start else ("value",)
        self._claim(fields, place, row, made[0])
        if not place.prefix:
            self.members[row["id"]] = [written["id"] for written in self.rows[start:]]

    def _claim(self, fields: tuple[str, ...], place: Place, row: Node, name: str) -> None:
        """Take over what is claimed of a wire that has no node any more, unless the node states its own."""
        written = cast(dict[str, Any], self.rows[self._index[name]])
        claimed = {**row, **self.claims.get(place.prefix + row["id"], {})}
        for claim in (*ANNOTATIONS, *_REMARKS):
            if claim in claimed and claim in fields and written["op"] not in LEAVES:
                written.setdefault(claim, claimed[claim])
            elif claim in claimed:
                self.lost.append(f"{place.prefix}{row['id']}: {claim}")

    def _withdraw(self, claim: str, name: str, first: str) -> None:
        """A second reader: what the first one said is not said of the wire that both read."""
        if cast(dict[str, Any], self.rows[self._index[name]]).pop(claim, None) is not None:
            self.lost.append(f"{first}: {claim}")


def _boxed(group: Group, made: Mapping[str, Made[str]], members: Mapping[str, list[str]]) -> Group | None:
    """The group around what its members became; None if one of them is a tuple or part of one."""
    inputs = [made[name] for name in group.get("inputs", ())]
    if not all(name in members for name in group["nodes"]):
        return None
    nodes = [inner for name in group["nodes"] for inner in members[name]]
    return cast(Group, {**group, "nodes": nodes, **({"inputs": inputs} if "inputs" in group else {})})


def sound_groups(groups: list[Group], graph: Graph, functions: Mapping[str, Function]) -> list[Group]:
    """The groups that are boxes in the graph: other rows can take an exit away, or make two inputs one wire."""
    while groups:
        problems = Problems(len(groups))
        judge_groups(graph.nodes, groups, graph.structure, functions, graph.dtype, Findings(problems))
        broken = {int(steps(problem.at)[1]) for problem in problems}
        if not broken:
            break
        groups = [group for k, group in enumerate(groups) if k not in broken]
    return groups
