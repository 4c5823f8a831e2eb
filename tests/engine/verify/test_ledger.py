"""Large documents: what is settled in bulk, what is judged by itself, and that the report tells no difference."""

from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.verify import Policy, verify_graph
from chainrule.engine.verify.ledger import Ledger, opened
from chainrule.schema import Graph

#: More than the referee is shown whole.
LENGTH = 5_000


def chain(length: int = LENGTH) -> Graph:
    """Sines and products in a line, annotated by the engine."""
    nodes: list[Any] = [{"id": "n0", "op": "input", "value": 0.7}, {"id": "c", "op": "param", "value": 1.0009765625}]
    nodes += [
        {"id": f"n{k}", "op": "sin", "inputs": [f"n{k - 1}"]}
        if k % 100 == 0
        else {"id": f"n{k}", "op": "mul", "inputs": [f"n{k - 1}", "c"]}
        for k in range(1, length)
    ]
    return cr.annotate(Graph.build(nodes=nodes, outputs=[{"node": f"n{length - 1}"}]))


def wrong(graph: Graph, name: str, factor: float = 1.001) -> Graph:
    rows: list[Any] = [{**row} for row in graph.nodes]
    row = rows[graph.structure.index[name]]
    row["grad"] = row["grad"] * factor
    return graph.with_nodes(rows)


@pytest.fixture(scope="module")
def right() -> Graph:
    return chain()


def test_of_a_right_document_no_number_is_judged_by_itself(right: Graph) -> None:
    found = verify_graph(right)
    assert isinstance(found.claims, Ledger)
    assert found.claims.opened == []
    assert (found.local, found.overall) == ("consistent", "consistent")


def test_a_wrong_gradient_opens_the_claims_that_it_touches_and_no_others(right: Graph) -> None:
    found = verify_graph(wrong(right, "n2500"))
    assert {finding.claim.node for finding in opened(found.claims)} <= {2499 + 1, 2500 + 1, 2501 + 1}
    assert [found.claims[0].claim.field, len(found.claims)] == ["grad", len(verify_graph(right).claims)]


def test_a_settled_number_says_in_the_report_what_each_method_said(right: Graph) -> None:
    report = cr.verify(right, detail="all")
    assert report.claims is not None
    assert len(report.claims) == sum(cr.verify(right).counts["local"].values())  # pyright: ignore[reportOptionalSubscript]
    said = {(row["wire"], row["field"]): row for row in report.claims}
    grad = said["n0", "grad"]
    assert [heard["method"] for heard in grad["evidence"]] == [
        "local",
        "recomputation",
        "complex-step",
        "finite-difference",
    ]
    assert {heard["says"] for heard in grad["evidence"]} == {"for"}
    assert [heard["method"] for heard in said["n9", "value"]["evidence"]] == ["local", "recomputation"]


def test_settled_numbers_have_the_verdicts_that_the_referee_gives_them() -> None:
    graph = wrong(chain(300), "n150")
    bulk, whole = (
        {
            finding.key: (finding.local.verdict == "refuted", finding.overall.verdict == "refuted")
            for finding in verify_graph(graph, Policy(effort=effort)).claims
        }
        for effort in ("quick", "standard")
    )
    assert bulk == whole


def test_an_error_that_is_carried_everywhere_has_one_first_fault(right: Graph) -> None:
    rows: list[Any] = []
    for node in right.nodes:
        row: dict[str, Any] = {**node, "grad": node.get("grad", 0) * 2}  # pyright: ignore[reportOperatorIssue]
        if "downstream" in row:
            row["downstream"] = [sent * 2 for sent in row["downstream"]]
        rows.append(row)
    report = cr.verify(right.with_nodes(rows))
    faults: Any = report.first_faults
    assert [fault["at"] for fault in faults] == [f"grad:n{LENGTH - 1}"]
    assert len(faults[0]["carried"]) > 2 * LENGTH
