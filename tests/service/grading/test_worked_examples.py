"""What people published, graded: no right number is refuted, and the published mistakes get their names."""

import json
from pathlib import Path
from typing import Any

import pytest

import chainrule as cr
from chainrule.service.grading.grading import Graded
from chainrule.service.grading.grading import graded as graded_submission
from chainrule.service.grading.reading.carriers import read_submission

from .sheets import exam, grade

FOLDER = Path(__file__).parents[3] / "fixtures" / "worked"
CASES = [path for path in sorted(FOLDER.glob("*.case.json")) if json.loads(path.read_text("utf-8"))["claims"]]


def case(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def graded(one: dict[str, Any]) -> Graded:
    """The published numbers as a sheet; nobody asked for a number of digits."""
    circuit = json.loads((FOLDER / one["document"]).read_text("utf-8"))
    claims = {}
    for row in circuit["nodes"]:
        leaf = row["op"] in ("input", "param", "const")
        for field in ("value", "grad"):
            if field in row and not (leaf and field == "value"):
                written = row.pop(field)
                claims[f"{field}:{row['id']}"] = written if isinstance(written, str) else f"{written:.1f}"
    asked = [{"slot": address} for address in claims]
    return grade(exam(circuit, {"min_decimals": None}, asked, work=None), claims)


def roots(found: Graded) -> set[str]:
    return {found.exam.circuit.name(cell) for cell in found.roots}


def refuted(one: dict[str, Any]) -> set[str]:
    """The numbers that do not follow from those beside them."""
    claims = one["claims"].items()
    return {f"{a.split('.')[1]}:{a.split('.')[0]}" for a, claim in claims if claim["local"] == ["refuted"]}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_only_what_is_wrong_by_itself_is_a_root(path: Path) -> None:
    one = case(path)
    found = graded(one)
    assert roots(found) <= refuted(one)
    wrong = {place for place in refuted(one) if one["kind"] == "known_wrong"}
    assert wrong <= roots(found)


def codes(found: Graded, address: str) -> set[str]:
    diagnosis = next(slot.worst.diagnosis for slot in found.slots if slot.slot.address == address)
    assert diagnosis is not None
    return {code for one in diagnosis.classes for code in one.codes}


def test_the_exam_key_with_the_output_in_the_place_of_the_input_is_told() -> None:
    found = graded(case(FOLDER / "exam-guide-sigmoid.case.json"))
    assert roots(found) == {"grad:r"}
    assert "out-for-in" in codes(found, "grad:r")
    assert {slot.state for slot in found.slots if slot.slot.address in ("grad:q", "grad:p", "grad:z")} == {"carried"}


def test_the_decimal_point_that_moved_in_a_copy_is_told() -> None:
    found = graded(case(FOLDER / "mazur-transcription-typos.case.json"))
    assert "grad:outh1" in roots(found)
    assert codes(found, "grad:outh1") == {"decimal-slip"}
    assert next(slot.state for slot in found.slots if slot.slot.address == "grad:outh1") == "slip"


#: What published mistakes are: example -> number -> (code, state).
PUBLISHED = {
    "exam-guide-sigmoid (published wrong)": {"r": ("out-for-in", "wrong")},
    "mazur-transcription-typos": {"outh1": ("decimal-slip", "slip"), "outo1": ("decimal-slip", "slip")},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_mistakes_get_their_names_from_the_digits_as_they_were_printed(name: str) -> None:
    examples = json.loads((FOLDER / "worked_examples.json").read_text("utf-8"))
    one = next(example for example in examples if example["name"] == name)
    circuit = json.loads(cr.dump(cr.parse("\n".join(one["steps"]), one["inputs"], output=one["output"])))
    for wire, (code, state) in PUBLISHED[name].items():
        # The two slips of the transcriptions stood in two copies.
        copied = {wire: one["printed_grads"][wire]} if state == "slip" else one["printed_grads"]
        answers = {f"grad:{name}": text for name, text in copied.items()}
        answers |= {f"value:{name}": text for name, text in one["printed_values"].items()}
        task = exam(circuit, {"min_decimals": None}, [{"slot": address} for address in answers], work=None)
        found = graded_submission(task, read_submission(task, json.dumps({"answers": answers}).encode()))
        assert code in codes(found, f"grad:{wire}")
        assert next(slot.state for slot in found.slots if slot.slot.address == f"grad:{wire}") == state


def test_the_transposed_gradient_of_the_lecture_s_matrix_gets_its_name() -> None:
    """f = ||Wx||², with dW = x·dqᵀ in place of dq·xᵀ, in the numbers that the lecture prints."""
    examples = json.loads((FOLDER / "worked_examples.json").read_text("utf-8"))
    one = next(example for example in examples if example["name"] == "cs231n-vectorised-l2")
    printed, leaves = one["printed_grads"], one["inputs"]
    nodes = [
        {"id": "W", "op": "input", "value": [[float(leaves[f"W{i}{k}"]) for k in "01"] for i in "01"]},
        {"id": "x", "op": "input", "value": [[float(leaves["x0"])], [float(leaves["x1"])]]},
        {"id": "q", "op": "matmul", "inputs": ["W", "x"]},
        {"id": "s", "op": "square", "inputs": ["q"]},
        {"id": "f", "op": "reduce_sum", "inputs": ["s"]},
    ]
    circuit = {"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}, "nodes": nodes, "outputs": [{"node": "f"}]}
    task = exam(circuit, {"min_decimals": 3}, [{"slot": "grad:q"}, {"slot": "grad:W"}])
    right = [[printed["W00"], printed["W01"]], [printed["W10"], printed["W11"]]]
    for rows, state in ((right, "correct"), ([list(column) for column in zip(*right, strict=True)], "wrong")):
        answers = {"grad:q": [["0.440"], ["0.520"]], "grad:W": rows}
        found = graded_submission(task, read_submission(task, json.dumps({"answers": answers}).encode()))
        (dw,) = (slot for slot in found.slots if slot.slot.address == "grad:W")
        assert dw.state == state
    assert codes(found, "grad:W") == {"transposed-result"}
    assert dw.worst.diagnosis is not None
    assert dw.worst.diagnosis.is_named
