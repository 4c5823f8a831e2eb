"""A graph of tensors in its smallest parts: a scalar wire an entry, claims and all, and the way back."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.forward import forward_pass
from chainrule.engine.parts import Parts, opened
from chainrule.engine.plan import leaf_numbers, plan
from chainrule.schema import Graph

from .tensor_graphs import random_tensor_graph

ROWS: list[dict[str, Any]] = [
    {"id": "a", "op": "param", "value": [[1, 2]], "grad": [[3, "4.0"]]},
    {"id": "b", "op": "param", "value": [[3], [4]]},
    {"id": "p", "op": "matmul", "inputs": ["a", "b"], "value": [[11]], "downstream": [[[3, 4]], None]},
    {"id": "f", "op": "reduce_sum", "inputs": ["p"]},
]


def parts_of(graph: Graph, most: int = 10_000) -> Parts | None:
    made = plan(graph)
    values = forward_pass(made, leaf_numbers(made))
    return opened(made, values.__getitem__, most)


def product() -> Parts:
    found = parts_of(Graph.build(nodes=ROWS, outputs=[{"node": "f"}]))
    assert found is not None
    return found


def named(parts: Parts) -> dict[str, Any]:
    return {row["id"]: row for row in parts.plan.graph.nodes}


def test_every_entry_has_a_wire_of_its_name_and_inner_gates_have_none_of_the_document() -> None:
    parts = product()
    outer = [name for place, name in enumerate(parts.plan.ids) if place not in parts.plan.inner]
    assert outer == ["a[0,0]", "a[0,1]", "b[0,0]", "b[1,0]", "p[0,0]", "f"]
    assert {parts.plan.graph.nodes[k]["op"] for k in parts.plan.inner} >= {"mul", "add", "identity"}
    assert set(parts.plan.shapes) == {()}


def test_claims_stand_at_their_entries_as_they_were_written() -> None:
    rows = named(product())
    assert [rows[f"a[0,{k}]"]["grad"] for k in range(2)] == [3, "4.0"]
    assert rows["p[0,0]"]["value"] == 11
    assert "grad" not in rows["b[0,0]"]


def test_what_a_gate_sends_is_claimed_at_copies_of_its_operand() -> None:
    parts = product()
    sent = {key: whole for key, whole in parts.slots.items() if whole[0] == (2, "downstream", 0)}
    assert sorted(entry for _, entry in sent.values()) == [0, 1]
    assert {parts.plan.graph.nodes[place]["op"] for place, _, _ in sent} == {"identity"}


def test_a_part_knows_the_node_and_the_entry_that_it_stands_for() -> None:
    parts = product()
    assert parts.home[parts.plan.ids.index("a[0,1]")] == (0, 1)
    # Gates inside belong to the op that was opened.
    assert {parts.home[place][0] for place in parts.plan.inner} <= {2, 3}


def test_more_parts_than_were_allowed_are_refused_whole() -> None:
    graph = Graph.build(nodes=ROWS, outputs=[{"node": "f"}])
    assert parts_of(graph, most=5) is None
    assert parts_of(graph, most=7) is None


def test_a_seed_is_taken_apart_with_its_output() -> None:
    graph = Graph.build(nodes=ROWS[:3], outputs=[{"node": "p", "seed": [[2]]}])
    found = parts_of(graph)
    assert found is not None
    assert found.plan.graph.outputs == [{"node": "p[0,0]", "seed": 2}]


@pytest.mark.parametrize("seed", range(12))
def test_parts_compute_what_the_whole_does(seed: int) -> None:
    graph = random_tensor_graph(seed)
    found = parts_of(graph)
    if found is None:
        pytest.skip("this graph reads outside of a tensor, or is too large")
    whole = cr.backward(graph)
    made = plan(found.plan.graph)
    assert made.is_elementwise
    ours = cr.backward(found.plan.graph)
    for name, numbers in whole.values.items():
        for entry, number in enumerate(np.ravel(numbers)):
            part = name if np.shape(numbers) == () else f"{name}{list(np.unravel_index(entry, np.shape(numbers)))}"
            part = part.replace("np.int64(", "").replace(")", "").replace(" ", "")
            assert ours.values[part] == pytest.approx(number, rel=1e-9, abs=1e-12)
            if name in whole.grads:
                expected = np.ravel(whole.grads[name])[entry]
                assert ours.grads[part] == pytest.approx(expected, rel=1e-9, abs=1e-12)
