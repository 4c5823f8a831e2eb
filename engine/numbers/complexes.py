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
from fractions import Fraction
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .arrays import Arrays
from .floats import Floats

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

    def __mul__(self, other: "Complex | float") -> "Complex":
        if isinstance(other, Complex):
            imag = _product(self.real, other.imag) + _product(other.real, self.imag)
            return _of(self.real * other.real, imag)
        return _of(self.real * other, self.imag * other)

    def __truediv__(self, other: "Complex | int") -> "Complex":
        if not isinstance(other, Complex):
            return _of(self.real / other, self.imag / other)
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

    def constant(self, number: int | Fraction) -> Complex:
        return _of(float(number), 0.0)

    def pi(self) -> Complex:
        return _of(math.pi, 0.0)

    def hypot(self, a: Complex, b: Complex) -> Complex:
        size = _kernels(a.real + b.real).hypot(a.real, b.real)
        return _of(size, _product(a.real / size, a.imag) + _product(b.real / size, b.imag))

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

    def log2(self, x: Complex) -> Complex:
        return self._after(x, "log2", self.log(x).imag / math.log(2.0))

    def log10(self, x: Complex) -> Complex:
        return self._after(x, "log10", self.log(x).imag / math.log(10.0))

    def log1p(self, x: Complex) -> Complex:
        return self._after(x, "log1p", self.log(1 + x).imag)

    def expm1(self, x: Complex) -> Complex:
        return self._after(x, "expm1", self.exp(x).imag)

    def rsqrt(self, x: Complex) -> Complex:
        return 1 / self.sqrt(x)

    def logaddexp(self, a: Complex, b: Complex) -> Complex:
        """The shares of both exponentials in their sum, which never overflow, times what moves them."""
        own, other = self.sigmoid(a - b).real, self.sigmoid(b - a).real
        real = _system(a.real + b.real).logaddexp(a.real, b.real)
        return _of(real, _product(own, a.imag) + _product(other, b.imag))

    def erf(self, x: Complex) -> Complex:
        return self._after(x, "erf", _product(_BELL * _system(x.real).gaussian(x.real), x.imag))

    def erfc(self, x: Complex) -> Complex:
        return self._after(x, "erfc", -_product(_BELL * _system(x.real).gaussian(x.real), x.imag))

    def gaussian(self, x: Complex) -> Complex:
        real = _system(x.real).gaussian(x.real)
        return _of(real, -_product(2.0 * real, _product(x.real, x.imag)))

    def sin(self, x: Complex) -> Complex:
        real = _kernels(x.real)
        return _of(real.sin(x.real), _product(real.cos(x.real), _kernels(x.imag).sinh(x.imag)))

    def cos(self, x: Complex) -> Complex:
        real = _kernels(x.real)
        return _of(real.cos(x.real), -_product(real.sin(x.real), _kernels(x.imag).sinh(x.imag)))

    def tan(self, x: Complex) -> Complex:
        width, turn = _kernels(x.real).cos(x.real), _kernels(x.imag).sinh(x.imag)
        return self._after(x, "tan", _kept(turn / width / width, turn))

    def asin(self, x: Complex) -> Complex:
        return self._after(x, "asin", self._beside_the_circle(x))

    def acos(self, x: Complex) -> Complex:
        return self._after(x, "acos", -self._beside_the_circle(x))

    def atan(self, x: Complex) -> Complex:
        width = _kernels(x.real).hypot(1.0, x.real)
        return self._after(x, "atan", _kept(x.imag / width / width, x.imag))

    def atan2(self, y: Complex, x: Complex) -> Complex:
        """The angle turns by the part of the step across the ray, over the distance."""
        width = _kernels(x.real + y.real).hypot(y.real, x.real)
        across = _product(x.real / width, y.imag) - _product(y.real / width, x.imag)
        return _of(_system(x.real + y.real).atan2(y.real, x.real), _quotient(across, width))

    def sinh(self, x: Complex) -> Complex:
        return self._after(x, "sinh", _product(_kernels(x.real).cosh(x.real), _kernels(x.imag).sin(x.imag)))

    def cosh(self, x: Complex) -> Complex:
        return self._after(x, "cosh", _product(_kernels(x.real).sinh(x.real), _kernels(x.imag).sin(x.imag)))

    def asinh(self, x: Complex) -> Complex:
        return self._after(x, "asinh", _quotient(x.imag, _kernels(x.real).hypot(1.0, x.real)))

    def acosh(self, x: Complex) -> Complex:
        roots = _kernels(x.real).sqrt(x.real - 1.0) * _kernels(x.real).sqrt(x.real + 1.0)
        return self._after(x, "acosh", _quotient(x.imag, roots))

    def atanh(self, x: Complex) -> Complex:
        found = self._after(x, "atanh", _quotient(x.imag, (1.0 - x.real) * (1.0 + x.real)))
        return _of(found.real, found.imag + 0.0 * found.real)

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

    def side(self, guard: Complex, below: "Complex | int", above: "Complex | int") -> Complex:
        low, high, real = _number(below), _number(above), guard.real
        tie = low * (1.0 - self.share) + high * self.share
        found = _selected(high, _selected(low, tie, real < 0), real > 0)
        return _selected(found, self.constant(0) * math.nan, real == real)

    def sign(self, x: Complex) -> Complex:
        return _of(_system(x.real).sign(x.real), 0.0 * x.imag)

    def floor(self, x: Complex) -> Complex:
        return _of(_system(x.real).floor(x.real), 0.0 * x.imag)

    def ceil(self, x: Complex) -> Complex:
        return _of(_system(x.real).ceil(x.real), 0.0 * x.imag)

    def round(self, x: Complex) -> Complex:
        return _of(_system(x.real).round(x.real), 0.0 * x.imag)

    def trunc(self, x: Complex) -> Complex:
        return _of(_system(x.real).trunc(x.real), 0.0 * x.imag)

    def equal(self, a: Complex, b: Complex) -> Complex:
        return _of(_system(a.real + b.real).equal(a.real, b.real), 0.0)

    def less(self, a: Complex, b: Complex) -> Complex:
        return _of(_system(a.real + b.real).less(a.real, b.real), 0.0)

    def less_equal(self, a: Complex, b: Complex) -> Complex:
        return _of(_system(a.real + b.real).less_equal(a.real, b.real), 0.0)

    def where(self, condition: Any, a: Complex, b: Complex) -> Complex:
        return _selected(a, b, _number(condition).real != 0)

    def _after(self, x: Complex, name: str, imag: Part) -> Complex:
        """The real kernel's value, with an imaginary part of its own."""
        return _of(getattr(_system(x.real), name)(x.real), imag)

    def _beside_the_circle(self, x: Complex) -> Part:
        roots = _kernels(x.real).sqrt(1.0 - x.real) * _kernels(x.real).sqrt(1.0 + x.real)
        return _quotient(x.imag, roots)


