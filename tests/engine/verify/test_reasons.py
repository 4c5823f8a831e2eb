"""Every reason that a report may name, each from a document through the public API; which cannot occur, and why."""

from collections.abc import Callable
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.verify import disagreement
from chainrule.engine.verify.verdict import Verdict
from chainrule.schema import Graph, Report
from chainrule.service.reasons import REASONS

from .documents import document


def report(expression: str, claims: dict[str, Any], policy: dict[str, Any] | None = None, **values: Any) -> Report:
    return cr.verify(document(expression, claims, **values), detail="all", **(policy or {}))


def rows(*nodes: dict[str, Any], output: str, **policy: Any) -> Report:
    graph = Graph.build(nodes=list(nodes), outputs=[{"node": output}])  # type: ignore[arg-type]
    return cr.verify(graph, detail="all", **policy)


def leaf(name: str, value: Any = None, **fields: Any) -> dict[str, Any]:
    return {"id": name, "op": "input", **({} if value is None else {"value": value}), **fields}


def many_ties() -> Report:
    """More tied guards over one input than patterns are looked at."""
    return report(" + ".join(f"relu({k} * x)" for k in range(1, 15)), {"x.grad": 3}, x=0)


#: Reason -> the side that it is told on, the verdict that it goes with, and a document that gets it.
CASES: dict[str, tuple[str, str, Callable[[], Report]]] = {
    "disagrees": ("global", "refuted", lambda: report("x * y", {"x.grad": 3}, x=2, y=4)),
    "seed-differs": ("local", "refuted", lambda: report("f = 3 * x", {"f.grad": 1}, {"seeds": {"f": 2}}, x=2)),
    "carried-error": (
        "global",
        "refuted",
        lambda: report("p = x * y; f = p * 3", {"p.grad": 4, "x.grad": 8}, x=5, y=2),
    ),
    "carried-rounding": (
        "global",
        "refuted",
        lambda: report("p = x * 3; q = p * p", {"p.value": "1.0", "p.grad": "2.0", "x.grad": "6.2"}, x="0.333"),
    ),
    "kink-inadmissible": ("global", "refuted", lambda: report("relu(x)", {"x.grad": 1.5}, x=0)),
    "not-a-derivative": ("global", "refuted", lambda: report("relu(x) - relu(-x)", {"x.grad": 0}, x=0)),
    "no-gradient": (
        "global",
        "refuted",
        lambda: rows(
            leaf("x", 2.0),
            leaf("k", 3, dtype="int64", grad=1),
            {"id": "j", "op": "identity", "inputs": ["k"], "dtype": "int64"},
            {"id": "f", "op": "square", "inputs": ["x"]},
            output="f",
        ),
    ),
    "nonfinite": ("global", "undecided", lambda: report("sqrt(x)", {"x.grad": "Infinity"}, x=0)),
    "rounding-explains": ("global", "consistent", lambda: report("exp(x)", {"x.grad": 2.7182818284590455}, x=1)),
    "kink-admissible": ("global", "proved", lambda: report("relu(x)", {"x.grad": 0.5}, x=0)),
    "near-kink": ("global", "consistent", lambda: report("relu(exp(log(x)) - y)", {"x.grad": 0.5}, x=3, y=3)),
    "declared-surrogate": (
        "global",
        "proved",
        lambda: rows(
            leaf("x", 2.0, grad=1),
            {"id": "f", "op": "square", "inputs": ["x"], "surrogate": {"rule": "straight-through"}},
            output="f",
        ),
    ),
    "differences-only": (
        "global",
        "consistent",
        lambda: report("exp(x)", {"x.grad": 1}, {"method": "finite-difference"}, x=0),
    ),
    "uninformative": ("global", "undecided", lambda: report("sigmoid(x)", {"x.grad": "0"}, x=0)),
    "below-resolution": (
        "global",
        "undecided",
        lambda: report("(1 - cos(x)) / square(x)", {"x.grad": 1e-9}, x=1e-8),
    ),
    "no-derivative": ("global", "undecided", lambda: report("x ** y", {"x.grad": 0}, x=0, y=0)),
    "missing-operand": (
        "global",
        "undecided",
        lambda: rows(leaf("x"), {"id": "f", "op": "square", "inputs": ["x"], "value": 4}, output="f"),
    ),
    "budget": ("global", "undecided", many_ties),
}

#: Reason -> why no document of this version gets it.
NOT_YET = {
    "convention-only": "needs a published op that jumps; tests/engine/verify/kinks/test_breaks.py has one in its place",
    "sample-conditional": "needs ops that take a realised sample",
    "unstable-differences": "needs an opaque op, of which differences are the only witness",
    "nondeterministic": "no pass of this version is random or runs in parallel, so two executions never differ",
    "boundary": "in grades; an enclosure of 1300 bits is narrower than every dtype's rounding, which then decides",
    "other-form": "grading only",
    "work-rounding": "grading only",
}

#: Told only where two of our own methods contradict each other: see the test below.
DEFECT = {"methods-disagree"}


@pytest.mark.parametrize("reason", CASES)
def test_every_reason_occurs_with_its_verdict(reason: str) -> None:
    side, verdict, make = CASES[reason]
    told = [(row[side]["verdict"], row["reasons"]) for row in make().claims or []]
    assert (verdict, True) in [(said, reason in reasons) for said, reasons in told], told


def test_the_reasons_are_those_that_occur_those_that_cannot_yet_and_a_defect_of_ours() -> None:
    assert {*CASES, *NOT_YET, *DEFECT} == set(REASONS)
    assert not CASES.keys() & NOT_YET.keys()


def test_methods_that_contradict_each_other_are_never_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disagreement, "_says", lambda finding, method: "against" if method == "rule-free" else None)
    [row] = report("exp(x)", {"x.grad": 1}, x=0).claims or []
    assert row["global"]["verdict"] == Verdict.UNDECIDED.value
    assert "methods-disagree" in row["reasons"]
