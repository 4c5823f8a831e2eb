"""Forward, backward and annotate: the numbers, whatever the shape of the graph."""

import math

import numpy as np
import pytest

from chainrule.engine import annotate, backward, forward
from chainrule.schema import DocumentError, Graph, UsageError, dump, read


def leaf(name: str, value: object, op: str = "input", **more: object) -> dict[str, object]:
    return {"id": name, "op": op, "value": value, **more}


def gate(name: str, op: str, *inputs: str, **more: object) -> dict[str, object]:
    return {"id": name, "op": op, "inputs": list(inputs), **more}


def graph(*nodes: dict[str, object], outputs: object = None, **header: object) -> Graph:
    return Graph.build(nodes=list(nodes), outputs=outputs or [{"node": nodes[-1]["id"]}], **header)


def circuit() -> Graph:
    """f = (x + y) z at (-2, 5, -4)."""
    return graph(leaf("x", -2), leaf("y", 5), leaf("z", -4), gate("q", "add", "x", "y"), gate("f", "mul", "q", "z"))


def test_the_lectures_circuit() -> None:
    found = backward(circuit())
    assert dict(found.values) == {"x": -2, "y": 5, "z": -4, "q": 3, "f": -12}
    assert dict(found.grads) == {"x": -4, "y": -4, "z": 3, "q": -4, "f": 1}
    assert found.local["f"] == (-4, 3)
    assert found.downstream["q"] == (-4, -4)


def test_branches_add() -> None:
    found = backward(graph(leaf("x", 3), gate("a", "mul", "x", "x"), gate("f", "add", "a", "x")))
    assert found.grads["x"] == 7


def test_a_wire_read_twice_by_one_gate_has_two_slots() -> None:
    written = annotate(graph(leaf("x", 3), gate("f", "mul", "x", "x")))
    assert written.nodes[1]["downstream"] == [3, 3]
    assert written.nodes[0]["grad"] == 6


def test_a_node_that_reaches_no_output_has_gradient_zero_even_at_a_pole() -> None:
    found = backward(graph(leaf("x", 0), gate("dead", "log", "x"), gate("f", "identity", "x"), outputs=[{"node": "f"}]))
    assert found.values["dead"] == -math.inf
    assert found.grads["dead"] == 0
    assert found.grads["x"] == 1


def test_several_outputs_add_by_their_seeds() -> None:
    made = graph(
        leaf("x", 2),
        gate("a", "square", "x"),
        gate("b", "neg", "x"),
        outputs=[{"node": "a", "seed": 3}, {"node": "b", "seed": 10}],
    )
    assert backward(made).grads["x"] == 3 * 4 - 10


def test_a_seed_of_a_tensor_is_a_vector() -> None:
    made = graph(leaf("x", [1, 2, 3]), gate("f", "square", "x"), outputs=[{"node": "f", "seed": [1, 0, -1]}])
    assert backward(made).grads["x"].tolist() == [2, 0, -6]


def test_an_output_that_another_output_reads_gets_both() -> None:
    made = graph(
        leaf("x", 2),
        gate("a", "square", "x"),
        gate("b", "neg", "a"),
        outputs=[{"node": "a", "seed": 1}, {"node": "b", "seed": 1}],
    )
    assert backward(made).grads["a"] == 0


def test_a_scalar_beside_a_tensor_receives_the_sum() -> None:
    made = graph(
        leaf("x", [1, 2, 3]), leaf("w", 2), gate("f", "mul", "w", "x"), outputs=[{"node": "f", "seed": [1, 1, 1]}]
    )
    found = backward(made)
    assert found.grads["w"] == 6
    assert found.grads["x"].tolist() == [2, 2, 2]
    assert found.local["f"][0].tolist() == [1, 2, 3]
    assert found.downstream["f"][0] == 6


def test_a_chain_of_a_hundred_thousand_gates_needs_no_recursion() -> None:
    count = 100_000
    nodes = [leaf("n0", 1.0)] + [gate(f"n{k}", "neg", f"n{k - 1}") for k in range(1, count)]
    found = backward(graph(*nodes))
    assert found.grads["n0"] == -1


def test_no_gradient_is_written_toward_a_constant() -> None:
    written = annotate(graph(leaf("x", 2), leaf("one", 1, "const"), gate("f", "add", "x", "one")))
    assert written.nodes[2]["local"] == [1, None]
    assert written.nodes[2]["downstream"] == [1, None]
    assert "grad" not in written.nodes[1]


def test_an_annotated_document_round_trips() -> None:
    written = annotate(circuit())
    again = read(dump(written))
    assert again.nodes == written.nodes
    assert annotate(again).nodes == written.nodes


@pytest.mark.parametrize(("kinks", "expected"), [("zero", 0), ("torch", 0), ("jax", 1), ("split", 0), ("first", 0)])
def test_the_convention_at_a_kink_is_taken_by_name_and_stated(kinks: str, expected: float) -> None:
    written = annotate(graph(leaf("x", 0), gate("f", "abs", "x")), kinks=kinks)
    assert written.nodes[0]["grad"] == expected
    assert written.kinks == kinks


def test_an_unknown_convention_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="zero, torch, jax, first, split"):
        backward(circuit(), kinks="left")


def test_a_leaf_without_value_is_named() -> None:
    with pytest.raises(DocumentError, match="x has no value"):
        forward(graph({"id": "x", "op": "input"}, gate("f", "neg", "x")))


def test_a_tensor_output_without_seed_gets_values_only() -> None:
    written = annotate(graph(leaf("x", [1, 2]), gate("f", "neg", "x")))
    assert written.nodes[1]["value"] == [-1, -2]
    assert "grad" not in written.nodes[0]


def test_overflow_is_infinity_and_a_domain_error_is_nan() -> None:
    values = forward(graph(leaf("x", 1000), gate("e", "exp", "x"), gate("n", "neg", "x"), gate("f", "log", "n")))
    assert values["e"] == math.inf
    assert math.isnan(values["f"])


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_every_op_rounds_to_the_documents_dtype(dtype: str) -> None:
    values = forward(graph(leaf("x", 1), leaf("y", 3), gate("f", "div", "x", "y"), dtype=dtype))
    exact = {"float32": float(np.float32(1 / 3)), "float16": float(np.float16(1 / 3)), "bfloat16": 0.333984375}
    assert values["f"] == exact[dtype]


def test_signed_zero_and_infinity_are_written_as_they_are() -> None:
    written = annotate(graph(leaf("x", "-0x0p+0"), gate("c", "identity", "x"), gate("f", "reciprocal", "x")))
    assert written.nodes[1]["value"] == "-0x0p+0"
    assert written.nodes[2]["value"] == "-Infinity"


def test_a_tensor_divided_by_zero_is_infinite_and_raises_nothing() -> None:
    made = graph(leaf("x", [1, -1]), leaf("z", 0), gate("f", "div", "x", "z"), outputs=[{"node": "f", "seed": [1, 1]}])
    found = backward(made)
    assert found.values["f"].tolist() == [math.inf, -math.inf]
    assert found.local["f"][0].tolist() == [math.inf, math.inf]


def test_the_truth_of_a_comparison_is_written_as_truth() -> None:
    rows = [
        {"id": "x", "op": "input", "value": [1, 2]},
        {"id": "y", "op": "input", "value": 1},
        {"id": "b", "op": "less", "inputs": ["y", "x"], "dtype": "bool"},
        {"id": "f", "op": "reduce_sum", "inputs": ["x"]},
    ]
    made = annotate(Graph.build(nodes=rows, outputs=[{"node": "f"}]))
    assert read(dump(made)).nodes[2]["value"] == [False, True]
