"""Simulated classes: no honest number is refuted, and mistakes are found as often as the design promises (24.3)."""

import random

import pytest

import chainrule as cr

from .circuits import draw
from .sheets import exam, grade
from .simulation import Tally, honest, table, with_mistakes, with_random_numbers
from .students import HABITS

#: Circuits of the slow suite. Honest sheets of 8,300 circuits hold more than 100,000 numbers a habit.
HONEST, MISTAKEN, RANDOM = 8_300, 4_000, 3_000


def test_no_honest_number_of_a_small_class_is_refuted() -> None:
    assert honest(25, 7).refuted == []


def test_no_honest_number_of_a_thin_sheet_is_refuted() -> None:
    assert honest(12, 8, left_out=0.5).refuted == []
    assert honest(12, 9, left_out=1.0).refuted == []


def _repr(number: float | str) -> str:
    """A number as Python prints it; documents write -0 in hexadecimal."""
    return repr(float.fromhex(number) + 0.0 if isinstance(number, str) else float(number) + 0.0)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_a_program_prints_is_not_refuted(dtype: str) -> None:
    dice = random.Random(17)
    for _ in range(25):
        circuit = draw(dice).document()
        typed = circuit if dtype == "float64" else {**circuit, "dtype": dtype}
        graph = cr.annotate(typed)
        claims = {
            f"{field}:{node['id']}": _repr(node[field])
            for node in graph.nodes
            for field in ("value", "grad")
            if field in node and (field == "grad" or "inputs" in node) and node["op"] != "const"
        }
        found = grade(exam(circuit, {}), claims)
        assert {verdicts.local for verdicts in found.cells.values()} <= {"proved", "consistent", "undecided"}


def test_the_table_names_every_bar() -> None:
    shown = table(with_mistakes(5, 3))
    assert shown.count("<=") + shown.count(">=") > 15


def test_most_mistakes_of_a_small_class_are_found() -> None:
    tally = with_mistakes(40, 5)
    found = sum(tally.of("mistake", digits, "refuted") for digits in ("1", "2", "3", "4", "calculator", "sigfigs"))
    total = sum(tally.of("mistake", digits) for digits in ("1", "2", "3", "4", "calculator", "sigfigs"))
    assert found > 0.8 * total > 50
    assert tally.of("innocent", "refuted") == 0


@pytest.mark.slow
def test_no_honest_number_is_refuted() -> None:
    tally = honest(HONEST, 101)
    assert tally.refuted == []
    for habit in HABITS:
        assert tally.of("honest", habit) >= 100_000
        bar = 0.5 if habit == "steps" else 0.1
        assert tally.share(("honest", habit, "undecided"), ("honest", habit)) <= bar


@pytest.mark.slow
@pytest.mark.parametrize("left_out", [0.5, 1.0])
def test_no_honest_number_of_thin_sheets_is_refuted(left_out: float) -> None:
    assert honest(1_500, 103, left_out).refuted == []


@pytest.fixture(scope="module")
def mistaken() -> Tally:
    return with_mistakes(MISTAKEN, 201)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("digits", "silent", "undecided"),
    [("1", 7, 10), ("2", 2, 3), ("3", 0.8, 1), ("4", 0.5, 0.5), ("calculator", 0.8, 100), ("sigfigs", 6, 100)],
)
def test_mistakes_are_seen(mistaken: Tally, digits: str, silent: float, undecided: float) -> None:
    assert mistaken.share(("mistake", digits, "silent"), ("mistake", digits)) <= silent
    assert mistaken.share(("mistake", digits, "undecided"), ("mistake", digits)) <= undecided


@pytest.mark.slow
def test_innocent_numbers_stay_innocent_and_causes_are_named_rightly(mistaken: Tally) -> None:
    assert mistaken.of("innocent", "refuted") * 100_000 <= 2 * mistaken.of("innocent")
    assert mistaken.share(("diagnosed", "formula", "in set"), ("diagnosed", "formula")) >= 98
    assert mistaken.share(("diagnosed", "one class"), ("diagnosed",)) >= 70
    assert mistaken.share(("diagnosed", "named"), ("diagnosed",)) >= 62
    assert mistaken.share(("diagnosed", "named wrong"), ("diagnosed",)) <= 0.1


@pytest.mark.slow
def test_random_numbers_are_seldom_named() -> None:
    tally = with_random_numbers(RANDOM, 301)
    assert 100 * (tally.of("random", "unique") + tally.of("random", "family")) <= tally.of("random")
