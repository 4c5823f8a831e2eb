"""Many different small documents, from bytes to a report each, against the obvious design."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import Any

import chainrule

from .circuits import stated, wide
from .obvious_verifier import verified
from .pairs import FULL_RUN, over, paired
from .peers import found
from .row import Row

#: So many documents, in a quick run fewer, of so many nodes each.
DOCUMENTS, QUICK, LEAST, MOST = 200, 50, 8, 24


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """No two documents have one graph, in no two rounds either; a tenth of them states one gradient that is wrong."""
    count = max(10, int((DOCUMENTS if rounds >= FULL_RUN else QUICK) * scale))
    works: dict[str, Callable[[bytes], None]] = {
        "verify": partial(_verify, method=None),
        "verify, the local check alone": partial(_verify, method="local"),
        "read and both passes": _passes,
    }
    for place, (work, look) in enumerate(works.items()):
        lots = [different(count, seed=1000 * place + k) for k in range(rounds + 1)]
        peer = over(lots, partial(_each, verified)) if found("networkx") else None
        measured = peer and paired(over(lots, partial(_each, look)), peer, rounds=rounds)
        yield Row("different small documents", work, count, {"the obvious design": measured}, speedup=True)


def different(count: int, *, seed: int = 7) -> Sequence[bytes]:
    """Annotated documents of random graphs that state values and gradients."""
    dice = Random(seed)
    return [_stated(dice, place) for place in range(count)]


def _stated(dice: Random, place: int) -> bytes:
    graph = stated(wide(dice.randint(LEAST, MOST), seed=dice.randrange(2**32), unary="tanh"))
    nodes: list[Any] = [{**node} for node in graph.nodes]
    if place % 10 == 0:
        wrong = dice.choice(nodes)
        wrong["grad"] = float(wrong["grad"]) * 1.001 + 0.001
    return chainrule.dump(graph.with_nodes(nodes), None)


def _each(look: Callable[[bytes], Any], lot: Sequence[bytes]) -> None:
    for data in lot:
        look(data)


def _verify(data: bytes, method: str | None) -> None:
    chainrule.dump(chainrule.verify(data, detail="all", method=method))


def _passes(data: bytes) -> None:
    chainrule.backward(data)
