"""The Clarke set of whole graphs: what is no limit of gradients is refuted, what is one is not."""

import random
from copy import copy
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq

import chainrule as cr
from chainrule.engine.plan import plan
from chainrule.engine.verify.kinks.clarke import judge_ties
from chainrule.engine.verify.pipeline import verify_graph
from chainrule.engine.verify.states import States
from chainrule.schema import Graph

from ..documents import document
from ..kinked import Judged, judged
from ..piecewise import Circuit, in_hull

# --- no derivative ---------------------------------------------------------------------------------------------------

IDENTITIES = [
    ("relu(x) - relu(-x)", {"x": 0}, {"x": 1.0}, {"x": 0.0}),
    ("relu(x - y) - relu(y - x)", {"x": 1, "y": 1}, {"x": 1.0, "y": -1.0}, {"x": 0.0, "y": 0.0}),
    ("relu(w*x + b) - relu(-x*w - b)", {"w": 1, "x": 2, "b": -2}, {"w": 2.0, "b": 1.0}, {"w": 0.0, "b": 0.0}),
    ("relu(x/y) - relu(-x/y)", {"x": 0, "y": 2}, {"x": 0.5}, {"x": 0.0}),
    ("relu(sin(x)) - relu(-tanh(x))", {"x": 0}, {"x": 1.0}, {"x": 0.0}),
    ("relu(sin(x*y)) - relu(-sin(y*x))", {"x": 0, "y": 3}, {"x": 3.0}, {"x": 0.0}),
    ("maximum(x, y) + minimum(x, y)", {"x": 2, "y": 2}, {"x": 1.0, "y": 1.0}, {"x": 2.0, "y": 0.0}),
    ("relu(relu(x) - relu(-x)) - relu(-x)", {"x": 0}, {"x": 1.0}, {"x": 0.0}),
    ("relu(-(x**3)) + relu(x) - relu(-x)", {"x": 0}, {"x": 1.0}, {"x": 0.0}),
]


@pytest.mark.parametrize(("expression", "values", "right", "wrong"), IDENTITIES)
def test_what_every_gate_admits_may_still_be_no_derivative(
    expression: str, values: dict[str, float], right: dict[str, float], wrong: dict[str, float]
) -> None:
    found = judged(expression, right, **values)
    assert {found.verdicts(wire) for wire in right} == {("proved", "proved")}
    found = judged(expression, wrong, **values)
    told = [wire for wire in wrong if found.verdicts(wire) == ("consistent", "refuted")]
    assert told
    assert all("not-a-derivative" in found.reasons(wire) for wire in told)


def test_under_a_convention_what_it_yields_is_consistent_although_no_derivative() -> None:
    found = judged("relu(x) - relu(-x)", {"x": 0.0}, "convention:torch", x=0)
    assert found.verdicts("x") == ("consistent", "consistent")
    assert "not-a-derivative" in found.reasons("x")
    found = judged("relu(x) - relu(-x)", {"x": 0.5}, "convention:torch", x=0)
    assert found.verdicts("x") == ("consistent", "refuted")


def test_a_derivative_that_exists_counts_where_only_derivatives_do() -> None:
    assert judged("relu(x) - relu(-x)", {"x": 1.0}, "unique-only", x=0).verdicts("x")[1] == "proved"


def test_what_no_choice_yields_is_inadmissible_and_not_merely_no_derivative() -> None:
    found = judged("relu(x) - relu(-x)", {"x": 3.0}, x=0)
    assert found.verdicts("x") == ("refuted", "refuted")
    assert found.reasons("x") == ["kink-inadmissible"]


def test_a_wire_between_is_judged_as_an_input_of_its_own() -> None:
    found = Judged(cr.annotate(cr.parse("relu(x) - relu(-x)", x=0)))
    assert found.verdicts("neg") == ("proved", "proved")
    assert found.verdicts("x") == ("consistent", "refuted")


# --- directions ------------------------------------------------------------------------------------------------------


def test_patterns_that_no_direction_realises_do_not_count() -> None:
    text, values = "relu(x) + relu(y) + relu(-x - y)", {"x": 0, "y": 0}
    assert judged(text, {"x": -1.0, "y": -1.0}, **values).verdicts("x") == ("proved", "proved")
    # All three guards negative: admitted gate by gate, and the point (0, 0) lies inside the triangle of the limits.
    assert judged(text, {"x": 0.0, "y": 0.0}, **values).verdicts("x") == ("proved", "proved")
    # All three positive would be (0, 0) too; two without the third is a vertex, one and a half of it is outside.
    assert judged(text, {"x": 1.0, "y": -1.0}, **values).verdicts("x")[1] == "refuted"


def test_a_pattern_that_only_a_curve_reaches_is_not_held_against_a_right_claim() -> None:
    # Between y = 0 and y = x² the gradient is (0, 1): no direction leads there, for the linearised guards contradict.
    found = judged("relu(y) - relu(y - square(x))", {"x": 0.0, "y": 1.0}, x=0, y=0)
    assert found.verdicts("y")[1] == "undecided"
    assert "budget" in found.reasons("y")


def test_guards_of_zero_gradient_have_no_say() -> None:
    found = judged("relu(x*y) + relu(x) + relu(square(x))", {"x": 0.5, "y": 0.0}, x=0, y=0)
    assert found.verdicts("x") == found.verdicts("y") == ("proved", "proved")


