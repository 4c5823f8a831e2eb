"""Recorded calls of torch operators: lowered, right, and verified; with 1 % added to one entry, never accepted.

All of it runs over the recorded calls beside the repository, where they are; else over the few in `fixtures/opinfo`.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.verify.report import overall
from chainrule.schema import Graph
from chainrule.schema.tensor import read, write

from .opinfo import RECORDED, TORCH_IS_WRONG, Case, cases, claimed, deviation, document, reason

ALL = dict(cases())

#: Of the recorded calls, at least so many have a counterpart (ops.md 13.1).
CLAIMABLE = 800 if RECORDED.is_dir() else 76

#: Calls of few numbers, one an operator and variant: what the fast suite verifies.
SMALL = 40

#: Entries of one tensor that get a mistake, each in a document of its own.
FEW, MANY = 1, 6


def _sampled() -> list[str]:
    """The first call of each operator that has a counterpart and few numbers."""
    chosen: dict[str, str] = {}
    for name, case in ALL.items():
        numbers = sum(len(tensor["data"]) for tensor in case["tensors"])
        operator = name.rsplit("-", 1)[0]
        if operator not in chosen and 0 < numbers <= SMALL and reason(name) is None and case["torch_gradcheck"]:
            chosen[operator] = name
    return [name for name in chosen.values() if name != TORCH_IS_WRONG]


def _checked_by_torch() -> list[str]:
    return [name for name, case in ALL.items() if case["torch_gradcheck"] and name != TORCH_IS_WRONG]


def test_as_many_calls_are_claimed_as_there_should_be() -> None:
    assert sum(reason(name) is None for name in ALL) >= CLAIMABLE


def test_every_claimed_call_is_right_but_the_one_in_which_torch_is_not() -> None:
    wrong = {name: deviation(case, document(case)) for name, case in ALL.items() if reason(name) is None}
    assert {name for name, what in wrong.items() if what} == {TORCH_IS_WRONG} & ALL.keys()


def test_what_is_not_claimed_has_a_reason_that_names_it() -> None:
    reasons = Counter(reason(name) for name in ALL)
    assert all(why is None or len(why) > 10 for why in reasons)


@pytest.mark.parametrize("name", _sampled())
def test_what_torch_computed_is_not_refuted(name: str) -> None:
    assert not refuted(claimed(ALL[name]))


@pytest.mark.parametrize("name", _sampled())
def test_one_entry_that_is_one_per_cent_off_is_not_accepted(name: str) -> None:
    assert accepted(ALL[name], FEW) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", _checked_by_torch())
def test_nothing_that_torch_computed_is_refuted(name: str) -> None:
    if reason(name) is None:
        assert not refuted(claimed(ALL[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", _checked_by_torch())
def test_more_entries_that_are_one_per_cent_off_are_not_accepted(name: str) -> None:
    if reason(name) is None:
        assert accepted(ALL[name], MANY) == []


@pytest.mark.skipif(TORCH_IS_WRONG not in ALL, reason="the recorded calls are not beside the repository")
def test_the_one_call_in_which_torch_rounds_a_sixth_to_float32_is_refuted() -> None:
    assert refuted(claimed(ALL[TORCH_IS_WRONG]))


def refuted(graph: Graph) -> bool:
    return overall(cr.verify(graph, detail="all")).value == "refuted"


def accepted(case: Case, tried: int) -> list[str]:
    """The mistakes that nothing speaks against."""
    found: list[str] = []
    for leaf, entry, graph in mistaken(claimed(case), tried):
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
        if len(numbers) != np.prod(tensor.shape, dtype=int):
            continue
        by_size = sorted((k for k, number in enumerate(numbers) if number), key=lambda k: abs(numbers[k]))
        for entry in by_size[:: max(1, -(-len(by_size) // tried))]:
            rows: list[Any] = [dict(row) for row in graph.nodes]
            wrong = [n * 1.01 if k == entry else n for k, n in enumerate(numbers)]
            rows[place]["grad"] = write(tensor.shape, wrong)
            yield node["id"], entry, graph.with_nodes(rows)
