"""Small networks as documents: the numbers are torch's and judged right, and a planted 1 % is found on its wire."""

from functools import cache
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.annotate import annotate
from chainrule.schema import Graph, graph_digest, read
from chainrule.schema.tensor import write

from .make_nets import FOLDER, made
from .nets import NETS
from .torch_nets import TWINS

EACH = pytest.mark.parametrize("name", NETS)
GOOD = {"proved", "consistent"}


@cache
def document(name: str) -> Graph:
    found = read((FOLDER / f"{name}.cr.json").read_bytes())
    assert isinstance(found, Graph)
    return found


@cache
def torch_gradients(name: str) -> dict[str, Any]:
    """torch's gradient at every floating leaf, in double precision, from the numbers of the document."""
    torch = pytest.importorskip("torch", reason="torch is not installed: pip install torch==2.13.0")
    leaves: dict[str, Any] = {}
    for row in document(name).nodes:
        if row["op"] in ("input", "param"):
            whole = row.get("dtype") == "int64"
            tensor = torch.tensor(row.get("value"), dtype=torch.int64 if whole else torch.float64)
            leaves[row["id"]] = tensor if whole else tensor.requires_grad_()
    torch.set_num_threads(1)
    TWINS[name](torch, leaves).backward()
    return {leaf: tensor.grad.numpy() for leaf, tensor in leaves.items() if tensor.requires_grad}


def with_gradients(graph: Graph, numbers: dict[str, Any]) -> Graph:
    rows: list[Any] = [dict(row) for row in graph.nodes]
    for row in rows:
        if row["id"] in numbers:
            array = np.asarray(numbers[row["id"]])
            row["grad"] = write(array.shape, array.ravel().tolist())
    return graph.with_nodes(rows)


@EACH
def test_the_documents_are_those_that_the_script_writes(name: str) -> None:
    again = read(made_documents()[name])
    assert isinstance(again, Graph)
    assert graph_digest(again) == graph_digest(document(name))
    # The last digits of functions are the machine's.
    for ours, kept in zip(again.nodes, document(name).nodes, strict=True):
        for field in ("value", "grad"):
            if field in kept:
                expected = np.array(kept[field], dtype=np.float64)
                np.testing.assert_allclose(np.array(ours.get(field)), expected, rtol=1e-12, atol=1e-14)


@cache
def made_documents() -> dict[str, bytes]:
    return made()


def test_every_folder_of_networks_is_a_network() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.cr.json")) == sorted(f"{name}.cr.json" for name in NETS)


@EACH
def test_every_gradient_of_a_leaf_is_that_of_torch(name: str) -> None:
    theirs = torch_gradients(name)
    stated = {row["id"]: np.array(row["grad"]) for row in document(name).nodes if "grad" in row}
    assert len(theirs) >= 4
    for leaf, expected in theirs.items():
        # The bias of keys has the gradient 0, which both miss by 1e-18.
        np.testing.assert_allclose(stated[leaf], expected, rtol=0, atol=1e-9 * np.abs(expected).max() + 1e-12)


@pytest.mark.slow
@EACH
def test_torchs_own_gradients_are_right(name: str) -> None:
    # Alone: beside numbers of another run they do not follow from these to the last digit.
    bare = annotate(document(name), fields=())
    report = cr.verify(with_gradients(bare, torch_gradients(name)))
    assert report.counts["global"]["refuted"] == report.counts["local"]["refuted"] == 0
    # The bias of keys has the gradient 0, and what is left of it says nothing.
    assert [claim["wire"] for claim in report.claims or []] == (["k.bias"] if name == "transformer" else [])


@EACH
def test_every_number_is_right(name: str) -> None:
    assert set(cr.verify(document(name)).verdict.values()) <= GOOD


def test_ties_in_pooling_windows_are_admitted_as_ties() -> None:
    # The same with all shares of a window equal, which is another choice at the same ties.
    for kinks in ("torch", "zero"):
        report = cr.verify(annotate(document("lenet"), kinks=kinks, fields=("value", "grad")), detail="all")
        reasons = {row["wire"]: row["reasons"] for row in report.claims or [] if row["field"] == "grad"}
        assert "kink-admissible" in reasons["r1"]
        assert set(report.verdict.values()) <= GOOD


@EACH
def test_a_gradient_one_per_cent_off_is_refuted_and_its_wire_is_the_first_fault(name: str) -> None:
    graph = document(name)
    # The weights of some layer in the middle.
    wires = [row["id"] for row in graph.nodes if row["op"] == "param" and "weight" in row["id"]] or ["wh"]
    wire = wires[len(wires) // 2]
    numbers = np.array(graph.nodes[graph.structure.index[wire]].get("grad"))
    numbers.ravel()[int(np.argmax(np.abs(numbers)))] *= 1.01
    report = cr.verify(with_gradients(graph, {wire: numbers}))
    assert report.verdict == {"local": "refuted", "global": "refuted"}
    assert [fault["at"] for fault in report.first_faults or []] == [f"grad:{wire}"]
