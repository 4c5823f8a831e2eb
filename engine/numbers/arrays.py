"""NumPy arrays of binary64: IEEE arithmetic entry by entry, infinities and NaN included.

The caller holds `numpy.errstate(all="ignore")`: a non-finite result is a result here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_NORMAL = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class Arrays:
    """binary64 arrays; `share` is the weight of the upper branch at a tie."""

    share: float = 0.0

    def constant(self, number: int) -> Any:
        return np.float64(number)

    def square(self, x: Array) -> Array:
        return x * x

    def sqrt(self, x: Array) -> Array:
        return np.sqrt(x)

    def exp(self, x: Array) -> Array:
        return np.exp(x)

    def log(self, x: Array) -> Array:
        return np.log(x)

    def sin(self, x: Array) -> Array:
        return np.sin(x)

    def cos(self, x: Array) -> Array:
        return np.cos(x)

    def tanh(self, x: Array) -> Array:
        return np.tanh(x)

    def sigmoid(self, x: Array) -> Array:
        small = np.exp(-np.abs(x))
        return np.where(x >= 0, 1.0, small) / (1.0 + small)

    def pow(self, base: Array, exponent: Array) -> Array:
        return np.power(base, exponent)

    def power_slope(self, base: Array, exponent: Array) -> Array:
        power = np.power(base, exponent)
        # exponent - 1 rounds, which a power amplifies by log(base); the quotient does not need it.
        divided = (np.abs(power) >= _NORMAL) & np.isfinite(power) & (base != 0)
        slope = np.where(divided, exponent * power / base, exponent * np.power(base, exponent - 1))
        return np.where(exponent == 0, 0.0, slope)

    def exponent_slope(self, base: Array, power: Array) -> Array:
        return np.where(base > 0, power * np.log(base), np.nan)

    def maximum(self, a: Array, b: Array) -> Array:
        return np.maximum(a, b)

    def minimum(self, a: Array, b: Array) -> Array:
        return np.minimum(a, b)

    def side(self, guard: Array, below: int, above: int) -> Array:
        tie = below + self.share * (above - below)
        return np.where(guard > 0, above, np.where(guard < 0, below, np.where(guard == 0, tie, np.nan)))
