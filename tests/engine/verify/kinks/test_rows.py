"""What a report says of kinks: how far the nearest is, which branches are taken, and what conventions claims follow."""

from typing import Any

import chainrule as cr
from chainrule.schema import Graph, Report

from ..documents import claim, document


def judged(expression: str, claims: dict[str, Any], **values: Any) -> Report:
    stated = {f"{name}.grad": number for name, number in claims.items()}
    return cr.verify(document(expression, stated, **values), detail="all")


def test_a_leaf_claim_names_the_kink_that_it_meets_first_and_how_far_it_is() -> None:
    report = judged("relu(2*x - 6) + relu(x + 4) + y", {"x": 1, "y": 1}, x=1, y=2)
    assert claim(report, "x")["kinks"] == {"in_cone": 0, "margin": "2", "follows": [], "gate": "relu"}
    assert claim(report, "y")["kinks"] == {"in_cone": 0, "margin": None, "follows": []}


def test_the_document_lists_gates_at_their_kink_first_and_then_the_nearest() -> None:
    rows = judged("relu(2*x - 6) + abs(y) + relu(z)", {"y": 0}, x=1, y=0, z=-5).kinks
    assert rows == [
        {"node": "abs", "guard": "abs", "margin": "0", "follows": ["zero", "torch", "first", "split"]},
        {"node": "relu", "guard": "relu", "margin": "2", "along": "x"},
        {"node": "relu.2", "guard": "relu", "margin": "5", "along": "z"},
    ]


def test_at_a_tie_the_margin_is_0_and_the_conventions_are_named() -> None:
    row = claim(judged("abs(x)", {"x": 1}, x=0), "x")
    assert row["kinks"] == {"in_cone": 1, "margin": "0", "follows": ["jax"], "gates": ["out"]}
    assert claim(judged("abs(x)", {"x": 0.3}, x=0), "x")["kinks"]["follows"] == []


def test_a_local_gradient_follows_the_conventions_of_its_own_gate() -> None:
    report = cr.verify(document("abs(x)", {"out.local": [1]}, x=0), detail="all")
    row = claim(report, "out", "local[0]")["kinks"]
    assert row == {
        "in_cone": 1,
        "margin": "0",
        "follows": ["jax"],
        "gates": ["out"],
    }


def test_a_tensor_names_the_entry_that_is_nearest() -> None:
    graph = document("reduced = relu(x)", {"x.grad": [1, 0, 1]}, x=[3.0, -0.5, 2.0])
    seeded = Graph.build(nodes=graph.nodes, outputs=[{"node": "reduced", "seed": [1, 1, 1]}])
    row = claim(cr.verify(seeded, detail="all"), "x")
    assert row["kinks"] == {"in_cone": 0, "margin": "0.5", "follows": [], "gate": "reduced", "index": [1]}


def test_the_branch_signature_stands_in_the_report() -> None:
    run = judged("relu(x) + abs(y) + maximum(x, z)", {"x": 1}, x=0, y=-2, z=-1).run
    assert run is not None
    assert run["signature"]["signs"] == {"relu": "0", "abs": "-", "maximum": "+"}
    assert run["signature"]["guards"] == 3


def test_the_signature_of_another_branch_has_another_digest() -> None:
    digests = {judged("relu(x) * y", {"x": 1}, x=x, y=1).run["signature"]["digest"] for x in (1, 2, -1, 0)}  # type: ignore[index]
    assert len(digests) == 3


def test_without_a_gate_that_has_a_kink_nothing_is_said_of_kinks() -> None:
    report = judged("x * y", {"x": 2}, x=1, y=2)
    assert report.kinks is None
    assert "kinks" not in {key for key, value in claim(report, "x").items() if value is not None}
    assert report.run is not None
    assert "signature" not in report.run
