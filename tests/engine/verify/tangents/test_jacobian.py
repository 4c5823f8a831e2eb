"""The full Jacobian: columns by forward rules equal rows by gradient rules, and the dot-product test holds them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.registry import OPS
from chainrule.engine.verify.tangents.jacobian import MOST, dot_product_test, jacobian
from chainrule.schema import Graph, UsageError

from ...graphs import random_graph
from ..in_place import put_in_place
from ..stepping import probes


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), gates=st.integers(1, 60))
def test_columns_and_rows_are_the_same_jacobian(seed: int, gates: int) -> None:
    graph = random_graph(seed, gates)
    columns, rows = jacobian(graph, by="columns"), jacobian(graph, by="rows")
    scale = np.abs(rows.matrix).max(initial=0.0)
    assert columns.matrix == pytest.approx(rows.matrix, rel=1e-6, abs=1e-9 * scale)
    assert columns.leaves == rows.leaves == [(f"x{k}", 0) for k in range(4)]


def two_outputs() -> Graph:
    nodes: list[Any] = [
        {"id": "x", "op": "input", "value": [1.0, 2.0, 3.0]},
        {"id": "w", "op": "param", "value": 0.5},
        {"id": "k", "op": "const", "value": 2},
        {"id": "y", "op": "mul", "inputs": ["x", "w"]},
        {"id": "z", "op": "square", "inputs": ["w"]},
    ]
    outputs: list[Any] = [{"node": "y", "seed": [1, 1, 1]}, {"node": "z", "seed": 1}]
    return Graph.build(nodes=nodes, outputs=outputs)


@pytest.mark.parametrize("by", ["columns", "rows"])
def test_tensors_have_a_row_and_a_column_an_entry(by: Any) -> None:
    found = jacobian(two_outputs(), by=by)
    assert found.outputs == [("y", 0), ("y", 1), ("y", 2), ("z", 0)]
    assert found.leaves == [("x", 0), ("x", 1), ("x", 2), ("w", 0)]
    expected = [[0.5, 0, 0, 1], [0, 0.5, 0, 2], [0, 0, 0.5, 3], [0, 0, 0, 1]]
    assert found.matrix.tolist() == expected


def test_the_fewer_of_columns_and_rows_are_computed() -> None:
    assert jacobian(cr.parse("f = x*y*z", {"x": 1, "y": 2, "z": 3})).by == "rows"
    nodes: list[Any] = [{"id": "x", "op": "input", "value": 0.5}]
    nodes += [{"id": name, "op": name, "inputs": ["x"]} for name in ("sin", "cos", "exp")]
    outputs: list[Any] = [{"node": name, "seed": 1} for name in ("sin", "cos", "exp")]
    found = jacobian(Graph.build(nodes=nodes, outputs=outputs))
    assert found.by == "columns"
    assert found.matrix.ravel() == pytest.approx([np.cos(0.5), -np.sin(0.5), np.exp(0.5)], rel=1e-15)


def test_at_a_kink_rows_follow_the_convention_and_columns_are_refused() -> None:
    graph = cr.parse("f = relu(x)", {"x": 0})
    assert jacobian(graph).by == "rows"
    assert jacobian(graph, kinks="split").matrix.tolist() == [[0.5]]
    with pytest.raises(UsageError, match="no derivative"):
        jacobian(graph, by="columns")


def test_a_jacobian_that_is_too_large_is_refused() -> None:
    count = int(MOST**0.5) + 1
    nodes: list[Any] = [
        {"id": "x", "op": "input", "value": [1.0] * count},
        {"id": "y", "op": "square", "inputs": ["x"]},
    ]
    with pytest.raises(UsageError, match="more than 1000000 entries"):
        jacobian(Graph.build(nodes=nodes, outputs=[{"node": "y", "seed": [1.0] * count}]))


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), k=st.integers(0, 5))
def test_forward_and_reverse_agree_on_every_dot_product(seed: int, k: int) -> None:
    assert dot_product_test(random_graph(seed, 40), probes(str(seed)), k).agrees
    assert dot_product_test(two_outputs(), probes(str(seed)), k).agrees


@pytest.mark.parametrize("name", ["mul", "sigmoid", "div", "exp"])
def test_a_wrong_gradient_rule_does_not_pass_the_dot_product_test(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operands = {"x": 0.7, "y": 1.9} if len(OPS[name].operands) == 2 else {"x": 0.7}
    expression, right = f"f = {name}({', '.join(operands)})", OPS[name]._local
    assert right is not None

    def wrong(xp: Any, out: Any, *numbers: Any) -> Any:
        found: Any = right(xp, out, *numbers)
        return (found[0] * 1.001, *found[1:]) if type(found) is tuple else found * 1.001

    assert dot_product_test(cr.parse(expression, operands), probes()).agrees
    put_in_place(monkeypatch, name, replace(OPS[name], _local=wrong))
    assert not dot_product_test(cr.parse(expression, operands), probes()).agrees
