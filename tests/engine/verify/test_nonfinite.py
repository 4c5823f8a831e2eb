"""NaN and infinities: right where they are handed on from what is stated, undecided where a gate made them."""

from typing import Any

import pytest

import chainrule as cr
from chainrule.schema import Graph


def verdicts(*rows: dict[str, Any], output: str) -> dict[str, tuple[str, str]]:
    """Local and global verdict on every claimed value."""
    made = cr.annotate(Graph.build(nodes=list(rows), outputs=[{"node": output}]))
    claims = cr.verify(made, detail="all").claims or []
    return {
        claim["wire"]: (claim["local"]["verdict"], claim["global"]["verdict"])
        for claim in claims
        if claim["field"] == "value"
    }


def leaf(name: str, value: Any, op: str = "input") -> dict[str, Any]:
    return {"id": name, "op": op, "value": value}


def gate(name: str, op: str, *inputs: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "op": op, "inputs": list(inputs), **fields}


@pytest.mark.parametrize("blank", ["-Infinity", "NaN"])
def test_what_a_mask_holds_is_handed_on(blank: str) -> None:
    mask = leaf("m", [0, blank], "const")
    rows = [leaf("x", [1, 2]), mask, gate("a", "add", "x", "m"), gate("t", "flip", "a", attrs={"axes": [0]})]
    found = verdicts(*rows, gate("f", "reduce_max", "x"), output="f")
    assert found["a"] == found["t"] == ("consistent", "consistent")


@pytest.mark.parametrize(
    ("op", "value"), [("log", 0), ("exp", 1000), ("log1p", -1), ("reciprocal", 0)], ids=["log", "exp", "log1p", "1/0"]
)
def test_what_a_gate_made_of_numbers_is_not_decided(op: str, value: float) -> None:
    rows = [leaf("x", value), gate("a", op, "x"), gate("b", "neg", "a"), gate("f", "square", "x")]
    found = verdicts(*rows, output="f")
    assert found["a"] == found["b"] == ("consistent", "undecided")


def test_infinities_that_cancel_are_made_by_the_gate_between_them() -> None:
    rows = [leaf("m", "Infinity", "const"), leaf("x", 1), gate("a", "sub", "m", "m"), gate("f", "square", "x")]
    assert verdicts(*rows, output="f")["a"] == ("consistent", "undecided")


def test_a_mask_that_is_not_what_the_constant_says_is_refuted() -> None:
    rows = [leaf("x", 1), leaf("m", "-Infinity", "const"), gate("a", "add", "x", "m"), gate("f", "square", "x")]
    claimed = Graph.build(nodes=[*rows[:2], rows[2] | {"value": "Infinity"}, rows[3]], outputs=[{"node": "f"}])
    assert cr.verify(claimed).verdict == {"local": "refuted", "global": "refuted"}
