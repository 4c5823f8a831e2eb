"""Truth values: comparisons make them, logic joins them, and `where` chooses by them. They are the numbers 0 and 1."""

from typing import Any

from ..dtypes import choice, comparison, logical
from ..rule import Error, Pattern, elementwise

EXACT = Error(value=0, product=0)


@elementwise(pattern=Pattern.ROUTER, error=EXACT, fixed=("condition",), dtype=choice)
def where(xp: Any, condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b: the gradient goes to the one that was taken."""
    return xp.where(condition, a, b)


@where.gradient
def where_gradient(xp: Any, out: Any, condition: Any, a: Any, b: Any) -> Any:
    one, nothing = xp.constant(1), xp.constant(0)
    return nothing, xp.where(condition, one, nothing), xp.where(condition, nothing, one)


@elementwise(pattern=Pattern.STOPPER, error=EXACT, fixed=("a", "b"), dtype=comparison)
def equal(xp: Any, a: Any, b: Any) -> Any:
    """True where a = b."""
    return xp.equal(a, b)


@elementwise(pattern=Pattern.STOPPER, error=EXACT, fixed=("a", "b"), dtype=comparison)
def not_equal(xp: Any, a: Any, b: Any) -> Any:
    """True where a and b differ."""
    return 1 - xp.equal(a, b)


@elementwise(pattern=Pattern.STOPPER, error=EXACT, fixed=("a", "b"), dtype=comparison)
def less(xp: Any, a: Any, b: Any) -> Any:
    """True where a < b."""
    return xp.less(a, b)


@elementwise(pattern=Pattern.STOPPER, error=EXACT, fixed=("a", "b"), dtype=comparison)
def less_equal(xp: Any, a: Any, b: Any) -> Any:
    """True where a <= b."""
    return xp.less_equal(a, b)


@elementwise(pattern=Pattern.STOPPER, error=EXACT, fixed=("a", "b"), dtype=comparison)
def greater(xp: Any, a: Any, b: Any) -> Any:
    """True where a > b."""
    return xp.less(b, a)


@elementwise(pattern=Pattern.STOPPER, error=EXACT, fixed=("a", "b"), dtype=comparison)
def greater_equal(xp: Any, a: Any, b: Any) -> Any:
    """True where a >= b."""
    return xp.less_equal(b, a)


@elementwise(pattern=Pattern.STOPPER, error=EXACT, fixed=("x",), dtype=logical)
def logical_not(xp: Any, x: Any) -> Any:
    """True where x is false."""
    return 1 - x


@elementwise(pattern=Pattern.STOPPER, error=EXACT, fixed=("a", "b"), dtype=logical)
def logical_and(xp: Any, a: Any, b: Any) -> Any:
    """True where a and b are."""
    return a * b


def _nothing(xp: Any, out: Any, *operands: Any) -> Any:
    """Nothing flows through a truth value."""
    return tuple(xp.constant(0) for _ in operands)


for _op in (equal, not_equal, less, less_equal, greater, greater_equal, logical_not, logical_and):
    _op.gradient(_nothing)
