"""Gates with a kink: where two branches meet, every slope between theirs is a subgradient."""

from typing import Any

from ..rule import LOWER, MIDDLE, UPPER, Error, Pattern, elementwise, shares

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
