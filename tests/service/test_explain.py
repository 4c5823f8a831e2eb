import pytest

from chainrule.engine import annotate
from chainrule.schema import DocumentError, Graph, UsageError
from chainrule.service.explain import explain
from chainrule.service.interop.expression import parse

F = parse("q = x + y; f = q * z", values={"x": -2, "y": 5, "z": -4})


def test_a_leaf_names_its_gate_and_multiplies_local_by_upstream() -> None:
    assert explain(F, "x") == (
        "x = -2, an input\n  from q: local d q / d x = 1, upstream -4: 1 × (-4) = -4\ngradient = -4\n"
    )


def test_a_gate_says_its_value_its_gradient_and_what_it_sends_on() -> None:
    assert explain(F, "q").splitlines() == [
        "q = x + y = -2 + 5 = 3",
        "  from f: local d f / d q = z = -4, upstream 1: -4 × 1 = -4",
        "gradient = -4",
        "it sends on, local × upstream (an add gate distributes its gradient):",
        "  to x: local d q / d x = 1, upstream -4: 1 × (-4) = -4",
        "  to y: local d q / d y = 1, upstream -4: 1 × (-4) = -4",
    ]


def test_the_output_starts_from_its_seed() -> None:
    assert "  f is an output: the backward pass starts here with the seed 1" in explain(F, "f").splitlines()


def test_branches_add() -> None:
    told = explain(parse("p = x * y; f = p + x", values={"x": 2, "y": 3}), "x").splitlines()
    assert told[1:] == [
        "  from p: local d p / d x = y = 3, upstream 1: 3 × 1 = 3",
        "  from f: local d f / d x = 1, upstream 1: 1 × 1 = 1",
        "gradient = 3 + 1 = 4: branches add",
    ]


def test_a_wire_used_twice_by_one_gate_has_two_branches() -> None:
    assert "gradient = 3 + 3 = 6: branches add" in explain(parse("f = x * x", values={"x": 3}), "x")


def test_stated_numbers_stand_with_the_computed_ones_beside_them() -> None:
    rows = [row | {"grad": {"q": "3.9", "x": "-4.0"}[row["id"]]} if row["id"] in "qx" else row for row in F.nodes]
    told = explain(Graph.build(nodes=rows, outputs=F.outputs), "x")
    assert "upstream 3.9: 1 × 3.9 = 3.9" in told
    assert told.endswith("gradient = -4.0\n")


def test_a_document_that_agrees_with_the_engine_shows_each_number_once() -> None:
    assert "computed" not in explain(annotate(F), "x")


def test_a_kink_is_named_with_the_convention_that_was_taken() -> None:
    told = explain(parse("f = relu(x)", values={"x": 0}), "f")
    assert "f is at the kink of relu: every slope between those on its two sides is right" in told
    assert "convention 'zero'" in told
    assert "0 if x < 0, 1 if x > 0, at 0 any of [0, 1]" in told


def test_a_leaf_below_a_kink_is_told_of_it() -> None:
    assert "f is at the kink of relu" in explain(parse("f = relu(x)", values={"x": 0}), "x")


def test_a_constant_gets_nothing() -> None:
    told = explain(parse("f = x + 1", values={"x": 2}), "f")
    assert ": nothing, it is a constant" in told


def test_a_wire_that_reaches_no_output_has_gradient_zero() -> None:
    graph = parse("q = x * x; f = y * y", values={"x": 2, "y": 3})
    assert "gradient = 0: no gate reads it and it is no output" in explain(graph, "q")


def test_tensors_are_explained_by_entries_or_by_shape() -> None:
    small = parse("f = x * w", values={"x": [1, 2, 3], "w": 2})
    graph = Graph.build(nodes=small.nodes, outputs=[{"node": "f", "seed": [1, 1, 1]}])
    assert "local d f / d w = x = [1, 2, 3], upstream [1, 1, 1]: [1, 2, 3] × [1, 1, 1] = 6" in explain(graph, "w")


def test_an_unknown_node_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no node has the id w_0; nearest: w0"):
        explain(parse("f = w0 * x", values={"w0": 1, "x": 2}), "w_0")


def test_a_graph_without_values_cannot_be_explained() -> None:
    with pytest.raises(DocumentError, match="x has no value"):
        explain(parse("f = x * 2"), "x")
