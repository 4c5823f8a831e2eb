"""Exponentials, logarithms, and what is made of them: the error function is the area under exp(-x²)."""

from typing import Any

from ..rule import Error, Pattern, elementwise


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=5))
def exp(xp: Any, x: Any) -> Any:
    """e to the power of x: its own local gradient."""
    return xp.exp(x)


@exp.gradient
def exp_gradient(xp: Any, out: Any, x: Any) -> Any:
    return out


@elementwise(pattern=Pattern.SCALER, error=Error(value=6, relative=6, absolute=(0, 4, 0)))
def expm1(xp: Any, x: Any) -> Any:
    """exp(x) - 1, precise near 0."""
    return xp.expm1(x)


@expm1.gradient
def expm1_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.exp(x)


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=3), domain="x > 0")
def log(xp: Any, x: Any) -> Any:
    """The natural logarithm of x, x > 0."""
    return xp.log(x)


@log.gradient
def log_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / x


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=6), domain="x > 0")
def log2(xp: Any, x: Any) -> Any:
    """The logarithm of x to the base 2, x > 0."""
    return xp.log2(x)


@log2.gradient
def log2_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / (x * xp.log(xp.constant(2)))


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=6), domain="x > 0")
def log10(xp: Any, x: Any) -> Any:
    """The logarithm of x to the base 10, x > 0."""
    return xp.log10(x)


@log10.gradient
def log10_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / (x * xp.log(xp.constant(10)))


# XLA's log1p leaves the interval of its approximation below -0.29: up to 240 units of 2^-53 there (measured).
@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=3, double=256), domain="x > -1")
def log1p(xp: Any, x: Any) -> Any:
    """log(1 + x), precise near 0, x > -1."""
    return xp.log1p(x)


@log1p.gradient
def log1p_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / (1 + x)


@elementwise(pattern=Pattern.ROUTER, error=Error(value=4, operands=1, relative=8, absolute=(1, 0, 0)))
def logaddexp(xp: Any, a: Any, b: Any) -> Any:
    """log(exp(a) + exp(b)): the gradient is shared as the exponentials share their sum."""
    return xp.logaddexp(a, b)


@logaddexp.gradient
def logaddexp_gradient(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return xp.sigmoid(a - b), xp.sigmoid(b - a)


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=8, square=1))
def erf(xp: Any, x: Any) -> Any:
    """The error function of x: the share of a normal sample within sqrt(2) x deviations."""
    return xp.erf(x)


@erf.gradient
def erf_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 2 * xp.gaussian(x) / xp.sqrt(xp.pi())


@elementwise(pattern=Pattern.SCALER, error=Error(value=8, relative=8, square=1))
def erfc(xp: Any, x: Any) -> Any:
    """1 - erf(x), precise where erf is near 1."""
    return xp.erfc(x)


@erfc.gradient
def erfc_gradient(xp: Any, out: Any, x: Any) -> Any:
    return -2 * xp.gaussian(x) / xp.sqrt(xp.pi())
