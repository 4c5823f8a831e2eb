"""torch's gradients of recorded operator calls: never refuted; with 1 % added to one entry, never accepted."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.verify.report import overall
from chainrule.schema import Graph
from chainrule.schema.tensor import read

from .opinfo import Case, cases, document, nested

#: Cases that the scalar core alone is to express (ops.md 13.1); recorded files hold only those that it does.
CLAIMABLE = 76

RECORDED = list(cases())

#: Entries of one tensor that get a mistake, each in a document of its own.
FEW, MANY = 1, 6


def of_each() -> Any:
    return pytest.mark.parametrize("case", [case for _, case in RECORDED], ids=[name for name, _ in RECORDED])


def test_the_scalar_core_expresses_as_many_calls_as_it_should() -> None:
    assert len(RECORDED) >= CLAIMABLE
    assert all(case["torch_gradcheck"] for _, case in RECORDED)


@of_each()
def test_what_torch_computed_is_not_refuted(case: Case) -> None:
    report = cr.verify(document(case), detail="all")
    assert overall(report).value in ("proved", "consistent"), report.claims


@of_each()
def test_one_entry_that_is_one_per_cent_off_is_not_accepted(case: Case) -> None:
    assert accepted(case, FEW) == []


@pytest.mark.slow
@of_each()
def test_more_entries_that_are_one_per_cent_off_are_not_accepted(case: Case) -> None:
    assert accepted(case, MANY) == []


def accepted(case: Case, tried: int) -> list[str]:
    """The mistakes that nothing speaks against."""
    found: list[str] = []
    for leaf, entry, graph in mistaken(document(case), tried):
        row = next(row for row in cr.verify(graph, detail="all").model_dump()["claims"] if row["wire"] == leaf)
        if not refused(row):
            found.append(f"{leaf}[{entry}]: {row}")
    return found


def refused(row: dict[str, Any]) -> bool:
    """True if the row refutes an entry or says of one that its digits do not suffice."""
    if row["global"]["verdict"] == "refuted":
        return True
    counts = Counter(row.get("counts", {}).get("global", {}))
    return row["global"]["verdict"] == "undecided" or counts["undecided"] > 0


def mistaken(graph: Graph, tried: int) -> Iterator[tuple[str, int, Graph]]:
    """Each leaf gradient with 1 % added to one entry, the smallest that is not 0 first, then larger ones."""
    for place, node in enumerate(graph.nodes):
        if "grad" not in node:
            continue
        tensor = read(node["grad"], "float64")
        numbers = [float(entry) for entry in tensor.entries if isinstance(entry, (int, float))]
        by_size = sorted((k for k, number in enumerate(numbers) if number), key=lambda k: abs(numbers[k]))
        for entry in by_size[:: max(1, -(-len(by_size) // tried))]:
            rows: list[Any] = [dict(row) for row in graph.nodes]
            rows[place]["grad"] = _shaped([n * 1.01 if k == entry else n for k, n in enumerate(numbers)], tensor.shape)
            yield node["id"], entry, graph.with_nodes(rows)


def _shaped(numbers: list[float], shape: tuple[int, ...]) -> Any:
    return nested(numbers, shape) if shape else numbers[0]
