"""Ties in documents above the referee's cap: admissible claims are never refuted, others are, with the gate named."""

from typing import Any, cast

import pytest

import chainrule as cr
from chainrule.engine.verify import pipeline
from chainrule.engine.verify.kinks.near_guards import CLOSE
from chainrule.schema import Graph, Report

from ..documents import claim, verdicts

Rows = list[dict[str, Any]]

#: More gates than quick effort shows to the referee whole, and fewer than it shows in part.
GATES = 300


def padded(expression: str, gates: int = GATES, *, beneath: int = 0, **values: Any) -> Graph:
    """The circuit of an expression in a graph of so many gates more, annotated; `beneath` of them before each input."""
    core = cr.parse(f"core = {expression}", values)
    rows: Rows = []
    renamed: dict[str, str] = {}
    for node in core.nodes:
        row = cast(dict[str, Any], {key: value for key, value in node.items() if key != "ext"})
        if "inputs" in row:
            row["inputs"] = [renamed.get(name, name) for name in row["inputs"]]
        rows.append(row)
        for k in range(beneath if row["op"] == "input" else 0):
            rows.append({"id": f"{row['id']}_{k}", "op": "neg", "inputs": [renamed.get(row["id"], row["id"])]})
            renamed[row["id"]] = f"{row['id']}_{k}"
    rows += [{"id": "p", "op": "input", "value": 0.3}, {"id": "s0", "op": "add", "inputs": ["core", "p"]}]
    for k in range(gates // 2):
        rows.append({"id": f"t{k}", "op": "tanh", "inputs": ["p"]})
        rows.append({"id": f"s{k + 1}", "op": "add", "inputs": [f"s{k}", f"t{k}"]})
    return cr.annotate(Graph.build(nodes=cast(Any, rows), outputs=[{"node": f"s{gates // 2}"}]), kinks="zero")


def judged(graph: Graph, claims: dict[str, Any], *, effort: str = "quick", only: bool = True) -> Report:
    """The report on the graph with these gradients in place of the engine's; the gates that send them say nothing."""
    rows: Rows = [dict(row) for row in graph.nodes]
    for row in rows:
        if row["id"] in claims:
            row["grad"] = claims[row["id"]]
        if only and set(row.get("inputs", ())) & claims.keys():
            row.pop("downstream", None)
            row.pop("local", None)
    return cr.verify(graph.with_nodes(cast(Any, rows)), effort=cast(Any, effort), detail="all")


def reasons(report: Report, wire: str) -> list[str]:
    return claim(report, wire)["reasons"]


@pytest.mark.parametrize("slope", [0, 0.25, 1, "0.50", 0.3333333333333333])
def test_every_admissible_slope_of_a_large_graph_is_admitted(slope: Any) -> None:
    report = judged(padded("relu(x)", x=0), {"x": slope})
    assert verdicts(report, "x")[1] in ("proved", "consistent")
    assert "kink-admissible" in reasons(report, "x")
    assert report.verdict is not None
    assert "refuted" not in report.verdict.values()


@pytest.mark.parametrize("slope", [-0.25, 1.0000001, 2, "1.1"])
def test_an_inadmissible_slope_is_refuted_and_its_gate_named(slope: Any) -> None:
    report = judged(padded("relu(x)", x=0), {"x": slope})
    assert verdicts(report, "x") == ("refuted", "refuted")
    assert "kink-inadmissible" in reasons(report, "x")
    assert claim(report, "x")["kinks"]["gates"] == ["core"]


def test_the_slots_of_a_tie_are_held_together() -> None:
    graph = padded("maximum(a, b)", a=1, b=1)
    assert verdicts(judged(graph, {"a": 1, "b": 0}), "a") == ("proved", "proved")
    both = judged(graph, {"a": 1, "b": 1})
    assert {verdicts(both, "a")[1], verdicts(both, "b")[1]} == {"refuted"}
    half = judged(graph, {"a": 0.5, "b": 1})
    assert "refuted" in {verdicts(half, "a")[1], verdicts(half, "b")[1]}


def test_what_differentiation_gives_is_no_derivative_in_a_large_graph_either() -> None:
    graph = padded("relu(x) - relu(-x)", x=0)
    honest = judged(graph, {})
    assert verdicts(honest, "x") == ("consistent", "refuted")
    assert "not-a-derivative" in reasons(honest, "x")
    assert verdicts(judged(graph, {"x": 1}), "x")[1] == "proved"
    assert verdicts(judged(graph, {"x": "0.0"}), "x")[1] == "refuted"


def test_claims_far_below_two_ties_are_judged_through_all_that_stands_between() -> None:
    graph = padded("relu(x) - relu(-x)", beneath=30, x=0)
    assert verdicts(judged(graph, {"x": 1}), "x")[1] == "proved"
    assert verdicts(judged(graph, {"x": 0.5}), "x")[1] == "refuted"


def test_a_tie_that_floats_miss_is_found() -> None:
    """0.1 + 0.2 - 0.3 is 0, and 5.6e-17 in floats."""
    graph = padded("relu(a + b - c)", a="0.1", b="0.2", c="0.3")
    for slope in (0, 0.5, 1):
        assert verdicts(judged(graph, {"a": slope, "b": slope, "c": -slope}), "a")[1] in ("proved", "consistent")
    assert verdicts(judged(graph, {"a": 1.5}), "a")[1] == "refuted"


def test_what_lies_within_rounding_of_a_kink_and_not_on_it_has_one_slope() -> None:
    graph = padded("relu(a - b)", a=1 + 2.0**-52, b=1)
    assert verdicts(judged(graph, {"a": 1, "b": -1}), "a")[1] in ("proved", "consistent")
    assert verdicts(judged(graph, {"a": 0, "b": 0}), "a")[1] == "refuted"


def test_beyond_the_part_that_is_shown_nothing_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "PARTS", 1)
    graph = padded("relu(x)", x=0)
    report = judged(graph, {"x": 0.5})
    assert verdicts(report, "x")[1] == "undecided"
    assert "budget" in reasons(report, "x")
    assert verdicts(judged(graph, {"x": 0}), "x")[1] == "consistent"


