"""What a verification makes is freed when it is done, without Python's collector of cycles."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.kept import Kept
from chainrule.engine.verify import truth
from chainrule.engine.verify.gradients import Gradients
from chainrule.engine.verify.ledger import Ledger
from chainrule.engine.verify.values import Values
from chainrule.schema import Graph

from .test_ledger import chain


@pytest.fixture(autouse=True)
def _without_collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(truth, "TRUTHS", Kept[truth.Truth](most=0))
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def living() -> list[Any]:
    return [one for one in gc.get_objects() if isinstance(one, (Ledger, Values, Gradients))]


@pytest.mark.parametrize("text", ["f = exp(x * y) + z", "f = maximum(x, y) * relu(z)"])
@pytest.mark.parametrize("mistake", [1, 1.5])
def test_nothing_of_a_document_lives_on(text: str, mistake: float) -> None:
    graph = with_grads_times(mistake, cr.annotate(cr.parse(text, {"x": 0.5, "y": 0.5, "z": -1.0})))
    before = len(living())
    assert ("refuted" in verdicts(graph)) == (mistake != 1)
    assert len(living()) == before


@pytest.mark.parametrize("mistake", [1, 1.5])
def test_nor_of_a_large_one(mistake: float) -> None:
    graph = with_grads_times(mistake, chain(1500))
    before = len(living())
    assert ("refuted" in verdicts(graph)) == (mistake != 1)
    assert len(living()) == before


def with_grads_times(mistake: float, graph: Graph) -> Graph:
    rows: list[Any] = [{**node, "grad": float(node.get("grad", 0)) * mistake} for node in graph.nodes]
    return graph.with_nodes(rows)


def verdicts(graph: Graph) -> set[str]:
    report = cr.verify(graph, detail="all")
    assert report.verdict is not None
    return set(report.verdict.values())
