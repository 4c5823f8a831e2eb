"""The circuits of the lecture: nothing that they state is refuted or left open, as computed and as printed."""

from pathlib import Path
from typing import Any

import pytest

import chainrule as cr
from chainrule.schema import Graph

from .documents import FIXTURES, made_files
from .expectations import claims_of, worst
from .make_lecture import documents

FOLDER = FIXTURES / "lecture"
FILES = made_files(FOLDER)
COMPUTED = [path for path in FILES if path.name.endswith(".computed.cr.json")]

#: format.md 23: the numbers that the lecture prints on the sigmoid neuron.
PRINTED_NEURON = {
    "u": {"value": "1.00", "grad": "0.20"},
    "n": {"value": "-1.00", "grad": "-0.20"},
    "e": {"value": "0.37", "grad": "-0.53"},
    "d": {"value": "1.37", "grad": "-0.53"},
    "f": {"value": "0.73", "grad": "1.00"},
    "w0": {"grad": "-0.2"},
    "x0": {"grad": "0.4"},
    "w1": {"grad": "-0.4"},
    "x1": {"grad": "-0.6"},
    "w2": {"grad": "0.2"},
}
#: format.md 23: what double precision makes of it.
COMPUTED_NEURON = {
    "w0": {"grad": -0.19661193324148188},
    "x0": {"grad": 0.39322386648296376},
    "w1": {"grad": -0.39322386648296376},
    "x1": {"grad": -0.5898357997244457},
    "w2": {"grad": 0.19661193324148188},
    "e": {"value": 0.36787944117144233, "grad": -0.534446645388523},
    "d": {"value": 1.3678794411714423, "grad": -0.534446645388523},
    "f": {"value": 0.7310585786300049, "grad": 1},
}


def graph(path: Path) -> Graph:
    document = cr.load(path, kind="graph")
    assert isinstance(document, Graph)
    return document


def stated(name: str, fields: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a document of the lecture states in these fields of these wires."""
    rows = {row["id"]: dict(row) for row in graph(FOLDER / f"{name}.cr.json").nodes}
    return {wire: {field: rows[wire].get(field) for field in wanted} for wire, wanted in fields.items()}


def test_the_folder_is_what_the_script_writes() -> None:
    written = documents()
    assert made_files(FOLDER) == sorted(written)
    for path, content in written.items():
        assert path.read_bytes() == content, f"{path.name}: run python -m tests.conformance.make_lecture"


def test_every_circuit_stands_as_computed_and_as_printed() -> None:
    names = {path.name.split(".")[0] for path in FILES}
    assert names == {path.name.split(".")[0] for path in COMPUTED}
    assert names == {path.name.split(".")[0] for path in FILES if ".printed" in path.name}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_refuted_and_nothing_is_left_open(path: Path) -> None:
    claims = claims_of(graph(path))
    assert claims
    assert worst(claims) in ("proved", "consistent")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_document_says_what_it_is_and_where_it_comes_from(path: Path) -> None:
    assert {"title", "source", "lang"} <= (graph(path).meta or {}).keys()


@pytest.mark.parametrize("path", [path for path in FILES if path not in COMPUTED], ids=lambda path: path.name)
def test_every_printed_number_is_proved_of_the_inputs(path: Path) -> None:
    verdicts = {address: row["global"]["verdict"] for address, row in claims_of(graph(path)).items()}
    assert set(verdicts.values()) == {"proved"}, verdicts


def test_the_printed_neuron_has_the_digits_of_the_lecture() -> None:
    assert stated("sigmoid-neuron.printed", PRINTED_NEURON) == PRINTED_NEURON


def test_the_computed_neuron_has_the_numbers_of_double_precision() -> None:
    assert stated("sigmoid-neuron.computed", COMPUTED_NEURON) == COMPUTED_NEURON


def test_the_collapsed_sigmoid_gate_hands_on_what_the_four_gates_do() -> None:
    gates, collapsed = (cr.backward(FOLDER / f"sigmoid-{name}.computed.cr.json").grads for name in ("neuron", "gate"))
    assert {wire: collapsed[wire] for wire in PRINTED_NEURON if wire in collapsed} == pytest.approx(
        {wire: gates[wire] for wire in PRINTED_NEURON if wire in collapsed}, rel=1e-15
    )


def test_the_branches_add() -> None:
    rows = {row["id"]: row for row in graph(FOLDER / "branches.computed.cr.json").nodes}
    through_a, through_b = rows["a"]["downstream"][0], rows["b"]["downstream"][0]
    assert (through_a, through_b, rows["x"]["grad"]) == (-18, -6, -24)


@pytest.mark.parametrize("sheet", ["none", "half", "all"])
def test_any_subgradient_of_relu_at_zero_is_admissible_and_the_report_says_so(sheet: str) -> None:
    row = claims_of(graph(FOLDER / f"relu-at-zero.printed-{sheet}.cr.json"))["x.grad"]
    assert row["global"]["verdict"] == "proved"
    assert "kink-admissible" in row["reasons"]
