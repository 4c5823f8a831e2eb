"""Tensors without entries, and nodes that make several: both run forward and backward."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.schema import Graph

EMPTY = {"shape": [0, 3, 9], "b64": ""}


def graph(leaf: Any, *nodes: dict[str, Any], outputs: list[dict[str, Any]]) -> Graph:
    rows: list[Any] = [{"id": "x", "op": "input", "value": leaf}, *nodes]
    listed: list[Any] = outputs
    return Graph.build(nodes=rows, outputs=listed)


@pytest.mark.parametrize(
    "gate",
    [
        {"op": "average_pool", "attrs": {"kernel_shape": [3]}},
        {"op": "max_pool", "attrs": {"kernel_shape": [3]}},
        {"op": "reduce_prod"},
        {"op": "reduce_prod", "attrs": {"axes": [0]}},
    ],
)
def test_the_gradient_of_no_entries_is_no_entries(gate: dict[str, Any]) -> None:
    made = graph(EMPTY, {"id": "y", "inputs": ["x"], **gate}, {"id": "s", "op": "reduce_sum", "inputs": ["y"]},
                 outputs=[{"node": "s"}])  # fmt: skip
    assert np.shape(cr.backward(made).grads["x"]) == (0, 3, 9)


def test_each_piece_of_a_split_hands_its_gradient_back() -> None:
    made = graph(
        [1, 2, 3],
        {"id": "t", "op": "split", "inputs": ["x"], "attrs": {"axis": 0, "split": [1, 2]}},
        {"id": "a", "op": "get", "inputs": ["t"], "attrs": {"index": 0}},
        {"id": "b", "op": "get", "inputs": ["t"], "attrs": {"index": 1}},
        outputs=[{"node": "a", "seed": [5]}, {"node": "b", "seed": [6, 7]}],
    )
    found = cr.backward(made)
    assert np.array_equal(found.values["b"], [2, 3])
    assert np.array_equal(found.grads["x"], [5, 6, 7])


def test_the_parts_of_a_tuple_are_verified_like_any_wire() -> None:
    made = graph(
        [1, 2, 3],
        {"id": "t", "op": "split", "inputs": ["x"], "attrs": {"axis": 0, "split": [1, 2]}},
        {"id": "b", "op": "get", "inputs": ["t"], "attrs": {"index": 1}, "value": [2, 4]},
        outputs=[{"node": "b", "seed": [6, 7]}],
    )
    assert cr.verify(made).verdict["local"] == "refuted"
