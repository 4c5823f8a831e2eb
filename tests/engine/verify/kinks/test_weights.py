"""Guards, and the one choice that a gate makes at a tie: what it yields is right, all else is wrong."""

from typing import Any

import numpy as np
import pytest
from flint import fmpq

import chainrule as cr
from chainrule.engine.numbers.intervals import Interval
from chainrule.engine.plan import plan
from chainrule.engine.verify.kinks.guards import Guard, open_guards, signature
from chainrule.engine.verify.kinks.weights import Weights
from chainrule.engine.verify.states import States
from chainrule.schema import Graph

from ..kinked import Judged, judged

# --- guards ----------------------------------------------------------------------------------------------------------


def states(expression: str, **values: Any) -> States:
    return States(plan(cr.parse(expression, values)), [])


def test_the_signature_has_a_sign_for_every_guard() -> None:
    found = signature(states("relu(x) + abs(y) + maximum(x, z)", x=0, y=-2, z=-1).truth.at(128).values)
    assert list(found.values()) == [(0,), (-1,), (1,)]


def test_a_guard_that_no_precision_tells_from_0_is_near() -> None:
    truth = states("relu(exp(log(x)) - x)", x=3).truth.at(1300)
    [guard] = open_guards(truth.values)
    assert guard.near
    assert list(signature(truth.values).values()) == [(None,)]


def test_a_wire_tied_with_itself_is_no_kink() -> None:
    truth = states("maximum(x, x)", x=3).truth.at(128)
    assert open_guards(truth.values) == []
    assert open_guards(truth.values, alone=True) == [Guard(1, 0, near=False)]


