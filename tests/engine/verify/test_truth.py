"""The truth about a graph at a point is made once, and reports are as if it were made for each document."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.kept import Kept
from chainrule.engine.plan import plan
from chainrule.engine.verify import truth
from chainrule.engine.verify.truth import truth_of
from chainrule.schema import Graph

from ..executors.programs import random_graph


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth, "TRUTHS", Kept[truth.Truth](truth.MOST_WIRES))


def claims_on(graph: Graph, seed: int) -> Sequence[bytes]:
    """One graph at one point, right and with mistakes that differ; names differ too."""
    right = cr.annotate(graph)
    texts = [cr.dump(right.with_nodes(list(_mistaken(right, seed, k))), None).decode() for k in range(4)]
    return [re.sub(r'"n(\d+)"', f'"wire{k}.\\1"', text).encode() for k, text in enumerate(texts)]


def _mistaken(graph: Graph, seed: int, k: int) -> Iterator[Any]:
    for place, node in enumerate(graph.nodes):
        row: dict[str, Any] = {**node}
        wrong = k and isinstance(row.get("grad"), float) and (place + seed) % (5 * k) == 0
        yield {**row, "grad": row["grad"] * (1 + 10.0 ** (-4 * k))} if wrong else row


def report(data: bytes, **asked: Any) -> bytes:
    return cr.dump(cr.verify(data, detail="all", **asked), None)


def alone(monkeypatch: pytest.MonkeyPatch, data: bytes, **asked: Any) -> bytes:
    """The report of a process that has seen nothing else."""
    with monkeypatch.context() as patched:
        patched.setattr(truth, "TRUTHS", Kept[truth.Truth](truth.MOST_WIRES))
        return report(data, **asked)


@pytest.mark.parametrize("shape", ["wide", "deep", "fan-out"])
@pytest.mark.parametrize("seed", range(3))
def test_reports_are_those_of_documents_that_were_verified_alone(
    monkeypatch: pytest.MonkeyPatch, shape: str, seed: int
) -> None:
    class_ = claims_on(random_graph(seed, 12, shape), seed)
    asked = [{}, {"kinks": "convention:torch"}, {"method": "complex-step"}, {"effort": "quick"}]
    for data in class_:
        for policy in asked:
            assert report(data, **policy) == alone(monkeypatch, data, **policy)
    assert len(truth.TRUTHS) == 1


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_narrow_dtypes_and_ties_share_as_well(monkeypatch: pytest.MonkeyPatch, dtype: str) -> None:
    class_ = claims_on(cr.parse("f = maximum(x, y) * z + relu(x - y)", {"x": 2, "y": 2, "z": -4}, dtype=dtype), 0)
    assert [report(data) for data in class_] == [alone(monkeypatch, data) for data in class_]
    assert len(truth.TRUTHS) == 1


def test_what_becomes_of_a_document_changes_nothing_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    data = claims_on(random_graph(3, 12, "wide"), 3)[0]
    expected = alone(monkeypatch, data)
    first = cr.load(data)
    assert isinstance(first, Graph)
    cr.verify(first, budget="evaluations=1")
    leaf: Any = first.nodes[0]
    leaf["value"] = 7.0
    assert report(data) == expected


def test_no_document_is_kept_with_the_truth() -> None:
    graph = cr.annotate(product("xyf", ext={"org.example.notes": "n" * 10_000}))
    kept = truth_of(plan(graph)).plan
    assert kept.graph is not graph
    assert kept.graph.ext is None
    assert [sorted(node) for node in kept.graph.nodes] == [["id", "op", "value"], ["id", "op", "value"], ["id", "op"]]
    assert kept.runner is plan(graph).runner


def test_threads_may_share_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    class_ = claims_on(random_graph(5, 12, "wide"), 5) * 3
    expected = [alone(monkeypatch, data) for data in class_]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(report, class_)) == expected


def test_names_and_claims_are_no_part_of_the_truth() -> None:
    graph = product("xyf")
    assert truth_of(plan(graph)) is truth_of(plan(product("uvg")))
    assert truth_of(plan(graph)) is truth_of(plan(cr.annotate(graph)))


@pytest.mark.parametrize(
    "other",
    [
        {"x": 2.0000000000000004},
        {"x": "2.0"},
        {"x": 2},
        {"seed": 2.0},
        {"dtype": "float32"},
        {"kinks": "torch"},
        {"accumulate": "float32"},
        {"op": "add"},
    ],
)
def test_what_the_truth_depends_on_is_looked_at(other: dict[str, Any]) -> None:
    assert truth_of(plan(product("xyf"))) is not truth_of(plan(product("xyf", **other)))


def test_a_document_that_nothing_follows_from_is_not_kept() -> None:
    unbound = product("xyf", x=None)
    assert truth_of(plan(unbound)) is not truth_of(plan(unbound))
    assert len(truth.TRUTHS) == 0


def product(names: str, *, x: Any = 2.0, seed: float = 1.0, op: str = "mul", **fields: Any) -> Graph:
    """Two leaves and a gate by these names."""
    a, b, f = names
    value = {} if x is None else {"value": x}
    document = {
        "chainrule": "1.0",
        "kind": "graph",
        "opset": {"core": 1},
        **fields,
        "nodes": [
            {"id": a, "op": "input", **value},
            {"id": b, "op": "input", "value": 3.0},
            {"id": f, "op": op, "inputs": [a, b]},
        ],
        "outputs": [{"node": f, "seed": seed}],
    }
    found = cr.load(document)
    assert isinstance(found, Graph)
    return found
