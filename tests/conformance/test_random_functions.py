"""The fair random sample (verification.md 21.2): right gradients are never refuted, gross mistakes never accepted."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.verify.report import overall
from chainrule.schema import Graph

from .random_functions import FUNCTIONS, GROSS, MISTAKES, Draw, draws

#: Rows of the table that are right: what the engine itself computes, and the true derivative rounded to float64.
RIGHT = ("own", "rounded truth")

#: Reasons that name the number format's limit.
HONEST = {"below-resolution", "uninformative"}

Table = dict[str, Counter[str]]


def table(sample: Iterable[Draw], mistakes: Iterable[str]) -> tuple[Table, list[str]]:
    """Verdicts by kind of claim, and every verdict that is false."""
    found: Table = defaultdict(Counter)
    false: list[str] = []
    for draw in sample:
        for kind, claim in claims(draw, mistakes).items():
            verdict, reasons, differences = judged(draw.claiming(claim))
            found[kind][verdict] += 1
            if is_false(kind, verdict, reasons) or is_misled(kind, differences):
                leaves = {node["id"]: node["value"] for node in draw.graph.nodes if "value" in node}
                said = f"{verdict} {reasons}, differences {differences}"
                false.append(f"{draw.function} at {leaves}: {kind} {claim!r} is {said}, truth {draw.right!r}")
    return found, false


def claims(draw: Draw, mistakes: Iterable[str]) -> Mapping[str, float]:
    """Kind of claim -> the number that is claimed."""
    numbers = {"own": cr.backward(draw.graph).grads["x"], "rounded truth": draw.right}
    wrong = {mistake: draw.mistaken(mistake) for mistake in mistakes}
    return {**numbers, **{mistake: number for mistake, number in wrong.items() if number is not None}}


def judged(graph: Graph) -> tuple[str, set[str], set[str]]:
    """The document's verdict, the reasons of its one claim, and what differences say of it."""
    report = cr.verify(graph, detail="all")
    claim: Any = report.model_dump()["claims"][0]
    heard = {evidence["says"] for evidence in claim["evidence"] if evidence["method"] == "finite-difference"}
    return overall(report).value, set(claim["reasons"]), heard


def is_misled(kind: str, differences: set[str]) -> bool:
    """True if differences were not shown, or speak against a right number or for a gross mistake."""
    return not differences or (kind in RIGHT and "against" in differences) or (kind in GROSS and "for" in differences)


def is_false(kind: str, verdict: str, reasons: set[str]) -> bool:
    """True if a right claim is refuted, a gross mistake accepted, or a doubt does not say that digits are lacking."""
    if verdict == "undecided":
        return not reasons & HONEST
    if kind in RIGHT:
        return verdict == "refuted"
    return kind in GROSS and verdict != "refuted"


def printed(found: Table) -> str:
    """The table of verification.md 21.2 in per cent."""
    lines = ["| claim | draws | proved | consistent | undecided | refuted |", "|---|---|---|---|---|---|"]
    for kind, counts in found.items():
        shares = (f"{100 * counts[name] / counts.total():.2f} %" for name in verdicts())
        lines.append(f"| {kind} | {counts.total()} | {' | '.join(shares)} |")
    return "\n".join(lines)


def verdicts() -> tuple[str, ...]:
    return ("proved", "consistent", "undecided", "refuted")


def test_no_verdict_on_a_few_draws_of_every_function_is_false() -> None:
    sample = list(draws(8 * len(FUNCTIONS), seed=1))
    for turn, mistake in enumerate(GROSS):
        _, false = table(sample[turn :: len(GROSS)], [mistake])
        assert false == []


@pytest.mark.slow
def test_no_verdict_on_the_fair_random_sample_is_false() -> None:
    found, false = table(draws(113 * len(FUNCTIONS), seed=2), MISTAKES)
    sys.stdout.write(f"\n{printed(found)}\n")
    assert false == []
    for kind in GROSS:
        assert found[kind]["refuted"] >= 0.97 * found[kind].total()
    assert found["x(1+1e-8)"]["refuted"] >= 0.92 * found["x(1+1e-8)"].total()
