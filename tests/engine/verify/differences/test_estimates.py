"""Differences on small documents: jitter, kinks, directions, decimals, and the error curve."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.plan import leaf_numbers, plan, seed_numbers
from chainrule.engine.verify.columns import Columns
from chainrule.engine.verify.differences import directions
from chainrule.engine.verify.differences import estimates as differencing
from chainrule.engine.verify.differences.displacement import Displacement
from chainrule.engine.verify.differences.error_curve import ErrorCurve, error_curve
from chainrule.engine.verify.differences.estimates import (
    Difference,
    Jitter,
    differences,
    fixed_jitter,
    leaf_points,
)
from chainrule.engine.verify.differences.scalar_stencils import evaluated
from chainrule.engine.verify.evidence import Evidence
from chainrule.engine.verify.probe import Probes
from chainrule.schema import Graph

from ...graphs import random_graph


def seen(graph: Graph, jitter: Jitter = fixed_jitter) -> dict[str, Difference]:
    made = plan(graph)
    found = differences(made, leaf_points(made), seed_numbers(made), jitter)
    return {made.ids[one.leaf]: one for one in found}


def large(leaves: int) -> Graph:
    """A sum of squares of so many leaves, each with its gradient written in."""
    terms = " + ".join(f"square(x{k})" for k in range(leaves))
    return cr.annotate(cr.parse(f"f = {terms}", {f"x{k}": 0.1 + 0.37 * k for k in range(leaves)}))


def probes(number: int) -> Probes:
    return Probes("graph", "document", f"policy {number}")


def heard(graph: Graph, drawn: Probes = directions.UNSEEDED) -> tuple[list[directions.Directional], list[Evidence]]:
    made = plan(graph)
    columns = Columns(made)
    found = directions.directional(made, leaf_numbers(made), seed_numbers(made), drawn)
    return found, [directions.evidence_of(one, columns, number) for number, one in enumerate(found)]


def test_the_bar_covers_the_truth_whatever_the_jitter() -> None:
    graph = cr.parse("f = exp(-x * x) * sin(3 * x)", x=0.7)
    values = set()
    for number in range(5):
        one = seen(graph, probes(number).jitter)["x"]
        assert abs(one.value - cr.backward(graph).grads["x"]) <= one.bar < 1e-9
        values.add(one.value)
    assert len(values) > 1


def test_without_probes_two_runs_are_the_same() -> None:
    graph = cr.parse("f = tanh(x) / y", x=0.7, y=3.0)
    assert seen(graph) == seen(graph)


def test_at_a_kink_both_slopes_are_shown_and_nothing_is_said() -> None:
    one = seen(cr.parse("f = relu(x)", x=0.0))["x"]
    assert one.because is not None
    assert one.sides == (0.0, pytest.approx(1.0))


def test_a_kink_nearer_than_the_first_steps_is_looked_at_from_closer() -> None:
    one = seen(cr.parse("f = relu(x - 1) * x", x=1 + 2.0**-24))["x"]
    assert one.because is None
    assert abs(one.value - (1 + 2.0**-23)) <= one.bar


def test_a_spike_thinner_than_every_step_is_not_overlooked() -> None:
    graph = cr.parse("f = x + 3 * exp(-square(1e12 * (x - 0.5000000000003)))", x=0.5)
    assert seen(graph)["x"].because is not None


def test_a_decimal_leaf_is_the_decimal_and_not_its_rounding_to_the_dtype() -> None:
    graph = cr.parse("f = x * x", {"x": "0.1"}, dtype="bfloat16")
    one = seen(graph)["x"]
    assert abs(one.value - 0.2) <= one.bar < 1e-9


def test_few_leaves_have_no_directions_and_many_have_two() -> None:
    assert heard(large(32))[0] == []
    assert len(heard(large(33))[0]) == 2


def test_a_direction_agrees_with_the_gradients_that_are_right() -> None:
    found, said = heard(large(40), probes(9))
    made = plan(large(40))
    for one in found:
        expected = sum(2 * float(leaf_numbers(made)[leaf]) * float(w[0]) for leaf, w in one.weights.items())
        assert abs(one.value - expected) <= one.bar < 1e-8
    assert {evidence.says for evidence in said} == {"for"}


def test_a_direction_sees_one_wrong_gradient_among_many() -> None:
    rows: list[Any] = [dict(node) for node in large(40).nodes]
    rows[0]["grad"] *= 1.01
    _, said = heard(large(40).with_nodes(rows))
    assert "against" in {evidence.says for evidence in said}


def test_a_direction_is_silent_where_a_leaf_claims_nothing() -> None:
    rows: list[Any] = [dict(node) for node in large(40).nodes]
    del rows[0]["grad"]
    _, said = heard(large(40).with_nodes(rows))
    assert {evidence.says for evidence in said} == {"silent"}


def test_directions_of_two_documents_differ() -> None:
    first, second = (heard(large(40), probes(number))[0][0] for number in (1, 2))
    assert any(np.any(first.weights[leaf] != second.weights[leaf]) for leaf in first.weights)


def curve(expression: str, x: float, claim: float) -> ErrorCurve:
    made = plan(cr.parse(expression, x=x))
    return error_curve(made, made.ids.index("x"), 0, claim)


def test_a_right_claim_has_rate_two_and_a_wrong_one_rate_one() -> None:
    truth = float(np.cos(0.9))
    assert curve("f = sin(x)", 0.9, truth).rate == pytest.approx(2, abs=0.1)
    assert curve("f = sin(x)", 0.9, 1.01 * truth).rate == pytest.approx(1, abs=0.1)


def test_a_right_claim_makes_a_v_and_a_wrong_one_a_plateau() -> None:
    right, wrong = (curve("f = sin(x)", 0.9, np.cos(0.9) + off) for off in (0.0, 0.1))
    errors = [rung.error for rung in right.rungs]
    lowest = int(np.argmin(errors))
    assert 0 < lowest < len(errors) - 1
    assert errors[lowest] < 1e-11 < 1e-6 < errors[-1]
    assert all(rung.error == pytest.approx(0.1, rel=1e-3) for rung in wrong.rungs[5:20])


def test_a_linear_function_has_no_rate() -> None:
    assert curve("f = 3 * x", 0.9, 3.0).rate is None


def test_a_kink_is_marked_at_its_margin() -> None:
    found = curve("f = relu(x - 1) * x", 1.001, 1.002)
    assert found.margin is not None
    assert 2.5e-4 < found.margin < 4.1e-3
    assert [rung.smooth for rung in found.rungs] == sorted(rung.smooth for rung in found.rungs)
    assert found.written()["margin"] == found.margin


@pytest.mark.parametrize("seed", range(8))
def test_runs_of_scalars_are_the_gates_one_by_one(seed: int) -> None:
    """Objective, noise and signs at all columns, bit for bit."""
    made = plan(random_graph(seed, 40))
    seeds, draw = seed_numbers(made), np.random.default_rng(seed)
    leaves = [None if x is None else x + draw.normal(size=(9, 1)) * 1e-3 for x in leaf_numbers(made)]
    errors = [None if x is None else np.abs(x) * 2**-53 for x in leaves]
    with np.errstate(all="ignore"):
        one_by_one = differencing._evaluate(made, leaves, errors, seeds)
        assert made.runner is not None
        rows = [np.concatenate([given[wire].T for wire in made.runner.leaves]) for given in (leaves, errors)]
        by_runs = evaluated(made, *rows, seeds)
    for found, expected in zip(by_runs[:2], one_by_one[:2], strict=True):
        assert np.array_equal(found, expected, equal_nan=True)
    assert sorted(map(bytes, by_runs[2])) == sorted(map(bytes, one_by_one[2]))


@pytest.mark.parametrize("seed", range(4))
def test_stencils_of_scalars_lie_where_those_of_single_gates_do(seed: int) -> None:
    made = plan(random_graph(seed, 30))
    gate_by_gate = replace(made, rules=list(made.rules))
    leaves, seeds = leaf_numbers(made), seed_numbers(made)
    ladder = differencing.ladder_for(made)
    single = differencing.moves_of(leaves, differencing.coordinates(made), ladder)
    together = Displacement(
        {leaf: np.array([0.5]) for leaf in differencing.trained_leaves(made)}, single[0].steps, ladder
    )
    assert gate_by_gate.runner is None
    pairs = zip(
        differencing.stencils(made, leaves, seeds, [*single, together]),
        differencing.stencils(gate_by_gate, leaves, seeds, [*single, together]),
        strict=True,
    )
    for found, expected in pairs:
        for name in ("objective", "noise", "above", "below"):
            assert np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=True)
