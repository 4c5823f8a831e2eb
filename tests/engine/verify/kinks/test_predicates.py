"""`where` at the point where its condition changes: a kink if its branches meet there, a jump if they do not."""

from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.plan import plan
from chainrule.engine.verify.kinks.predicates import with_predicates
from chainrule.schema import Graph

from ....conformance.documents import with_claims
from ...tensor_documents import PATHS


def claimed(expression: str, values: dict[str, Any], **grads: Any) -> Graph:
    """The expression with claims on gradients of its inputs."""
    return with_claims(cr.parse(expression, values), {f"{name}.grad": grad for name, grad in grads.items()})


@pytest.mark.parametrize("condition", ["x > 0", "x >= 0", "0 < x", "0 <= x"])
@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
def test_where_branches_meet_every_slope_between_theirs_is_admissible(condition: str, slope: float) -> None:
    report = cr.verify(claimed(f"where({condition}, x, x**2)", {"x": 0.0}, x=slope), detail="all")
    assert report.verdict == {"local": "proved", "global": "proved"}
    assert report.claims is not None
    assert "kink-admissible" in report.claims[0]["reasons"]


@pytest.mark.parametrize("condition", ["x > 0", "x >= 0", "0 < x", "0 <= x"])
@pytest.mark.parametrize("slope", [-0.01, 1.01])
def test_beyond_the_slopes_of_both_branches_it_is_refuted(condition: str, slope: float) -> None:
    report = cr.verify(claimed(f"where({condition}, x, x**2)", {"x": 0.0}, x=slope))
    assert report.verdict == {"local": "refuted", "global": "refuted"}


@pytest.mark.parametrize(("condition", "kinks"), [("x > y", (0.0, 1.0)), ("x >= y", (1.0, 0.0))])
def test_a_written_out_maximum_routes_once(condition: str, kinks: tuple[float, float]) -> None:
    values = {"x": 1.0, "y": 1.0}
    x, y = kinks
    assert cr.verify(claimed(f"where({condition}, x, y)", values, x=x, y=y)).verdict == {
        "local": "proved",
        "global": "proved",
    }
    both = cr.verify(claimed(f"where({condition}, x, y)", values, x=1.0, y=1.0))
    assert both.verdict == {"local": "refuted", "global": "refuted"}


def test_where_branches_do_not_meet_nothing_is_called_a_derivative() -> None:
    report = cr.verify(claimed("where(x > 0, x, 0*x + 1)", {"x": 0.0}, x=0.0))
    assert report.verdict is not None
    assert report.verdict["global"] == "undecided"


def test_away_from_the_tie_one_branch_counts() -> None:
    assert cr.verify(claimed("where(x > 0, x, x**2)", {"x": 2.0}, x=1.0)).verdict == {
        "local": "proved",
        "global": "proved",
    }
    assert cr.verify(claimed("where(x > 0, x, x**2)", {"x": 2.0}, x=1.1)).verdict == {
        "local": "refuted",
        "global": "refuted",
    }


@pytest.mark.parametrize("path", sorted(PATHS))
def test_ties_of_tensors_are_admissible_on_either_path(path: str) -> None:
    expression, values = "reduce_sum(where(x > 0, x, x*x))", {"x": [0.0, 1.0, -2.0]}
    right = PATHS[path](claimed(expression, values, x=[0.0, 1.0, -4.0]))
    assert not any(finding.overall.refuted() for finding in right.claims)
    wrong = PATHS[path](claimed(expression, values, x=[1.5, 1.0, -4.0]))
    assert [finding.overall.refuted() for finding in wrong.claims if finding.claim.field == "grad"] == [[0]]


def test_conditions_that_no_order_makes_are_left_as_they_are() -> None:
    made = plan(cr.parse("where(x == 0, x, x**2)", {"x": 0.0}))
    assert with_predicates(made) is made
