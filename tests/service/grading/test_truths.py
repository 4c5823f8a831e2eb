"""The truths of grading and those of verification are made in rooms of their own, and agree."""

import json
import random
from decimal import Decimal, localcontext
from typing import Any

import pytest

import chainrule as cr

from .circuits import draw
from .sheets import exam
from .test_vectors import graph


def judged(circuit: dict[str, Any], field: str, node: str, text: str) -> str:
    """What verification says of one printed number, against the truth."""
    rows = [{**row, field: text} if row["id"] == node else row for row in circuit["nodes"]]
    report = cr.verify({**circuit, "nodes": rows}, detail="all")
    return report.verdict["global"]


def checked(circuit: dict[str, Any], digits: int = 15) -> int:
    """How many truths of a circuit verification proves at so many digits; one unit away it must refute them."""
    one, count = exam(circuit, {}), 0
    for cell in one.slot_of:
        truth = one.truth(cell)
        if truth is None or not truth.low or cell.field not in ("value", "grad"):
            continue
        node = one.circuit.plan.ids[cell.node]
        with localcontext(prec=digits):
            right = Decimal(int(truth.low.p)) / Decimal(int(truth.low.q))
            away = str(right * (1 + Decimal("1e-6")))
        assert judged(circuit, cell.field, node, str(right)) in ("proved", "consistent"), (node, right)
        assert judged(circuit, cell.field, node, away) == "refuted", (node, away)
        count += 1
    return count


@pytest.mark.parametrize("seed", range(6))
def test_truths_of_random_circuits_are_those_of_verification(seed: int) -> None:
    assert checked(draw(random.Random(seed)).document()) >= 5


def test_truths_at_a_kink_are_the_slopes_that_verification_admits() -> None:
    circuit = graph("r = relu(x); f = r * y", {"x": "0", "y": "3"})
    truth = exam(circuit, {}).truth(next(cell for cell in exam(circuit, {}).slot_of if _is_grad_of(circuit, cell, "x")))
    assert (truth.low, truth.high) == (0, 3)
    for text, verdict in (("0", "proved"), ("1.5", "proved"), ("3", "proved"), ("4", "refuted"), ("-1", "refuted")):
        assert judged(json.loads(json.dumps(circuit)), "grad", "x", text) == verdict


def _is_grad_of(circuit: dict[str, Any], cell: Any, name: str) -> bool:
    return cell.field == "grad" and exam(circuit, {}).circuit.plan.ids[cell.node] == name
