"""Sine, cosine and the hyperbolic tangent's kin."""

from typing import Any

from ..rule import Error, Pattern, elementwise


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
