"""Flat places: every entry of every operand is found where its wire lies."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.edges import spans, starts_of, within
from chainrule.engine.forward import forward_pass
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.plan import leaf_numbers, plan
from chainrule.engine.verify.layout import Layout
from chainrule.schema import Graph

from ..graphs import random_graph


def mixed() -> Graph:
    nodes: list[Any] = [
        {"id": "w", "op": "input", "value": 2},
        {"id": "x", "op": "input", "value": [0.5, -0.25, 3]},
        {"id": "b", "op": "input", "value": 0.5},
        {"id": "a", "op": "mul", "inputs": ["w", "x"]},
        {"id": "c", "op": "mul", "inputs": ["w", "b"]},
        {"id": "d", "op": "mul", "inputs": ["a", "x"]},
        {"id": "f", "op": "add", "inputs": ["d", "c"]},
    ]
    return Graph.build(nodes=nodes, outputs=[{"node": "f"}])


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=8))
def test_spans_are_the_ranges_one_after_the_other(ranges: list[tuple[int, int]]) -> None:
    starts, sizes = (np.array([pair[k] for pair in ranges], dtype=np.int64) for k in (0, 1))
    assert spans(starts, sizes).tolist() == [k for start, size in ranges for k in range(start, start + size)]
    assert within(sizes).tolist() == [k for _, size in ranges for k in range(size)]
    assert starts_of(sizes).tolist() == [sum(size for _, size in ranges[:k]) for k in range(len(ranges) + 1)]


@pytest.mark.parametrize("graph", [mixed(), random_graph(3, 40)], ids=["tensors and scalars", "scalars"])
def test_a_group_s_operands_give_its_own_values(graph: Graph) -> None:
    made = plan(graph)
    layout = Layout(made)
    flat = layout.flat(forward_pass(made, leaf_numbers(made)))
    gates = [gate for group in layout.groups for gate in group.gates.tolist()]
    assert sorted(gates) == made.gates
    for group in layout.groups:
        computed = group.rule.forward(Arrays(), *[flat[port] for port in group.ports])
        assert np.allclose(computed, flat[group.own], rtol=1e-14)


def test_rules_of_one_name_and_other_attributes_are_groups_of_their_own() -> None:
    nodes: list[Any] = [{"id": "x", "op": "input", "value": -2}]
    nodes += [
        {"id": name, "op": "leaky_relu", "inputs": ["x"], "attrs": {"alpha": alpha}}
        for name, alpha in (("a", 0.25), ("b", 0.5), ("c", 0.25))
    ]
    nodes += [{"id": "d", "op": "add", "inputs": ["a", "b"]}, {"id": "f", "op": "add", "inputs": ["d", "c"]}]
    graph = cr.annotate(Graph.build(nodes=nodes, outputs=[{"node": "f"}]))
    groups = [group.gates.tolist() for group in Layout(plan(graph)).groups]
    assert groups == [[1, 3], [2], [4, 5]]
    report = cr.verify(graph)
    assert report.verdict is not None
    assert set(report.verdict.values()) <= {"proved", "consistent"}
