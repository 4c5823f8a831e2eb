"""The vectorised local check says what the referee says, entry by entry."""

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.plan import plan
from chainrule.engine.verify.claims import address, claims_of
from chainrule.engine.verify.columns import Columns
from chainrule.engine.verify.equations import Equations, from_stated
from chainrule.engine.verify.local import residuals, stated_numbers
from chainrule.engine.verify.verdict import Verdict
from chainrule.schema import Graph

from ..graphs import random_graph


def rho(graph: Graph) -> dict[str, list[float]]:
    """Every claim's residuals in units of its bound."""
    made = plan(graph)
    claims = Columns(made)
    numbers = stated_numbers(claims)
    found = residuals(made, numbers, gradients=True)
    return {
        address(made, (claim.node, claim.field, claim.port)): found.of(claim, numbers.layout).tolist()
        for claim in claims
    }


def refuted(graph: Graph) -> dict[str, bool]:
    """What the referee says of every claim by its own equation, local gradients taken through the stated output."""
    made = plan(graph)
    claims = claims_of(made)
    equations = Equations(from_stated(made, claims, 128).gradients)
    judged = {address(made, (claim.node, claim.field, claim.port)): equations.judge(claim, 0) for claim in claims}
    return {name: found is not None and found.verdict is Verdict.REFUTED for name, found in judged.items()}


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_what_the_engine_computed_stays_within_its_bounds(seed: int) -> None:
    found = rho(cr.annotate(random_graph(seed, 60)))
    assert max(max(entries) for entries in found.values()) <= 1


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), ulps=st.integers(1, 400), place=st.randoms(use_true_random=False))
def test_it_agrees_with_the_referee_outside_the_disputed_band(seed: int, ulps: int, place: random.Random) -> None:
    graph = cr.annotate(random_graph(seed, 25))
    rows: list[Any] = [dict(row) for row in graph.nodes]
    node = place.choice([row for row in rows if row.get("inputs")])
    field = place.choice(["value", "grad"])
    node[field] = node[field] + ulps * math.ulp(node[field])
    disturbed = graph.with_nodes(rows)
    referee = refuted(disturbed)
    for name, [ratio] in rho(disturbed).items():
        if ratio <= 0.9:
            assert not referee[name], name
        if ratio > 2:
            assert referee[name], name


def test_a_scalar_beside_a_tensor_is_checked_as_a_sum() -> None:
    nodes = [
        {"id": "w", "op": "input", "value": 2},
        {"id": "x", "op": "input", "value": [0.1, 0.2, 0.3]},
        {"id": "f", "op": "mul", "inputs": ["w", "x"]},
    ]
    graph = cr.annotate(Graph.build(nodes=nodes, outputs=[{"node": "f", "seed": [1, 1, 1]}]))
    assert max(max(entries) for entries in rho(graph).values()) <= 1
    rows: list[Any] = [dict(row) for row in graph.nodes]
    rows[0]["grad"] = 0.3
    assert rho(graph.with_nodes(rows))["grad:w"][0] > 1e10


@pytest.mark.parametrize("field", ["value", "grad"])
def test_above_the_referees_cap_one_wrong_number_is_still_the_one_fault(field: str) -> None:
    graph = cr.annotate(random_graph(7, 4500))
    rows: list[Any] = [dict(row) for row in graph.nodes]
    node = next(row for row in rows[2000:] if row.get("inputs") and row.get("grad"))
    node[field] *= 1 + 1e-6
    report = cr.verify(graph.with_nodes(rows)).model_dump()
    assert [fault["at"] for fault in report["first_faults"]] == [f"{field}:{node['id']}"]


def test_above_the_referees_cap_the_engines_own_numbers_are_not_refuted() -> None:
    report = cr.verify(cr.annotate(random_graph(11, 4500)))
    assert report.verdict is not None
    assert set(report.verdict.values()) <= {"proved", "consistent", "undecided"}


def test_large_tensors_are_judged_in_bulk() -> None:
    x = np.linspace(0.1, 3.0, 6000).tolist()
    nodes = [{"id": "x", "op": "input", "value": x}, {"id": "f", "op": "tanh", "inputs": ["x"]}]
    graph = cr.annotate(Graph.build(nodes=nodes, outputs=[{"node": "f", "seed": [1.0] * 6000}]))
    assert cr.verify(graph).verdict == {"local": "consistent", "global": "consistent"}
