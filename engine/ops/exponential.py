"""Exponential and logarithm."""

from typing import Any

from ..rule import Error, Pattern, elementwise


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5))
def exp(xp: Any, x: Any) -> Any:
    """e to the power of x: its own local gradient."""
    return xp.exp(x)


@exp.gradient
def exp_gradient(xp: Any, out: Any, x: Any) -> Any:
    return out


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=3))
def log(xp: Any, x: Any) -> Any:
    """The natural logarithm of x, x > 0."""
    return xp.log(x)


@log.gradient
def log_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / x
