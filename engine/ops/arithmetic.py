"""Sums, products, quotients and powers."""

from typing import Any

from ..dtypes import anything
from ..rule import Error, Pattern, Spot, elementwise


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


@elementwise(pattern=Pattern.SWITCHER, error=Error(relative=3))
def div(xp: Any, a: Any, b: Any) -> Any:
    """a / b, away from b = 0."""
    return a / b


@div.gradient
def div_gradient(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return 1 / b, -out / b


@elementwise(pattern=Pattern.SCALER, error=Error(relative=3))
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


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=6, logarithm=1))
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


@elementwise(pattern=Pattern.SCALER, error=Error(relative=3))
def sqrt(xp: Any, x: Any) -> Any:
    """The square root of x, x >= 0; its slope at 0 is infinite."""
    return xp.sqrt(x)


@sqrt.gradient
def sqrt_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / (2 * out)
