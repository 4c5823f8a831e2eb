"""Exercises tried before anybody sees them: mistakes made on purpose, and inputs that show more of them."""

import re
from collections import Counter
from pathlib import Path

import pytest

from chainrule.schema import read
from chainrule.service.grading.exam import Exam, exam_of
from chainrule.service.grading.students import Stumbler
from chainrule.service.grading.suggestion import suggested
from chainrule.service.grading.trials import Trials

from .sheets import exam, grade
from .test_vectors import NEURON, VALUES, graph

ASSIGNMENT = Path(__file__).parents[3] / "fixtures" / "assignments" / "sigmoid-neuron.cr.json"


@pytest.fixture(scope="module")
def neuron() -> Exam:
    return exam(graph(NEURON, VALUES), {"min_decimals": 3})


@pytest.mark.parametrize(("wrong", "text"), [("value:s", "5.000"), ("grad:d", "0.500"), ("grad:x0", "7.000")])
def test_who_stumbles_once_has_one_root_and_all_else_follows(neuron: Exam, wrong: str, text: str) -> None:
    student = Stumbler(neuron)
    (cell,) = [one for one in neuron.slot_of if neuron.circuit.name(one) == wrong]
    claims = {neuron.circuit.name(one): claim.text for one, claim in student.sheet_with(cell, text).items()}
    found = grade(neuron, claims)
    assert found.roots == (cell,)
    assert {one.state for one in found.slots if one.slot.address != wrong} <= {"correct", "carried", "rounding-drift"}


def test_what_does_not_follow_from_the_wrong_number_stays_as_it_was(neuron: Exam) -> None:
    student = Stumbler(neuron)
    (cell,) = [one for one in neuron.slot_of if neuron.circuit.name(one) == "grad:x0"]
    assert [one for one, claim in student.sheet_with(cell, "7.000").items() if claim != student.right[one]] == [cell]


def test_a_suggestion_is_true_of_the_inputs_that_it_names() -> None:
    own = exam_of(read(ASSIGNMENT.read_bytes()))
    told = suggested(own, 0)
    assert told is not None
    assert told == suggested(own, 0)
    values = dict(re.findall(r"(\w+)=([-/\d]+)", told))
    invisible, silent = map(int, re.findall(r"(\d+) (?:mistakes|silent)", told))
    outcomes = Counter(made.outcome for made in Trials(Exam(own.assignment, values)).mistakes())
    assert (outcomes["invisible"], outcomes["silent"]) == (invisible, silent)
    before = Counter(made.outcome for made in Trials(own).mistakes())
    assert (invisible, silent) < (before["invisible"], before["silent"])
