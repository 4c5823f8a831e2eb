"""A budget that is asked for: what is left over is undecided, and the report says what was used."""

from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.verify import Budget, Policy
from chainrule.engine.verify.budget import BYTES, Spending
from chainrule.schema import Graph, Report, UsageError

from .documents import document, verdicts
from .test_ledger import chain


def right() -> Graph:
    return cr.annotate(cr.parse("f = tanh(x*y) + exp(z)", x=0.5, y=-1.25, z=0.25))


def cost(report: Report) -> dict[str, Any]:
    assert report.run is not None
    return report.run["cost"]


def reasons(report: Report) -> set[str]:
    return {reason for row in report.claims or () for reason in row["reasons"]}


@pytest.mark.parametrize("graph", [right(), chain(5_000)], ids=["small", "large"])
def test_with_nothing_left_after_the_local_check_every_global_verdict_is_undecided(graph: Graph) -> None:
    report = cr.verify(graph, budget="evaluations=1")
    whole = cr.verify(graph)
    assert report.counts is not None
    assert whole.counts is not None
    assert report.counts["local"] == whole.counts["local"]
    assert report.counts["global"] == {
        "proved": 0,
        "consistent": 0,
        "undecided": sum(whole.counts["local"].values()),
        "refuted": 0,
    }
    assert "budget" in reasons(report)
    assert set(cost(report)) == {"local", "kinks", "finite-difference"}
    assert report.run is not None
    assert len(report.run["differences"]) == 1


def test_the_local_check_is_never_skipped() -> None:
    wrong = document("f = x*x", {"x.grad": 6.1}, x=3)
    assert verdicts(cr.verify(wrong, budget="milliseconds=0"), "x") == ("refuted", "undecided")


def test_a_budget_that_suffices_changes_no_verdict() -> None:
    plenty = cr.verify(right(), budget="milliseconds=600000,evaluations=100000,memory=1000000000", detail="all")
    whole = cr.verify(right(), detail="all")
    assert plenty.verdict == whole.verdict
    assert plenty.counts == whole.counts
    assert set(cost(plenty)) == set(cost(whole))


def test_memory_keeps_batches_small() -> None:
    report = cr.verify(right(), budget=f"memory={BYTES * 8}")
    assert report.verdict == cr.verify(right()).verdict
    assert report.run is not None
    assert [seen["wire"] for seen in report.run["differences"]] == ["x"]


def test_no_verdict_at_a_tie_is_given_that_nobody_could_check() -> None:
    graph = document("f = relu(x) - relu(-x)", {"x.grad": 0}, x=0)
    assert verdicts(cr.verify(graph), "x")[1] == "refuted"
    for spent in range(1, 12):
        assert verdicts(cr.verify(graph, budget=f"evaluations={spent}"), "x")[1] in ("undecided", "refuted")


def test_the_report_states_the_budget_and_what_was_used() -> None:
    report = cr.verify(right(), budget="evaluations=50")
    assert report.policy["budget"] == {"evaluations": 50}
    assert all({"evaluations", "milliseconds"} == set(used) for used in cost(report).values())
    assert cost(report)["local"]["evaluations"] == 1


def test_without_a_budget_two_reports_are_the_same_byte_for_byte() -> None:
    first, second = (cr.dump(cr.verify(right(), detail="all")) for _ in range(2))
    assert first == second
    assert "budget" not in cr.verify(right()).policy
    assert all(set(used) == {"evaluations"} for used in cost(cr.verify(right())).values())


@pytest.mark.parametrize(
    "text", ["", "much", "seconds=3", "evaluations=-1", "evaluations=1,evaluations=2", "memory=64M"]
)
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no part of a budget"):
        Budget.read(text)


def test_a_budget_is_read_as_it_is_written() -> None:
    budget = Budget.read("memory=64000000, milliseconds=500")
    assert budget == Budget(milliseconds=500, memory=64_000_000)
    assert Policy(budget=budget).written()["budget"] == {"milliseconds": 500, "memory": 64_000_000}


def test_spending_adds_up_over_methods() -> None:
    spending = Spending(Budget(evaluations=5, memory=2 * BYTES * 10), numbers=10)
    with spending.on("local", 2):
        pass
    with spending.on("balls", 2):
        pass
    assert spending.allows(1)
    assert not spending.allows(2)
    assert spending.allows(1, columns=2)
    assert not spending.allows(1, columns=3)
    assert Spending(None, numbers=10).allows(10**9, columns=10**9)