def test_a_wrong_claim_that_hangs_on_no_tie_is_refuted_beside_one() -> None:
    graph = padded("relu(x) + 3 * y", x=0, y=2)
    assert verdicts(judged(graph, {"y": 3.5}), "y")[1] == "refuted"


def test_a_tie_that_no_output_depends_on_holds_nothing_up() -> None:
    graph = padded("y * 3 + 0 * x", x=0, y=2)
    rows: Rows = [dict(row) for row in graph.nodes]
    rows.append({"id": "dead", "op": "relu", "inputs": ["x"]})
    report = judged(graph.with_nodes(cast(Any, rows)), {"y": 3.5})
    assert verdicts(report, "y")[1] == "refuted"


def test_no_derivative_is_accepted_in_a_large_graph_where_there_is_none() -> None:
    report = judged(padded("x ** y", x=0, y=0), {})
    assert verdicts(report, "x")[1] == "undecided"
    assert "no-derivative" in reasons(report, "x")


def test_policies_hold_in_large_graphs() -> None:
    graph = padded("relu(x)", x=0)
    unique = cr.verify(graph, effort="quick", kinks="unique-only", detail="all")
    assert verdicts(unique, "x")[1] == "undecided"
    assert "no-derivative" in reasons(unique, "x")


def test_what_is_close_is_far_above_rounding() -> None:
    assert CLOSE > 2.0**-30


@pytest.mark.slow
@pytest.mark.parametrize(("slope", "verdict"), [(0, "consistent"), (0.5, "proved"), (1.5, "refuted")])
def test_twenty_thousand_gates_above_a_tie(slope: float, verdict: str) -> None:
    report = judged(padded("relu(x)", gates=20_000, x=0), {"x": slope}, effort="standard")
    assert verdicts(report, "x")[1] == verdict
