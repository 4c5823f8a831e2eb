"""What a verification is asked for: seeds, effort, and the overall verdict."""

from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.verify import Policy
from chainrule.engine.verify.report import overall
from chainrule.schema import DocumentError, UsageError

from .documents import claim, document, verdicts


def test_a_gradient_from_another_seed_than_the_task_s_is_named() -> None:
    graph = document("f = x*y", {"f.grad": 2, "x.grad": 10, "y.grad": 6}, x=3, y=5)
    report = cr.verify(graph, seeds={"f": 1})
    assert verdicts(report, "f") == ("refuted", "refuted")
    graph = document("f = x*y", {"f.grad": 0, "x.grad": 0, "y.grad": 0}, x=3, y=5)
    rows: list[Any] = [{"node": "f", "seed": 0}]
    report = cr.verify(graph.model_copy(update={"outputs": rows}), seeds={"f": 1})
    assert claim(report, "f")["reasons"] == ["seed-differs"]
    assert verdicts(report, "x") == ("proved", "refuted")
    assert claim(report, "x")["reasons"] == ["seed-differs"]


def test_a_seed_for_something_that_is_no_output_is_refused() -> None:
    with pytest.raises(UsageError, match="y is no output; the outputs are out"):
        cr.verify(cr.parse("x*y", x=1, y=2), seeds={"y": 1})


@pytest.mark.parametrize("effort", ["quick", "standard", "thorough"])
def test_no_effort_turns_a_verdict_around(effort: Any) -> None:
    right = cr.annotate(cr.parse("f = tanh(x*y) + x", x=0.5, y=-1.25))
    report = cr.verify(right, effort=effort)
    assert report.verdict is not None
    assert set(report.verdict.values()) <= {"proved", "consistent"}
    wrong = document("f = tanh(x*y) + x", {"x.grad": 0.6}, x=0.5, y=-1.25)
    assert verdicts(cr.verify(wrong, effort=effort), "x") == ("refuted", "refuted")


@pytest.mark.parametrize(("judge", "expected"), [("local", "consistent"), ("global", "refuted"), ("both", "refuted")])
def test_the_overall_verdict_is_the_side_that_was_asked_for(judge: Any, expected: str) -> None:
    claims = {"s.grad": "0.20", "x.grad": "-0.60"}
    graph = document("s = x*w; f = sigmoid(s)", claims, x=-1 / 3, w=-3)
    assert overall(cr.verify(graph, judge=judge)).value == expected


def test_what_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no effort is called 'huge'"):
        Policy(effort="huge")
    with pytest.raises(UsageError, match="no method is called 'hope'"):
        Policy(method="hope")


@pytest.mark.parametrize(
    ("method", "right", "wrong"),
    [
        ("local", "proved", "refuted"),
        ("balls", "proved", "refuted"),
        ("complex-step", "consistent", "refuted"),
        ("finite-difference", "consistent", "undecided"),
        ("rule-free", "proved", "refuted"),
    ],
)
def test_a_method_heard_alone_decides_by_its_own_word(method: str, right: str, wrong: str) -> None:
    for number, expected in ((6.0, right), (6.1, wrong)):
        report = cr.verify(document("f = x*x", {"x.grad": number}, x=3), method=method, detail="all")
        assert overall(report).value == expected, method
        assert {evidence["method"] for evidence in claim(report, "x")["evidence"]} <= {method, "exact"}


@pytest.mark.parametrize("seed", ["abc", "NaN", [1, 2], True])
def test_what_is_no_seed_is_refused_like_one_in_a_document(seed: Any) -> None:
    with pytest.raises(DocumentError):
        cr.verify(cr.parse("f = x*y; g = neg(f)", x=1, y=2), seeds={"g": seed})


def test_wrong_words_are_usage_errors() -> None:
    graph = cr.parse("x*y", x=1, y=2)
    with pytest.raises(UsageError, match="no side"):
        cr.verify(graph, judge="neither")  # pyright: ignore[reportArgumentType]
    with pytest.raises(UsageError, match="no detail"):
        cr.verify(graph, detail="some")  # pyright: ignore[reportArgumentType]


def test_an_unknown_policy_at_kinks_is_refused_before_anything_is_judged() -> None:
    with pytest.raises(UsageError, match="convention:torch"):
        Policy(kinks="convention:nobody")
