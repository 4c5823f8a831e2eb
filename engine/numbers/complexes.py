"""Complex numbers an infinitesimal step off the real line, for the complex step: one real part, a tiny imaginary one.

The kernels are the definitions of the complex functions, split into parts; terms of second order in the imaginary
part lie below every rounding and are left out, so that the real part is, bit for bit, what the real kernels compute.
Comparisons look at real parts only: no branch can be crossed. NumPy's own complex abs, maximum, logarithm or quotient
are not fit for this (verification.md 17). Outside its domain a function is NaN. An imaginary part that a product
takes below 2^-969 has lost digits and becomes NaN: it may not pass for a gradient of 0.

Parts are Python floats, which raise where `math` does, or arrays, for which the caller holds
`numpy.errstate(all="ignore")`.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.complex128]

#: A float or a float64 array.
Part = Any

#: Below this a product of doubles may have lost digits: 2^-1022, and 53 digits above.
LOST = 2.0**-969


class Complex:
    """One complex number or array; `real` may be a scalar where `imag` holds many steps away from it."""

    __slots__ = ("imag", "real")

    def __init__(self, z: Any) -> None:
        whole: Array = np.asarray(z, dtype=np.complex128)
        self.real: Part = whole.real
        self.imag: Part = whole.imag

    @classmethod
    def of(cls, real: Part, imag: Part) -> "Complex":
        """A number from its parts, as they are."""
        made = cls.__new__(cls)
        made.real, made.imag = real, imag
        return made

    @property
    def z(self) -> Array:
        """Both parts as NumPy's complex number."""
        return np.asarray(self.real) + 1j * np.asarray(self.imag)

    def __add__(self, other: "Complex | int") -> "Complex":
        if isinstance(other, Complex):
            return _of(self.real + other.real, self.imag + other.imag)
        return _of(self.real + other, self.imag)

    def __sub__(self, other: "Complex | int") -> "Complex":
        if isinstance(other, Complex):
            return _of(self.real - other.real, self.imag - other.imag)
        return _of(self.real - other, self.imag)

    def __rsub__(self, other: int) -> "Complex":
        return _of(other - self.real, -self.imag)

    def __mul__(self, other: "Complex | int") -> "Complex":
        if isinstance(other, Complex):
            imag = _product(self.real, other.imag) + _product(other.real, self.imag)
            return _of(self.real * other.real, imag)
        return _of(self.real * other, self.imag * other)

    def __truediv__(self, other: "Complex") -> "Complex":
        quotient = self.real / other.real
        imag = _quotient(self.imag, other.real) - _quotient(_product(quotient, other.imag), other.real)
        return _of(quotient, imag)

    def __rtruediv__(self, other: int) -> "Complex":
        quotient = other / self.real
        return _of(quotient, -_quotient(_product(quotient, self.imag), self.real))

    def __neg__(self) -> "Complex":
        return _of(-self.real, -self.imag)

    def __abs__(self) -> "Complex":
        if type(self.real) is float:
            return -self if self.real < 0 else self
        return _of(np.abs(self.real), np.where(self.real < 0, -self.imag, self.imag))

    __radd__ = __add__
    __rmul__ = __mul__


_of = Complex.of


