"""Assignments on the student's own graph: any circuit of the function that was asked for (grading.md 27).

Whether it is that function is decided at seeded points in ball arithmetic, the assignment's own point first; its
numbers are then judged on the graph that was handed in, under the policy of the assignment.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import orjson

from ...engine.numbers.intervals import Interval
from ...engine.printed.circuit import Cell, Circuit
from ...engine.printed.truths import Truths
from ...schema import Assignment, DocumentError, Graph, dump, graph_digest, read
from .digits import rounded
from .exam import Exam, with_values

#: Points at which two functions must agree, and draws that find them inside both domains.
POINTS, MOST_DRAWS = 8, 64

#: Leaves that are numbers of the task.
_LEAVES = ("input", "param")

Point = Mapping[str, str]


class Differs(Exception):
    """The graph is not one of the assignment's function; the message says where."""


def own_exam(assignment: Assignment, handed: Graph) -> Exam:
    """The assignment on the student's graph; `Differs` where that is the graph of something else."""
    task = assignment.circuit
    bare = _bare(handed, task)
    points = tuple(_agreeing(task, bare))
    fields = {**assignment.written(), "graph": orjson.loads(dump(bare)), "slots": _slots(assignment, bare)}
    fields = {name: value for name, value in fields.items() if name not in ("mode", "given", "variants")}
    found = read(orjson.dumps(fields), kind="assignment")
    assert isinstance(found, Assignment)
    exam = Exam(found)
    exam.stands_for(assignment, [", ".join(f"{name} = {text}" for name, text in point.items()) for point in points])
    return exam


def _bare(handed: Graph, task: Graph) -> Graph:
    """The student's graph without claims, on the inputs of the assignment."""
    values = {row["id"]: row.get("value") for row in task.nodes if row["op"] in _LEAVES}
    own = {row["id"] for row in handed.nodes if row["op"] in _LEAVES}
    if own - values.keys():
        raise Differs(f"{', '.join(sorted(own - values.keys()))}: the assignment has no such input")
    if len(handed.outputs) != len(task.outputs):
        raise Differs(f"the circuit has {len(handed.outputs)} outputs; the assignment has {len(task.outputs)}")
    rows: list[Any] = []
    for row in handed.nodes:
        kept = {name: value for name, value in row.items() if name in ("id", "op", "inputs", "attrs", "label", "dtype")}
        if row["op"] == "const":
            kept["value"] = row.get("value")
        elif row["op"] in _LEAVES:
            kept["value"] = values[row["id"]]
        rows.append(kept)
    return handed.with_nodes(rows)


def _slots(assignment: Assignment, graph: Graph) -> list[Any]:
    """What is asked for, as far as the student's graph has it: wildcards, and nodes of the same name."""
    names = {row["id"] for row in graph.nodes}
    entries: list[Any] = assignment.written().get("slots", [])
    return [entry for entry in entries if _node(entry["slot"]) in names | {"*"}]


def _node(address: str) -> str:
    return address.partition(":")[2].partition("#")[0].partition("[")[0]


def _agreeing(task: Graph, own: Graph) -> Iterator[Point]:
    """The points at which both graphs give the same; `Differs` at the first at which they do not."""
    found = 0
    for point in _points(task):
        right, given = _outputs(task, point), _outputs(own, point)
        if any(number is None for number in right):
            continue
        for number, other in zip(right, given, strict=True):
            _compare(point, number, other)
        yield point
        found += 1
        if found == POINTS:
            return


def _compare(point: Point, right: Interval | None, given: Interval | None) -> None:
    if right is None or (given is not None and right.gap(given) == 0):
        return
    where = ", ".join(f"{name} = {text}" for name, text in point.items())
    says = "no finite number" if given is None else rounded(given.low, up=False, digits=6)
    raise Differs(f"at {where} the circuit gives {says}; the assignment's function is another number there")


def _points(task: Graph) -> Iterator[Point]:
    """The assignment's own inputs, then seeded ones near them, where its function is likely to be defined."""
    leaves = {row["id"]: row.get("value") for row in task.nodes if row["op"] in _LEAVES}
    scalars = {name: value for name, value in leaves.items() if isinstance(value, int | float | str)}
    yield {name: str(value) for name, value in scalars.items()}
    dice = random.Random(graph_digest(task))
    for _ in range(MOST_DRAWS):
        yield {name: _near(Fraction(str(value)), dice) for name, value in scalars.items()}


def _near(value: Fraction, dice: random.Random) -> str:
    """A dyadic number of the same sign that is up to half as far away again."""
    share = Fraction(dice.randint(-32, 32), 64)
    return str(float(round((value + share * (abs(value) or 1)) * 1024) / 1024))


def _outputs(graph: Graph, point: Point) -> list[Interval | None]:
    try:
        circuit = Circuit(with_values(graph, point))
    except DocumentError:
        return [None for _ in graph.outputs]
    truths = Truths(circuit)
    return [
        truths.of(Cell("value", wire, None, entry))
        for wire in circuit.plan.outputs
        for entry in range(circuit.size(wire))
    ]
