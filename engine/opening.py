"""Gates written out: calls and composites replaced by their bodies, inside of boxes (format.md 9, ops.md 6).

    opened(graph).graph

has a gate of the op set for every step. The gates of a body stand under the id of what they take the place of
(`s/exp`), in a box of that id: `engine/closing.py` finds the way back by both. What was a call has its function still,
and what was a composite a function of its own, labelled with the op and its attributes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from ..schema import DEFAULT, LEAVES, Function, Graph, Group, Node
from ..schema.inlining import Writer, inline, sound_groups
from ..schema.stages.fields import row_dtype
from ..schema.tensor import shape_of
from ..schema.walking import Made, Place
from .check import check
from .flat import bound_rule
from .rule import Rule
from .shape import Shape
from .spelling import Wired, body_function, stated_attributes


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A graph in another form, and what the first form stated that this one has no place for: "s: downstream"."""

    graph: Graph
    lost: tuple[str, ...]


def opened(graph: Graph, ops: Collection[str] | None = None) -> Rewritten:
    """The graph with the bodies of all calls and of these composites in their place; of every composite unless told.

    Values go along, and gradients where the wire has the same consumers. A composite whose backward rule is declared
    stays, and one that hands an operand through.

    Raises DocumentError for a graph that no engine can run, and UsageError where one wire would be two outputs.
    """
    check(graph)
    opener = _Opener(graph.body_claims, ops=ops, default=graph.dtype or "float64", taken={*(graph.functions or {})})
    written = inline(graph, opener)
    functions = {**(graph.functions or {}), **opener.functions}
    groups = [*(written.groups or ()), *_boxes(opener, written, functions)]
    boxed = {group["id"]: group for group in groups}
    lost = [fact for fact in opener.lost if not _is_in_a_box(fact, boxed)]
    lost += [f"{group['id']}: box" for group in graph.groups or () if group["id"] not in boxed]
    structure = written.structure
    result = written.with_nodes(written.nodes, functions=functions or None, groups=groups or None, structure=structure)
    return Rewritten(result.with_leaf_claims(written.leaf_claims), tuple(lost))


def function_label(rule: Rule) -> str:
    """What the function that spells a composite out is called: the op and its attributes, in canonical order."""
    attrs = stated_attributes(rule)
    return f"{rule.name} {orjson.dumps(attrs, option=orjson.OPT_SORT_KEYS).decode()}" if attrs else rule.name


@dataclass(slots=True)
class _Gate:
    """A call or composite of the document itself that became nodes: what a box says of it."""

    row: Node
    function: str
    inputs: list[str]


