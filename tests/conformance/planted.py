"""1 % added to one entry of a gradient that torch returned, in every recorded call: found, or why it cannot be.

    python -m tests.conformance.opinfo --planted

prints the table. The entry is the largest of each gradient; where torch's own check passed, its gradients are right.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import chainrule as cr
from chainrule.schema import Graph
from chainrule.schema.number import nearest
from chainrule.schema.tensor import read, write

from .opinfo import TORCH_IS_WRONG, cases, claimed, reason


class Planted(NamedTuple):
    """What verification says of one gradient: as torch returned it, and with 1 % added to its largest entry."""

    call: str
    leaf: str
    right: str
    wrong: str
    reasons: tuple[str, ...]

    @property
    def is_found(self) -> bool:
        """True if the mistake is refuted."""
        return self.wrong == "refuted"


def trials() -> Iterator[Planted]:
    """Every gradient of every claimed call that torch's own check confirmed, one after the other."""
    for name, case in cases():
        if case["torch_gradcheck"] and name != TORCH_IS_WRONG and reason(name) is None:
            yield from of_call(name, claimed(case))


def of_call(name: str, graph: Graph) -> Iterator[Planted]:
    """The gradients of one call; those that are 0 throughout have no entry to change."""
    right = _verdicts(graph)
    for place, node in enumerate(graph.nodes):
        if "grad" not in node or (changed := _changed(node["grad"])) is None:
            continue
        rows: list[Any] = [dict(row) for row in graph.nodes]
        rows[place]["grad"] = changed
        verdict, reasons = _verdicts(graph.with_nodes(rows))[node["id"]]
        yield Planted(name, node["id"], right[node["id"]][0], verdict, reasons)


def _verdicts(graph: Graph) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The global verdict on the gradient of every leaf, with its reasons."""
    rows = cr.verify(graph, detail="all").model_dump()["claims"]
    return {row["wire"]: (row["global"]["verdict"], tuple(row["reasons"])) for row in rows if row["field"] == "grad"}


def _changed(raw: Any) -> Any:
    """The gradient with 1 % added to its largest finite entry; None if there is none but 0."""
    tensor = read(raw, "float64")
    numbers = [nearest(entry, "float64") for entry in tensor.entries if entry is not None]
    sizes = [abs(number) if np.isfinite(number) else 0.0 for number in numbers]
    if not any(sizes):
        return None
    largest = int(np.argmax(sizes))
    return write(tensor.shape, [n * 1.01 if k == largest else n for k, n in enumerate(numbers)])


def main() -> None:
    """Print how many right gradients are refuted, and how many mistakes are found; the others with their reasons."""
    found = list(trials())
    rights, wrongs = Counter(one.right for one in found), Counter(one.wrong for one in found)
    print(f"{len({one.call for one in found})} calls, {len(found)} gradients that are not 0")
    print("as torch returned them:  " + ", ".join(f"{n} {verdict}" for verdict, n in rights.most_common()))
    print("1 % in the largest entry:" + ", ".join(f" {n} {verdict}" for verdict, n in wrongs.most_common()))
    for one in found:
        if one.right == "refuted" or not one.is_found:
            print(f"  {one.call} {one.leaf}: right {one.right}, wrong {one.wrong} ({', '.join(one.reasons)})")
