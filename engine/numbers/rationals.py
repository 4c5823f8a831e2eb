"""Exact rationals: no rounding at all, for graphs whose ops stay inside them."""

from dataclasses import dataclass

from flint import fmpq

from .protocol import Outside

#: Numbers wider than this many bits are left to ball arithmetic (verification.md 5.2).
WIDEST = 4096


@dataclass(frozen=True, slots=True)
class Rationals:
    """FLINT's rationals; `share` is the weight of the upper branch at a tie."""

    share: fmpq = fmpq(0)

    def constant(self, number: int) -> fmpq:
        return fmpq(number)

    def square(self, x: fmpq) -> fmpq:
        return x * x

    def sqrt(self, x: fmpq) -> fmpq:
        raise Outside("square roots are irrational")

    def exp(self, x: fmpq) -> fmpq:
        raise Outside("the exponential is irrational")

    def log(self, x: fmpq) -> fmpq:
        raise Outside("the logarithm is irrational")

    def sin(self, x: fmpq) -> fmpq:
        raise Outside("the sine is irrational")

    def cos(self, x: fmpq) -> fmpq:
        raise Outside("the cosine is irrational")

    def tanh(self, x: fmpq) -> fmpq:
        raise Outside("the hyperbolic tangent is irrational")

    def sigmoid(self, x: fmpq) -> fmpq:
        raise Outside("the exponential is irrational")

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

    def side(self, guard: fmpq, below: int, above: int) -> fmpq:
        if guard == 0:
            return below + self.share * (above - below)
        return fmpq(above if guard > 0 else below)
