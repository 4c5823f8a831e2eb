"""Duals: a number with its slope along one direction, in any system, which the slopes of guards are read from."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from ...numbers.protocol import Outside


class Dual(NamedTuple):
    """A number with its slope along one direction."""

    value: Any
    slope: Any

    def __add__(self, other: Any) -> Dual:  # type: ignore[override]
        return self._with(other, 1)

    def __sub__(self, other: Any) -> Dual:
        return self._with(other, -1)

    def __rsub__(self, other: Any) -> Dual:
        return -self + other

    def __mul__(self, other: Any) -> Dual:  # type: ignore[override]
        if isinstance(other, Dual):
            return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)
        return Dual(self.value * other, self.slope * other)

    def __abs__(self) -> Dual:
        raise Outside("a guard with an absolute value in it")

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    __radd__ = __add__  # type: ignore[assignment]
    __rmul__ = __mul__  # type: ignore[assignment]

    def _with(self, other: Any, factor: int) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value + factor * other.value, self.slope + factor * other.slope)
        return Dual(self.value + factor * other, self.slope)


class Duals:
    """The system that guards are differentiated in: arithmetic. Other functions have no slope here: `Outside`.

    `number` makes of a rational what values are computed with.
    """

    def __init__(self, number: Callable[[int | Fraction], Any]) -> None:
        self.number = number

    def constant(self, number: int | Fraction) -> Any:
        """A rational; it has no slope."""
        return self.number(number)

    def square(self, x: Any) -> Any:
        """x * x."""
        return x * x

    def __getattr__(self, name: str) -> Any:
        raise Outside(f"a guard with {name} in it")
