"""Exact rationals: no rounding at all, for graphs whose ops stay inside them."""

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from flint import fmpq

from .protocol import IRRATIONAL, Outside

#: Numbers wider than this many bits are left to ball arithmetic (verification.md 5.2).
WIDEST = 4096


@dataclass(frozen=True, slots=True)
class Rationals:
    """FLINT's rationals; `share` is the weight of the upper branch at a tie."""

    share: fmpq = fmpq(0)

    def constant(self, number: int | Fraction) -> fmpq:
        return fmpq(number.numerator, number.denominator)

    def square(self, x: fmpq) -> fmpq:
        return x * x

    def __getattr__(self, name: str) -> Any:
        if name not in IRRATIONAL:
            raise AttributeError(name)
        return partial(_outside, name)

    def pow(self, base: fmpq, exponent: fmpq) -> fmpq:
        if exponent.q != 1 or abs(exponent) > WIDEST:
            raise Outside("a power with a fraction or a huge number as exponent")
        if base == 0 and exponent < 0:
            raise Outside("a pole")
        return base ** int(exponent.p)

    def power_slope(self, base: fmpq, exponent: fmpq) -> fmpq:
        return exponent * self.pow(base, exponent - 1) if exponent != 0 else fmpq(0)

    def exponent_slope(self, base: fmpq, power: fmpq) -> fmpq | None:
        return base if base == 0 else None

    def maximum(self, a: fmpq, b: fmpq) -> fmpq:
        return max(a, b)

    def minimum(self, a: fmpq, b: fmpq) -> fmpq:
        return min(a, b)

    def side(self, guard: fmpq, below: Any, above: Any) -> fmpq:
        if guard == 0:
            return below + self.share * (above - below)
        return fmpq(above if guard > 0 else below)

    def sign(self, x: fmpq) -> fmpq:
        return fmpq((x > 0) - (x < 0))

    def floor(self, x: fmpq) -> fmpq:
        return fmpq(x.floor())

    def ceil(self, x: fmpq) -> fmpq:
        return fmpq(x.ceil())

    def round(self, x: fmpq) -> fmpq:
        return to_even(x)

    def trunc(self, x: fmpq) -> fmpq:
        return fmpq(x.floor() if x >= 0 else x.ceil())

    def equal(self, a: fmpq, b: fmpq) -> fmpq:
        return fmpq(a == b)

    def less(self, a: fmpq, b: fmpq) -> fmpq:
        return fmpq(a < b)

    def less_equal(self, a: fmpq, b: fmpq) -> fmpq:
        return fmpq(a <= b)

    def where(self, condition: Any, a: fmpq, b: fmpq) -> fmpq:
        return a if condition else b


def to_even(x: fmpq) -> fmpq:
    """The nearest integer; of two the even one."""
    up = (x + fmpq(1, 2)).floor()
    return fmpq(up - 1 if up % 2 == 1 and up - x == fmpq(1, 2) else up)


def _outside(name: str, *_: Any) -> fmpq:
    raise Outside(f"{name} is irrational")
