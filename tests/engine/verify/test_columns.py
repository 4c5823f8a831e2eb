"""Claims as columns say what the same claims say one by one."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.plan import plan
from chainrule.engine.verify.claims import claims_of
from chainrule.engine.verify.columns import Columns
from chainrule.schema import Graph
from chainrule.schema.number import nearest

from ..graphs import random_graph


def columns_of(graph: Graph) -> Columns:
    return Columns(plan(graph))


def tensors(**header: Any) -> Graph:
    nodes: list[Any] = [
        {"id": "w", "op": "input", "value": 2},
        {"id": "x", "op": "input", "value": [0.1, -0.2, 0.3]},
        {"id": "a", "op": "mul", "inputs": ["w", "x"]},
        {"id": "f", "op": "relu", "inputs": ["a"]},
    ]
    return cr.annotate(Graph.build(nodes=nodes, outputs=[{"node": "f", "seed": [1, 1, 1]}], **header))


def claiming(graph: Graph, name: str, **fields: Any) -> Graph:
    rows: list[Any] = [{**row, **fields} if row["id"] == name else row for row in graph.nodes]
    return graph.with_nodes(rows)


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), dtype=st.sampled_from(["float64", "float32", "float16", "bfloat16"]))
def test_every_plain_number_is_the_nearest_of_its_dtype(seed: int, dtype: str) -> None:
    graph = random_graph(seed, 12)
    narrow = cr.annotate(Graph.build(nodes=graph.nodes, outputs=list(graph.outputs), dtype=dtype))
    columns = columns_of(narrow)
    assert list(columns) == claims_of(columns.plan)
    for k, claim in enumerate(columns):
        [number] = columns.numbers[columns.starts[k] : columns.starts[k + 1]].tolist()
        written = nearest(claim.entries[0], claim.dtype)
        assert number == written or math.isnan(written)
        assert columns.plain[k] == math.isfinite(written)


def test_entries_of_tensors_lie_one_after_the_other() -> None:
    columns = columns_of(tensors())
    for k, claim in enumerate(columns):
        own = columns.numbers[columns.starts[k] : columns.starts[k + 1]]
        assert own.tolist() == [nearest(entry, claim.dtype) for entry in claim.entries]
    assert columns.plain.all()


@pytest.mark.parametrize("written", ["0.20", "NaN", "Infinity"])
def test_digits_and_what_is_no_finite_number_are_not_plain(written: str) -> None:
    graph = claiming(cr.annotate(cr.parse("f = x*y", x=3, y=5)), "x", grad=written)
    columns = columns_of(graph)
    k = columns.find((graph.structure.index["x"], "grad", None))
    assert [place for place in range(len(columns)) if not columns.plain[place]] == [k]


def test_a_tensor_with_a_missing_entry_is_not_plain() -> None:
    graph = claiming(tensors(), "x", grad=[2, None, 2])
    columns = columns_of(graph)
    k = columns.find((graph.structure.index["x"], "grad", None))
    assert k is not None
    assert not columns.plain[k]
    assert np.isnan(columns.numbers[columns.starts[k] + 1])


def test_json_numbers_that_a_document_calls_rounded_are_not_plain() -> None:
    graph = cr.annotate(cr.parse("f = x*y", x=3, y=5))
    rounded = Graph.build(
        nodes=graph.nodes,
        outputs=list(graph.outputs),
        rounding={"mode": "decimals", "digits": 2, "direction": "nearest"},
    )
    assert not columns_of(rounded).plain.any()


def test_a_claim_is_found_by_its_key_and_what_is_not_claimed_is_not() -> None:
    graph = claiming(tensors(), "a", local=[None, [1, 2, 3]])
    columns = columns_of(graph)
    for k, claim in enumerate(columns):
        assert columns.find((claim.node, claim.field, claim.port)) == k
    assert columns.find((graph.structure.index["a"], "local", 0)) is None
    assert columns.find((graph.structure.index["w"], "value", None)) is None
