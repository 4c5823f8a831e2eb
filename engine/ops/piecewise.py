"""Gates with a kink: where two branches meet, every slope between theirs is a subgradient. And steps, which jump."""

from fractions import Fraction
from typing import Any

from ..attributes import Real
from ..body import Board, Wire
from ..rule import LOWER, MIDDLE, UPPER, Error, Pattern, Shares, elementwise, shares
from ..shape import Shape, ShapeFault
from .arithmetic import add, mul

EXACT = Error(value=0, product=0)


@elementwise(pattern=Pattern.SCALER, error=EXACT, at_kink=shares(zero=LOWER, torch=LOWER, jax=LOWER, first=LOWER))
def relu(xp: Any, x: Any) -> Any:
    """x where x > 0, else 0."""
    return xp.maximum(x, xp.constant(0))


@relu.guard
def relu_guard(xp: Any, x: Any) -> Any:
    return x


@relu.gradient
def relu_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.side(x, 0, 1)


@elementwise(pattern=Pattern.SCALER, error=EXACT, at_kink=shares(zero=MIDDLE, torch=MIDDLE, jax=UPPER, first=MIDDLE))
def abs_(xp: Any, x: Any) -> Any:
    """The size of x."""
    return abs(x)


@abs_.guard
def abs_guard(xp: Any, x: Any) -> Any:
    return x


@abs_.gradient
def abs_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.side(x, -1, 1)


@elementwise(pattern=Pattern.ROUTER, error=EXACT, at_kink=shares(zero=MIDDLE, torch=MIDDLE, jax=MIDDLE, first=UPPER))
def maximum(xp: Any, a: Any, b: Any) -> Any:
    """The larger of a and b: the gradient goes to the one that won."""
    return xp.maximum(a, b)


@maximum.guard
def maximum_guard(xp: Any, a: Any, b: Any) -> Any:
    return a - b


@maximum.gradient
def maximum_gradient(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return xp.side(a - b, 0, 1), xp.side(a - b, 1, 0)


@elementwise(pattern=Pattern.ROUTER, error=EXACT, at_kink=shares(zero=MIDDLE, torch=MIDDLE, jax=MIDDLE, first=LOWER))
def minimum(xp: Any, a: Any, b: Any) -> Any:
    """The smaller of a and b: the gradient goes to the one that won."""
    return xp.minimum(a, b)


@minimum.guard
def minimum_guard(xp: Any, a: Any, b: Any) -> Any:
    return a - b


@minimum.gradient
def minimum_gradient(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return xp.side(a - b, 1, 0), xp.side(a - b, 0, 1)


# --- leaky and exponential rectifiers: the slope is alpha or less below 0, 1 above -----------------------------------


# At 0 one of the two operands is taken twice, which is why the constant stands first in one of them.


def least(below: Fraction, above: Fraction) -> Fraction:
    """The share that takes the slope of the smaller size."""
    return LOWER if abs(below) <= abs(above) else UPPER


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=1))
def leaky_relu(xp: Any, x: Any, *, alpha: Real = 0.01) -> Any:
    """x where x > 0, else alpha x."""
    zero = xp.constant(0)
    return xp.maximum(x, zero) + xp.constant(alpha) * xp.minimum(zero, x)


@leaky_relu.conventions
def leaky_relu_conventions(alpha: Fraction) -> Shares | None:
    if alpha == 1:
        return None
    smaller = least(alpha, Fraction(1))
    return shares(zero=smaller, torch=LOWER, jax=UPPER, first=smaller)


@leaky_relu.guard
def leaky_relu_guard(xp: Any, x: Any) -> Any:
    return x


@leaky_relu.gradient
def leaky_relu_gradient(xp: Any, out: Any, x: Any, *, alpha: Real) -> Any:
    return xp.constant(1) if alpha == 1 else xp.side(x, xp.constant(alpha), xp.constant(1))


@elementwise(
    pattern=Pattern.SCALER,
    error=Error(value=4, relative=1),
    at_kink=shares(zero=LOWER, torch=LOWER, jax=UPPER, first=LOWER),
)
def prelu(xp: Any, x: Any, slope: Any) -> Any:
    """x where x > 0, else slope x; the slope is an operand."""
    zero = xp.constant(0)
    return xp.maximum(x, zero) + slope * xp.minimum(zero, x)


@prelu.guard
def prelu_guard(xp: Any, x: Any, slope: Any) -> Any:
    return x


@prelu.gradient
def prelu_gradient(xp: Any, out: Any, x: Any, slope: Any) -> Any:
    return xp.side(x, slope, xp.constant(1)), xp.minimum(x, xp.constant(0))


