"""Each verdict and each reason, on the smallest document that shows it."""

import pytest

import chainrule as cr
from chainrule.schema import Graph

from .documents import claim, document, verdicts

NEURON = "f = 1/(1+exp(-(w0*x0+w1*x1+w2)))"
POINT = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}


def test_digits_are_the_claim() -> None:
    report = cr.verify(document(NEURON, {"x1.grad": "-0.6", "w1.grad": "-0.39"}, **POINT), detail="all")
    assert verdicts(report, "x1") == ("proved", "proved")
    assert verdicts(report, "w1") == ("proved", "proved")


def test_a_number_carried_on_from_rounded_ones_is_right_locally_and_wrong_globally() -> None:
    claims = {"mul.grad": "0.20", "mul.2.grad": "0.20", "x1.grad": "-0.60"}
    report = cr.verify(document(NEURON, claims, **POINT))
    assert verdicts(report, "x1") == ("consistent", "refuted")
    assert claim(report, "x1")["reasons"] == ["carried-rounding"]


@pytest.mark.parametrize(("printed", "expected"), [("0.12", "proved"), ("0.13", "proved"), ("0.11", "refuted")])
def test_an_exact_tie_may_be_rounded_either_way(printed: str, expected: str) -> None:
    report = cr.verify(document("f = x*y", {"x.grad": printed}, x=3, y=0.125), detail="all")
    assert verdicts(report, "x") == (expected, expected)


def test_a_printed_zero_for_a_number_that_is_not_zero_says_nothing() -> None:
    report = cr.verify(document("f = 1/(1+exp(-x))", {"x.grad": "0"}, x=1))
    assert verdicts(report, "x") == ("undecided", "undecided")
    assert "uninformative" in claim(report, "x")["reasons"]


def test_rounding_of_the_dtype_explains_a_last_digit() -> None:
    report = cr.verify(document("sin(x)/cos(x)", {"x.grad": 10000000000.079844}, x=1.5707863267948965), detail="all")
    assert verdicts(report, "x") == ("consistent", "consistent")
    assert "rounding-explains" in claim(report, "x")["reasons"]


def test_a_tiny_gradient_is_not_lost_in_a_tolerance() -> None:
    report = cr.verify(document("1/(1+exp(-x))", {"x.grad": 0.0}, x=12))
    assert verdicts(report, "x") == ("refuted", "refuted")
    assert claim(report, "x")["global"]["size"]["allowances"] > 1e9


def test_underflow_to_zero_is_right() -> None:
    report = cr.verify(document("exp(x)", {"x.grad": 0.0}, x=-1000), detail="all")
    assert verdicts(report, "x") == ("proved", "proved")


@pytest.mark.parametrize(
    ("expression", "point", "claimed", "expected"),
    [
        ("relu(x)", 0, 0.0, "proved"),
        ("relu(x)", 0, 0.3, "proved"),
        ("relu(x)", 0, 1.5, "refuted"),
        ("abs(x)", 0, -1.0, "proved"),
        ("abs(x)", 0, -1.01, "refuted"),
        ("relu(x)", 1e-7, 0.55, "refuted"),
    ],
)
def test_at_a_kink_every_subgradient_is_admissible(
    expression: str, point: float, claimed: float, expected: str
) -> None:
    report = cr.verify(document(expression, {"x.grad": claimed}, x=point), detail="all")
    assert verdicts(report, "x") == (expected, expected)
    if point == 0:
        reason = "kink-admissible" if expected == "proved" else "kink-inadmissible"
        assert reason in claim(report, "x")["reasons"]


def test_the_shares_of_a_tie_are_one_choice() -> None:
    each = {"a.grad": 1.0, "b.grad": 1.0}
    report = cr.verify(document("maximum(a, b)", each, a=1, b=1), detail="all")
    assert verdicts(report, "a") == ("refuted", "refuted")
    assert verdicts(report, "b") == ("refuted", "refuted")
    report = cr.verify(document("maximum(a, b)", {"a.grad": 0.25, "b.grad": 0.75}, a=1, b=1), detail="all")
    assert verdicts(report, "a") == verdicts(report, "b") == ("proved", "proved")


def test_a_wire_tied_with_itself_is_no_kink() -> None:
    report = cr.verify(document("maximum(x, x)", {"x.grad": 1.0}, x=1.5), detail="all")
    assert verdicts(report, "x") == ("proved", "proved")
    assert claim(report, "x")["reasons"] == []


def test_nan_is_right_where_the_graphs_own_gates_yield_it() -> None:
    report = cr.verify(document("log(1+exp(x))", {"x.grad": "NaN"}, x=800))
    assert verdicts(report, "x") == ("consistent", "undecided")
    assert claim(report, "x")["reasons"] == ["nonfinite"]


