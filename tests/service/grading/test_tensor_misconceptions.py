"""What happens to tensors: the transposed dW and its like get their names (grading.md 10.4)."""

import json
from typing import Any

import numpy as np
import pytest

from chainrule.schema import read
from chainrule.service.grading.exam import exam_of
from chainrule.service.grading.grading import Graded, graded
from chainrule.service.grading.reading.carriers import read_submission

W = [[0.1, 0.5], [-0.3, 0.8]]
X = [[0.2], [0.4]]


def circuit(nodes: list[dict[str, Any]], output: str) -> dict[str, Any]:
    return {"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}, "nodes": nodes,
            "outputs": [{"node": output}]}  # fmt: skip


def leaf(name: str, value: Any) -> dict[str, Any]:
    return {"id": name, "op": "input", "value": value}


def gate(name: str, op: str, *inputs: str, **attributes: Any) -> dict[str, Any]:
    extra = {"attrs": attributes} if attributes else {}
    return {"id": name, "op": op, "inputs": list(inputs), **extra}


def sheet(graph: dict[str, Any], answers: dict[str, Any], decimals: int = 4) -> Graded:
    document = {
        "chainrule": "1.0", "kind": "assignment", "id": "tensors", "graph": graph,
        "slots": [{"slot": address} for address in answers], "policy": {"form": {"min_decimals": decimals}},
    }  # fmt: skip
    exam = exam_of(read(json.dumps(document).encode()))
    return graded(exam, read_submission(exam, json.dumps({"answers": written(answers, decimals)}).encode()))


def written(number: Any, decimals: int) -> Any:
    """Numbers as printed digits."""
    if isinstance(number, dict):
        return {name: written(one, decimals) for name, one in number.items()}
    if isinstance(number, list | np.ndarray):
        return [written(one, decimals) for one in number]
    return f"{float(number):.{decimals}f}"


def codes(found: Graded, address: str) -> set[str]:
    """The codes that explain the worst entry of a slot."""
    worst = next(slot.worst for slot in found.slots if slot.slot.address == address)
    assert worst.diagnosis is not None, worst.state
    return {code for one in worst.diagnosis.classes for code in one.codes}


def squared_norm() -> dict[str, Any]:
    """The circuit of a lecture: f = ||Wx||²."""
    nodes = [
        leaf("W", W),
        leaf("x", X),
        gate("q", "matmul", "W", "x"),
        gate("s", "square", "q"),
        gate("f", "reduce_sum", "s"),
    ]
    return circuit(nodes, "f")


DQ = 2 * np.array(W) @ np.array(X)
SIDE = np.array(X)[:, 0]


def test_the_transposed_gradient_of_a_matrix_is_told() -> None:
    right = np.outer(DQ, SIDE)
    assert {slot.state for slot in sheet(squared_norm(), {"grad:q": DQ, "grad:W": right}).slots} == {"correct"}
    found = sheet(squared_norm(), {"grad:q": DQ, "grad:W": right.T})
    assert codes(found, "grad:W") == {"transposed-result"}
    worst = next(slot.worst for slot in found.slots if slot.slot.address == "grad:W")
    assert worst.diagnosis.is_named


def test_a_matrix_that_was_not_transposed_is_told() -> None:
    found = sheet(squared_norm(), {"grad:q": DQ, "grad:x": np.array(W) @ DQ})
    assert codes(found, "grad:x") == {"transposed-operand"}


def test_a_bias_with_one_row_or_with_the_mean_is_told() -> None:
    z = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]])
    nodes = [
        leaf("b", [0.3, -0.2]),
        leaf("z", z.tolist()),
        gate("B", "broadcast_to", "b", shape=[3, 2]),
        gate("m", "mul", "B", "z"),
        gate("f", "reduce_sum", "m"),
    ]
    graph = circuit(nodes, "f")
    assert codes(sheet(graph, {"grad:b": z[0]}), "grad:b") >= {"unbroadcast-not-summed"}
    assert codes(sheet(graph, {"grad:b": z.mean(0)}), "grad:b") == {"unbroadcast-mean"}
    assert {slot.state for slot in sheet(graph, {"grad:b": z.sum(0)}).slots} == {"correct"}


def test_a_mean_that_was_not_divided_is_told() -> None:
    graph = circuit([leaf("x", [1.5, -0.5, 2.0]), gate("f", "reduce_mean", "x")], "f")
    assert codes(sheet(graph, {"grad:x": [1, 1, 1]}), "grad:x") == {"mean-not-divided"}


@pytest.mark.parametrize(
    ("factor", "code"),
    [(3, "batch-mean-missing"), (1 / 3, "batch-mean-doubled"), (0.5, "half-factor"), (-1, "ce-sign")],
)
def test_factors_of_a_squared_error_are_told(factor: float, code: str) -> None:
    x, y = np.array([1.5, -0.5, 2.0]), np.array([1.0, 1.0, 0.3])
    graph = circuit(
        [leaf("x", x.tolist()), {**leaf("y", y.tolist()), "op": "const"}, gate("f", "mse_loss", "x", "y")], "f"
    )
    right = 2 * (x - y) / 3
    assert {slot.state for slot in sheet(graph, {"grad:x": right}).slots} == {"correct"}
    assert codes(sheet(graph, {"grad:x": factor * right}), "grad:x") == {code}


def test_a_softmax_with_its_diagonal_alone_is_told() -> None:
    x, w = np.array([0.5, -0.3, 1.2]), np.array([1.0, 2.0, -0.5])
    nodes = [
        leaf("x", x.tolist()),
        {**leaf("w", w.tolist()), "op": "const"},
        gate("s", "softmax", "x", axis=0),
        gate("m", "mul", "s", "w"),
        gate("f", "reduce_sum", "m"),
    ]
    s = np.exp(x) / np.exp(x).sum()
    found = sheet(circuit(nodes, "f"), {"value:s": s, "grad:x": s * (1 - s) * w})
    assert codes(found, "grad:x") == {"softmax-diagonal-only"}


def test_a_row_that_was_read_twice_and_kept_once_is_told() -> None:
    up = np.array([1.5, -2.0, 0.7])
    nodes = [
        leaf("x", [0.2, 0.5, -1.0]),
        {"id": "i", "op": "const", "value": [2, 0, 2], "dtype": "int64"},
        {**leaf("w", up.tolist()), "op": "const"},
        gate("g", "gather", "x", "i", axis=0),
        gate("m", "mul", "g", "w"),
        gate("f", "reduce_sum", "m"),
    ]
    found = sheet(circuit(nodes, "f"), {"grad:x": [-2.0, 0, 0.7]})
    assert "gather-overwrites" in codes(found, "grad:x")
