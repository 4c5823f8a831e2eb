"""Complex kernels for the complex step: every comparison looks at real parts only, so no branch can be crossed.

NumPy's own abs, maximum and logarithm are not analytic along the real line (verification.md 17); these are.
The caller holds `numpy.errstate(all="ignore")`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.complex128]


class Complex:
    """One complex number or array with an analytic absolute value."""

    __slots__ = ("z",)

    def __init__(self, z: Any) -> None:
        self.z: Array = np.asarray(z, dtype=np.complex128)

    def __add__(self, other: "Complex | int") -> "Complex":
        return Complex(self.z + _plain(other))

    def __sub__(self, other: "Complex | int") -> "Complex":
        return Complex(self.z - _plain(other))

    def __rsub__(self, other: int) -> "Complex":
        return Complex(other - self.z)

    def __mul__(self, other: "Complex | int") -> "Complex":
        return Complex(self.z * _plain(other))

    def __truediv__(self, other: "Complex") -> "Complex":
        return Complex(self.z / other.z)

    def __rtruediv__(self, other: int) -> "Complex":
        return Complex(other / self.z)

    def __neg__(self) -> "Complex":
        return Complex(-self.z)

    def __abs__(self) -> "Complex":
        return Complex(np.where(self.z.real >= 0, self.z, -self.z))

    __radd__ = __add__
    __rmul__ = __mul__


def _plain(number: "Complex | int") -> Any:
    return number.z if isinstance(number, Complex) else number


@dataclass(frozen=True, slots=True)
class Complexes:
    """Complex numbers around real points; `share` is the weight of the upper branch at a tie."""

    share: float = 0.0

    def constant(self, number: int) -> Complex:
        return Complex(number)

    def square(self, x: Complex) -> Complex:
        return Complex(x.z * x.z)

    def sqrt(self, x: Complex) -> Complex:
        return Complex(np.where(x.z.real >= 0, np.sqrt(x.z), np.nan))

    def exp(self, x: Complex) -> Complex:
        return Complex(np.exp(x.z))

    def log(self, x: Complex) -> Complex:
        return Complex(np.where(x.z.real > 0, np.log(x.z), np.nan))

    def sin(self, x: Complex) -> Complex:
        return Complex(np.sin(x.z))

    def cos(self, x: Complex) -> Complex:
        return Complex(np.cos(x.z))

    def tanh(self, x: Complex) -> Complex:
        return Complex(np.tanh(x.z))

    def pow(self, base: Complex, exponent: Complex) -> Complex:
        return Complex(np.where(_real_power(base, exponent), np.power(base.z, exponent.z), np.nan))

    def power_slope(self, base: Complex, exponent: Complex) -> Complex:
        slope = exponent.z * self.pow(base, exponent - 1).z
        return Complex(np.where(exponent.z == 0, 0, slope))

    def exponent_slope(self, base: Complex, power: Complex) -> Complex:
        return power * self.log(base)

    def maximum(self, a: Complex, b: Complex) -> Complex:
        return Complex(np.where(a.z.real >= b.z.real, a.z, b.z))

    def minimum(self, a: Complex, b: Complex) -> Complex:
        return Complex(np.where(a.z.real <= b.z.real, a.z, b.z))

    def side(self, guard: Complex, below: int, above: int) -> Complex:
        tie = below + self.share * (above - below)
        real = guard.z.real
        return Complex(np.where(real > 0, above, np.where(real < 0, below, tie)))


def _real_power(base: Complex, exponent: Complex) -> Any:
    """True where base ** exponent is real for the real parts: a positive base, or an integer exponent."""
    whole = exponent.z.real == np.round(exponent.z.real)
    return (base.z.real > 0) | (whole & (exponent.z.imag == 0))
