"""Complex balls that must be analytic: a finite result proves that the function is so on the whole box.

FLINT's `analytic=True` answers a box that touches a branch cut or a pole, or that leaves the sign of a kink's guard
open, with a non-finite number; here every non-finite number stays so, whatever is computed with it. The rule-free
proof rests on this (verification.md 5.7). Precision is a setting of the process, as for `balls`.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import acb, arb

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

    def constant(self, number: int) -> Box:
        return Box(acb(number))

    def square(self, x: Box) -> Box:
        return Box(x.z * x.z)

    def sqrt(self, x: Box) -> Box:
        return Box(x.z.sqrt(analytic=True))

    def exp(self, x: Box) -> Box:
        return Box(x.z.exp())

    def log(self, x: Box) -> Box:
        return Box(x.z.log(analytic=True))

    def sin(self, x: Box) -> Box:
        return Box(x.z.sin())

    def cos(self, x: Box) -> Box:
        return Box(x.z.cos())

    def tanh(self, x: Box) -> Box:
        return Box(x.z.tanh())

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

    def side(self, guard: Box, below: int, above: int) -> Box:
        if guard.z.real > 0:
            return self.constant(above)
        if guard.z.real < 0:
            return self.constant(below)
        if not guard.is_finite:
            return Box(NOWHERE)
        raise Undecided("the real part of a guard's box holds 0")
