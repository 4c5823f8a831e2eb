"""Closed intervals with rational endpoints: what printed digits claim, and what follows from them.

Sums, products and quotients are exact at the endpoints; other functions are taken at the endpoints of their
monotone pieces in balls and rounded outward. So an image never misses a number that the operands allow
(inclusion isotonicity), and a closed endpoint stays an endpoint (verification.md 7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq, fmpz

from .protocol import Outside, Undecided
from .rationals import Rationals, to_even

#: Endpoints with more bits than this are rounded outward to `TRIMMED` bits.
WIDEST = 4096
TRIMMED = 1536

#: Above this size an exponential leaves every number format; its enclosure would need astronomic rationals.
LARGEST_EXPONENT = 100_000


class Interval(NamedTuple):
    """All reals from `low` to `high`, both included."""

    low: fmpq
    high: fmpq

    def __add__(self, other: Interval | int) -> Interval:  # type: ignore[override]
        low, high = _ends(other)
        if self.low is self.high and low is high:
            return _trimmed_point(self.low + low)
        return _trimmed(self.low + low, self.high + high)

    def __sub__(self, other: Interval | int) -> Interval:
        low, high = _ends(other)
        if self.low is self.high and low is high:
            return _trimmed_point(self.low - low)
        return _trimmed(self.low - high, self.high - low)

    def __rsub__(self, other: int) -> Interval:
        return Interval(other - self.high, other - self.low)

    def __mul__(self, other: Interval | int) -> Interval:  # type: ignore[override]
        low, high = _ends(other)
        if low is high:
            return self._times(low)
        if self.low is self.high:
            return Interval(low, high)._times(self.low)
        corners = (self.low * low, self.low * high, self.high * low, self.high * high)
        return _trimmed(min(corners), max(corners))

    def _times(self, factor: fmpq) -> Interval:
        """Every number times one."""
        low = self.low * factor
        if self.low is self.high:
            return _trimmed_point(low)
        high = self.high * factor
        return _trimmed(low, high) if low <= high else _trimmed(high, low)

    def __truediv__(self, other: Interval | int) -> Interval:
        return self * (1 / other) if isinstance(other, Interval) else self * point(fmpq(1, other))

    def __rtruediv__(self, other: int) -> Interval:
        if self.low <= 0 <= self.high:
            raise Outside("a divisor whose interval holds 0")
        if self.low is self.high:
            return _trimmed_point(1 / self.low) * other
        return _trimmed(1 / self.high, 1 / self.low) * other

    def __neg__(self) -> Interval:
        low = -self.high
        return Interval(low, low if self.low is self.high else -self.low)

    def __abs__(self) -> Interval:
        if self.low is self.high:
            return point(abs(self.low))
        largest = max(-self.low, self.high)
        return Interval(max(self.low, -self.high, fmpq(0)), largest)

    __radd__ = __add__  # type: ignore[assignment]
    __rmul__ = __mul__  # type: ignore[assignment]

    @property
    def is_point(self) -> bool:
        """True if only one number is meant."""
        return self.low is self.high or self.low == self.high

    @property
    def size(self) -> fmpq:
        """The largest absolute value in the interval."""
        return abs(self.low) if self.low is self.high else max(abs(self.low), abs(self.high))

    def widened(self, by: fmpq) -> Interval:
        """The interval with both ends moved outward; itself where they do not move."""
        return Interval(self.low - by, self.high + by) if by else self

    def hull(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def gap(self, other: Interval) -> fmpq:
        """The distance between two intervals: 0 if they meet."""
        below, above = self.low - other.high, other.low - self.high
        return below if below > 0 else above if above > 0 else fmpq(0)

    def holds(self, other: Interval) -> bool:
        """True if the other interval lies inside this one."""
        return self.low <= other.low and other.high <= self.high


def point(number: fmpq) -> Interval:
    """The interval that holds one number."""
    return Interval(number, number)


def enclosing(ball: arb) -> Interval:
    """The interval of a finite ball, its endpoints exact dyadic rationals; `Outside` if it is not finite."""
    if not ball.is_finite():
        raise Outside("an enclosure that is not finite")
    return Interval(_dyadic(ball.lower()), _dyadic(ball.upper()))


@dataclass(frozen=True, slots=True)
class Intervals:
    """Interval arithmetic; `share` is the weight of the upper branch where a guard may be 0, None to refuse.

    `bits` is the precision of the balls behind transcendental functions.
    """

    share: fmpq | None = None
    bits: int = 128

    def constant(self, number: int | Fraction) -> Interval:
        return point(fmpq(number.numerator, number.denominator))

    def pi(self) -> Interval:
        with ctx.workprec(self.bits):
            return enclosing(arb.pi())

    def hypot(self, a: Interval, b: Interval) -> Interval:
        return self.sqrt(self.square(a) + self.square(b))

    def square(self, x: Interval) -> Interval:
        size = abs(x)
        if size.low is size.high:
            return _trimmed_point(size.low * size.low)
        return _trimmed(size.low * size.low, size.high * size.high)

    def sqrt(self, x: Interval) -> Interval:
        if x.low < 0:
            raise Outside("a square root of an interval with negative numbers")
        return _rising(arb.sqrt, x, self.bits)

    def exp(self, x: Interval) -> Interval:
        if x.size > LARGEST_EXPONENT:
            raise Outside("an exponential beyond every number format")
        return _rising(arb.exp, x, self.bits)

    def log(self, x: Interval) -> Interval:
        if x.low <= 0:
            raise Outside("a logarithm of an interval with numbers <= 0")
        return _rising(arb.log, x, self.bits)

    def log2(self, x: Interval) -> Interval:
        _needs(x.low > 0, "a logarithm of an interval with numbers <= 0")
        return _rising(_log2, x, self.bits)

    def log10(self, x: Interval) -> Interval:
        _needs(x.low > 0, "a logarithm of an interval with numbers <= 0")
        return _rising(_log10, x, self.bits)

    def log1p(self, x: Interval) -> Interval:
        _needs(x.low > -1, "log1p of an interval with numbers <= -1")
        return _rising(arb.log1p, x, self.bits)

    def expm1(self, x: Interval) -> Interval:
        _needs(x.size <= LARGEST_EXPONENT, "an exponential beyond every number format")
        return _rising(arb.expm1, x, self.bits)

    def rsqrt(self, x: Interval) -> Interval:
        _needs(x.low > 0, "one over the root of an interval with numbers <= 0")
        return _falling(arb.rsqrt, x, self.bits)

    def logaddexp(self, a: Interval, b: Interval) -> Interval:
        low, high = (self._log_of_sum(*ends) for ends in zip(a, b, strict=True))
        return Interval(low.low, high.high)

    def _log_of_sum(self, a: fmpq, b: fmpq) -> Interval:
        more, less = max(a, b), min(a, b)
        # What is left out of the smaller exponential lies below every number format.
        near = max(less - more, fmpq(-LARGEST_EXPONENT))
        with ctx.workprec(self.bits):
            added = enclosing(arb(near).exp().log1p())
            close = enclosing(arb(more) + arb(near).exp().log1p())
        return close if near == less - more else Interval(more, more + added.high)

    def erf(self, x: Interval) -> Interval:
        return _rising(arb.erf, x, self.bits)

    def erfc(self, x: Interval) -> Interval:
        tail = fmpq(_TAIL)
        if x.low > tail:
            return Interval(fmpq(0), _falling(arb.erfc, point(tail), self.bits).high)
        found = _falling(arb.erfc, Interval(x.low, min(x.high, tail)), self.bits)
        return found if x.high <= tail else Interval(fmpq(0), found.high)

    def gaussian(self, x: Interval) -> Interval:
        size, tail = abs(x), fmpq(_TAIL)
        if size.low > tail:
            return Interval(fmpq(0), _falling(_bell, point(tail), self.bits).high)
        found = _falling(_bell, Interval(size.low, min(size.high, tail)), self.bits)
        return found if size.high <= tail else Interval(fmpq(0), found.high)

    def sin(self, x: Interval) -> Interval:
        return _ball_image(arb.sin, x, self.bits)

    def cos(self, x: Interval) -> Interval:
        return _ball_image(arb.cos, x, self.bits)

    def tan(self, x: Interval) -> Interval:
        # Between two poles it rises; where the cosine may be 0 there is one.
        cosine = self.cos(x)
        _needs(cosine.low > 0 or cosine.high < 0, "a tangent of an interval that may hold a pole")
        return _rising(arb.tan, x, self.bits)

    def asin(self, x: Interval) -> Interval:
        _needs(x.size <= 1, "an arc sine of an interval with numbers beyond 1")
        return _rising(arb.asin, x, self.bits)

    def acos(self, x: Interval) -> Interval:
        _needs(x.size <= 1, "an arc cosine of an interval with numbers beyond 1")
        return _falling(arb.acos, x, self.bits)

    def atan(self, x: Interval) -> Interval:
        return _rising(arb.atan, x, self.bits)

    def atan2(self, y: Interval, x: Interval) -> Interval:
        with ctx.workprec(self.bits):
            if x.low <= 0 and y.low <= 0 <= y.high and not (y.low == 0 and x.high < 0):
                # The box touches the cut, or the origin, from both sides.
                whole = enclosing(arb.pi())
                return Interval(-whole.high, whole.high) if y.low < 0 else Interval(fmpq(0), whole.high)
            corners = [enclosing(arb.atan2(arb(b), arb(a))) for b, a in product(y, x)]
        return Interval(min(corner.low for corner in corners), max(corner.high for corner in corners))

    def sinh(self, x: Interval) -> Interval:
        _needs(x.size <= LARGEST_EXPONENT, "an exponential beyond every number format")
        return _rising(arb.sinh, x, self.bits)

    def cosh(self, x: Interval) -> Interval:
        _needs(x.size <= LARGEST_EXPONENT, "an exponential beyond every number format")
        return _rising(arb.cosh, abs(x), self.bits)

    def tanh(self, x: Interval) -> Interval:
        return _rising(arb.tanh, x, self.bits)

    def asinh(self, x: Interval) -> Interval:
        return _rising(arb.asinh, x, self.bits)

    def acosh(self, x: Interval) -> Interval:
        _needs(x.low >= 1, "an inverse hyperbolic cosine of an interval with numbers below 1")
        return _rising(arb.acosh, x, self.bits)

    def atanh(self, x: Interval) -> Interval:
        _needs(x.size < 1, "an inverse hyperbolic tangent of an interval with numbers of size 1 and more")
        return _rising(arb.atanh, x, self.bits)

    def sigmoid(self, x: Interval) -> Interval:
        return 1 / (1 + self.exp(-x))

    def pow(self, base: Interval, exponent: Interval) -> Interval:
        if exponent.is_point and exponent.low.q == 1 and abs(exponent.low) <= WIDEST:
            return _integer_power(base, int(exponent.low.p))
        if base.low == 0 and exponent.low > 0:
            top = self.pow(Interval(base.high, base.high), exponent).high if base.high > 0 else fmpq(0)
            return Interval(fmpq(0), top)
        return self.exp(exponent * self.log(base))

    def power_slope(self, base: Interval, exponent: Interval) -> Interval:
        if exponent.is_point and exponent.low == 0:
            return point(fmpq(0))
        return exponent * self.pow(base, exponent - 1)

    def exponent_slope(self, base: Interval, power: Interval) -> Interval | None:
        if base == point(fmpq(0)):
            return base
        return power * self.log(base) if base.low > 0 else None

    def maximum(self, a: Interval, b: Interval) -> Interval:
        return Interval(max(a.low, b.low), max(a.high, b.high))

    def minimum(self, a: Interval, b: Interval) -> Interval:
        return Interval(min(a.low, b.low), min(a.high, b.high))

    def side(self, guard: Interval, below: Interval | int, above: Interval | int) -> Interval:
        low, high = Interval(*_ends(below)), Interval(*_ends(above))
        if guard.low > 0:
            return high
        if guard.high < 0:
            return low
        if self.share is None:
            raise Undecided("the interval of a guard holds 0")
        return low * point(1 - self.share) + high * point(self.share)

    def sign(self, x: Interval) -> Interval:
        return Interval(*map(_RATIONALS.sign, x))

    def floor(self, x: Interval) -> Interval:
        return Interval(*map(_RATIONALS.floor, x))

    def ceil(self, x: Interval) -> Interval:
        return Interval(*map(_RATIONALS.ceil, x))

    def round(self, x: Interval) -> Interval:
        return Interval(*map(to_even, x))

    def trunc(self, x: Interval) -> Interval:
        return Interval(*map(_RATIONALS.trunc, x))

    def equal(self, a: Interval, b: Interval) -> Interval:
        return _decided(a.is_point and a == b, a.gap(b) > 0)

    def less(self, a: Interval, b: Interval) -> Interval:
        return _decided(a.high < b.low, a.low >= b.high)

    def less_equal(self, a: Interval, b: Interval) -> Interval:
        return _decided(a.high <= b.low, a.low > b.high)

    def where(self, condition: Any, a: Interval, b: Interval) -> Interval:
        low, high = _ends(condition)
        taken = _decided(low > 0 or high < 0, low == high == 0)
        return a if taken.low == 1 else b


_RATIONALS = Rationals()

#: Beyond this exp(-x²) lies below every number format.
_TAIL = 316


def _needs(inside: bool, why: str) -> None:
    if not inside:
        raise Outside(why)


def _decided(holds: bool, fails: bool) -> Interval:
    """1 or 0 for a comparison that is certain."""
    if holds == fails:
        raise Undecided("intervals overlap")
    return point(fmpq(holds))


def _log2(x: arb) -> arb:
    return x.log() / arb.const_log2()


def _log10(x: arb) -> arb:
    return x.log() / arb.const_log10()


def _bell(x: arb) -> arb:
    return (-x * x).exp()


def _falling(function: Callable[[arb], arb], x: Interval, bits: int) -> Interval:
    turned = _rising(function, Interval(x.high, x.high), bits)
    return turned if x.is_point else Interval(turned.low, _rising(function, Interval(x.low, x.low), bits).high)


def _ends(number: Interval | int | fmpq) -> tuple[fmpq, fmpq]:
    if isinstance(number, Interval):
        return number
    exact = fmpq(number)
    return exact, exact


def _trimmed(low: fmpq, high: fmpq) -> Interval:
    """The interval itself, or a slightly wider one where the endpoints have outgrown `WIDEST` bits."""
    if low.height_bits() <= WIDEST and high.height_bits() <= WIDEST:
        return Interval(low, high)
    with ctx.workprec(TRIMMED):
        return Interval(_dyadic(arb(low).lower()), _dyadic(arb(high).upper()))


def _trimmed_point(number: fmpq) -> Interval:
    """The interval of one number, or a slightly wider one where it has outgrown `WIDEST` bits."""
    return Interval(number, number) if number.height_bits() <= WIDEST else _trimmed(number, number)


def _rising(function: Callable[[arb], arb], x: Interval, bits: int) -> Interval:
    with ctx.workprec(bits):
        low = enclosing(function(arb(x.low)))
        return low if x.is_point else Interval(low.low, enclosing(function(arb(x.high))).high)


def _ball_image(function: Callable[[arb], arb], x: Interval, bits: int) -> Interval:
    with ctx.workprec(bits):
        return enclosing(function(arb(x.low).union(arb(x.high))))


def _integer_power(base: Interval, exponent: int) -> Interval:
    if exponent < 0:
        return 1 / _integer_power(base, -exponent)
    if exponent % 2 == 0:
        base = abs(base)
    return _trimmed(base.low**exponent, base.high**exponent)


def _dyadic(exact: arb) -> fmpq:
    mantissa, exponent = exact.man_exp()
    shift = int(exponent)
    return fmpq(mantissa * fmpz(2) ** shift) if shift >= 0 else fmpq(mantissa, fmpz(2) ** -shift)