@elementwise(pattern=Pattern.SCALER, error=Error(value=6, relative=7))
def elu(xp: Any, x: Any, *, alpha: Real = 1) -> Any:
    """x where x > 0, else alpha (exp(x) - 1); smooth if alpha is 1."""
    zero = xp.constant(0)
    return xp.maximum(x, zero) + xp.constant(alpha) * xp.expm1(xp.minimum(zero, x))


@elu.conventions
def elu_conventions(alpha: Fraction) -> Shares | None:
    if alpha == 1:
        return None
    smaller = least(alpha, Fraction(1))
    return shares(zero=smaller, torch=LOWER, jax=LOWER, first=smaller)


@elu.guard
def elu_guard(xp: Any, x: Any) -> Any:
    return x


@elu.gradient
def elu_gradient(xp: Any, out: Any, x: Any, *, alpha: Real) -> Any:
    falling = xp.exp(xp.minimum(x, xp.constant(0)))
    return falling if alpha == 1 else xp.side(x, xp.constant(alpha) * falling, xp.constant(1))


@elementwise(pattern=Pattern.SCALER, error=Error(value=8, relative=9))
def selu(
    xp: Any,
    x: Any,
    *,
    alpha: Real = "1.6732632423543772848170429916717",
    gamma: Real = "1.0507009873554804934193349852946",
) -> Any:
    """gamma elu(x; alpha), whose constants keep the mean 0 and the variance 1 from layer to layer."""
    zero = xp.constant(0)
    falling = xp.constant(gamma * alpha) * xp.expm1(xp.minimum(zero, x))
    return xp.constant(gamma) * xp.maximum(x, zero) + falling


@selu.conventions
def selu_conventions(alpha: Fraction, gamma: Fraction) -> Shares | None:
    if alpha == 1:
        return None
    smaller = least(alpha, Fraction(1))
    return shares(zero=smaller, torch=LOWER, jax=LOWER, first=smaller)


@selu.guard
def selu_guard(xp: Any, x: Any) -> Any:
    return x


@selu.gradient
def selu_gradient(xp: Any, out: Any, x: Any, *, alpha: Real, gamma: Real) -> Any:
    falling = xp.constant(gamma * alpha) * xp.exp(xp.minimum(x, xp.constant(0)))
    return falling if alpha == 1 else xp.side(x, falling, xp.constant(gamma))


@selu.body
def selu_body(g: Board, x: Wire, *, alpha: Fraction, gamma: Fraction) -> Wire:
    return g(mul, gamma, g(elu, x, alpha=alpha))


# --- clipping: the guard is 0 at both bounds, negative between them --------------------------------------------------


def within(xp: Any, x: Any, low: Any, high: Any) -> Any:
    """x, or the bound that it is beyond."""
    return xp.minimum(xp.maximum(x, xp.constant(low)), xp.constant(high))


@elementwise(pattern=Pattern.SCALER, error=EXACT)
def clip(xp: Any, x: Any, *, min: Real | None = None, max: Real | None = None) -> Any:  # noqa: A002 - ONNX's names
    """x, or the bound that it is beyond; one of the bounds may be absent."""
    above = x if min is None else xp.maximum(x, xp.constant(min))
    return above if max is None else xp.minimum(above, xp.constant(max))


@clip.shape
def clip_shape(x: Shape, *, min: Real | None, max: Real | None) -> Shape:  # noqa: A002
    if min is None and max is None:
        raise ShapeFault("states neither min nor max: state one of them, or both")
    if min is not None and max is not None and min > max:
        raise ShapeFault(f"states a min of {min} above its max of {max}", attribute="min")
    return x


@clip.conventions
def clip_conventions(min: Real | None, max: Real | None) -> Shares | None:  # noqa: A002
    if min == max:
        return None
    if min is not None and max is None:
        return shares(zero=LOWER, torch=UPPER, jax=MIDDLE, first=LOWER)
    return shares(zero=UPPER, torch=LOWER, jax=MIDDLE, first=UPPER)


@clip.guard
def clip_guard(xp: Any, x: Any, *, min: Real | None, max: Real | None) -> Any:  # noqa: A002
    bounds = [x - xp.constant(bound) for bound in (min, max) if bound is not None]
    return bounds[0] if len(bounds) == 1 else bounds[0] * bounds[1]


@clip.gradient
def clip_gradient(xp: Any, out: Any, x: Any, *, min: Real | None, max: Real | None) -> Any:  # noqa: A002
    if min is not None and min == max:
        return xp.constant(0)
    inside = 1 if min is not None and max is None else 0
    return xp.side(clip_guard(xp, x, min=min, max=max), 1 - inside, inside)


