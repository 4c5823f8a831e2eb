"""Ties among large tensors: what a named convention yields is right, what lies between the branches is left open."""

from dataclasses import replace
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.backward import CONVENTIONS
from chainrule.engine.plan import plan
from chainrule.engine.verify.digests import Digests
from chainrule.engine.verify.findings import Finding
from chainrule.engine.verify.outcome import Outcome
from chainrule.engine.verify.policy import STANDARD
from chainrule.engine.verify.probe import probes_for
from chainrule.engine.verify.tensors.verification import verify_tensors
from chainrule.schema import Graph

GRAD = (0, "grad", None)


def judged(graph: Graph, kinks: str = "any-subgradient") -> Outcome:
    """The array path's word under a policy on kinks."""
    policy = replace(STANDARD, kinks=kinks)
    return verify_tensors(plan(graph), policy, [], probes_for(Digests(graph), policy.written()))


def finding(outcome: Outcome) -> Finding:
    """What stands on the gradient of x."""
    return next(each for each in outcome.claims if each.key == GRAD)


def tied(grad: Any) -> Graph:
    """The sum of the rows' largest entries; the first row has two, the second three."""
    rows: list[dict[str, Any]] = [
        {"id": "x", "op": "input", "value": [[2.0, 1.0, 2.0], [3.0, 3.0, 3.0]], "grad": grad},
        {"id": "y", "op": "reduce_max", "inputs": ["x"], "attrs": {"axes": [1]}},
        {"id": "f", "op": "reduce_sum", "inputs": ["y"]},
    ]
    return Graph.build(nodes=rows, outputs=[{"node": "f"}])


@pytest.mark.parametrize("kinks", CONVENTIONS)
def test_what_a_convention_yields_is_admissible_and_named(kinks: str) -> None:
    graph = tied([[0, 0, 0], [0, 0, 0]])
    found = judged(tied(cr.backward(graph, kinks=kinks).grads["x"].tolist()))  # type: ignore[union-attr]
    assert finding(found).overall.verdict == "consistent"
    assert kinks in found.kinks.standings[GRAD].follows
    assert found.kinks.standings[GRAD].in_cone == 5


def test_what_no_convention_yields_between_the_branches_is_open() -> None:
    overall = finding(judged(tied([[0.9, 0, 0.9], [1, 0, 0]]))).overall
    assert overall.entries[0].verdict == "undecided"
    assert overall.entries[0].reasons == ("kink-admissible", "budget")


def test_what_lies_beyond_the_branches_is_refuted() -> None:
    assert finding(judged(tied([[1.1, 0, 0], [1, 0, 0]]))).overall.refuted() == [0]


def test_an_error_that_cancelling_branches_leave_room_for_is_not_taken_for_right() -> None:
    rows = [
        {"id": "x", "op": "input", "value": [1.0, 2.0], "grad": [1.00000001, 1.0]},
        {"id": "y", "op": "maximum", "inputs": ["x", "x"]},
        {"id": "f", "op": "reduce_sum", "inputs": ["y"]},
    ]
    found = finding(judged(Graph.build(nodes=rows, outputs=[{"node": "f"}])))
    assert found.overall.entries[0].verdict == "undecided"
    assert found.overall.entries[1].verdict == "consistent"


def test_a_policy_that_asks_for_one_convention_leaves_the_others_open() -> None:
    first, split = [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], [[0.5, 0.0, 0.5], [1 / 3, 1 / 3, 1 / 3]]
    assert finding(judged(tied(first), "convention:first")).overall.verdict == "consistent"
    assert finding(judged(tied(split), "convention:split")).overall.verdict == "consistent"
    assert finding(judged(tied(split), "convention:first")).overall.verdict == "undecided"


def test_a_policy_that_asks_for_derivatives_finds_none_at_a_tie() -> None:
    overall = finding(judged(tied([[1, 0, 0], [1, 0, 0]]), "unique-only")).overall
    assert overall.entries[0].reasons == ("no-derivative",)
    assert overall.entries[0].verdict == "undecided"
