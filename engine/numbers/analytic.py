"""Complex balls that must be analytic: a finite result proves that the function is so on the whole box.

FLINT's `analytic=True` answers a box that touches a branch cut or a pole, or that leaves the sign of a kink's guard
open, with a non-finite number; here every non-finite number stays so, whatever is computed with it. The rule-free
proof rests on this (verification.md 5.7). Precision is a setting of the process, as for `balls`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import acb, arb, fmpq

from .protocol import Undecided

NOWHERE = acb(arb.nan(), arb.nan())


class Box:
    """A box of complex numbers; its absolute value continues that of the real line and is no modulus."""

    __slots__ = ("z",)

    def __init__(self, z: acb) -> None:
        # An exact infinity would come back as a finite number: 1 / inf is 0.
        self.z: acb = z if z.is_finite() else NOWHERE

    @property
    def is_finite(self) -> bool:
        """True if the function computed so far is analytic, and bounded, on the box."""
        return self.z.is_finite()

    def __add__(self, other: Box | int) -> Box:
        return Box(self.z + _plain(other))

    def __sub__(self, other: Box | int) -> Box:
        return Box(self.z - _plain(other))

    def __rsub__(self, other: int) -> Box:
        return Box(other - self.z)

    def __mul__(self, other: Box | int) -> Box:
        return Box(self.z * _plain(other))

    def __truediv__(self, other: Box | int) -> Box:
        return Box(self.z / _plain(other))

    def __rtruediv__(self, other: int) -> Box:
        return Box(other / self.z)

    def __neg__(self) -> Box:
        return Box(-self.z)

    def __abs__(self) -> Box:
        return Box(self.z.real_abs(analytic=True))

    __radd__ = __add__
    __rmul__ = __mul__


def _plain(number: Box | int) -> acb | int:
    return number.z if isinstance(number, Box) else number


@dataclass(frozen=True, slots=True)
class Analytic:
    """Rigorous complex arithmetic that refuses every place where a function is not analytic."""

    def constant(self, number: int | Fraction) -> Box:
        return Box(acb(fmpq(number.numerator, number.denominator)))

    def pi(self) -> Box:
        return Box(acb(arb.pi()))

    def hypot(self, a: Box, b: Box) -> Box:
        return self.sqrt(self.square(a) + self.square(b))

    def square(self, x: Box) -> Box:
        return Box(x.z * x.z)

    def sqrt(self, x: Box) -> Box:
        return Box(x.z.sqrt(analytic=True))

    def exp(self, x: Box) -> Box:
        return Box(x.z.exp())

    def log(self, x: Box) -> Box:
        return Box(x.z.log(analytic=True))

    def log2(self, x: Box) -> Box:
        return self.log(x) / Box(acb(arb.const_log2()))

    def log10(self, x: Box) -> Box:
        return self.log(x) / Box(acb(arb.const_log10()))

    def log1p(self, x: Box) -> Box:
        return _if(self.log(1 + x), x.z.log1p())

    def expm1(self, x: Box) -> Box:
        return Box(x.z.expm1())

    def rsqrt(self, x: Box) -> Box:
        return Box(x.z.rsqrt(analytic=True))

    def logaddexp(self, a: Box, b: Box) -> Box:
        more, less = (a, b) if a.z.real.mid() >= b.z.real.mid() else (b, a)
        return more + self.log1p(self.exp(less - more))

    def erf(self, x: Box) -> Box:
        return Box(x.z.erf())

    def erfc(self, x: Box) -> Box:
        return Box(x.z.erfc())

    def gaussian(self, x: Box) -> Box:
        return Box((-x.z * x.z).exp())

    def sin(self, x: Box) -> Box:
        return Box(x.z.sin())

    def cos(self, x: Box) -> Box:
        return Box(x.z.cos())

    def tan(self, x: Box) -> Box:
        return Box(x.z.tan())

    def asin(self, x: Box) -> Box:
        # The cuts of asin, acos and atanh are where 1 - x² is real and not positive.
        return _if(self.log(1 - self.square(x)), x.z.asin())

    def acos(self, x: Box) -> Box:
        return _if(self.log(1 - self.square(x)), x.z.acos())

    def atan(self, x: Box) -> Box:
        return _if(self.log(1 + self.square(x)), x.z.atan())

    def atan2(self, y: Box, x: Box) -> Box:
        """-i log((x + iy) / sqrt(x² + y²)), whose cut is that of the angle."""
        turned = Box(x.z + acb(0, 1) * y.z) / self.sqrt(self.square(x) + self.square(y))
        return Box(self.log(turned).z * acb(0, -1))

    def sinh(self, x: Box) -> Box:
        return Box(x.z.sinh())

    def cosh(self, x: Box) -> Box:
        return Box(x.z.cosh())

    def tanh(self, x: Box) -> Box:
        return Box(x.z.tanh())

    def asinh(self, x: Box) -> Box:
        return _if(self.log(1 + self.square(x)), x.z.asinh())

    def acosh(self, x: Box) -> Box:
        return _if(self.log(x - 1), x.z.acosh())

    def atanh(self, x: Box) -> Box:
        return _if(self.log(1 - self.square(x)), x.z.atanh())

    def sigmoid(self, x: Box) -> Box:
        return 1 / (1 + self.exp(-x))

    def pow(self, base: Box, exponent: Box) -> Box:
        # A power to the 0 is 1 for FLINT even where the base is no number.
        if not (base.is_finite and exponent.is_finite):
            return Box(NOWHERE)
        return Box(base.z.pow(exponent.z, analytic=True))

    def power_slope(self, base: Box, exponent: Box) -> Box:
        return Box(acb(0)) if exponent.z == 0 else exponent * self.pow(base, exponent - 1)

    def exponent_slope(self, base: Box, power: Box) -> Box:
        return power * self.log(base)

    def maximum(self, a: Box, b: Box) -> Box:
        return Box(a.z.real_max(b.z, analytic=True))

    def minimum(self, a: Box, b: Box) -> Box:
        return Box(a.z.real_min(b.z, analytic=True))

    def side(self, guard: Box, below: Box | int, above: Box | int) -> Box:
        if guard.z.real > 0:
            return Box(acb(_plain(above)))
        if guard.z.real < 0:
            return Box(acb(_plain(below)))
        if not guard.is_finite:
            return Box(NOWHERE)
        raise Undecided("the real part of a guard's box holds 0")

    def sign(self, x: Box) -> Box:
        return Box(x.z.real_sgn(analytic=True))

    def floor(self, x: Box) -> Box:
        return Box(x.z.real_floor(analytic=True))

    def ceil(self, x: Box) -> Box:
        return Box(x.z.real_ceil(analytic=True))

    def round(self, x: Box) -> Box:
        # Off the jumps, which of two integers is taken at one does not matter.
        return Box((x.z + acb(0.5)).real_floor(analytic=True))

    def trunc(self, x: Box) -> Box:
        low, high = Box(x.z.real_floor(analytic=True)), Box(x.z.real_ceil(analytic=True))
        inside = x.z.real > -1 and x.z.real < 1
        return self.constant(0) if inside else self.where(x.z.real > 0, low, high)

    def equal(self, a: Box, b: Box) -> Box:
        return self._compared(a, b, below=0, same=1, above=0)

    def less(self, a: Box, b: Box) -> Box:
        return self._compared(a, b, below=1, same=0, above=0)

    def less_equal(self, a: Box, b: Box) -> Box:
        return self._compared(a, b, below=1, same=1, above=0)

    def _compared(self, a: Box, b: Box, *, below: int, same: int, above: int) -> Box:
        """A comparison; of two points that are one number too, which a function of labels may hold."""
        one = _is_point(a.z) and _is_point(b.z) and bool(a.z == b.z)
        return self.constant(same) if one else self.side(a - b, below, above)

    def where(self, condition: Any, a: Box, b: Box) -> Box:
        taken = condition.z if isinstance(condition, Box) else acb(int(condition))
        return a if taken == 1 else b if taken == 0 else Box(NOWHERE)


def _is_point(z: acb) -> bool:
    return bool(z.real.is_exact() and z.imag.is_exact())


def _if(analytic: Box, value: acb) -> Box:
    """The value where the function beside it is analytic: one with the same branch cuts."""
    return Box(value) if analytic.is_finite else Box(NOWHERE)
