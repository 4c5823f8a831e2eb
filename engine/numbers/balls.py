"""Arb balls: a midpoint and a radius that are certain to hold the real number.

Precision is a setting of the process: callers wrap their work in `flint.ctx.workprec(bits)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from .protocol import Undecided


@dataclass(frozen=True, slots=True)
class Balls:
    """Rigorous real arithmetic; `share` is the weight of the upper branch at a tie, None to refuse to choose."""

    share: arb | None = None

    def constant(self, number: int | Fraction) -> arb:
        return arb(fmpq(number.numerator, number.denominator))

    def pi(self) -> arb:
        return arb.pi()

    def hypot(self, a: arb, b: arb) -> arb:
        return (a * a + b * b).sqrt()

    def square(self, x: arb) -> arb:
        return x * x

    def sqrt(self, x: arb) -> arb:
        return x.sqrt()

    def exp(self, x: arb) -> arb:
        return x.exp()

    def log(self, x: arb) -> arb:
        return x.log()

    def log2(self, x: arb) -> arb:
        return x.log() / arb.const_log2()

    def log10(self, x: arb) -> arb:
        return x.log() / arb.const_log10()

    def log1p(self, x: arb) -> arb:
        return x.log1p()

    def expm1(self, x: arb) -> arb:
        return x.expm1()

    def rsqrt(self, x: arb) -> arb:
        return x.rsqrt()

    def logaddexp(self, a: arb, b: arb) -> arb:
        more, less = (a, b) if a.mid() >= b.mid() else (b, a)
        return more + (less - more).exp().log1p()

    def erf(self, x: arb) -> arb:
        return x.erf()

    def erfc(self, x: arb) -> arb:
        return x.erfc()

    def gaussian(self, x: arb) -> arb:
        return (-x * x).exp()

    def sin(self, x: arb) -> arb:
        return x.sin()

    def cos(self, x: arb) -> arb:
        return x.cos()

    def tan(self, x: arb) -> arb:
        return x.tan()

    def asin(self, x: arb) -> arb:
        return x.asin()

    def acos(self, x: arb) -> arb:
        return x.acos()

    def atan(self, x: arb) -> arb:
        return x.atan()

    def atan2(self, y: arb, x: arb) -> arb:
        return arb.atan2(y, x)

    def sinh(self, x: arb) -> arb:
        return x.sinh()

    def cosh(self, x: arb) -> arb:
        return x.cosh()

    def tanh(self, x: arb) -> arb:
        return x.tanh()

    def asinh(self, x: arb) -> arb:
        return x.asinh()

    def acosh(self, x: arb) -> arb:
        return x.acosh()

    def atanh(self, x: arb) -> arb:
        return x.atanh()

    def sigmoid(self, x: arb) -> arb:
        if x < 0:
            small = x.exp()
            return small / (1 + small)
        return 1 / (1 + (-x).exp())

    def pow(self, base: arb, exponent: arb) -> arb:
        return _around_zero(base, exponent) if base.mid() == 0 and not base.is_exact() else base**exponent

    def power_slope(self, base: arb, exponent: arb) -> arb:
        return arb(0) if exponent.is_zero() else exponent * self.pow(base, exponent - 1)

    def exponent_slope(self, base: arb, power: arb) -> arb:
        return arb(0) if base.is_zero() and power.is_finite() else power * base.log()

    def maximum(self, a: arb, b: arb) -> arb:
        return a.max(b)

    def minimum(self, a: arb, b: arb) -> arb:
        return a.min(b)

    def side(self, guard: arb, below: Any, above: Any) -> arb:
        if guard > 0:
            return arb(above)
        if guard < 0:
            return arb(below)
        if guard.is_nan():
            return arb.nan()
        if self.share is None:
            raise Undecided("the enclosure of a guard holds 0")
        return below + self.share * (above - below)

    def sign(self, x: arb) -> arb:
        return _steps(x, arb.sgn)

    def floor(self, x: arb) -> arb:
        return _steps(x, arb.floor)

    def ceil(self, x: arb) -> arb:
        return _steps(x, arb.ceil)

    def round(self, x: arb) -> arb:
        return _steps(x, _to_even)

    def trunc(self, x: arb) -> arb:
        return _steps(x, _toward_zero)

    def equal(self, a: arb, b: arb) -> arb:
        return _decided(a == b, a != b)

    def less(self, a: arb, b: arb) -> arb:
        return _decided(a < b, a >= b)

    def less_equal(self, a: arb, b: arb) -> arb:
        return _decided(a <= b, a > b)

    def where(self, condition: Any, a: arb, b: arb) -> arb:
        taken = _decided(condition != 0, condition == 0)
        return a if taken == 1 else b


def _decided(holds: bool, fails: bool) -> arb:
    """1 or 0 for a comparison that is certain."""
    if holds == fails:
        raise Undecided("enclosures overlap")
    return arb(int(holds))


def _steps(x: arb, function: Callable[[arb], arb]) -> arb:
    """A step function, which rises: from its value at the lower end to that at the upper one."""
    return function(x) if x.is_exact() or not x.is_finite() else function(x.lower()).union(function(x.upper()))


def _to_even(x: arb) -> arb:
    up = (x + arb(0.5)).floor()
    tied = up - x == arb(0.5) and not (up / 2).is_integer()
    return up - 1 if tied else up


def _toward_zero(x: arb) -> arb:
    return x.ceil() if x < 0 else x.floor()


def _around_zero(base: arb, exponent: arb) -> arb:
    """A power of a ball centred at 0, which Arb's own power answers with NaN: +-|base|^n for n = 1, 2, ..."""
    if not (exponent.is_exact() and exponent.is_integer() and exponent > 0):
        return arb.nan()
    return arb(0, base.abs_upper() ** exponent)
