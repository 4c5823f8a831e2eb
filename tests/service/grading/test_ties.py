"""Ties: what no choice of branches allows is wrong, even where each number by itself could be."""

import pytest

from .sheets import exam, grade
from .test_vectors import graph, states

ROUTER = graph("m = maximum(x, y); f = m * z", {"x": "1", "y": "1", "z": "2"})
TWO_RELUS = graph("p = relu(x); n = neg(x); q = relu(n); f = p - q", {"x": "0"})


@pytest.mark.parametrize(
    ("x", "y", "state"),
    [("2", "0", "correct"), ("1", "1", "correct"), ("1.5", "0.5", "correct"), ("2", "2", "wrong"), ("0", "0", "wrong")],
)
def test_the_shares_of_a_router_add_up_to_one_and_the_later_number_is_refuted(x: str, y: str, state: str) -> None:
    claims = {"value:m": "1", "value:f": "2", "grad:f": "1", "grad:m": "2", "grad:z": "1", "grad:x": x, "grad:y": y}
    found = grade(exam(ROUTER, {"min_decimals": None}), claims)
    got = states(found)
    assert sorted([got["grad:x"], got["grad:y"]]) == sorted(["correct", state])
    if state == "wrong":
        wrong = next(one.worst for one in found.slots if one.state == "wrong")
        assert wrong.judged.reasons == ("kink-inadmissible",)


@pytest.mark.parametrize(("x", "state"), [("1", "correct"), ("0", "wrong"), ("0.5", "wrong"), ("2", "wrong")])
def test_several_tied_gates_have_a_set_and_not_the_hull(x: str, state: str) -> None:
    claims = {
        "value:p": "0", "value:n": "0", "value:q": "0", "value:f": "0",
        "grad:f": "1", "grad:p": "1", "grad:q": "-1", "grad:n": "0", "grad:x": x,
    }  # fmt: skip
    assert states(grade(exam(TWO_RELUS, {"min_decimals": None}), claims))["grad:x"] == state


def test_one_tied_gate_admits_every_slope_between_its_two() -> None:
    one = exam(graph("r = relu(x); f = r * y", {"x": "0", "y": "3"}), {"min_decimals": 2})
    for text, state in (("0.00", "correct"), ("1.50", "correct"), ("3.00", "correct"), ("4.00", "wrong")):
        claims = {"value:r": "0", "value:f": "0", "grad:f": "1", "grad:r": "3", "grad:y": "0", "grad:x": text}
        assert states(grade(one, claims))["grad:x"] == state
