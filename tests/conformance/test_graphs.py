"""Recorded graphs of torch and jax: every stored value and gradient reproduced, every one of them judged consistent."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr

from . import recorded
from .opinfo import agrees

pytestmark = pytest.mark.skipif(not recorded.FILES, reason="the graphs are not beside the repository")

SATURATED = "jax_vae_saturated"

#: Graphs whose every number is shown to the referee within seconds.
SMALL = [name for name in recorded.FILES if "neuron" in name]


def each(*names: str) -> Any:
    return pytest.mark.parametrize("name", names or recorded.FILES)


@each()
def test_every_stored_number_is_reproduced_under_the_producers_convention(name: str) -> None:
    record = recorded.read(name)
    document = recorded.converted(record).document
    found = cr.backward(document, kinks=str(document.kinks))
    wrong: list[str] = []
    for row in record["nodes"]:
        if row["id"] not in found.values:
            continue
        for field, ours in (("value", found.values), ("grad", found.grads)):
            theirs = recorded.array(row, field)
            if theirs is not None and not agrees(np.asarray(ours[row["id"]]), theirs):
                wrong.append(f"{row['id']}.{field}")
    assert wrong == []


@each()
def test_every_gradient_has_its_wire(name: str) -> None:
    record = recorded.read(name)
    ids = {node["id"] for node in recorded.converted(record).document.nodes}
    assert [row["id"] for row in record["nodes"] if "grad" in row and row["id"] not in ids] == []


def test_what_is_folded_holds_the_stored_integers() -> None:
    record = recorded.read("torch_mlp_core")
    document = recorded.converted(record).document
    stored = next(row for row in record["nodes"] if row["id"] == "sum_1")["value"]
    assert any(node["op"] == "const" and node.get("value") == stored[0] for node in document.nodes)


def test_the_notes_say_what_was_folded_and_where_broadcasting_was_written_out() -> None:
    notes = {note.code: note.count for note in recorded.converted(recorded.read("torch_mlp_core")).notes}
    assert notes == {"folded": 9, "broadcast": 3}


@each(*SMALL)
def test_the_numbers_of_small_graphs_are_consistent(name: str) -> None:
    assert cr.verify(recorded.converted(recorded.read(name)).document).verdict["global"] in ("proved", "consistent")


@pytest.mark.slow
@each(*[name for name in recorded.FILES if name != SATURATED])
def test_no_number_that_a_library_computed_is_refuted(name: str) -> None:
    report = cr.verify(recorded.converted(recorded.read(name)).document, detail="all").model_dump()
    open_ = [
        (row["wire"], row["field"], side, row[side]["verdict"], row["reasons"])
        for row in report["claims"]
        for side in ("local", "global")
        if row[side]["verdict"] not in ("proved", "consistent")
    ]
    assert open_ == []


@pytest.mark.slow
def test_of_a_graph_that_left_its_domain_the_first_such_wire_is_named_and_nothing_is_refuted() -> None:
    report = cr.verify(recorded.converted(recorded.read(SATURATED)).document).model_dump()
    values = [row for row in report["claims"] if row["field"] == "value"]
    assert report["counts"]["local"]["refuted"] == report["counts"]["global"]["refuted"] == 0
    assert (values[0]["wire"], values[0]["reasons"]) == ("v26", ["nonfinite"])
    # Every doubt is about NaN and infinities.
    assert {reason for row in report["claims"] for reason in row["reasons"]} <= {"nonfinite", "rounding-explains"}


def test_a_gradient_one_per_cent_off_is_refuted() -> None:
    record = recorded.read("torch_neuron_core")
    row = next(row for row in record["nodes"] if row["id"] == "exp")
    row["grad"] = [row["grad"][0] * 1.01]
    assert cr.verify(recorded.converted(record).document).verdict["global"] == "refuted"
