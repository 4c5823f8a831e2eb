"""Every rule, in every number system: the same op, whatever it computes with."""

import math

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainrule.engine.backward import local_gradients
from chainrule.engine.certification.trials import Trial, arity, fitting, spelt, variants
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.numbers.balls import Balls
from chainrule.engine.numbers.complexes import Complex, Complexes
from chainrule.engine.numbers.floats import Floats
from chainrule.engine.numbers.intervals import Interval, Intervals, point
from chainrule.engine.numbers.protocol import Outside, Undecided
from chainrule.engine.numbers.rationals import Rationals
from chainrule.engine.registry import FAMILY_OF, OPS
from chainrule.engine.rule import Error, Pattern, Rule, Spot, elementwise
from chainrule.engine.shape import ShapeFault
from chainrule.engine.verify.bounds import REALISATIONS

STEP = 2.0**-100

#: Draws per rule: there are many rules, and certification looks at many more points of each.
EXAMPLES = 15

numbers = st.floats(0.01, 20).flatmap(lambda size: st.sampled_from([size, -size]))


#: Every op that works entry by entry, with every set of attributes that is certified.
RULES = {spelt(rule): rule for op in OPS.values() if op.elementwise for rule in variants(op)}


def in_domain(rule: Rule, operands: list[float]) -> bool:
    """True inside the op's domain and off its kinks and jumps."""
    trial = Trial(rule, "float64", operands)
    return trial.place == "inside" and not trial.is_near


def drawn(data: st.DataObject, rule: Rule) -> list[float]:
    """Operands inside the domain: as they are drawn, or else made larger than 1, or smaller."""
    raw = [data.draw(numbers) for _ in range(arity(rule))]
    moved = (fitting(rule, point) for point in (raw, [1 + abs(x) for x in raw], [x / 21 for x in raw]))
    found = next((list(point) for point in moved if in_domain(rule, list(point))), None)
    assume(found is not None)
    return found or []


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule.surrogate])
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_the_local_gradient_is_the_derivative_by_complex_step(name: str, data: st.DataObject) -> None:
    rule = RULES[name]
    operands = drawn(data, rule)
    out = rule.forward(Floats(), *operands)
    stated = rule.local(Floats(), out, operands)
    lacking = rule.lacking([Spot((x > 0) - (x < 0), varies=True) for x in operands])
    for k, expected in enumerate(stated):
        if rule.is_fixed(k) or lacking[k]:
            continue
        step = STEP * abs(operands[k])
        stepped = [Complex(complex(x, step if j == k else 0)) for j, x in enumerate(operands)]
        derivative = float(rule.forward(Complexes(), *stepped).z.imag) / step
        if math.isnan(derivative) and rule.has_body:
            # A kernel of several steps says so where one of them lost its digits.
            continue
        bound = rule.error.slope(abs(expected), abs(out), abs(operands[0])) + 2 * abs(expected)
        assert abs(derivative - expected) <= REALISATIONS * bound * 2.0**-53


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_intervals_and_balls_enclose_what_floats_compute(name: str, data: st.DataObject) -> None:
    rule = RULES[name]
    operands = drawn(data, rule)
    exact = [fmpq(*x.as_integer_ratio()) for x in operands]
    enclosure = rule.forward(Intervals(), *[point(x) for x in exact])
    with ctx.workprec(128):
        ball = rule.forward(Balls(), *[arb(x) for x in exact])
        assert not (ball < arb(enclosure.low))
        assert not (ball > arb(enclosure.high))
    value = rule.forward(Floats(), *operands)
    allowance = (rule.error.value * abs(value) + rule.error.besides([abs(x) for x in operands])) * 2.0**-53
    middle = (enclosure.low + enclosure.high) / 2
    assert abs(value - int(middle.p) / int(middle.q)) <= allowance + 1e-15 * abs(value)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_an_interval_holds_the_values_of_the_points_in_it(name: str, data: st.DataObject) -> None:
    rule = RULES[name]
    operands = drawn(data, rule)
    exact = [fmpq(*x.as_integer_ratio()) for x in operands]
    width = fmpq(data.draw(st.integers(1, 1000)), 2000)
    whole = [x if rule.is_fixed(k) else Interval(x - width, x + width) for k, x in enumerate(exact)]
    boxes = [point(x) if isinstance(x, fmpq) else x for x in whole]
    try:
        image, inner = rule.forward(Intervals(), *boxes), rule.forward(Intervals(None, 256), *map(point, exact))
    except (Outside, Undecided, ZeroDivisionError):
        return
    assert image.holds(inner)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_floats_and_arrays_agree(name: str, data: st.DataObject) -> None:
    rule = RULES[name]
    operands = drawn(data, rule)
    value = rule.forward(Floats(), *operands)
    array = rule.forward(Arrays(), *[np.array([x, x]) for x in operands])
    assert array == pytest.approx([value, value], rel=1e-15, abs=rule.error.besides([abs(x) for x in operands]) * 1e-16)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_a_rational_result_is_the_floats_result_unrounded(name: str, data: st.DataObject) -> None:
    rule = RULES[name]
    whole = [float(data.draw(st.integers(-50, 50).filter(bool))) for _ in range(arity(rule))]
    operands = list(fitting(rule, whole))
    try:
        exact = rule.forward(Rationals(), *[fmpq(int(x)) for x in operands])
    except (Outside, ZeroDivisionError):
        return
    value = rule.forward(Floats(), *operands)
    slack = rule.error.besides([abs(x) for x in operands]) * 2.0**-53
    assert value == pytest.approx(int(exact.p) / int(exact.q), rel=1e-15, abs=slack)