def test_nan_is_wrong_where_the_graph_yields_a_number() -> None:
    report = cr.verify(document("x*y", {"x.grad": "NaN"}, x=1, y=2))
    assert verdicts(report, "x") == ("refuted", "refuted")


def test_no_finite_number_is_admissible_where_the_slope_is_infinite() -> None:
    report = cr.verify(document("sqrt(x)", {"x.grad": 0.0}, x=0))
    assert verdicts(report, "x") == ("refuted", "refuted")
    assert "kink-inadmissible" in claim(report, "x")["reasons"]


def test_a_document_that_states_nothing_is_not_refuted() -> None:
    report = cr.verify(cr.parse("x*y", x=1, y=2))
    assert report.verdict == {"local": "proved", "global": "proved"}


def test_what_depends_on_a_leaf_without_value_is_undecided() -> None:
    report = cr.verify(document("x*y", {"x.grad": 2}, y=2))
    assert verdicts(report, "x") == ("undecided", "undecided")
    assert claim(report, "x")["reasons"] == ["missing-operand"]


def test_every_leaf_shows_its_difference_and_bar() -> None:
    report = cr.verify(document(NEURON, {"w0.grad": "-0.20", "x1.grad": "-0.59"}, **POINT), detail="all")
    for wire, truth in (("w0", -0.19661193324148185), ("x1", -0.5898357997244456)):
        [seen] = [e for e in claim(report, wire)["evidence"] if e["method"] == "finite-difference"]
        assert abs(seen["value"] - truth) <= seen["bar"]
        assert seen["bar"] < 1e-9
        assert seen["says"] == "for"


def test_tensor_claims_name_the_wrong_entry() -> None:
    graph = cr.annotate(cr.parse("s = square(x)", x=[1, 2, 3]))
    rows = [dict(node) for node in graph.nodes]
    rows[1]["value"] = [1, 4, 9.5]
    report = cr.verify(graph.with_nodes(rows))
    row = claim(report, "s", "value")
    assert row["counts"]["global"] == {"proved": 2, "refuted": 1}
    assert [worst["index"] for worst in row["worst"]] == [[2]]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_source_that_the_dtype_cannot_hold_is_rounded_by_every_honest_program(dtype: str) -> None:
    graph = cr.parse("x - y", {"x": "1.9", "y": "1899/1000"}, dtype=dtype)
    report = cr.verify(cr.annotate(graph))
    assert report.verdict is not None
    assert "refuted" not in report.verdict.values()


def test_differences_speak_of_the_entry_that_is_wrong() -> None:
    nodes = [{"id": "x", "op": "input", "value": [1, 2]}, {"id": "f", "op": "square", "inputs": ["x"]}]
    graph = cr.annotate(Graph.build(nodes=nodes, outputs=[{"node": "f", "seed": [1, 1]}]))
    rows = [dict(node) for node in graph.nodes]
    rows[0]["grad"] = [2, 5]
    [seen] = [
        e for e in claim(cr.verify(graph.with_nodes(rows)), "x")["evidence"] if e["method"] == "finite-difference"
    ]
    assert (seen["says"], seen["index"]) == ("against", [1])


def test_a_leaf_without_value_does_not_hide_what_can_be_judged_without_it() -> None:
    graph = document("f = x*y; g = neg(f)", {"f.value": "-12.0", "g.value": "13.00", "g.grad": 1}, y=3)
    report = cr.verify(graph, detail="all")
    assert verdicts(report, "f", "value") == ("undecided", "undecided")
    assert verdicts(report, "g", "value") == ("refuted", "undecided")
    assert verdicts(report, "g") == ("proved", "proved")


def test_a_number_where_the_truth_is_exactly_zero_is_refuted_with_finite_figures() -> None:
    report = cr.verify(document("f = h*w", {"w.grad": 0.2}, h=0, w=4))
    assert verdicts(report, "w") == ("refuted", "refuted")
    assert cr.load(cr.dump(report)).kind == "report"


@pytest.mark.parametrize("numbers", [(1.0, 1.0), ("1.0", "1.0"), ("1/1", "1/1"), (0.0, 0.0)])
def test_stated_slopes_do_not_hide_a_tie_that_is_counted_twice(numbers: tuple[object, object]) -> None:
    nodes = [
        {"id": "x", "op": "input", "value": 0, "grad": numbers[0]},
        {"id": "y", "op": "input", "value": 0, "grad": numbers[1]},
        {"id": "f", "op": "maximum", "inputs": ["x", "y"], "local": list(numbers)},
    ]
    report = cr.verify(Graph.build(nodes=nodes, outputs=[{"node": "f"}]))
    assert report.verdict is not None
    assert "refuted" in report.verdict.values()


def test_a_gate_with_a_predicate_is_judged_and_warned_of_nothing() -> None:
    report = cr.verify(document("where(x > 0, x * 3, x)", {"x.grad": 3}, x=2), detail="all")
    assert verdicts(report, "x")[1] == "proved"
