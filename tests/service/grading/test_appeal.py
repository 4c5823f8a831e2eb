"""Appeals: how a number was judged, line by line; the circuit of a grade; reasons that verification does not have."""

import json
from pathlib import Path

import pytest

import chainrule as cr
from chainrule.service.cli import main

from .sheets import exam, grade
from .test_grades import ASSIGNMENT, MISTAKES
from .test_vectors import graph


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    path = tmp_path / "grade.cr.json"
    path.write_bytes(cr.dump(cr.grade(ASSIGNMENT, MISTAKES, by="s1")))
    return path


def explained(capsys: pytest.CaptureFixture[str], graded: Path, slot: str) -> str:
    assert main(["explain", str(graded), "--slot", slot, "--assignment", str(ASSIGNMENT)]) == 0
    return capsys.readouterr().out


def test_a_wrong_number_is_explained_from_its_neighbours(capsys: pytest.CaptureFixture[str], graded: Path) -> None:
    told = explained(capsys, graded, "grad:d")
    assert "you wrote -1.88; digits rounded like these say [-1.885, -1.875]" in told
    assert "local:f#0: [-0.535, -0.525] (you wrote -0.53)" in told
    assert "268 half units of its last digit lie between them: refuted" in told
    assert "state: wrong, 0 of 2 points" in told


def test_a_carried_number_and_an_unreadable_one_are_explained(capsys: pytest.CaptureFixture[str], graded: Path) -> None:
    assert "that meets what you wrote: consistent" in explained(capsys, graded, "grad:x1")
    assert "all of that is what you wrote: proved" in explained(capsys, graded, "value:e")
    assert "nothing was written that could be read" in explained(capsys, graded, "grad:w1")


def test_a_slot_that_is_not_there_and_a_missing_assignment_are_refused(
    capsys: pytest.CaptureFixture[str], graded: Path
) -> None:
    assert main(["explain", str(graded), "--slot", "grad:nope", "--assignment", str(ASSIGNMENT)]) == 2
    assert "it has value:p0" in capsys.readouterr().err
    assert main(["explain", str(graded), "--slot", "grad:d"]) == 2
    assert "--assignment FILE" in capsys.readouterr().err


def test_the_circuit_of_a_grade_is_drawn_with_the_student_s_numbers(tmp_path: Path, graded: Path) -> None:
    picture = tmp_path / "circuit.svg"
    assert main(["draw", str(ASSIGNMENT), "--grade", str(graded), "--out", str(picture)]) == 0
    assert "-1.88" in picture.read_text("utf-8")
    assert main(["draw", "--grade", str(graded)]) == 2


def test_a_grade_of_a_variant_is_explained_and_graded_again_on_its_own_numbers(tmp_path: Path) -> None:
    task = json.loads(ASSIGNMENT.read_bytes())
    answers = {"answers": {"value:p0": "0"}}
    found = cr.grade(ASSIGNMENT, json.dumps(answers).encode(), by="s7", secret=b"0123456789abcdef")
    assert found.variant
    (again,) = cr.regrade([found], json.dumps(task).encode())
    assert again.new.variant == found.variant
    assert not again.changes


def test_a_number_that_only_another_form_gives_says_so() -> None:
    """From the input written as 1.00 the slope may be 0.1964; from the output 0.7313 it is not."""
    slots = [{"slot": "value:x"}, {"slot": "value:s"}, {"slot": "local:s#0"}]
    one = exam(graph("x = exp(y); s = sigmoid(x)", {"y": "0.001"}), {"min_decimals": 2}, slots)
    found = grade(one, {"value:x": "1.00", "value:s": "0.7313", "local:s#0": "0.1964"})
    (slope,) = (slot for slot in found.slots if slot.slot.address == "local:s#0")
    assert slope.state == "rounding-drift"
    assert slope.worst.judged.reasons == ("other-form",)
