"""What people published, graded: no right number is refuted, and the published mistakes get their names."""

import json
from pathlib import Path
from typing import Any

import pytest

from chainrule.service.grading.grading import Graded

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
