"""One wrong number is blamed on exactly its node; what follows from it is attributed to it."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.schema import Graph, Report

from ..graphs import random_graph


def planted(graph: Graph, node: int, field: str, factor: float) -> Graph:
    """The annotated graph with one number multiplied."""
    rows: list[Any] = [dict(row) for row in graph.nodes]
    rows[node][field] = rows[node][field] * factor
    return graph.with_nodes(rows)


def first_faults(report: Report) -> list[str]:
    return [fault["at"] for fault in report.model_dump(by_alias=True).get("first_faults") or []]


def test_the_operands_of_a_wrong_gradient_are_attributed_to_it() -> None:
    graph = cr.annotate(cr.parse("q = x + y; f = q * z", x=-2, y=5, z=-4))
    wrong = planted(graph, graph.structure.index["q"], "grad", 2)
    report = cr.verify(wrong).model_dump(by_alias=True)
    [fault] = report["first_faults"]
    assert fault["at"] == "grad:q"
    assert set(fault["carried"]) == {"downstream:q#0", "downstream:q#1"}


def test_an_error_carried_on_is_one_fault() -> None:
    graph = cr.parse("f = (x + y) * z", x=-2, y=5, z=-4)
    rows: list[Any] = [dict(row) for row in graph.nodes]
    for name, number in {"add": 4, "x": 4, "y": 4, "z": 3, "f": 1}.items():
        rows[graph.structure.index[name]]["grad"] = number
    report = cr.verify(graph.with_nodes(rows)).model_dump(by_alias=True)
    assert report["first_faults"] == [{"at": "grad:add", "carried": ["grad:x", "grad:y"]}]


def test_two_independent_mistakes_are_two_faults() -> None:
    graph = cr.annotate(cr.parse("a = x*x; b = y*y; f = a + b", x=2, y=3))
    index = graph.structure.index
    wrong = planted(planted(graph, index["a"], "value", 2), index["b"], "value", 3)
    assert first_faults(cr.verify(wrong)) == ["value:a", "value:b"]


SIZES = st.floats(-6, 6).map(lambda power: 1 + 10.0**power)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), factor=SIZES, place=st.randoms(use_true_random=False))
def test_a_planted_gradient_is_blamed_on_exactly_its_node(seed: int, factor: float, place: random.Random) -> None:
    graph = cr.annotate(random_graph(seed, 60))
    candidates = [i for i, row in enumerate(graph.nodes) if row.get("inputs") and row.get("grad")]
    node = place.choice(candidates)
    report = cr.verify(planted(graph, node, "grad", factor))
    assert first_faults(report) == [f"grad:{graph.structure.ids[node]}"]


@pytest.mark.slow
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), factor=SIZES, place=st.randoms(use_true_random=False))
def test_a_planted_gradient_in_ten_thousand_nodes_is_blamed_on_exactly_its_node(
    seed: int, factor: float, place: random.Random
) -> None:
    graph = cr.annotate(random_graph(seed, 10_000))
    candidates = [i for i, row in enumerate(graph.nodes) if row.get("inputs") and row.get("grad")]
    node = place.choice(candidates)
    report = cr.verify(planted(graph, node, "grad", factor))
    assert first_faults(report) == [f"grad:{graph.structure.ids[node]}"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), gates=st.integers(1, 80))
def test_what_the_engine_annotates_is_never_refuted(seed: int, gates: int) -> None:
    report = cr.verify(cr.annotate(random_graph(seed, gates)))
    assert report.verdict is not None
    assert "refuted" not in report.verdict.values()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), gates=st.integers(1, 60), decimals=st.integers(1, 4))
def test_nor_is_it_where_the_sources_are_decimals(seed: int, gates: int, decimals: int) -> None:
    report = cr.verify(cr.annotate(random_graph(seed, gates, decimals=decimals)))
    assert report.verdict is not None
    assert "refuted" not in report.verdict.values()


@pytest.mark.slow
def test_ten_thousand_annotated_graphs_are_not_refuted() -> None:
    for seed in range(10_000):
        report = cr.verify(cr.annotate(random_graph(seed, 1 + seed % 40)))
        assert report.verdict is not None
        assert "refuted" not in report.verdict.values(), seed
