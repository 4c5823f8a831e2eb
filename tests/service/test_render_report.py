"""What a report finds is marked by sign and word in every drawing."""

import pytest

from chainrule.schema import Report
from chainrule.service.render import draw

from .circuits import LECTURE, circuit


def report(*found: tuple[str, str, str]) -> Report:
    """A report with a claim for each wire, field and verdict; `carried` is refuted by the inputs alone."""
    claims = [
        {
            "wire": wire,
            "field": field,
            "claim": 1,
            "local": {"verdict": "consistent" if verdict == "carried" else verdict},
            "global": {"verdict": "refuted" if verdict == "carried" else verdict},
            "reasons": [],
        }
        for wire, field, verdict in found
    ]
    return Report.model_validate(
        {
            "chainrule": "1.0",
            "kind": "report",
            "subject": {},
            "verifier": {"name": "chainrule", "version": "0", "opset": {"core": 1}},
            "policy": {},
            "verdict": {"local": "consistent", "global": "refuted"},
            "counts": {"local": {}, "global": {}},
            "claims": claims,
        }
    )


def test_a_refuted_number_gets_a_sign_and_a_sentence() -> None:
    drawing = draw(LECTURE, report=report(("q", "grad", "refuted"), ("x", "value", "undecided")))
    assert "✗ -4" in drawing
    assert "? -2" in drawing
    assert drawing.splitlines()[-2:] == ["✗ refuted: grad of q", "? undecided: value of x"]


def test_numbers_that_hold_are_not_marked() -> None:
    assert draw(LECTURE, report=report(("q", "grad", "proved"))) == draw(LECTURE)


def test_the_same_stands_in_the_svg() -> None:
    drawing = draw(LECTURE, format="svg", report=report(("q", "grad", "refuted"), ("f", "downstream[1]", "refuted")))
    assert ">✗ -4<" in drawing
    assert "✗ refuted: grad of q" in drawing
    assert "✗ refuted: downstream[1] of f" in drawing
    assert ">✗</text>" in drawing


@pytest.mark.parametrize("node", ["one", "copy"])
def test_a_folded_node_with_a_finding_is_drawn(node: str) -> None:
    graph = circuit("x = input", "one = const | 1", "copy = identity x", "f = add copy one", outputs="f")
    drawing = draw(graph, report=report((node, "value", "refuted")))
    assert ("│=├" in drawing) == (node == "copy")
    assert ("one ─" in drawing) == (node == "one")


def test_a_refuted_edge_has_the_sign_in_place_of_its_arrow() -> None:
    assert "✗│ │" in draw(LECTURE, report=report(("f", "local[0]", "refuted")))


def test_what_was_carried_from_an_error_has_a_sign_of_its_own() -> None:
    drawing = draw(LECTURE, report=report(("x", "grad", "carried"), ("q", "grad", "refuted")))
    assert "! -4" in drawing
    assert "! right given an earlier error: grad of x" in drawing
    assert ">! -4<" in draw(LECTURE, format="svg", report=report(("x", "grad", "carried")))


def test_a_listing_is_marked_too() -> None:
    wide = circuit("v0 = input | 1", *(f"v{n} = exp v{n - 1} | 2" for n in range(1, 30)), outputs="v29")
    assert "✗ 2" in draw(wide, report=report(("v7", "value", "refuted")))