@dataclass(frozen=True, slots=True)
class Complexes:
    """Complex numbers around real points; `share` is the weight of the upper branch at a tie."""

    share: float = 0.0

    def constant(self, number: int) -> Complex:
        return _of(float(number), 0.0)

    def square(self, x: Complex) -> Complex:
        return _of(x.real * x.real, 2.0 * _product(x.real, x.imag))

    def sqrt(self, x: Complex) -> Complex:
        root = _kernels(x.real).sqrt(x.real)
        return _of(root, _quotient(x.imag, 2.0 * root))

    def exp(self, x: Complex) -> Complex:
        power, turn = _kernels(x.real).exp(x.real), _kernels(x.imag).sin(x.imag)
        return _of(power, _kept(power * turn, turn))

    def log(self, x: Complex) -> Complex:
        if type(x.real) is float:
            return _of(math.log(x.real), _kernels(x.imag).atan(_quotient(x.imag, x.real)))
        inside = x.real > 0
        angle = np.arctan(_quotient(x.imag, x.real))
        return _of(np.where(inside, np.log(x.real), np.nan), np.where(inside, angle, np.nan))

    def sin(self, x: Complex) -> Complex:
        real = _kernels(x.real)
        return _of(real.sin(x.real), _product(real.cos(x.real), _kernels(x.imag).sinh(x.imag)))

    def cos(self, x: Complex) -> Complex:
        real = _kernels(x.real)
        return _of(real.cos(x.real), -_product(real.sin(x.real), _kernels(x.imag).sinh(x.imag)))

    def tanh(self, x: Complex) -> Complex:
        real, imag = _kernels(x.real), _kernels(x.imag)
        width, turn = real.cosh(x.real), imag.sin(x.imag) * imag.cos(x.imag)
        return _of(real.tanh(x.real), _kept(turn / width / width, turn))

    def sigmoid(self, x: Complex) -> Complex:
        small = self.exp(-abs(x))
        return _chosen(self.constant(1), small, x.real >= 0) / (1 + small)

    def pow(self, base: Complex, exponent: Complex) -> Complex:
        """In polar form: the size is the real power, the angle the exponent times the base's angle to its own axis."""
        power = _power(base.real, exponent.real)
        if type(power) is float and base.real > 0:
            angle = exponent.real * _kernels(base.imag).atan(_quotient(base.imag, base.real))
            angle = angle + exponent.imag * math.log(base.real)
            return _of(power, _kept(power * _kernels(angle).sin(angle), angle))
        return _of(power, _imag_of_power(base, exponent, np.asarray(power)))

    def power_slope(self, base: Complex, exponent: Complex) -> Complex:
        slope = exponent * self.pow(base, exponent - 1)
        zero = exponent.real == 0
        return _of(np.where(zero, 0.0, slope.real), np.where(zero, 0.0, slope.imag))

    def exponent_slope(self, base: Complex, power: Complex) -> Complex:
        return power * self.log(base)

    def maximum(self, a: Complex, b: Complex) -> Complex:
        return _chosen(a, b, a.real >= b.real)

    def minimum(self, a: Complex, b: Complex) -> Complex:
        return _chosen(a, b, a.real <= b.real)

    def side(self, guard: Complex, below: int, above: int) -> Complex:
        real, tie = guard.real, below + self.share * (above - below)
        slope = np.where(real > 0, above, np.where(real < 0, below, np.where(real == 0, tie, np.nan)))
        return _of(float(slope) if type(real) is float else slope, 0.0)


class _Scalars:
    """`math` under NumPy's names."""

    sqrt, exp, sin, cos = math.sqrt, math.exp, math.sin, math.cos
    sinh, cosh, tanh, atan = math.sinh, math.cosh, math.tanh, math.atan


class _Arrays:
    """NumPy under `math`'s names."""

    sqrt, exp, sin, cos = np.sqrt, np.exp, np.sin, np.cos
    sinh, cosh, tanh, atan = np.sinh, np.cosh, np.tanh, np.arctan


def _kernels(part: Part) -> Any:
    return _Scalars if type(part) is float else _Arrays


def _product(real: Part, imag: Part) -> Part:
    """A product that becomes NaN where it loses digits; a factor of exactly 0 loses none."""
    product = real * imag
    if type(product) is float:
        return math.nan if -LOST < product < LOST and real and imag else product
    tiny = np.abs(product) < LOST
    return np.where(tiny & (real != 0) & (imag != 0), np.nan, product) if tiny.any() else product


def _quotient(imag: Part, real: Part) -> Part:
    return _kept(imag / real, imag)


def _kept(result: Part, source: Part) -> Part:
    """A result that becomes NaN where it loses digits although its source is not 0."""
    if type(result) is float:
        return math.nan if -LOST < result < LOST and source else result
    tiny = np.abs(result) < LOST
    return np.where(tiny & (source != 0), np.nan, result) if tiny.any() else result


def _chosen(a: Complex, b: Complex, first: Any) -> Complex:
    """a where `first`, else b; NaN where either is NaN."""
    if type(a.real) is float and type(b.real) is float:
        return a if first or a.real != a.real else b
    real = np.where(first | np.isnan(a.real), a.real, b.real)
    return _of(real, np.where(first | np.isnan(a.real), a.imag, b.imag))


def _power(base: Part, exponent: Part) -> Part:
    if type(base) is float and type(exponent) is float:
        return math.pow(base, exponent)
    return np.power(np.asarray(base), exponent)


def _imag_of_power(base: Complex, exponent: Complex, power: Any) -> Any:
    """The imaginary part of a power in full: a base of 0 or below has one for integer exponents only."""
    real, other = np.asarray(base.real), np.asarray(exponent.real)
    positive, whole = real > 0, (other == np.round(other)) & (np.asarray(exponent.imag) == 0)
    with np.errstate(all="ignore"):
        angle = other * np.arctan(np.asarray(base.imag) / real)
        angle = angle + np.where(positive, exponent.imag * np.log(np.abs(real)), 0.0)
        away = _kept(power * np.sin(angle), angle)
    at_zero = np.where(other == 1, base.imag, np.where(other >= 0, 0.0, np.nan))
    return np.where(positive | whole, np.where(real == 0, at_zero, away), np.nan)