def test_leaves_are_one_point() -> None:
    text, values = "relu(x) + relu(y) + relu(x + y)", {"x": 0, "y": 0}
    assert judged(text, {"x": 1.0, "y": 0.0}, **values).verdicts("y") == ("proved", "proved")
    assert judged(text, {"x": 0.0, "y": 2.0}, **values).verdicts("y")[1] == "refuted"
    assert judged(text, {"y": 2.0}, **values).verdicts("y") == ("proved", "proved")


def test_where_a_slope_cannot_be_taken_limits_are_sampled() -> None:
    """A guard with a sine in it has no slope here: without directions nothing is decided, with them something is."""
    graph = document("relu(x) - relu(-x)", {"x.grad": 1.0}, x=0)
    made = plan(graph)
    curved = {name: copy(rule) for name, rule in {r.name: r for r in made.rules if r is not None}.items()}
    curved["relu"]._guard = sine_guard
    bent = replace(made, rules=[None if rule is None else curved[rule.name] for rule in made.rules])
    for directions, expected in (([], "undecided"), ([[fmpq(1)], [fmpq(-1, 3)]], "proved")):
        findings = list(verify_graph(graph).claims)
        judge_ties(States(bent, [finding.claim for finding in findings]), findings, directions=directions)
        assert findings[0].overall.verdict.value == expected


def sine_guard(xp: Any, x: Any) -> Any:
    return xp.sin(x)


# --- size ------------------------------------------------------------------------------------------------------------


def fan(count: int, *, claimed: float) -> Judged:
    """Many guards that hang together through one input: sum of relu(x_i - s)."""
    text = " + ".join(f"relu(x{i} - s)" for i in range(count))
    return judged(text, {"x0": claimed}, **{f"x{i}": 0 for i in range(count)}, s=0)


def test_a_dozen_guards_are_looked_at_in_all_patterns() -> None:
    assert fan(10, claimed=0.5).verdicts("x0") == ("proved", "proved")


def test_more_than_a_dozen_are_left_undecided_unless_the_hull_refutes() -> None:
    found = fan(13, claimed=0.5)
    assert found.verdicts("x0") == ("proved", "undecided")
    assert "budget" in found.reasons("x0")
    assert fan(13, claimed=1.5).verdicts("x0") == ("refuted", "refuted")


def test_guards_that_have_nothing_in_common_are_not_counted_together() -> None:
    text = " + ".join(f"relu(x{i})" for i in range(20))
    claims = {f"x{i}": i / 20 for i in range(20)}
    found = judged(text, claims, **dict.fromkeys(claims, 0))
    assert {found.verdicts(wire) for wire in claims} == {("proved", "proved")}
    assert found.kinks.standings[found["x3"].key].in_cone == 1


# --- against an oracle -----------------------------------------------------------------------------------------------


def claim(circuit: Circuit, gradient: tuple[Fraction, ...]) -> set[tuple[str, str]]:
    found = Judged(circuit.document(gradient))
    return {found.verdicts(f"x{k}") for k in range(circuit.leaves)}


def circuits(seeds: range, *, curved: bool) -> list[tuple[random.Random, Circuit, list[tuple[Fraction, ...]]]]:
    """Circuits with more than one limit of gradients, and these."""
    found: list[tuple[random.Random, Circuit, list[tuple[Fraction, ...]]]] = []
    for seed in seeds:
        draw = random.Random(seed)
        circuit = Circuit(seed, leaves=3, gates=draw.randint(3, 12), curved=curved)
        limits = circuit.limits(seed, 60)
        if len(limits) > 1:
            found.append((draw, circuit, limits))
    return found


def check(seeds: range, *, curved: bool) -> None:
    for draw, circuit, limits in circuits(seeds, curved=curved):
        shares = [Fraction(draw.randint(0, 8)) for _ in limits]
        total = sum(shares) or Fraction(1)
        mixed = tuple(
            sum((s * limit[k] for s, limit in zip(shares, limits, strict=True)), Fraction(0)) / total for k in range(3)
        )
        for right in (draw.choice(limits), mixed if sum(shares) else limits[0]):
            assert claim(circuit, right) == {("proved", "proved")}, (circuit.rows, right)
        moved = list(draw.choice(limits))
        moved[draw.randrange(3)] += draw.choice([Fraction(1, 2), Fraction(-1), Fraction(1, 7)])
        verdicts = {overall for _, overall in claim(circuit, tuple(moved))}
        assert ("refuted" in verdicts) != in_hull(tuple(moved), limits), (circuit.rows, moved)


@pytest.mark.parametrize("curved", [False, True])
def test_random_circuits_are_judged_as_their_limits_say(curved: bool) -> None:
    check(range(60), curved=curved)


@pytest.mark.slow
@pytest.mark.parametrize("curved", [False, True])
def test_many_random_circuits_are_judged_as_their_limits_say(curved: bool) -> None:
    check(range(1000, 2500), curved=curved)


def test_a_tie_may_stand_on_a_chain_of_any_length() -> None:
    rows: list[Any] = [{"id": "x", "op": "input", "value": 0, "grad": 1}]
    for k in range(1500):
        rows.append({"id": f"g{k}", "op": "neg", "inputs": [rows[-1]["id"]]})
    rows += [{"id": "up", "op": "relu", "inputs": ["g1499"]}, {"id": "turned", "op": "neg", "inputs": ["g1499"]}]
    rows += [{"id": "down", "op": "relu", "inputs": ["turned"]}, {"id": "out", "op": "sub", "inputs": ["up", "down"]}]
    found = Judged(Graph.build(nodes=rows, outputs=[{"node": "out"}]))
    assert found.verdicts("x") == ("proved", "proved")
