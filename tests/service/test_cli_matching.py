"""Claims that stand apart find their graph, and a million documents take no more memory than what is held for that."""

import gzip
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import orjson
import pytest

import chainrule as cr
from chainrule.engine.verify import Policy
from chainrule.schema import UsageError
from chainrule.schema.digest import graph_digest
from chainrule.service.cli import matching
from chainrule.service.cli.jobs import AHEAD, told_of
from chainrule.service.cli.matching import tasks
from chainrule.service.cli.subjects import Refusal, Subject, Task, forget, subject
from chainrule.service.cli.verdicts import Asked, Told
from chainrule.service.sources import Source

from .commands import BARE, RIGHT
from .test_cli_verify import annotations

OTHER = {**RIGHT, "nodes": [{"id": "x", "op": "input", "value": 1}, {"id": "f", "op": "neg", "inputs": ["x"]}]}
OTHER["outputs"] = [{"node": "f"}]


def source(name: str, document: Any) -> Source:
    return Source(name, document if isinstance(document, bytes) else orjson.dumps(document), many=True)


def said(found: Task | Refusal) -> str:
    if isinstance(found, Refusal):
        return str(found.error)
    return found.graph.name if found.claims is None else f"{found.graph.name}+{found.claims.name}"


@pytest.fixture(autouse=True)
def _nothing_read() -> None:
    forget()


GRAPH, CLAIMS = source("graph", BARE), source("claims", annotations(BARE, z={"grad": 4}))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([GRAPH, CLAIMS], ["graph", "graph+claims"]),
        ([CLAIMS, GRAPH], ["graph", "graph+claims"]),
        ([source("other", OTHER), CLAIMS, GRAPH, CLAIMS], ["other", "graph", "graph+claims", "graph+claims"]),
        ([source("broken", b"{"), GRAPH, CLAIMS], ["broken", "graph", "graph+claims"]),
    ],
)
def test_claims_find_their_graph_whichever_comes_first(given: list[Source], expected: list[str]) -> None:
    assert list(map(said, tasks(given, None))) == expected


@pytest.mark.parametrize(
    "written",
    [
        gzip.compress(CLAIMS.data),
        CLAIMS.data.replace(b'"annotations"', rb'"\u0061nnotations"'),
    ],
)
def test_claims_are_known_however_they_are_written(written: bytes) -> None:
    assert list(map(said, tasks([GRAPH, Source("claims", written)], None))) == ["graph", "graph+claims"]


def test_a_graph_that_speaks_of_annotations_is_a_graph() -> None:
    first, *others = BARE["nodes"]
    graph = source("labelled", {**BARE, "nodes": [{**first, "label": "annotations"}, *others]})
    [task] = tasks([graph], None)
    assert isinstance(task, Task)
    assert isinstance(subject(task), Subject)


def test_what_cannot_be_read_stands_in_its_place() -> None:
    found = list(tasks([GRAPH, UsageError("lost"), GRAPH], [UsageError("gone"), CLAIMS, GRAPH]))
    assert said(found[0]) == "gone"
    assert "graph" in said(found[1])
    assert [said(one) for one in found[2:]] == ["graph+claims", "lost", "graph+claims"]


def test_no_more_is_held_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "HELD", 3 * len(GRAPH.data))
    others = [source(f"o{k}", OTHER) for k in range(20)]
    *_, last = tasks([GRAPH, *others, CLAIMS], None)
    assert "name its file as well, not more than" in said(last)
    assert said([*tasks([GRAPH, CLAIMS, *others, GRAPH, CLAIMS], None)][-1]) == "graph+claims"


def test_claims_wait_as_long_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "HELD", 2 * len(CLAIMS.data))
    waiting = [Source(f"claims{k}", CLAIMS.data, many=True) for k in range(3)]
    found = list(map(said, tasks([*waiting, GRAPH, CLAIMS], None)))
    assert found[0].startswith("claims0: ")
    assert "MB of claims wait: name the files of graphs first" in found[0]
    assert found[1:] == ["graph", "graph+claims1", "graph+claims2", "graph+claims"]


def test_no_graph_is_digested_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    digested: list[str] = []
    monkeypatch.setattr(matching, "graph_digest", lambda graph: digested.append(graph) or graph_digest(graph))
    list(tasks([CLAIMS, source("other", OTHER), GRAPH, CLAIMS, GRAPH, CLAIMS], None))
    assert len(digested) == 3


def test_claims_beside_a_graph_are_told_one_by_one() -> None:
    claims = [source(f"c{k}", annotations(BARE, z={"grad": k})) for k in range(4)]
    taken: list[str] = []

    def judging(found: Any, asked: Asked) -> Told:
        taken.append(found.name)
        return Told(0)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(import_module(told_of.__module__), "judged", judging)
        told = told_of([GRAPH], claims, Asked("text", Policy(), "findings"), jobs=1)
        next(told)
    assert taken == ["c0"]


def test_a_graph_that_cannot_be_read_is_refused_once_for_all_claims() -> None:
    claims = [source(f"c{k}", annotations(BARE, z={"grad": k})) for k in range(4)]
    [refused] = tasks([source("broken", b"{")], claims)
    assert "broken" in said(refused)


def test_claims_without_a_graph_are_refused_in_their_order() -> None:
    about = [source(f"c{k}", annotations(graph, x={"grad": 1})) for k, graph in enumerate((BARE, OTHER, BARE, OTHER))]
    assert [said(one).split(":")[0] for one in tasks(about, None)] == ["c0", "c1", "c2", "c3"]


def test_sources_are_read_as_processes_become_free() -> None:
    taken = 0

    def endless() -> Iterator[Source]:
        nonlocal taken
        while True:
            taken += 1
            yield source(f"d{taken}", RIGHT)

    told = told_of(endless(), None, Asked("text", Policy(), "findings"), jobs=2)
    assert next(told).code == 0
    assert taken <= 2 * AHEAD + 2
    told.close()  # pyright: ignore[reportAttributeAccessIssue]  (it is a generator)


def test_a_graph_is_read_once_for_all_its_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counting(data: bytes, **asked: Any) -> Any:
        read.append(asked["source"])
        return cr.schema.read(data, **asked)

    monkeypatch.setattr(import_module(subject.__module__), "read", counting)
    graph = source("graph-of-many", BARE)
    claims = [source(f"k{k}", annotations(BARE, z={"grad": k})) for k in range(5)]
    for task in tasks([graph, *claims], None):
        assert isinstance(task, Task)
        subject(task)
    assert read.count("graph-of-many") == 1
