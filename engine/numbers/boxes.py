"""Boxes: intervals of many sheets at once, a column a sheet, rounded outward in float64.

They accept and never refute: where a column cannot be decided, its bounds are NaN, and exact arithmetic takes over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Every bound is moved outward by so many units in the last place: more than any function of libm is off.
_UNITS = 4
_RELATIVE = _UNITS * 2.0**-53


class Box:
    """Low and high ends, a column a sheet; NaN where nothing is known."""

    __slots__ = ("high", "low", "system")

    def __init__(self, low: Floats, high: Floats, system: Boxes) -> None:
        self.low, self.high, self.system = low, high, system
        system.saw(low, high)

    def __add__(self, other: Box | int) -> Box:
        low, high = _ends(other)
        return self.system.outward(self.low + low, self.high + high)

    def __sub__(self, other: Box | int) -> Box:
        low, high = _ends(other)
        return self.system.outward(self.low - high, self.high - low)

    def __rsub__(self, other: int) -> Box:
        return self.system.outward(other - self.high, other - self.low)

    def __mul__(self, other: Box | int) -> Box:
        low, high = _ends(other)
        corners = (self.low * low, self.low * high, self.high * low, self.high * high)
        return self.system.outward(_least(corners), _most(corners))

    def __truediv__(self, other: Box) -> Box:
        return self * (1 / other)

    def __rtruediv__(self, other: int) -> Box:
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = 1 / self.high, 1 / self.low
        crosses = ~((self.low > 0) | (self.high < 0))
        return self.system.outward(np.where(crosses, np.nan, low), np.where(crosses, np.nan, high)) * other

    def __neg__(self) -> Box:
        return Box(-self.high, -self.low, self.system)

    def __abs__(self) -> Box:
        low = np.maximum(np.maximum(self.low, -self.high), 0.0)
        return Box(low, np.maximum(-self.low, self.high), self.system)

    __radd__ = __add__
    __rmul__ = __mul__

    def hull(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(np.minimum(self.low, other.low), np.maximum(self.high, other.high), self.system)


def _ends(number: Box | int) -> tuple[Any, Any]:
    return (number.low, number.high) if isinstance(number, Box) else (number, number)


def _least(corners: tuple[Floats, ...]) -> Floats:
    return np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))


def _most(corners: tuple[Floats, ...]) -> Floats:
    return np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))


class Boxes:
    """The functions of rules over boxes of `columns` sheets; `largest` is the size of all that was met on the way."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.largest: Floats = np.ones(columns)

    def saw(self, low: Floats, high: Floats) -> None:
        """Remember how large numbers became: rounding errors are measured on that."""
        self.largest = np.fmax(self.largest, np.fmax(np.abs(low), np.abs(high)))

    def outward(self, low: Floats, high: Floats) -> Box:
        """Bounds moved outward by what rounding may have cost."""
        return Box(low - _RELATIVE * np.abs(low), high + _RELATIVE * np.abs(high), self)

    def filled(self, low: float, high: float) -> Box:
        """One interval for every column."""
        return self.outward(np.full(self.columns, low), np.full(self.columns, high))

    def constant(self, number: int) -> Box:
        return Box(np.full(self.columns, float(number)), np.full(self.columns, float(number)), self)

    def square(self, x: Box) -> Box:
        size = abs(x)
        return self.outward(size.low * size.low, size.high * size.high)

    def sqrt(self, x: Box) -> Box:
        return self._rising(np.sqrt, x)

    def exp(self, x: Box) -> Box:
        return self._rising(np.exp, x)

    def log(self, x: Box) -> Box:
        return self._rising(np.log, x)

    def tanh(self, x: Box) -> Box:
        return self._rising(np.tanh, x)

    def sigmoid(self, x: Box) -> Box:
        return 1 / (1 + self.exp(-x))

    def sin(self, x: Box) -> Box:
        return self._unknown(x)

    def cos(self, x: Box) -> Box:
        return self._unknown(x)

    def pow(self, base: Box, exponent: Box) -> Box:
        return self._unknown(base)

    def power_slope(self, base: Box, exponent: Box) -> Box:
        return self._unknown(base)

    def exponent_slope(self, base: Box, power: Box) -> Box:
        return self._unknown(base)

    def maximum(self, a: Box, b: Box) -> Box:
        return Box(np.maximum(a.low, b.low), np.maximum(a.high, b.high), self)

    def minimum(self, a: Box, b: Box) -> Box:
        return Box(np.minimum(a.low, b.low), np.minimum(a.high, b.high), self)

    def side(self, guard: Box, below: int, above: int) -> Box:
        """The branch where the guard is clear of 0; unknown where it is not."""
        slope = np.where(guard.low > 0, float(above), np.where(guard.high < 0, float(below), np.nan))
        return Box(slope, slope, self)

    def _rising(self, function: Callable[[Floats], Floats], x: Box) -> Box:
        with np.errstate(all="ignore"):
            low, high = function(x.low), function(x.high)
        bad = ~(np.isfinite(low) & np.isfinite(high))
        return self.outward(np.where(bad, np.nan, low), np.where(bad, np.nan, high))

    def _unknown(self, x: Box) -> Box:
        return Box(np.full(self.columns, np.nan), np.full(self.columns, np.nan), self)
