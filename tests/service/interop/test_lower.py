"""Calls of other libraries as documents."""

import math
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.service.interop.errors import InteropError

X = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])


def lowered(name: str, *args: Any, system: str = "torch", **kwargs: Any) -> Any:
    return cr.lower(system, name, args, kwargs)


def rows(graph: Any) -> list[tuple[str, str, list[str]]]:
    return [(node["id"], node["op"], node.get("inputs", [])) for node in graph.nodes]


def values(graph: Any) -> list[Any]:
    found = cr.forward(graph)
    return [np.asarray(found[output["node"]]) for output in graph.outputs]


def refusal(name: str, *args: Any, system: str = "torch", **kwargs: Any) -> str:
    with pytest.raises(InteropError) as raised:
        lowered(name, *args, system=system, **kwargs)
    [problem] = raised.value.problems
    assert problem.code == "import.unsupported"
    return problem.message


def test_arrays_become_leaves_in_the_order_in_which_they_are_met() -> None:
    graph = lowered("addmm", X, np.ones((2, 2)), np.ones((2, 3)))
    assert rows(graph)[:3] == [("t0", "input", []), ("t1", "input", []), ("t2", "input", [])]


def test_broadcasting_is_written_out() -> None:
    graph = lowered("add", X, np.ones(3))
    assert rows(graph)[2:] == [("broadcast_to", "broadcast_to", ["t1"]), ("add", "add", ["t0", "broadcast_to"])]


def test_a_number_needs_no_broadcasting() -> None:
    assert rows(lowered("add", X, 2.0))[1:] == [("const", "const", []), ("add", "add", ["t0", "const"])]


def test_axes_are_counted_from_0_and_all_of_them_are_left_out() -> None:
    along = next(node for node in lowered("sum", X, -1).nodes if node["op"] == "reduce_sum")
    whole = next(node for node in lowered("sum", X, (0, 1)).nodes if node["op"] == "reduce_sum")
    assert along["attrs"] == {"axes": [1]}
    assert "attrs" not in whole


def test_an_attribute_that_equals_its_default_is_left_out() -> None:
    assert not any("attrs" in node for node in lowered("nn.functional.leaky_relu", X, 0.01).nodes)


def test_integers_that_are_given_are_folded() -> None:
    graph = lowered("index_select", X, 1, np.array([-1, 0]))
    assert not any(node["op"] in ("add", "where") for node in graph.nodes)
    assert np.array_equal(values(graph)[0], X[:, [-1, 0]])


def test_seeds_choose_the_outputs_and_stand_in_the_document() -> None:
    graph = cr.lower("torch", "split", [X, 2, 1], {}, seeds={1: np.array([[5.0], [6.0]])})
    assert [output["seed"] for output in graph.outputs] == [[[5.0], [6.0]]]
    assert np.array_equal(cr.backward(graph).grads["t0"], [[0, 0, 5], [0, 0, 6]])


def test_places_come_out_as_nothing() -> None:
    graph = lowered("max", X, 1)
    assert len(graph.outputs) == 1
    assert np.array_equal(values(graph)[0], [3, 4])


def test_a_wire_that_comes_out_twice_is_two_outputs() -> None:
    assert len({output["node"] for output in lowered("broadcast_tensors", X, X).outputs}) == 2


def test_positional_and_keyword_arguments_are_one_thing() -> None:
    assert rows(lowered("sum", X, 1, True)) == rows(lowered("sum", X, dim=1, keepdim=True))


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (("linalg.det", X), "linalg.det"),
        (("norm", X, 3), "order 3"),
        (("sum", X, 5), "axis 5"),
        (("add", X, np.ones(4)), "[2, 3] and [4]"),
        (("scatter", np.zeros(3), 0, np.array([1, 1]), np.ones(2)), "twice"),
        (("nn.functional.dropout", X), "dropout"),
        (("sum", X, 0, False, "surplus"), "sum"),
        (("argmax", X), "no gradient"),
    ],
)
def test_what_has_no_counterpart_is_named(call: tuple[Any, ...], named: str) -> None:
    assert named in refusal(*call)


def test_another_dtype_is_refused() -> None:
    assert "float32" in refusal("sum", X, dtype="float32")


