"""Sums, products, quotients and powers."""

from fractions import Fraction
from functools import reduce
from operator import add as plus
from typing import Any

from ..attributes import DtypeName, Real
from ..body import Board, Wire
from ..dtypes import FLOATING, anything
from ..dtypes import cast as casting
from ..rule import Error, Pattern, Spot, elementwise
from ..shape import Shape, ShapeFault, elementwise_shape

#: Where a power is a real number.
_POWERS = "base > 0, or base < 0 and exponent whole, or base = 0 and exponent >= 0"


@elementwise(pattern=Pattern.DISTRIBUTOR, error=Error(value=0, product=0), dtype=anything)
def identity(xp: Any, x: Any) -> Any:
    """A copy of the operand."""
    return x


@identity.gradient
def identity_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.constant(1)


@elementwise(pattern=Pattern.DISTRIBUTOR, error=Error(product=0))
def add(xp: Any, a: Any, b: Any) -> Any:
    """a + b: both operands receive the gradient as it is."""
    return a + b


@add.gradient
def add_gradient(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return xp.constant(1), xp.constant(1)


@elementwise(pattern=Pattern.DISTRIBUTOR, error=Error(product=0))
def sub(xp: Any, a: Any, b: Any) -> Any:
    """a - b: the second operand receives the gradient with its sign changed."""
    return a - b


@sub.gradient
def sub_gradient(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return xp.constant(1), xp.constant(-1)


@elementwise(pattern=Pattern.SCALER, error=Error(value=0, product=0))
def neg(xp: Any, x: Any) -> Any:
    """-x."""
    return -x


@neg.gradient
def neg_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.constant(-1)


@elementwise(pattern=Pattern.SWITCHER)
def mul(xp: Any, a: Any, b: Any) -> Any:
    """a * b: each operand receives the gradient times the other operand."""
    return a * b


@mul.gradient
def mul_gradient(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return b, a


@elementwise(pattern=Pattern.SWITCHER, error=Error(relative=3), domain="b != 0")
def div(xp: Any, a: Any, b: Any) -> Any:
    """a / b, away from b = 0."""
    return a / b


@div.gradient
def div_gradient(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return 1 / b, -out / b


@elementwise(pattern=Pattern.SCALER, error=Error(relative=3), domain="x != 0")
def reciprocal(xp: Any, x: Any) -> Any:
    """1 / x, away from 0."""
    return 1 / x


@reciprocal.gradient
def reciprocal_gradient(xp: Any, out: Any, x: Any) -> Any:
    return -xp.square(out)


@elementwise(pattern=Pattern.SCALER, error=Error(relative=2))
def square(xp: Any, x: Any) -> Any:
    """x * x."""
    return xp.square(x)


@square.gradient
def square_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 2 * x


@elementwise(
    pattern=Pattern.SCALER,
    error=Error(value=4, relative=6, logarithm=1),
    domain=_POWERS,
)
def pow_(xp: Any, base: Any, exponent: Any) -> Any:
    """base to the power of exponent; for a negative base the exponent must be an integer."""
    return xp.pow(base, exponent)


@pow_.gradient
def pow_gradient(xp: Any, out: Any, base: Any, exponent: Any) -> Any:
    return xp.power_slope(base, exponent), xp.exponent_slope(base, out)


@pow_.undefined
def pow_undefined(base: Spot, exponent: Spot) -> tuple[bool, bool]:
    # At (0, 0) a power is not continuous; to the power of the constant 0 it is the constant 1.
    origin = base.sign == 0 == exponent.sign
    return origin and exponent.varies, origin or base.sign < 0


@elementwise(pattern=Pattern.SCALER, error=Error(relative=3), domain="x >= 0")
def sqrt(xp: Any, x: Any) -> Any:
    """The square root of x, x >= 0; its slope at 0 is infinite."""
    return xp.sqrt(x)


@sqrt.gradient
def sqrt_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / (2 * out)


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=9), domain="x > 0")
def rsqrt(xp: Any, x: Any) -> Any:
    """1 / sqrt(x), x > 0."""
    return xp.rsqrt(x)


@rsqrt.gradient
def rsqrt_gradient(xp: Any, out: Any, x: Any) -> Any:
    return -out / (2 * x)


@elementwise(pattern=Pattern.DISTRIBUTOR, error=Error(operands=1, product=0))
def add_n(xp: Any, *x: Any) -> Any:
    """The sum of any number of operands: each receives the gradient as it is."""
    return reduce(plus, x)


@add_n.gradient
def add_n_gradient(xp: Any, out: Any, *x: Any) -> Any:
    return tuple(xp.constant(1) for _ in x)


@add_n.body
def add_n_body(g: Board, *x: Wire) -> Wire:
    total = x[0]
    for wire in x[1:]:
        total = g(add, total, wire)
    return total


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=3), fixed=("mask",), sample="mask")
def dropout(xp: Any, x: Any, mask: Any, *, rate: Real = 0.5) -> Any:
    """x where the mask is 1, scaled by 1 / (1 - rate), and 0 where it is 0; the mask is the sample that was drawn."""
    return x * mask * xp.constant(1 / (1 - rate))


@dropout.gradient
def dropout_gradient(xp: Any, out: Any, x: Any, mask: Any, *, rate: Real) -> Any:
    return mask * xp.constant(1 / (1 - rate)), xp.constant(0)


@dropout.body
def dropout_body(g: Board, x: Wire, mask: Wire, *, rate: Fraction) -> Wire:
    return g(mul, g(mul, x, mask), 1 / (1 - rate))


@dropout.shape
def dropout_shape(x: Shape, mask: Shape, *, rate: Fraction) -> Shape:
    if not 0 <= rate < 1:
        raise ShapeFault(f"drops a share of {rate}; it takes a rate of at least 0 and less than 1", attribute="rate")
    shape = elementwise_shape((x, mask))
    if shape is None:
        raise ShapeFault(f"combines shapes {list(x)} and {list(mask)}; it takes equal shapes, or scalars among them")
    return shape


@elementwise(pattern=Pattern.DISTRIBUTOR, error=Error(value=1, product=0), dtype=casting)
def cast(xp: Any, x: Any, *, to: DtypeName) -> Any:
    """x in another dtype: rounded in a floating one, its integer part in an integer one, whether it is 0 in bool."""
    if to in FLOATING:
        return x
    return 1 - xp.equal(x, xp.constant(0)) if to == "bool" else xp.trunc(x)


@cast.gradient
def cast_gradient(xp: Any, out: Any, x: Any, *, to: DtypeName) -> Any:
    return xp.constant(1 if to in FLOATING else 0)


@cast.jump
def cast_jump(xp: Any, x: Any, *, to: DtypeName) -> Any:
    if to in FLOATING:
        return xp.constant(1)
    # An integer part does not jump around 0.
    return x if to == "bool" else xp.maximum(1 - abs(x), xp.constant(0)) + (x - xp.floor(x))


@elementwise(pattern=Pattern.STOPPER, error=Error(value=0, product=0), dtype=anything, surrogate=True)
def stop_gradient(xp: Any, x: Any) -> Any:
    """A copy of the operand that sends nothing on, by definition."""
    return x


@stop_gradient.gradient
def stop_gradient_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.constant(0)
