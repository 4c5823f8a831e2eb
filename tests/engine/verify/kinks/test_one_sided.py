"""Branches that one side of a wire takes together, by what the lecture of limits says."""

from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.forward import forward_pass
from chainrule.engine.plan import leaf_numbers, plan
from chainrule.engine.verify.claims import claims_of
from chainrule.engine.verify.kinks.near_guards import guards_near
from chainrule.engine.verify.kinks.one_sided import OneSided
from chainrule.engine.verify.layout import Layout
from chainrule.schema import Graph


def one_sided(graph: Graph, kinks: str = "zero") -> OneSided:
    """Directions at the graph's own values."""
    made = plan(graph)
    values = forward_pass(made, leaf_numbers(made))
    return OneSided(made, values, guards_near(Layout(made), values), kinks)


def takes(graph: Graph, wire: str, kinks: str = "zero") -> bool:
    """The word on the gradient of one wire."""
    annotated = cr.annotate(graph)
    found = one_sided(annotated, kinks)
    [claim] = [c for c in claims_of(found.plan) if found.plan.ids[c.node] == wire and c.field == "grad"]
    return found.takes(claim)


def scalar(expression: str, **values: float) -> Graph:
    """An expression at a point."""
    return cr.parse(expression, values)


@pytest.mark.parametrize(
    ("expression", "taken"),
    [
        ("relu(x) + relu(2*x)", True),  # both are off below 0
        ("relu(x) - relu(-x)", False),  # off together is nowhere
        ("relu(relu(x))", True),
        ("relu(x) + relu(-x) + relu(3*x)", False),
        ("relu(x) * relu(-x)", False),
    ],
)
def test_a_wire_takes_branches_that_one_side_of_it_takes(expression: str, taken: bool) -> None:
    assert takes(scalar(expression, x=0.0), "x") is taken


def test_a_guard_that_stays_0_is_no_obstacle() -> None:
    graph = scalar("relu(y*x) + relu(-(y*x)) + relu(x)", x=0.0, y=0.0)
    assert takes(graph, "x")


def test_the_convention_decides_which_branches_were_taken() -> None:
    assert takes(scalar("abs(x) + relu(x)", x=0.0), "x", "jax") is False  # jax takes 1 of abs and 0 of relu
    assert takes(scalar("maximum(x, 0) + maximum(2*x, 0)", x=0.0), "x", "first") is True
    assert takes(scalar("maximum(x, 0) + maximum(2*x, 0)", x=0.0), "x", "zero") is False  # half of each


@pytest.mark.parametrize(
    ("expression", "together"),
    [
        ("relu(x) + relu(y)", True),
        ("relu(x - y) + relu(x)", True),
        ("relu(x + y) + relu(-x) + relu(-y)", False),  # -x and -y fall where x + y rises
    ],
)
def test_leaves_move_together(expression: str, together: bool) -> None:
    found = one_sided(scalar(expression, x=0.0, y=0.0))
    leaves = [i for i, rule in enumerate(found.plan.rules) if rule is None and found.plan.ids[i] in "xy"]
    assert found.takes_together(leaves) is together


@pytest.mark.parametrize(("inputs", "taken"), [(["x", "y"], [False, True]), (["x", "x"], [False, False])])
def test_slots_are_moved_by_themselves(inputs: list[str], taken: list[bool]) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "x", "op": "input", "value": 0.0},
        {"id": "y", "op": "param", "value": 0.0},
        {"id": "m", "op": "maximum", "inputs": inputs, "downstream": [0.5, 0.5]},
        {"id": "f", "op": "relu", "inputs": ["m"]},
    ]
    found = one_sided(Graph.build(nodes=rows, outputs=[{"node": "f"}]), "first")
    slots = [claim for claim in claims_of(found.plan) if claim.field == "downstream"]
    # The first slot wins if it goes up, but then relu is on, which the pass left off; the second loses going down.
    assert [found.takes(claim) for claim in slots] == taken
