"""Many different small documents, from bytes to a report each, against the obvious design."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import chainrule

from .circuits import stated, wide
from .obvious_verifier import verified
from .pairs import Task, paired
from .peers import found
from .row import Row

#: So many documents, of so many nodes each.
DOCUMENTS, LEAST, MOST = 200, 8, 24


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """No two documents have one graph; a tenth of them states one gradient that is wrong."""
    files = different(max(10, int(DOCUMENTS * scale)))
    peer = obvious(files) if found("networkx") else None
    works = {
        "verify": _task(files, method=None),
        "verify, the local check alone": _task(files, method="local"),
        "read and both passes": _passes(files),
    }
    for work, task in works.items():
        measured = peer and paired(task, peer, rounds=rounds)
        yield Row("different small documents", work, len(files), {"the obvious design": measured}, speedup=True)


def different(count: int, *, seed: int = 7) -> Sequence[bytes]:
    """Annotated documents of random graphs that state values and gradients."""
    dice = Random(seed)
    return [_stated(dice, place) for place in range(count)]


def _stated(dice: Random, place: int) -> bytes:
    graph = stated(wide(dice.randint(LEAST, MOST), seed=place, unary="tanh"))
    nodes: list[Any] = [{**node} for node in graph.nodes]
    if place % 10 == 0:
        wrong = dice.choice(nodes)
        wrong["grad"] = float(wrong["grad"]) * 1.001 + 0.001
    return chainrule.dump(graph.with_nodes(nodes), None)


def _task(files: Sequence[bytes], *, method: str | None) -> Task:
    def task() -> None:
        for data in files:
            chainrule.dump(chainrule.verify(data, detail="all", method=method))

    return task


def _passes(files: Sequence[bytes]) -> Task:
    def task() -> None:
        for data in files:
            chainrule.backward(data)

    return task


def obvious(files: Sequence[bytes]) -> Task:
    """pydantic, networkx and a dict, one document after the other."""

    def task() -> None:
        for data in files:
            verified(data)

    return task
