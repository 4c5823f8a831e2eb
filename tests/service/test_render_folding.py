"""What a drawing leaves out, and what it never leaves out."""

import pytest

from chainrule.schema import Graph
from chainrule.service.interop.expression import parse
from chainrule.service.render import draw

from .circuits import circuit


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("x + 1", "+1"),
        ("1 + x", "+1"),
        ("x - 1", "−1"),
        ("1 - x", "1−x"),
        ("x * -1", "×-1"),
        ("x / 2", "/2"),
        ("1 / x", "1/x"),
        ("x ** 2", "x²"),
        ("x ** 0.5", "x^0.5"),
        ("2 ** x", "2^x"),
        ("max(0, x)", "max 0"),
    ],
)
def test_a_scalar_constant_stands_inside_its_gate(text: str, gate: str) -> None:
    assert f"│{gate}├" in draw(parse(text))


def test_without_folding_every_node_is_drawn() -> None:
    drawing = draw(parse("identity(x) + 1"), fold=False)
    assert "│=├" in drawing
    assert "│+├" in drawing
    assert "1 ─" in drawing


def test_a_constant_that_no_gate_can_take_in_is_a_leaf() -> None:
    assert "2 ─" in draw(parse("exp(2) + x"))
    assert "c ─" in draw(circuit("c = const | 3", outputs="c"))


def test_two_constants_in_one_gate_are_leaves() -> None:
    drawing = draw(parse("2 * 3"))
    assert "2 ─" in drawing
    assert "3 ─" in drawing


def test_a_tensor_is_not_folded() -> None:
    assert "[1.5, 2] ─" in draw(parse("x + [1.5, 2]"))


def test_a_copy_is_left_out_and_named() -> None:
    graph: Graph = circuit("x = input", "i = identity x", "j = identity i", "f = exp j", outputs="f")
    drawing = draw(graph)
    assert "│=├" not in drawing
    assert "j, i: copies of x on its wire to f" in drawing


def test_an_output_is_never_left_out() -> None:
    assert "│=├" in draw(circuit("x = input", "f = identity x", outputs="f"))
