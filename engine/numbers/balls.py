"""Arb balls: a midpoint and a radius that are certain to hold the real number.

Precision is a setting of the process: callers wrap their work in `flint.ctx.workprec(bits)`.
"""

from dataclasses import dataclass

from flint import arb

from .protocol import Undecided


@dataclass(frozen=True, slots=True)
class Balls:
    """Rigorous real arithmetic; `share` is the weight of the upper branch at a tie, None to refuse to choose."""

    share: arb | None = None

    def constant(self, number: int) -> arb:
        return arb(number)

    def square(self, x: arb) -> arb:
        return x * x

    def sqrt(self, x: arb) -> arb:
        return x.sqrt()

    def exp(self, x: arb) -> arb:
        return x.exp()

    def log(self, x: arb) -> arb:
        return x.log()

    def sin(self, x: arb) -> arb:
        return x.sin()

    def cos(self, x: arb) -> arb:
        return x.cos()

    def tanh(self, x: arb) -> arb:
        return x.tanh()

    def sigmoid(self, x: arb) -> arb:
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

    def side(self, guard: arb, below: int, above: int) -> arb:
        if guard > 0:
            return arb(above)
        if guard < 0:
            return arb(below)
        if guard.is_nan():
            return arb.nan()
        if self.share is None:
            raise Undecided("the enclosure of a guard holds 0")
        return below + self.share * (above - below)


def _around_zero(base: arb, exponent: arb) -> arb:
    """A power of a ball centred at 0, which Arb's own power answers with NaN: +-|base|^n for n = 1, 2, ..."""
    if not (exponent.is_exact() and exponent.is_integer() and exponent > 0):
        return arb.nan()
    return arb(0, base.abs_upper() ** exponent)
