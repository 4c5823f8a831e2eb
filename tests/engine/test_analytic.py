"""Complex balls that must be analytic: finite only where the function is so on the whole box."""

import pytest
from flint import acb, arb

from chainrule.engine.numbers.analytic import Analytic, Box
from chainrule.engine.numbers.protocol import Undecided
from chainrule.engine.registry import OPS
from chainrule.engine.verify import cauchy

SYSTEM = Analytic()


def box(centre: float, radius: float = 0.0, height: float | None = None) -> Box:
    """All complex numbers so near to a real one, by real and imaginary part."""
    return Box(acb(arb(centre, radius), arb(0, radius if height is None else height)))


def applied(name: str, *operands: Box) -> Box:
    """The op over boxes, as the proof applies it: what is undecided is no number."""
    return cauchy.applied(OPS[name], SYSTEM, operands)


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("sqrt", [box(0)]),
        ("sqrt", [box(1e-3, 1e-2)]),
        ("sqrt", [box(-1, 1e-9)]),
        ("log", [box(0)]),
        ("log", [box(-1)]),
        ("log", [box(1, 2)]),
        ("reciprocal", [box(0)]),
        ("reciprocal", [box(0.5, 1)]),
        ("div", [box(1), box(0, 1e-30)]),
        ("pow", [box(0, 1e-3), box(0.5)]),
        ("pow", [box(-8), box(1 / 3)]),
        ("pow", [box(0, 1e-3), box(-1)]),
        ("pow", [box(-2), box(2, 1e-3)]),
        ("tanh", [box(0, 2)]),
        ("sigmoid", [box(0, 4)]),
        ("relu", [box(0)]),
        ("relu", [box(0, 1e-300)]),
        ("abs", [box(0)]),
        ("abs", [box(1e-3, 1e-2)]),
        ("maximum", [box(1), box(1)]),
        ("maximum", [box(1, 1e-3), box(1.001)]),
        ("minimum", [box(-1), box(-1, 1e-9)]),
        ("log1p", [box(-1, 1e-3)]),
        ("log2", [box(0)]),
        ("log10", [box(-1)]),
        ("rsqrt", [box(0, 1)]),
        ("tan", [box(1.5, 0.1)]),
        ("asin", [box(1)]),
        ("asin", [box(2)]),
        ("acos", [box(-1, 1e-30)]),
        ("acosh", [box(1)]),
        ("acosh", [box(0.5)]),
        ("atanh", [box(-1)]),
        ("atanh", [box(3)]),
        ("atan", [box(0, 2)]),
        ("asinh", [box(0, 2)]),
        ("atan2", [box(0), box(-1)]),
        ("atan2", [box(0, 1e-9), box(0, 1e-9)]),
        ("logaddexp", [box(0, 4), box(0)]),
        ("sign", [box(0)]),
        ("floor", [box(2)]),
        ("ceil", [box(1.9, 0.2)]),
        ("round", [box(0.5)]),
        ("trunc", [box(-1)]),
        ("less", [box(1, 1e-9), box(1)]),
        ("equal", [box(0), box(0, 1e-9)]),
    ],
)
def test_a_box_over_a_singular_point_is_not_finite(name: str, operands: list[Box]) -> None:
    assert not applied(name, *operands).is_finite


def test_points_that_nothing_moves_are_compared() -> None:
    found = [applied(name, box(1), box(1)).z == 1 for name in ("equal", "less_equal", "less")]
    assert found == [True, True, False]


@pytest.mark.parametrize(
    ("name", "operands", "value"),
    [
        ("sqrt", [box(4, 1)], 2),
        ("log", [box(1, 0.5)], 0),
        ("pow", [box(-2, 0.5), box(3)], -8),
        ("pow", [box(0, 0.5), box(2)], 0),
        ("pow", [box(2, 0.1), box(0.5, 0.1)], 2**0.5),
        ("tanh", [box(0, 1)], 0),
        ("relu", [box(2, 1, 100)], 2),
        ("relu", [box(-2, 1, 100)], 0),
        ("abs", [box(-3, 1)], 3),
        ("maximum", [box(1, 0.25), box(2, 0.25)], 2),
        ("minimum", [box(1, 0.25), box(2, 0.25)], 1),
        ("log1p", [box(0, 0.5)], 0),
        ("expm1", [box(0, 1)], 0),
        ("log2", [box(8, 1)], 3),
        ("rsqrt", [box(4, 1)], 0.5),
        ("erf", [box(0, 1)], 0),
        ("erfc", [box(0, 1)], 1),
        ("tan", [box(0, 0.5)], 0),
        ("asin", [box(0, 0.25)], 0),
        ("acosh", [box(2, 0.5)], 1.3169578969248167),
        ("atanh", [box(0, 0.5)], 0),
        ("atan2", [box(1, 0.01), box(0, 0.01)], 1.5707963267948966),
        ("sinh", [box(0, 1)], 0),
        ("floor", [box(2.5, 0.25, 9)], 2),
        ("ceil", [box(2.5, 0.25, 9)], 3),
        ("round", [box(2, 0.25, 9)], 2),
        ("trunc", [box(-2.5, 0.25, 9)], -2),
        ("trunc", [box(0, 0.25, 9)], 0),
        ("sign", [box(-2, 0.25)], -1),
        ("less", [box(1, 0.25), box(2, 0.25)], 1),
        ("equal", [box(1, 0.25), box(2, 0.25)], 0),
    ],
)
def test_a_box_off_singular_points_encloses_the_value(name: str, operands: list[Box], value: float) -> None:
    found = applied(name, *operands)
    assert found.is_finite
    assert found.z.contains(acb(value))


def test_the_absolute_value_continues_that_of_the_line_and_is_no_modulus() -> None:
    found = abs(Box(acb(-3, 4)))
    assert found.z == acb(3, -4)


def test_what_is_not_finite_stays_so() -> None:
    nowhere = applied("log", box(0))
    assert not (1 / nowhere).is_finite
    assert not (nowhere * 0).is_finite
    assert not applied("pow", nowhere, box(0)).is_finite
    assert not applied("maximum", nowhere, box(1)).is_finite
    assert not applied("relu", nowhere).is_finite
    assert not SYSTEM.side(nowhere, 0, 1).is_finite


def test_an_exact_infinity_has_no_inverse() -> None:
    assert not (1 / Box(acb(arb("inf")))).is_finite


def test_a_side_is_told_by_the_real_part() -> None:
    assert SYSTEM.side(box(1, 0.5, 9), -1, 1).z == 1
    assert SYSTEM.side(box(-1, 0.5, 9), -1, 1).z == -1
    with pytest.raises(Undecided):
        SYSTEM.side(box(0), -1, 1)


@pytest.mark.parametrize("name", ["pow", "sigmoid", "tanh", "sqrt", "div", "relu"])
def test_gradient_rules_run_on_boxes_too(name: str) -> None:
    rule = OPS[name]
    operands = [box(2, 0.01), box(3)][: len(rule.operands)]
    out = rule.forward(SYSTEM, *operands)
    assert all(gradient.is_finite for gradient in rule.local(SYSTEM, out, operands))


def test_the_slope_of_a_power_to_the_nought_is_nought() -> None:
    assert SYSTEM.power_slope(box(0), box(0)).z == 0