class _Scalars:
    """`math` under NumPy's names."""

    sqrt, exp, sin, cos = math.sqrt, math.exp, math.sin, math.cos
    sinh, cosh, tanh, atan, hypot = math.sinh, math.cosh, math.tanh, math.atan, math.hypot


class _Arrays:
    """NumPy under `math`'s names."""

    sqrt, exp, sin, cos = np.sqrt, np.exp, np.sin, np.cos
    sinh, cosh, tanh, atan, hypot = np.sinh, np.cosh, np.tanh, np.arctan, np.hypot


def _kernels(part: Part) -> Any:
    return _Scalars if type(part) is float else _Arrays


_FLOATS, _ARRAYS = Floats(), Arrays()

#: The slope of the error function at 0: 2 / sqrt(pi).
_BELL = 2.0 / math.sqrt(math.pi)


def _system(part: Part) -> Any:
    """The real kernels for a part."""
    return _FLOATS if type(part) is float else _ARRAYS


def _number(number: Any) -> Complex:
    if isinstance(number, Complex):
        return number
    return _of(cast(Part, number) if isinstance(number, np.ndarray) else float(number), 0.0)


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


def _selected(a: Complex, b: Complex, first: Any) -> Complex:
    """a where `first`, else b, whatever the other is."""
    if np.ndim(first) == 0:
        return a if first else b
    return _of(np.where(first, a.real, b.real), np.where(first, a.imag, b.imag))


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
