"""Declared surrogates: the engine follows the stated backward rule, and claims are judged by it."""

from typing import Any, cast

import pytest

import chainrule as cr
from chainrule.schema import DocumentError, Graph, Report

CLIP = {"rule": "clip", "low": -1, "high": 1}
REVERSAL = {"rule": "scale", "factor": -1}
STRAIGHT = {"rule": "straight-through"}


def declared(expression: str, surrogates: dict[str, Any], claims: dict[str, Any] | None = None, **values: Any) -> Graph:
    """The circuit of an expression with surrogates on some nodes, and claims such as `{"x": 2}` on gradients."""
    graph = cr.parse(expression, values)
    rows: list[Any] = []
    for node in graph.nodes:
        row = cast(dict[str, Any], dict(node))
        if node["id"] in surrogates:
            row["surrogate"] = surrogates[node["id"]]
        if node["id"] in (claims or {}):
            row["grad"] = (claims or {})[node["id"]]
        rows.append(row)
    return Graph.build(nodes=rows, outputs=graph.outputs)


def row(report: Report, wire: str) -> dict[str, Any]:
    [found] = [each for each in report.claims or [] if each["wire"] == wire and each["field"] == "grad"]
    return cast(dict[str, Any], found)


def said(graph: Graph, wire: str = "x", **policy: Any) -> tuple[str, str]:
    found = row(cr.verify(graph, detail="all", **policy), wire)
    assert "declared-surrogate" in found["reasons"]
    return found["local"]["verdict"], found["global"]["verdict"]


@pytest.mark.parametrize(
    ("surrogate", "gradient"),
    [(STRAIGHT, 3.0), (REVERSAL, -12.0), ({"rule": "scale", "factor": "0.1"}, 1.2), (CLIP, 1.0)],
)
def test_the_backward_pass_follows_the_declared_rule(surrogate: Any, gradient: float) -> None:
    graph = declared("s = square(x); f = 3 * s", {"s": surrogate}, x=2)
    assert cr.backward(graph).grads["x"] == pytest.approx(gradient, rel=1e-15)
    found = cr.annotate(graph)
    assert found.nodes[0]["grad"] == pytest.approx(gradient, rel=1e-15)
    assert cr.verify(found).verdict is not None
    assert "refuted" not in (cr.verify(found).verdict or {}).values()


@pytest.mark.parametrize(
    ("surrogate", "right", "derivative"),
    [(STRAIGHT, 3, 12), (REVERSAL, -12, 12), (CLIP, 1, 12), ({"rule": "clip", "low": -20, "high": 20}, 12, 20)],
)
def test_claims_are_held_against_the_declared_rule(surrogate: Any, right: Any, derivative: Any) -> None:
    followed = declared("s = square(x); f = 3 * s", {"s": surrogate}, {"x": right}, x=2)
    assert said(followed) == ("proved", "proved")
    assert said(followed, effort="thorough") == ("proved", "proved")
    other = declared("s = square(x); f = 3 * s", {"s": surrogate}, {"x": derivative}, x=2)
    assert said(other) == ("refuted", "refuted")


def test_methods_that_see_the_function_are_not_asked() -> None:
    report = cr.verify(declared("s = square(x); f = 3 * s", {"s": STRAIGHT}, {"x": 3}, x=2), detail="all")
    says = {heard["method"]: heard for heard in row(report, "x")["evidence"]}
    assert says["complex-step"]["says"] == "silent"
    assert says["finite-difference"] == {
        "method": "finite-difference",
        "says": "silent",
        "because": "not-applicable",
        "trusts": ["forward-rules", "noise-model"],
    }


def test_what_does_not_pass_through_it_is_judged_as_ever() -> None:
    graph = declared("s = square(x); f = 3 * s + y * y", {"s": STRAIGHT}, {"x": 3, "y": 8}, x=2, y=4)
    found = row(cr.verify(graph, detail="all"), "y")
    assert "declared-surrogate" not in found["reasons"]
    assert {heard["says"] for heard in found["evidence"]} == {"for"}


def test_a_wire_above_the_node_keeps_its_derivative() -> None:
    report = cr.verify(declared("s = square(x); f = 3 * s", {"s": CLIP}, {"s": 3}, x=2), detail="all")
    assert row(report, "s")["global"]["verdict"] == "proved"
    assert "declared-surrogate" not in row(report, "s")["reasons"]


def test_a_kink_under_straight_through_is_none() -> None:
    assert said(declared("r = relu(x); f = 2 * r", {"r": STRAIGHT}, {"x": 2}, x=0)) == ("proved", "proved")
    assert said(declared("r = relu(x); f = 2 * r", {"r": STRAIGHT}, {"x": 0}, x=0)) == ("refuted", "refuted")


def test_each_operand_is_clipped_for_itself() -> None:
    graph = declared("p = x * y; f = 3 * p", {"p": CLIP}, {"x": 1, "y": 0.75}, x=0.25, y=2)
    assert (said(graph, "x"), said(graph, "y")) == (("proved", "proved"), ("proved", "proved"))


def test_a_printed_claim_is_judged_by_the_clipped_rule() -> None:
    assert said(declared("s = exp(x); f = 3 * s", {"s": CLIP}, {"x": "1.00"}, x=2)) == ("proved", "proved")


@pytest.mark.parametrize(
    ("surrogate", "word"),
    [({"rule": "clip", "low": 2, "high": 1}, "exchange them"), ({"rule": "function", "fn": "g"}, "g")],
)
def test_what_cannot_be_run_is_refused_with_the_mend(surrogate: Any, word: str) -> None:
    with pytest.raises(DocumentError, match=word):
        cr.verify(declared("s = square(x); f = 3 * s", {"s": surrogate}, x=2))