def test_an_unknown_system_is_named_with_those_that_there_are() -> None:
    assert "torch, aten, jax" in refusal("add", X, X, system="theano")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("hypot", X, X), np.hypot(X, X)),
        (("sinc", np.array([0.0, 0.5])), np.sinc([0.0, 0.5])),
        (("remainder", X, 1.5), np.mod(X, 1.5)),
        (("rot90", X, 1, (0, 1)), np.rot90(X)),
        (("roll", X, 1, 1), np.roll(X, 1, 1)),
        (("einsum", "ij,kj->ik", X, X), X @ X.T),
        (("einsum", "i...->...", X), X.sum(0)),
        (("tensordot", X, X, ([1], [1])), X @ X.T),
        (("kron", X, np.eye(2)), np.kron(X, np.eye(2))),
        (("cumprod", X, 1), np.cumprod(X, 1)),
        (("diag_embed", X[0], 1), np.diag(X[0], 1)),
        (("trapezoid", X), np.trapezoid(X) if hasattr(np, "trapezoid") else np.array([0.0, 3.75])),
        (("__getitem__", X, (slice(None), [0, 2])), X[:, [0, 2]]),
        (("__getitem__", X, (None, 1, slice(0, 3, 2))), X[None, 1, 0:3:2]),
        (("__getitem__", X, (np.array([0, 1]), np.array([2, -1]))), X[[0, 1], [2, -1]]),
        (("take_along_dim", X, np.array([[2, 0], [1, 1]]), 1), np.take_along_axis(X, np.array([[2, 0], [1, 1]]), 1)),
        (("index_add", X, 1, np.array([0, 0]), np.ones((2, 2))), X + np.array([2.0, 0.0, 0.0])),
        (("select_scatter", X, np.zeros(2), 1, 1), np.where([False, True, False], 0, X)),
        (("slice_scatter", X, np.zeros((2, 2)), 1, 0, 3, 2), np.where([True, False, True], 0, X)),
        (("tile", X, (2, 1)), np.tile(X, (2, 1))),
        (("movedim", X, 0, 1), X.T),
        (("cov", X), np.cov(X)),
        (("linalg.vander", X[0]), np.vander(X[0], increasing=True)),
        (("nn.functional.celu", X, 2.0), np.where(X > 0, X, 2 * np.expm1(X / 2))),
        (("nn.functional.normalize", X), X / np.linalg.norm(X, axis=1, keepdims=True)),
        (("logit", np.array([0.25])), np.array([math.log(1 / 3)])),
    ],
)
def test_values_are_those_of_numpy(call: tuple[Any, ...], expected: Any) -> None:
    [found] = values(lowered(*call))
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert found.shape == np.shape(expected)


def test_atens_overloads_take_what_the_public_functions_take() -> None:
    assert rows(lowered("aten.add.Tensor", X, X, system="aten")) == rows(lowered("add", X, X))


def test_a_reduction_of_aten_is_a_number() -> None:
    [found] = values(lowered("aten.mse_loss.default", X, X + 1, 2, system="aten"))
    assert found == 6


def test_the_last_case_of_select_n_is_the_true_one() -> None:
    [found] = values(lowered("select_n", np.array([True, False]), np.zeros(2), np.ones(2), system="jax"))
    assert found.tolist() == [1, 0]


def test_dot_general_sums_and_batches_by_number() -> None:
    numbers = (((2,), (1,)), ((0,), (0,)))
    a, b = np.ones((2, 3, 4)), np.arange(40.0).reshape(2, 4, 5)
    [found] = values(lowered("dot_general", a, b, system="jax", dimension_numbers=numbers))
    assert np.allclose(found, a @ b)


def test_jax_gathers_at_given_places() -> None:
    numbers = {"offset_dims": (1,), "collapsed_slice_dims": (0,), "start_index_map": (0,)}
    graph = lowered("gather", X, np.array([[1], [0]]), system="jax", dimension_numbers=numbers, slice_sizes=(1, 3))
    assert np.array_equal(values(graph)[0], X[[1, 0]])


def test_gathering_beyond_the_tensor_is_refused() -> None:
    numbers = {"offset_dims": (1,), "collapsed_slice_dims": (0,), "start_index_map": (0,)}
    why = refusal("gather", X, np.array([[7]]), system="jax", dimension_numbers=numbers, slice_sizes=(1, 3))
    assert "beyond" in why
