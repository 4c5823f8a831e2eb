from typing import Any, cast

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
    assert told.endswith("gradient = 3.9 (stated and computed: -4.0)\n")


def claimed(expression: str, values: dict[str, Any], **claims: dict[str, Any]) -> Graph:
    bare = parse(expression, values=values)
    return Graph.build(nodes=[cast(Any, row | claims.get(row["id"], {})) for row in bare.nodes], outputs=bare.outputs)


def test_an_equation_comes_to_what_its_terms_make_with_a_wrong_claim_beside_it() -> None:
    values = {"x": -2, "y": 5, "z": -4}
    graph = claimed("q = x + y; f = q * z", values, q={"value": 4}, f={"value": -12, "local": [4, None]}, x={"grad": 5})
    assert explain(graph, "q").splitlines()[:3] == [
        "q = x + y = -2 + 5 = 3 (stated: 4)",
        "  from f: local d f / d q = z = -4 (stated: 4), upstream 1: 4 × 1 = 4 (computed: -4)",
        "gradient = 4 (computed: -4)",
    ]
    assert explain(graph, "f").splitlines()[0] == "f = q * z = 4 * (-4) = -16 (stated and computed: -12)"
    assert explain(graph, "x").splitlines()[-1] == "gradient = -4 (stated: 5)"


def test_a_sum_that_is_stated_wrong_stands_beside_what_the_branches_make() -> None:
    graph = claimed("p = x * y; f = p + x", {"x": 2, "y": 3}, x={"grad": 5})
    assert explain(graph, "x").splitlines()[-1] == "gradient = 3 + 1 = 4 (stated: 5): branches add"
    tensors = claimed("p = x * y; f = p + x", {"x": [1, 2], "y": [3, 4.8]}, x={"grad": [4, 6]})
    seeded = Graph.build(nodes=tensors.nodes, outputs=[{"node": "f", "seed": [1, 1]}])
    assert explain(seeded, "x").splitlines()[-1] == (
        "gradient = [3, 4.8] + [1, 1] = [4, 5.8] (stated: [4, 6]): branches add"
    )


def test_printed_digits_are_no_other_number_than_what_they_are_printed_of() -> None:
    graph = claimed("f = sigmoid(x)", {"x": 1}, f={"value": "0.73", "local": ["0.20"]})
    told = explain(graph, "f").splitlines()
    assert told[0].endswith(" = 0.73 (computed: 0.731059)")
    assert told[-1].startswith(
        "  to x: local d f / d x = (1 - f) * f = 0.20 (computed: 0.196612), upstream 1: 0.20 × 1"
    )


def test_an_empty_tensor_is_explained_like_others() -> None:
    nodes = [
        {"id": "x", "op": "input", "value": {"shape": [0, 3], "b64": ""}},
        {"id": "f", "op": "exp", "inputs": ["x"]},
    ]
    graph = Graph.build(nodes=cast(Any, nodes), outputs=[{"node": "f", "seed": {"shape": [0, 3], "b64": ""}}])
    assert explain(graph, "f").startswith("f = exp(x) = exp(a tensor of shape [0, 3]) = a tensor of shape [0, 3]\n")
    assert explain(graph, "x").endswith("gradient = a tensor of shape [0, 3]\n")


def test_a_stated_gradient_that_nothing_sends_stands_beside_the_zero() -> None:
    dead = claimed("q = x * x; f = y * y", {"x": 2, "y": 3}, q={"grad": "0.1"})
    assert "gradient = 0 (stated: 0.1): no gate reads it and it is no output" in explain(dead, "q")


def test_a_document_that_agrees_with_the_engine_shows_each_number_once() -> None:
    assert "computed" not in explain(annotate(F), "x")


def test_a_kink_is_named_with_the_convention_that_was_taken() -> None:
    told = explain(parse("f = relu(x)", values={"x": 0}), "f")
    assert "f is at the kink of relu: every slope between those on its two sides is right" in told
    assert "convention 'zero'" in told
    assert "0 if x < 0, 1 if x > 0, at 0 any of [0, 1]" in told


def test_a_leaf_below_a_kink_is_told_of_it() -> None:
    assert "f is at the kink of relu" in explain(parse("f = relu(x)", values={"x": 0}), "x")


def test_a_leaf_names_the_kink_that_it_meets_first() -> None:
    told = explain(parse("f = relu(2*x - 6)", values={"x": 1}), "x").splitlines()
    assert told[1] == "  where x moves by 2, the first kink is met: that of f"
    assert "kink" not in explain(parse("f = square(x)", values={"x": 1}), "x")


def test_a_constant_gets_nothing() -> None:
    told = explain(parse("f = x + 1", values={"x": 2}), "f")
    assert ": nothing, it is a constant" in told


def test_a_wire_that_reaches_no_output_has_gradient_zero() -> None:
    graph = parse("q = x * x; f = y * y", values={"x": 2, "y": 3})
    assert "gradient = 0: no gate reads it and it is no output" in explain(graph, "q")


def test_tensors_are_explained_by_entries_or_by_shape() -> None:
    small = parse("f = x * w", values={"x": [1, 2, 3], "w": 2})
    graph = Graph.build(nodes=small.nodes, outputs=[{"node": "f", "seed": [1, 1, 1]}])
    assert "local d f / d w = x = [1, 2, 3], upstream [1, 1, 1]: the sum of [1, 2, 3] × [1, 1, 1] = 6" in explain(
        graph, "w"
    )


def test_an_unknown_node_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no node has the id w_0; nearest: w0"):
        explain(parse("f = w0 * x", values={"w0": 1, "x": 2}), "w_0")


def test_the_nodes_of_a_small_graph_are_listed_where_none_is_near() -> None:
    with pytest.raises(UsageError, match="no node has the id zz; there are w0, x, f"):
        explain(parse("f = w0 * x", values={"w0": 1, "x": 2}), "zz")


def test_a_graph_without_values_cannot_be_explained() -> None:
    with pytest.raises(DocumentError, match="x has no value"):
        explain(parse("f = x * 2"), "x")
    with pytest.raises(DocumentError, match="x has no value"):
        explain(parse("f = relu(x)"), "f")