@dataclass(slots=True)
class _Opener(Writer):
    """Writes the bodies of composites too; wires are known by their shapes, a tuple by those of its components."""

    ops: Collection[str] | None = None
    default: str = "float64"
    #: Names of functions that are not free.
    taken: set[str] = field(default_factory=set[str])
    functions: dict[str, Function] = field(default_factory=dict[str, Function])
    gates: list[_Gate] = field(default_factory=list[_Gate])
    _shapes: dict[str, Any] = field(default_factory=dict[str, Any])
    _dtypes: dict[str, str] = field(default_factory=dict[str, str])
    _names: dict[Wired, str] = field(default_factory=dict[Wired, str])
    _calls: list[list[str]] = field(default_factory=list[list[str]])

    def node(self, place: Place, i: int, row: Node, operands: list[str]) -> Made[str]:
        """The row under its path, or the body of its composite."""
        dtype = row_dtype(row, self.default)
        shapes = self._shape(row, operands)
        rule = None if row["op"] in LEAVES or row["op"] == "get" else bound_rule(row)
        if rule is not None and self._opens(row, rule):
            name = self._function(self._wired(rule, operands, dtype))
            function = self.functions[name]
            if not {*function["outputs"]} & {*function["params"]}:
                made = self._written(place, row, function, operands)
                self._note(made, shapes, dtype)
                self._gate(place, row, name, operands, made)
                return made[0] if len(made) == 1 else made
        written = Writer.node(self, place, i, row, operands)
        self._shapes[cast(str, written)], self._dtypes[cast(str, written)] = shapes, dtype
        return written

    def enter(self, place: Place, i: int, row: Node, operands: list[str]) -> list[str]:
        """The parameters are the operands, which the box around the call names."""
        self._calls.append(operands)
        return Writer.enter(self, place, i, row, operands)

    def leave(self, place: Place, i: int, row: Node, made: list[str]) -> Made[str]:
        """The outputs of the body, and a gate of the document where this is one."""
        self._gate(place, row, row["op"].removeprefix("fn:"), self._calls.pop(), made)
        return Writer.leave(self, place, i, row, made)

    def _opens(self, row: Node, rule: Rule) -> bool:
        return rule.has_body and "surrogate" not in row and (self.ops is None or row["op"] in self.ops)

    def _wired(self, rule: Rule, operands: Sequence[str], dtype: str) -> Wired:
        shapes = tuple(self._shapes[name] for name in operands)
        return Wired(rule, shapes, tuple(self._dtypes[name] for name in operands), dtype, self.default)

    def _written(self, place: Place, row: Node, function: Function, operands: list[str]) -> list[str]:
        """The rows of a body, and the wires that come out of it."""
        start, inner = len(self.rows), Place(place.path, f"{place.prefix}{row['id']}/")
        made = dict(zip(function["params"], operands, strict=True))
        for step in function["nodes"]:
            taken = [made[name] for name in step.get("inputs", ())]
            made[step["id"]] = cast(str, Writer.node(self, inner, 0, step, taken))
        outputs = [made[name] for name in function["outputs"]]
        self.stands_for(place, row, outputs, start)
        return outputs

    def _note(self, made: list[str], shapes: Any, dtype: str) -> None:
        for name, shape in zip(made, shapes if len(made) > 1 else [shapes], strict=True):
            self._shapes[name], self._dtypes[name] = shape, dtype

    def _gate(self, place: Place, row: Node, function: str, operands: list[str], made: list[str]) -> None:
        if not place.prefix and len(made) == 1:
            self.gates.append(_Gate(row, function, operands))

    def _shape(self, row: Node, operands: list[str]) -> Any:
        if row["op"] in LEAVES:
            return shape_of(row["value"]) if "value" in row else tuple(row.get("shape", ()))
        if row["op"] == "get":
            return self._shapes[operands[0]][row.get("attrs", {})["index"]]
        rule = bound_rule(row)
        assert rule is not None
        found = rule.infer([self._shapes[name] for name in operands])
        if not isinstance(found, list):
            return found
        pieces = cast(list[Shape], found)
        return pieces[0] if len(pieces) == 1 else pieces

    def _function(self, gate: Wired) -> str:
        """The name of the function that says the body between these wires, written down once."""
        if gate not in self._names:
            number, name = 1, gate.rule.name
            while name in self.taken:
                number += 1
                name = f"{gate.rule.name}_{number}"
            self.taken.add(name)
            label = function_label(gate.rule)
            self.functions[name] = body_function(gate)
            if len(label) <= DEFAULT.label:
                self.functions[name]["label"] = label
            self._names[gate] = name
        return self._names[gate]


def _is_in_a_box(fact: str, boxed: Mapping[str, Group]) -> bool:
    """Whether what a wire that is gone says stands on the box that took its place."""
    name, what = fact.rsplit(": ", 1)
    return what in boxed.get(name, ())


def _boxes(opener: _Opener, written: Graph, functions: dict[str, Function]) -> list[Group]:
    """A box for each gate that was opened, with its function where the members still spell it out."""
    inside = {name for group in written.groups or () for name in group["nodes"]}
    free = [gate for gate in opener.gates if not inside & {*opener.members[gate.row["id"]]}]
    graph = written.with_nodes(written.nodes, structure=written.structure, functions=functions or None)
    named = [_box(gate, opener, fn=gate.function, inputs=gate.inputs) for gate in free]
    sound = {group["id"]: group for group in sound_groups(named, graph, functions)}
    ops = written.structure.ops
    others = [gate for gate in free if gate.row["id"] not in sound]
    plain = [_box(gate, opener, inputs=_variables(gate.inputs, written.structure.index, ops)) for gate in others]
    sound |= {group["id"]: group for group in sound_groups(plain, graph, functions)}
    return [sound[gate.row["id"]] for gate in free if gate.row["id"] in sound]


def _variables(inputs: list[str], index: dict[str, int], ops: list[str]) -> list[str]:
    """The wires that enter, each once and without constants."""
    return [name for name in dict.fromkeys(inputs) if ops[index[name]] != "const"]


def _box(gate: _Gate, opener: _Opener, *, inputs: list[str], **fields: Any) -> Group:
    said: dict[str, Any] = {name: gate.row.get(name) for name in ("local", "label") if name in gate.row}
    members = opener.members[gate.row["id"]]
    if len({*gate.inputs}) != len(inputs):
        # Of a wire that enters twice a box says one number, the gate two.
        said.pop("local", None)
    return cast(Group, {"id": gate.row["id"], **fields, "inputs": inputs, "nodes": members, **said})
