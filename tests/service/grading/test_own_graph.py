"""The student's own graph: any circuit of the function is graded on its own numbers, another function is told apart."""

import json
from typing import Any

import chainrule as cr
from chainrule.service.cli import main

from .test_vectors import graph

TASK = {
    "chainrule": "1.0", "kind": "assignment", "id": "own", "mode": "own",
    "graph": graph("q = x + y; f = q * z", {"x": "-2", "y": "5", "z": "-4"}),
    "slots": [{"slot": "value:*"}, {"slot": "grad:*", "points": 2}, {"slot": "grad:q", "points": 1}],
}  # fmt: skip


def handed(text: str, claims: dict[str, dict[str, str]], values: dict[str, str] | None = None) -> dict[str, Any]:
    """A graph that a student made, with numbers in it."""
    made = graph(text, values or {"x": "-2", "y": "5", "z": "-4"})
    rows = [{**row, **claims.get(row["id"], {})} for row in made["nodes"]]
    return {**made, "nodes": rows}


#: f = x·z + y·z, with all its numbers.
EXPANDED = {
    "a": {"value": "8", "grad": "1"}, "b": {"value": "-20", "grad": "1"}, "f": {"value": "-12", "grad": "1"},
    "x": {"grad": "-4"}, "y": {"grad": "-4"}, "z": {"grad": "3"},
}  # fmt: skip


def states(found: Any) -> dict[str, str]:
    return {slot["slot"]: slot["state"] for slot in found.slots or ()}


def test_another_circuit_of_the_function_earns_full_marks_on_its_own_numbers() -> None:
    found = cr.grade(TASK, handed("a = x * z; b = y * z; f = a + b", EXPANDED))
    assert set(states(found).values()) == {"correct"}
    assert found.score["percent"] == "100.00000"
    told = next(message for message in found.messages if message["code"] == "own-graph")
    assert told["args"]["count"] == 8
    assert told["args"]["list"][0] == "x = -2, y = 5, z = -4"


def test_a_mistake_in_it_is_found_by_the_rule_and_named() -> None:
    wrong = {**EXPANDED, "z": {"grad": "-2"}}
    found = cr.grade(TASK, handed("a = x * z; b = y * z; f = a + b", wrong))
    assert states(found)["grad:z"] == "wrong"
    slot = next(slot for slot in found.slots if slot["slot"] == "grad:z")
    assert {code for one in slot["diagnosis"]["classes"] for code in one["codes"]} & {
        "missing-branches",
        "last-write-wins",
    }


def test_a_circuit_of_another_function_is_not_graded_and_the_point_is_named() -> None:
    found = cr.grade(TASK, handed("a = x * z; f = a + y", {"f": {"value": "13"}}))
    assert not found.gradable
    assert found.problems[0]["code"] == "grade.function-differs"
    assert "x = -2, y = 5, z = -4" in found.problems[0]["message"]


def test_a_function_that_agrees_at_the_task_s_own_point_alone_is_told_apart() -> None:
    found = cr.grade(TASK, handed("a = x * z; b = y * z; c = a + b; d = x + 2; f = c + d", EXPANDED))
    assert found.problems[0]["code"] == "grade.function-differs"


def test_other_inputs_answers_without_a_graph_and_a_second_grade_are_refused(tmp_path: Any, capsys: Any) -> None:
    found = cr.grade(TASK, handed("f = w * z", {}, {"w": "3", "z": "-4"}))
    assert "w: the assignment has no such input" in found.problems[0]["message"]
    assert not cr.grade(TASK, json.dumps({"answers": {"grad:x": "-4"}}).encode()).gradable
    good = cr.grade(TASK, handed("a = x * z; b = y * z; f = a + b", EXPANDED))
    for name, document in (("task", json.dumps(TASK).encode()), ("grade", cr.dump(good))):
        (tmp_path / f"{name}.cr.json").write_bytes(document)
    paths = [str(tmp_path / f"{name}.cr.json") for name in ("grade", "task")]
    assert main(["regrade", paths[0], "--assignment", paths[1]]) == 2
    assert "grade the graph again" in capsys.readouterr().err