@elementwise(
    pattern=Pattern.SCALER,
    error=Error(value=3, operands=1, relative=1),
)
def hard_sigmoid(xp: Any, x: Any, *, alpha: Real = 0.2, beta: Real = 0.5) -> Any:
    """alpha x + beta, clipped to [0, 1]."""
    return within(xp, xp.constant(alpha) * x + xp.constant(beta), 0, 1)


@hard_sigmoid.conventions
def hard_sigmoid_conventions(alpha: Fraction, beta: Fraction) -> Shares | None:
    return None if alpha == 0 else shares(zero=UPPER, torch=UPPER, jax=UPPER, first=UPPER)


@hard_sigmoid.guard
def hard_sigmoid_guard(xp: Any, x: Any, *, alpha: Real, beta: Real) -> Any:
    line = xp.constant(alpha) * x + xp.constant(beta)
    return line * (line - 1)


@hard_sigmoid.gradient
def hard_sigmoid_gradient(xp: Any, out: Any, x: Any, *, alpha: Real, beta: Real) -> Any:
    if alpha == 0:
        return xp.constant(0)
    return xp.side(hard_sigmoid_guard(xp, x, alpha=alpha, beta=beta), xp.constant(alpha), xp.constant(0))


@hard_sigmoid.body
def hard_sigmoid_body(g: Board, x: Wire, *, alpha: Fraction, beta: Fraction) -> Wire:
    return g(clip, g(add, g(mul, alpha, x), beta), min=Fraction(0), max=Fraction(1))


SIXTH, HALF = Fraction(1, 6), Fraction(1, 2)


@elementwise(
    pattern=Pattern.SCALER,
    error=Error(value=5, operands=1, relative=3, absolute=(2, 0, 0)),
    at_kink=shares(zero=UPPER, torch=UPPER, jax=UPPER, first=UPPER),
)
def hard_swish(xp: Any, x: Any) -> Any:
    """x times x/6 + 1/2 clipped to [0, 1]: 0 below -3, x above 3."""
    return x * (within(xp, x + 3, 0, 6) / 6)


@hard_swish.guard
def hard_swish_guard(xp: Any, x: Any) -> Any:
    return (x + 3) * (x - 3)


@hard_swish.gradient
def hard_swish_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.side((x + 3) * (x - 3), x / 3 + xp.constant(HALF), within(xp, x / 6 + xp.constant(HALF), 0, 1))


@hard_swish.body
def hard_swish_body(g: Board, x: Wire) -> Wire:
    return g(mul, x, g(clip, g(add, g(mul, SIXTH, x), HALF), min=Fraction(0), max=Fraction(1)))


# --- steps: flat, with jumps between ---------------------------------------------------------------------------------


@elementwise(pattern=Pattern.STOPPER, error=EXACT)
def sign(xp: Any, x: Any) -> Any:
    """-1, 0 or 1, as x is negative, 0 or positive."""
    return xp.sign(x)


@sign.gradient
def sign_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.constant(0)


@sign.jump
def sign_jump(xp: Any, x: Any) -> Any:
    return x


@elementwise(pattern=Pattern.STOPPER, error=EXACT)
def floor(xp: Any, x: Any) -> Any:
    """The largest integer not above x."""
    return xp.floor(x)


@floor.gradient
def floor_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.constant(0)


@floor.jump
def floor_jump(xp: Any, x: Any) -> Any:
    return x - xp.floor(x)


@elementwise(pattern=Pattern.STOPPER, error=EXACT)
def ceil(xp: Any, x: Any) -> Any:
    """The smallest integer not below x."""
    return xp.ceil(x)


@ceil.gradient
def ceil_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.constant(0)


@ceil.jump
def ceil_jump(xp: Any, x: Any) -> Any:
    return x - xp.floor(x)


@elementwise(pattern=Pattern.STOPPER, error=EXACT)
def round_(xp: Any, x: Any) -> Any:
    """The integer nearest to x; of two the even one."""
    return xp.round(x)


@round_.gradient
def round_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.constant(0)


@round_.jump
def round_jump(xp: Any, x: Any) -> Any:
    above = x + xp.constant(HALF)
    return above - xp.floor(above)


@elementwise(pattern=Pattern.STOPPER, error=EXACT)
def trunc(xp: Any, x: Any) -> Any:
    """The integer part of x, toward 0."""
    return xp.trunc(x)


@trunc.gradient
def trunc_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.constant(0)


@trunc.jump
def trunc_jump(xp: Any, x: Any) -> Any:
    # Around 0 it does not jump.
    return xp.maximum(1 - abs(x), xp.constant(0)) + (x - xp.floor(x))