#: A point on the kink of each op that has one elsewhere than at 0.
ON_THE_KINK = {
    "clip[min=0.25]": [0.25],
    "clip[max=0.5]": [0.5],
    "clip[min=0.25, max=0.5]": [0.5],
    "hard_sigmoid": [-2.5],
    "hard_sigmoid[alpha=0.25]": [2.0],
    "hard_swish": [3.0],
    "prelu": [0.0, 0.25],
}


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.has_kink])
def test_at_a_tie_every_convention_takes_a_slope_between_the_branches(name: str) -> None:
    rule = RULES[name]
    operands = ON_THE_KINK.get(name, [0.0] * arity(rule))
    assert rule.at_kink is not None
    assert rule.distance(Floats(), operands) == 0
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
    families = {"arithmetic", "exponential", "trigonometric", "sigmoidal", "piecewise", "selection"}
    assert {FAMILY_OF[name] for name, rule in OPS.items() if rule.elementwise} == families


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


# --- what conventions take at kinks (ops.md 7) -----------------------------------------------------------------------

TAKEN = [
    # rule, attributes, point, zero, torch, jax, first, split
    ("leaky_relu", {}, [0.0], 0.01, 0.01, 1, 0.01, 0.505),
    ("leaky_relu", {"alpha": 3}, [0.0], 1, 3, 1, 1, 2),
    ("prelu", {}, [0.0, 0.25], 0.25, 0.25, 1, 0.25, 0.625),
    ("elu", {"alpha": 0.5}, [0.0], 0.5, 0.5, 0.5, 0.5, 0.75),
    ("elu", {"alpha": 2}, [0.0], 1, 2, 2, 1, 1.5),
    ("clip", {"min": 0, "max": 1}, [0.0], 0, 1, 0.5, 0, 0.5),
    ("clip", {"min": 0, "max": 1}, [1.0], 0, 1, 0.5, 0, 0.5),
    ("clip", {"min": 0}, [0.0], 0, 1, 0.5, 0, 0.5),
    ("clip", {"max": 1}, [1.0], 0, 1, 0.5, 0, 0.5),
    ("hard_sigmoid", {"alpha": 0.25}, [2.0], 0, 0, 0, 0, 0.125),
    ("hard_swish", {}, [-3.0], 0, 0, 0, 0, -0.25),
    ("hard_swish", {}, [3.0], 1, 1, 1, 1, 1.25),
]


@pytest.mark.parametrize(("name", "attrs", "at", "zero", "torch", "jax", "first", "split"), TAKEN)
def test_each_convention_takes_its_slope(
    name: str,
    attrs: dict[str, float],
    at: list[float],
    zero: float,
    torch: float,
    jax: float,
    first: float,
    split: float,
) -> None:
    rule = OPS[name].bound(attrs)
    taken = {
        kinks: local_gradients(rule, True, 0.0, at, kinks)[0] for kinks in ("zero", "torch", "jax", "first", "split")
    }
    assert taken == {"zero": zero, "torch": torch, "jax": jax, "first": first, "split": split}


def test_selu_takes_gamma_or_what_torch_takes() -> None:
    rule = OPS["selu"].bound({})
    taken = {kinks: local_gradients(rule, True, 0.0, [0.0], kinks)[0] for kinks in ("zero", "torch", "jax", "first")}
    gamma, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    assert taken["zero"] == taken["first"] == gamma
    assert taken["torch"] == taken["jax"] == pytest.approx(gamma * alpha, rel=2**-52)


