"""Closed intervals with rational endpoints: what printed digits claim, and what follows from them.

Sums, products and quotients are exact at the endpoints; other functions are taken at the endpoints of their
monotone pieces in balls and rounded outward. So an image never misses a number that the operands allow
(inclusion isotonicity), and a closed endpoint stays an endpoint (verification.md 7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from flint import arb, ctx, fmpq, fmpz

from .protocol import Outside, Undecided

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
        return _trimmed(self.low + low, self.high + high)

    def __sub__(self, other: Interval | int) -> Interval:
        low, high = _ends(other)
        return _trimmed(self.low - high, self.high - low)

    def __rsub__(self, other: int) -> Interval:
        return Interval(other - self.high, other - self.low)

    def __mul__(self, other: Interval | int) -> Interval:  # type: ignore[override]
        low, high = _ends(other)
        corners = (self.low * low, self.low * high, self.high * low, self.high * high)
        return _trimmed(min(corners), max(corners))

    def __truediv__(self, other: Interval) -> Interval:
        return self * (1 / other)

    def __rtruediv__(self, other: int) -> Interval:
        if self.low <= 0 <= self.high:
            raise Outside("a divisor whose interval holds 0")
        return _trimmed(1 / self.high, 1 / self.low) * other

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __abs__(self) -> Interval:
        largest = max(-self.low, self.high)
        return Interval(max(self.low, -self.high, fmpq(0)), largest)

    __radd__ = __add__  # type: ignore[assignment]
    __rmul__ = __mul__  # type: ignore[assignment]

    @property
    def is_point(self) -> bool:
        """True if only one number is meant."""
        return self.low == self.high

    @property
    def size(self) -> fmpq:
        """The largest absolute value in the interval."""
        return max(abs(self.low), abs(self.high))

    def widened(self, by: fmpq) -> Interval:
        """The interval with both ends moved outward; itself where they do not move."""
        return Interval(self.low - by, self.high + by) if by else self

    def hull(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def gap(self, other: Interval) -> fmpq:
        """The distance between two intervals: 0 if they meet."""
        return max(self.low - other.high, other.low - self.high, fmpq(0))

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

    def constant(self, number: int) -> Interval:
        return point(fmpq(number))

    def square(self, x: Interval) -> Interval:
        size = abs(x)
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

    def sin(self, x: Interval) -> Interval:
        return _ball_image(arb.sin, x, self.bits)

    def cos(self, x: Interval) -> Interval:
        return _ball_image(arb.cos, x, self.bits)

    def tanh(self, x: Interval) -> Interval:
        return _rising(arb.tanh, x, self.bits)

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

    def side(self, guard: Interval, below: int, above: int) -> Interval:
        if guard.low > 0:
            return point(fmpq(above))
        if guard.high < 0:
            return point(fmpq(below))
        if self.share is None:
            raise Undecided("the interval of a guard holds 0")
        return point(below + self.share * (above - below))


def _ends(number: Interval | int) -> tuple[fmpq, fmpq]:
    return (number.low, number.high) if isinstance(number, Interval) else (fmpq(number), fmpq(number))


def _trimmed(low: fmpq, high: fmpq) -> Interval:
    """The interval itself, or a slightly wider one where the endpoints have outgrown `WIDEST` bits."""
    if low.height_bits() <= WIDEST and high.height_bits() <= WIDEST:
        return Interval(low, high)
    with ctx.workprec(TRIMMED):
        return Interval(_dyadic(arb(low).lower()), _dyadic(arb(high).upper()))


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
