"""Annotate: the same graph with every value, gradient, local and downstream gradient written in."""

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from ..schema import LEAVES, Graph, Node
from ..schema.function import Group
from ..schema.tensor import write
from .backward import Pass, backward_pass, local_of
from .flat import Gate, flatten
from .forward import forward_pass
from .numbers.arrays import Array
from .plan import Number, Plan, has_objective, leaf_numbers, plan_of, seed_numbers

FIELDS = ("value", "grad", "local", "downstream")


def annotate(graph: Graph, *, kinks: str = "zero", fields: Sequence[str] = FIELDS) -> Graph:
    """A new graph document whose annotations are the engine's own; earlier ones are replaced, sources stay.

    `kinks` names the convention at points without a derivative and is stated in the result if any op has a kink.
    A graph without objective (a tensor output without seed, and no gradients asked) gets values only.
    Raises DocumentError if a leaf has no value.
    """
    made = plan_of(flatten(graph, every_gate=True))
    values = forward_pass(made, leaf_numbers(made))
    writing = _Writing(graph, made)
    if "value" in fields:
        writing.values(values)
    wanted = [name for name in fields if name != "value"]
    if wanted and (has_objective(made) or wanted != list(FIELDS[1:])):
        writing.gradients(values, wanted, kinks)
    kinked = any(rule is not None and rule.can_tie for rule in made.rules)
    rows = [_in_order(row) for row in writing.rows]
    groups, named = writing.groups or None, kinks if kinked else None
    return graph.with_nodes(rows, structure=graph.structure, rounding=None, kinks=named, groups=groups)


class _Writing:
    """The rows of the document, without annotations at first; numbers come from the plan by id."""

    def __init__(self, graph: Graph, plan: Plan) -> None:
        self.plan = plan
        self.rows = [_bare(node) for node in graph.nodes]
        self.by_id = {row["id"]: cast(dict[str, Any], row) for row in self.rows}
        self.groups = [cast(Group, {k: v for k, v in group.items() if k != "local"}) for group in graph.groups or ()]

    def values(self, values: Sequence[Number]) -> None:
        """Every value of a gate."""
        for i in self.plan.gates:
            row = self.by_id.get(self.plan.ids[i])
            if row is not None:
                row["value"] = written(values[i], self.plan.dtypes[i])

    def gradients(self, values: Sequence[Number], fields: Sequence[str], kinks: str) -> None:
        """Every gradient; `fields` says which kinds."""
        plan = self.plan
        passed = backward_pass(plan, values, seed_numbers(plan), kinks)
        calls = {gate.id for gate in plan.collapsed}
        for i, name in enumerate(plan.ids):
            row = self.by_id.get(name)
            if row is None:
                continue
            if "grad" in fields and plan.trained[i]:
                row["grad"] = written(passed.grads[i] + 0.0)  # + 0.0: the sign of a zero gradient says nothing
            # What a call sends stands at its entrances, and a tuple, which get reads, has no gradient of its own.
            if name not in calls and row["op"] != "get":
                self._slots(row, passed.local[i], passed.downstream[i], fields)
        for gate in plan.collapsed:
            self._collapsed(gate, values, passed, fields, kinks)

    def _collapsed(self, gate: Gate, values: Sequence[Number], passed: Pass, fields: Sequence[str], kinks: str) -> None:
        """What a call or a group sends to its operands, and its local gradients where its members work entrywise."""
        plan = self.plan
        entrances = [i if plan.trained[plan.operands[i][0]] else None for i in gate.entrances]
        sent = tuple(None if i is None else passed.grads[i] for i in entrances)
        rules = [plan.rules[i] for i in gate.members]
        local: tuple[Number | None, ...] = ()
        if "local" in fields and all(rule is None or rule.elementwise for rule in rules):
            # Toward a scalar the gate's local gradient has an entry for each of the result: a pass has only their sum.
            exit_ = plan.shapes[gate.exit]
            local = tuple(
                None if i is None or plan.shapes[i] != exit_ else number
                for i, number in zip(entrances, local_of(plan, values, gate, kinks), strict=True)
            )
        if gate.id in self.by_id:
            self._slots(self.by_id[gate.id], local, sent, fields)
            return
        for group in self.groups:
            if group["id"] == gate.id and any(number is not None for number in local):
                group["local"] = _entries(local)

    def _slots(
        self,
        row: dict[str, Any],
        local: tuple[Number | None, ...],
        downstream: tuple[Number | None, ...],
        fields: Sequence[str],
    ) -> None:
        for name, entries in (("local", local), ("downstream", downstream)):
            if name in fields and any(entry is not None for entry in entries):
                row[name] = _entries(entries)


def _entries(numbers: Sequence[Number | None]) -> list[Any]:
    return [None if number is None else written(number + 0.0) for number in numbers]


def _bare(node: Node) -> Node:
    """The node without annotations; the value of a leaf is a source and stays."""
    leaf = node["op"] in LEAVES
    return cast(Node, {key: value for key, value in node.items() if key not in FIELDS or (leaf and key == "value")})


def _in_order(row: Node) -> Node:
    """The fields in the format's order, so that what was written in stands before `ext`."""
    return cast(Node, {name: row[name] for name in Node.__annotations__ if name in row})


def written(number: Number, dtype: str = "float64") -> Any:
    """A computed number as a document writes it: bit-exact, -0 and non-finite numbers included; truth as truth."""
    entry_of = bool if dtype == "bool" else _scalar
    if isinstance(number, np.ndarray):
        array = cast(Array, number)
        return write(array.shape, [entry_of(entry) for entry in array.ravel().tolist()])
    return entry_of(float(number))


def _scalar(number: float) -> int | float | str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0 and math.copysign(1, number) < 0:
        return "-0x0p+0"
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
