"""Functions of angles, hyperbolic ones, and their inverses."""

from typing import Any

from ..rule import Error, Pattern, Spot, elementwise


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5))
def sin(xp: Any, x: Any) -> Any:
    """The sine of x, in radians."""
    return xp.sin(x)


@sin.gradient
def sin_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.cos(x)


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5))
def cos(xp: Any, x: Any) -> Any:
    """The cosine of x, in radians."""
    return xp.cos(x)


@cos.gradient
def cos_gradient(xp: Any, out: Any, x: Any) -> Any:
    return -xp.sin(x)


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=4))
def tan(xp: Any, x: Any) -> Any:
    """The tangent of x, in radians, away from its poles."""
    return xp.tan(x)


@tan.gradient
def tan_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 + xp.square(out)


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5, steep=(0, 1)), domain="abs(x) <= 1")
def asin(xp: Any, x: Any) -> Any:
    """The angle in [-pi/2, pi/2] whose sine is x, |x| <= 1; its slope at -1 and 1 is infinite."""
    return xp.asin(x)


@asin.gradient
def asin_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / xp.sqrt((1 - x) * (1 + x))


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5, steep=(0, 1)), domain="abs(x) <= 1")
def acos(xp: Any, x: Any) -> Any:
    """The angle in [0, pi] whose cosine is x, |x| <= 1; its slope at -1 and 1 is infinite."""
    return xp.acos(x)


@acos.gradient
def acos_gradient(xp: Any, out: Any, x: Any) -> Any:
    return -1 / xp.sqrt((1 - x) * (1 + x))


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=4))
def atan(xp: Any, x: Any) -> Any:
    """The angle in (-pi/2, pi/2) whose tangent is x."""
    return xp.atan(x)


@atan.gradient
def atan_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / (1 + xp.square(x))


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=8))
def atan2(xp: Any, y: Any, x: Any) -> Any:
    """The angle of the point (x, y) seen from the origin, in (-pi, pi]."""
    return xp.atan2(y, x)


@atan2.gradient
def atan2_gradient(xp: Any, out: Any, y: Any, x: Any) -> Any:
    distance = xp.hypot(y, x)
    return x / distance / distance, -y / distance / distance


@atan2.jump
def atan2_jump(xp: Any, y: Any, x: Any) -> Any:
    return abs(y) + xp.maximum(x, xp.constant(0))


@atan2.undefined
def atan2_undefined(y: Spot, x: Spot) -> tuple[bool, bool]:
    origin = y.sign == 0 == x.sign
    return origin, origin


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5))
def sinh(xp: Any, x: Any) -> Any:
    """The hyperbolic sine of x."""
    return xp.sinh(x)


@sinh.gradient
def sinh_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.cosh(x)


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5))
def cosh(xp: Any, x: Any) -> Any:
    """The hyperbolic cosine of x."""
    return xp.cosh(x)


@cosh.gradient
def cosh_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.sinh(x)


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5))
def asinh(xp: Any, x: Any) -> Any:
    """The number whose hyperbolic sine is x."""
    return xp.asinh(x)


@asinh.gradient
def asinh_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / xp.hypot(xp.constant(1), x)


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=6, steep=(0, 1)), domain="x >= 1")
def acosh(xp: Any, x: Any) -> Any:
    """The number >= 0 whose hyperbolic cosine is x, x >= 1; its slope at 1 is infinite."""
    return xp.acosh(x)


@acosh.gradient
def acosh_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / (xp.sqrt(x - 1) * xp.sqrt(x + 1))


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5, steep=(1, 0)), domain="abs(x) < 1")
def atanh(xp: Any, x: Any) -> Any:
    """The number whose hyperbolic tangent is x, |x| < 1."""
    return xp.atanh(x)


@atanh.gradient
def atanh_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / ((1 - x) * (1 + x))
