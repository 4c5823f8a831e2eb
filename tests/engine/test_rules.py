"""Every rule, in every number system: the same op, whatever it computes with."""

import math

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import assume, given
from hypothesis import strategies as st

from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.numbers.balls import Balls
from chainrule.engine.numbers.complexes import Complex, Complexes
from chainrule.engine.numbers.floats import Floats
from chainrule.engine.numbers.intervals import Interval, Intervals, point
from chainrule.engine.numbers.protocol import Outside
from chainrule.engine.numbers.rationals import Rationals
from chainrule.engine.registry import FAMILY_OF, OPS
from chainrule.engine.rule import Error, Pattern, Rule, elementwise

STEP = 2.0**-100

numbers = st.floats(0.01, 20).flatmap(lambda size: st.sampled_from([size, -size]))


def in_domain(name: str, operands: list[float]) -> bool:
    """True inside the op's domain and off its kink."""
    if name in ("log", "sqrt"):
        return operands[0] > 0
    if name == "pow":
        return operands[0] > 0
    rule = OPS[name]
    return not rule.has_kink or rule.distance(Floats(), operands) != 0


@pytest.mark.parametrize("name", OPS)
@given(data=st.data())
def test_the_local_gradient_is_the_derivative_by_complex_step(name: str, data: st.DataObject) -> None:
    rule = OPS[name]
    operands = [data.draw(numbers) for _ in rule.operands]
    assume(in_domain(name, operands))
    out = rule.forward(Floats(), *operands)
    stated = rule.local(Floats(), out, operands)
    for k, expected in enumerate(stated):
        stepped = [Complex(complex(x, STEP if j == k else 0)) for j, x in enumerate(operands)]
        derivative = float(rule.forward(Complexes(), *stepped).z.imag) / STEP
        assert derivative == pytest.approx(expected, rel=1e-12, abs=1e-13 * max(1.0, abs(out)))


@pytest.mark.parametrize("name", OPS)
@given(data=st.data())
def test_intervals_and_balls_enclose_what_floats_compute(name: str, data: st.DataObject) -> None:
    rule = OPS[name]
    operands = [data.draw(numbers) for _ in rule.operands]
    assume(in_domain(name, operands))
    exact = [fmpq(*x.as_integer_ratio()) for x in operands]
    enclosure = rule.forward(Intervals(), *[point(x) for x in exact])
    with ctx.workprec(128):
        ball = rule.forward(Balls(), *[arb(x) for x in exact])
        assert not (ball < arb(enclosure.low))
        assert not (ball > arb(enclosure.high))
    value = rule.forward(Floats(), *operands)
    allowance = rule.error.value * 2.0**-53 * abs(value)
    middle = (enclosure.low + enclosure.high) / 2
    assert abs(value - int(middle.p) / int(middle.q)) <= allowance + 1e-15 * abs(value)


@pytest.mark.parametrize("name", OPS)
@given(data=st.data())
def test_floats_and_arrays_agree(name: str, data: st.DataObject) -> None:
    rule = OPS[name]
    operands = [data.draw(numbers) for _ in rule.operands]
    assume(in_domain(name, operands))
    value = rule.forward(Floats(), *operands)
    array = rule.forward(Arrays(), *[np.array([x, x]) for x in operands])
    assert array == pytest.approx([value, value], rel=1e-15)


@pytest.mark.parametrize("name", OPS)
@given(data=st.data())
def test_a_rational_result_is_the_floats_result_unrounded(name: str, data: st.DataObject) -> None:
    rule = OPS[name]
    operands = [data.draw(st.integers(-50, 50).filter(bool)) for _ in rule.operands]
    assume(in_domain(name, [float(x) for x in operands]))
    try:
        exact = rule.forward(Rationals(), *[fmpq(x) for x in operands])
    except Outside:
        return
    value = rule.forward(Floats(), *map(float, operands))
    assert value == pytest.approx(int(exact.p) / int(exact.q), rel=1e-15)


@pytest.mark.parametrize("name", [name for name, rule in OPS.items() if rule.has_kink])
def test_at_a_tie_every_convention_takes_a_slope_between_the_branches(name: str) -> None:
    rule = OPS[name]
    operands = [0.0] * len(rule.operands)
    assert rule.at_kink is not None
    below, above = (rule.local(Floats(share), 0.0, operands) for share in (0.0, 1.0))
    for share in rule.at_kink.values():
        taken = rule.local(Floats(float(share)), 0.0, operands)
        for low, slope, high in zip(below, taken, above, strict=True):
            assert min(low, high) <= slope <= max(low, high)


@pytest.mark.parametrize(
    ("name", "operands"),
    [("log", [-1.0]), ("sqrt", [-1.0]), ("pow", [-8.0, 1 / 3])],
)
def test_outside_its_domain_no_system_gives_a_number(name: str, operands: list[float]) -> None:
    rule = OPS[name]
    exact = [fmpq(*x.as_integer_ratio()) for x in operands]
    with np.errstate(all="ignore"):
        assert np.isnan(rule.forward(Arrays(), *map(np.float64, operands)))
        assert np.isnan(rule.forward(Complexes(), *map(Complex, operands)).z)
    assert rule.forward(Balls(), *map(arb, exact)).is_nan()
    with pytest.raises(Outside):
        rule.forward(Intervals(), *map(point, exact))


def test_a_negative_base_with_a_constant_exponent_has_its_slope() -> None:
    rule = OPS["pow"]
    base, exponent = point(fmpq(-3)), point(fmpq(2))
    slope, toward_exponent = rule.local(Intervals(), point(fmpq(9)), [base, exponent])
    assert slope == point(fmpq(-6))
    assert toward_exponent is None


@pytest.mark.parametrize("exponent", [0, 1])
def test_the_slope_of_a_power_at_zero_is_that_of_the_polynomial(exponent: int) -> None:
    slope = OPS["pow"].local(Floats(), float(0**exponent), [0.0, float(exponent)])[0]
    assert slope == exponent


def test_the_families_are_the_files() -> None:
    assert set(FAMILY_OF.values()) == {"arithmetic", "exponential", "trigonometric", "sigmoidal", "piecewise"}


def test_a_second_gradient_rule_is_refused() -> None:
    @elementwise(pattern=Pattern.SCALER)
    def twice(xp: object, x: float) -> float:
        """2 x."""
        return x + x

    @twice.gradient
    def twice_gradient(xp: object, out: float, x: float) -> float:
        return 2.0

    with pytest.raises(TypeError, match="two gradient rules"):
        twice.gradient(twice_gradient)


def test_a_guard_without_conventions_is_refused() -> None:
    @elementwise(pattern=Pattern.SCALER, error=Error(value=0))
    def step(xp: object, x: float) -> float:
        """A gate."""
        return x

    with pytest.raises(TypeError, match="convention"):
        step.guard(math.fabs)


def test_every_op_says_what_it_does_in_one_line() -> None:
    for rule in OPS.values():
        assert isinstance(rule, Rule)
        assert rule.summary.endswith("."), rule.name


@given(st.floats(-3, 3), st.floats(0, 2), st.floats(0, 1))
def test_a_square_of_an_interval_holds_every_square(low: float, width: float, place: float) -> None:
    x = Interval(fmpq(*low.as_integer_ratio()), fmpq(*low.as_integer_ratio()) + fmpq(*width.as_integer_ratio()))
    inside = x.low + (x.high - x.low) * fmpq(*place.as_integer_ratio())
    assert Intervals().square(x).holds(point(inside * inside))