# --- one choice a gate -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "values", "right", "wrong"),
    [
        ("maximum(a, b)", {"a": 1, "b": 1}, {"a": 0.25, "b": 0.75}, {"a": 1.0, "b": 1.0}),
        ("minimum(a, b)", {"a": 1, "b": 1}, {"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 0.0}),
        ("maximum(2*a, 3*b)", {"a": 3, "b": 2}, {"a": 2.0, "b": 0.0}, {"a": 2.0, "b": 3.0}),
        ("maximum(x, 2*x)", {"x": 0}, {"x": 1.5}, {"x": 3.0}),
        ("maximum(2*x, x + x)", {"x": 1}, {"x": 2.0}, {"x": 3.0}),
        ("relu(x) - relu(x)*2", {"x": 0}, {"x": -0.5}, {"x": 2.0}),
        ("relu(maximum(a, b))", {"a": 0, "b": 0}, {"a": 0.5, "b": 0.25}, {"a": 0.75, "b": 0.75}),
        ("abs(a - b)", {"a": 1, "b": 1}, {"a": 0.5, "b": -0.5}, {"a": 0.5, "b": 0.5}),
    ],
)
def test_what_one_choice_yields_is_proved_and_what_none_yields_is_refuted(
    expression: str, values: dict[str, int], right: dict[str, float], wrong: dict[str, float]
) -> None:
    found = judged(expression, right, **values)
    assert {found.verdicts(wire) for wire in right} == {("proved", "proved")}
    found = judged(expression, wrong, **values)
    assert {found.verdicts(wire) for wire in wrong} == {("refuted", "refuted")}


def test_a_stated_weight_binds_the_other_slot() -> None:
    graph = cr.parse("f = maximum(a, b)", a=1, b=1)
    for other, expected in ((0.75, "proved"), (0.5, "refuted")):
        rows: list[Any] = [dict(row) for row in graph.nodes]
        rows[2]["local"] = [0.25, other]
        found = Judged(graph.with_nodes(rows))
        assert found.verdicts("local:f#0") == found.verdicts("local:f#1") == (expected, expected)


def test_what_a_gate_sends_is_one_choice_too() -> None:
    graph = cr.parse("f = maximum(a, b)", a=1, b=1)
    for other, expected in ((0.75, "proved"), (1.0, "refuted")):
        rows: list[Any] = [dict(row) for row in graph.nodes]
        rows[2]["downstream"] = [0.25, other]
        found = Judged(graph.with_nodes(rows))
        assert found.verdicts("downstream:f#1") == (expected, expected)


def test_the_weights_of_a_wire_tied_with_itself_still_add_up_to_1() -> None:
    graph = cr.parse("f = maximum(x, x)", x=1)
    rows: list[Any] = [dict(row) for row in graph.nodes]
    rows[1]["local"] = [1.0, 1.0]
    found = Judged(graph.with_nodes(rows))
    assert found.verdicts("local:f#0")[0] == "refuted"


def test_one_wrong_claim_does_not_drag_down_the_other_slot() -> None:
    found = judged("maximum(a, b)", {"a": 1.5, "b": 0.5}, a=1, b=1)
    assert found.verdicts("a") == ("refuted", "refuted")
    assert found.verdicts("b") == ("proved", "proved")


def test_gates_that_meet_on_a_wire_are_solved_together() -> None:
    claims = {"m.grad": 1.0, "a": 0.5, "b": 0.5, "c": 0.75}
    values = {"a": 1, "b": 1, "c": 1}
    text = "m = maximum(a, b); f = m + maximum(b, c)"
    found = judged(text, claims, **values)
    assert found.verdicts("c")[0] == "refuted"
    found = judged(text, {**claims, "b": 0.75}, **values)
    assert found.verdicts("c") == found.verdicts("b") == ("proved", "proved")


def test_every_entry_of_a_tensor_has_its_own_choice() -> None:
    graph = cr.parse("f = relu(x)", x=[0, 0, 0, 1])
    rows: list[Any] = [dict(row) for row in graph.nodes]
    rows[0]["grad"] = [0.0, 0.5, 1.5, 1.0]
    seeded = Graph.build(nodes=rows, outputs=[{"node": "f", "seed": [1, 1, 1, 1]}])
    found = Judged(seeded)["x"]
    assert found.local.refuted() == found.overall.refuted() == [2]
    assert found.overall.counts == {"proved": 3, "refuted": 1}


def test_an_upstream_gradient_stated_wrongly_is_the_fault_and_not_the_choice() -> None:
    found = judged("m = maximum(a, b); f = m*3", {"m": 4.0, "a": 4.0, "b": 0.0}, a=1, b=1)
    assert found.verdicts("m") == ("refuted", "refuted")
    assert found.verdicts("a") == ("proved", "refuted")
    assert "carried-error" in found.reasons("a")


def test_a_form_is_exact_in_the_weights() -> None:
    truth = states("maximum(x, 2*x)", x=0).truth.at(128)
    weights = Weights(truth.gradients)
    [finding] = judged("maximum(x, 2*x)", {"x": 1.0}, x=0).findings.values()
    form = weights.form(finding, 0)
    assert form is not None
    assert form.constant == Interval(fmpq(2), fmpq(2))
    assert list(form.weights.values()) == [fmpq(-1)]


# --- printed digits, narrow dtypes, near ties ------------------------------------------------------------------------


def test_printed_digits_are_sets_at_ties_too() -> None:
    found = judged("maximum(a, b)", {"a": "0.3", "b": "0.7"}, a=1, b=1)
    assert found.verdicts("a") == found.verdicts("b") == ("proved", "proved")
    found = judged("maximum(a, b)", {"a": "0.3", "b": "0.9"}, a=1, b=1)
    assert found.verdicts("a") == found.verdicts("b") == ("refuted", "refuted")


def test_a_printed_0_says_nothing_where_the_set_has_no_0() -> None:
    found = judged("maximum(x, 2*x) / 4", {"x": "0"}, x=0)
    assert found.verdicts("x") == ("undecided", "undecided")
    assert "uninformative" in found.reasons("x")


def test_a_share_that_float32_cannot_hold_is_right_within_its_rounding() -> None:
    graph = cr.parse("maximum(a, b)", {"a": 1, "b": 1}, dtype="float32")
    rows: list[Any] = [dict(row) for row in graph.nodes]
    third = float(np.float32(1) / np.float32(3))
    rows[0]["grad"], rows[1]["grad"] = third, float(np.float32(2) / np.float32(3))
    found = Judged(graph.with_nodes(rows))
    assert {found.verdicts(wire) for wire in "ab"} <= {(v, w) for v in GOOD for w in GOOD}


GOOD = ("proved", "consistent")


def test_near_a_kink_both_branches_are_admitted_and_nothing_is_proved() -> None:
    found = judged("relu(exp(log(x)) - x + y)", {"y": 0.5}, x=3, y=0)
    assert found.verdicts("y") == ("consistent", "consistent")
    assert "near-kink" in found.reasons("y")
    assert judged("relu(exp(log(x)) - x + y)", {"y": 1.5}, x=3, y=0).verdicts("y") == ("refuted", "refuted")


def test_a_guard_that_more_precision_decides_is_no_kink() -> None:
    found = judged("relu(exp(x) - 1 - x)", {"x": 0.5}, x=1e-30)  # x²/2, below 2^-128 of its terms
    assert found.kinks.guards == ()
    assert "proved" not in found.verdicts("x")
    assert "near-kink" not in found.reasons("x")


# --- conventions and policies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "claimed", "follows"),
    [
        ("relu(x)", 0.0, ("zero", "torch", "jax", "first")),
        ("relu(x)", 0.5, ("split",)),
        ("relu(x)", 0.25, ()),
        ("abs(x)", 1.0, ("jax",)),
        ("maximum(x, 0)", 0.5, ("zero", "torch", "jax", "split")),
        ("maximum(x, 0)", 1.0, ("first",)),
        ("minimum(x, 0)", 1.0, ("first",)),
    ],
)
def test_the_conventions_that_a_claim_follows_are_named(
    expression: str, claimed: float, follows: tuple[str, ...]
) -> None:
    assert judged(expression, {"x": claimed}, x=0).follows("x") == follows


def test_a_document_written_under_a_convention_follows_it() -> None:
    for name in ("zero", "torch", "jax", "first", "split"):
        graph = cr.annotate(cr.parse("f = relu(a) + abs(b) + maximum(a, b)", a=0, b=0), kinks=name)
        found = Judged(graph)
        assert all(name in standing.follows for standing in found.kinks.standings.values())


@pytest.mark.parametrize(
    ("claimed", "policy", "expected", "reason"),
    [
        (0.0, "convention:torch", ("proved", "proved"), "kink-admissible"),
        (0.5, "convention:torch", ("proved", "consistent"), "kink-admissible"),
        (1.5, "convention:torch", ("refuted", "refuted"), "kink-inadmissible"),
        (0.5, "clarke", ("proved", "proved"), "kink-admissible"),
        (0.5, "unique-only", ("undecided", "undecided"), "no-derivative"),
        (1.5, "unique-only", ("refuted", "refuted"), "kink-inadmissible"),
    ],
)
def test_the_policy_says_which_elements_count(
    claimed: float, policy: str, expected: tuple[str, str], reason: str
) -> None:
    found = judged("relu(x)", {"x": claimed}, policy, x=0)
    assert found.verdicts("x") == expected
    assert reason in found.reasons("x")