@pytest.mark.parametrize(("name", "attrs"), [("elu", {}), ("leaky_relu", {"alpha": 1}), ("clip", {"min": 1, "max": 1})])
def test_with_some_attributes_there_is_no_kink(name: str, attrs: dict[str, float]) -> None:
    assert not OPS[name].bound(attrs).has_kink


@pytest.mark.parametrize(
    ("name", "attrs", "shapes", "why"),
    [
        ("clip", {}, [()], "neither min nor max"),
        ("clip", {"min": 2, "max": 1}, [()], "above its max"),
        ("dropout", {"rate": 1}, [(), ()], "less than 1"),
    ],
)
def test_attributes_out_of_range_are_refused(
    name: str, attrs: dict[str, float], shapes: list[tuple[int, ...]], why: str
) -> None:
    with pytest.raises(ShapeFault, match=why):
        OPS[name].bound(attrs).infer(shapes)


# --- selection -------------------------------------------------------------------------------------------------------


def test_nothing_of_the_branch_not_taken_is_seen() -> None:
    rule = OPS["where"]
    assert rule.forward(Floats(), 1.0, 2.0, math.nan) == 2
    assert rule.local(Floats(), 2.0, [1.0, 2.0, math.nan]) == (0, 1, 0)
    conditions = np.array([True, False])
    assert rule.forward(Arrays(), conditions, np.array([1.0, math.nan]), np.array([math.nan, 4.0])).tolist() == [1, 4]
    assert rule.forward(Balls(), arb(0), arb.nan(), arb(3)) == 3


@pytest.mark.parametrize("name", ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"])
@given(a=st.integers(-2, 2), b=st.integers(-2, 2))
def test_comparisons_are_those_of_python_in_every_system(name: str, a: int, b: int) -> None:
    rule, python = OPS[name], {"equal": a == b, "not_equal": a != b, "less": a < b, "less_equal": a <= b}
    expected = python.get(name, a > b if name == "greater" else a >= b)
    assert rule.forward(Floats(), float(a), float(b)) == expected
    assert rule.forward(Arrays(), np.array([float(a)]), np.array([float(b)])).tolist() == [expected]
    assert rule.forward(Rationals(), fmpq(a), fmpq(b)) == expected
    assert rule.forward(Balls(), arb(a), arb(b)) == expected
    assert rule.forward(Intervals(), point(fmpq(a)), point(fmpq(b))) == point(fmpq(int(expected)))
    assert rule.forward(Complexes(), Complex(complex(a, 1)), Complex(complex(b, -1))).z == expected


def test_a_comparison_that_enclosures_leave_open_is_undecided() -> None:
    wide = Interval(fmpq(-1), fmpq(1))
    with pytest.raises(Undecided):
        OPS["less"].forward(Intervals(), wide, point(fmpq(0)))
    with pytest.raises(Undecided):
        OPS["equal"].forward(Balls(), arb(0, 1), arb(0))
    with pytest.raises(Undecided):
        OPS["where"].forward(Intervals(), Interval(fmpq(0), fmpq(1)), wide, wide)


def test_logarithms_of_probabilities_add_up_without_losing_digits() -> None:
    """log(p) + log(1 - p) cancel: the sum is 0 but for the roundings of the operands, and these are told exactly."""
    for p in (0.5, 0.3, 0.9, 1e-3):
        a, b = math.log(p), math.log1p(-p)
        with ctx.workprec(400):
            truth = float((arb(a).exp() + arb(b).exp()).log().mid())
        assert OPS["logaddexp"].forward(Floats(), a, b) == pytest.approx(truth, rel=2**-52)
        assert float(OPS["logaddexp"].forward(Arrays(), np.float64(a), np.float64(b))) == pytest.approx(
            truth, rel=2**-52
        )


def test_rounding_goes_to_even_integers() -> None:
    expected = {0.5: 0, 1.5: 2, 2.5: 2, -0.5: 0, -1.5: -2, 0.49999999999999994: 0}
    for x, rounded in expected.items():
        exact = fmpq(*x.as_integer_ratio())
        assert OPS["round"].forward(Floats(), x) == rounded
        assert OPS["round"].forward(Rationals(), exact) == rounded
        with ctx.workprec(128):
            assert OPS["round"].forward(Balls(), arb(exact)) == rounded
