"""A derivative from values alone: a central difference in balls, its remainder bounded by Cauchy (verification.md 5.7).

Where phi is analytic for |t| <= r and phi - phi(0) is at most M there, the coefficients of its series are at most
M / r^n, so that with q = (h / r)^2

    phi'(0)  lies in  (phi(h) - phi(-h)) / 2h  +-  (M / r) q / (1 - q).

That phi is analytic is proved by one evaluation over complex boxes (`numbers/analytic`), which also gives M.
At a kink, a branch point or a tie no such r exists, and there is no proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from flint import acb, arb, ctx, fmpq

from ..numbers.analytic import NOWHERE, Analytic, Box
from ..numbers.intervals import Interval, enclosing
from ..numbers.protocol import Undecided
from ..rule import Rule

#: Precisions in bits, tried until the enclosure is narrow enough.
PRECISIONS = (333, 666, 1332, 2664, 4096)

#: Radii are 2^-2, 2^-22, 2^-42, ... of the number that moves.
FIRST, STRIDE = 2, 20

#: At the first precision h is the radius times 2^-60; at higher ones it shrinks in proportion.
STEP = 60

#: An enclosure narrower than 2^-60 of the value is narrow enough.
NARROW = 60

#: Numbers beyond 2 to this power, up or down, leave every number format and are astronomic as rationals.
EXPONENT = 200_000

#: Bits that must remain for the difference itself, below radius and step.
GUARD_BITS = 64


class Displaced(Protocol):
    """A function of a complex displacement, evaluated at the precision of the moment."""

    def __call__(self, t: acb, /) -> acb:
        """The value at t: not finite unless the function is analytic on all of t."""
        ...


@dataclass(frozen=True, slots=True)
class Proof:
    """An enclosure of the derivative, the precision and radius (2^-radius) it was found at, and what it cost."""

    enclosure: Interval
    bits: int
    radius: int
    evaluations: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no enclosure exists, or none was found."""

    because: str
    evaluations: int = 0


def prove(phi: Displaced, *, narrow: int = NARROW) -> Proof | Refusal:
    """The derivative of phi at 0; `narrow` is the wanted width in bits below its value.

    An enclosure that stays wider at the last precision is given nevertheless: it is as true.
    """
    search = _Search(phi)
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            search.at(bits, narrow)
        if search.is_narrow(narrow):
            break
    if search.best is not None and is_beyond(search.best):
        return Refusal("beyond every number format", search.evaluations)
    if search.best is None:
        return Refusal("no complex neighbourhood: a kink, a branch point, a pole or a tie", search.evaluations)
    with ctx.workprec(search.bits):
        return Proof(enclosing(search.best), search.bits, search.radius, search.evaluations)


class _Search:
    """The narrowest enclosure so far, and the first radius that is not yet known to fail."""

    def __init__(self, phi: Displaced) -> None:
        self.phi = phi
        self.best: arb | None = None
        self.bits, self.radius, self.evaluations = 0, FIRST, 0
        self._from = FIRST

    def is_narrow(self, bits: int) -> bool:
        """True if the best enclosure is narrow beside its value, or exact."""
        return self.best is not None and _is_narrow(self.best, bits)

    def at(self, bits: int, narrow: int) -> None:
        """Try radii at one precision, from large to small, until one gives a narrow enclosure or digits run out."""
        centre = self._value(acb(0))
        if not centre.is_finite():
            return
        step, last = STEP * bits // PRECISIONS[0], None
        for radius in range(self._from, bits - step - GUARD_BITS, STRIDE):
            spread = self._value(_box(radius)) - centre
            if not spread.is_finite():
                self._from = radius
                continue
            difference, remainder = self._difference(radius + step), _remainder(spread, radius, step)
            self._keep(difference + arb(0, remainder), bits, radius)
            if self.is_narrow(narrow) or not _helps(difference, remainder, last):
                return
            last = remainder

    def _difference(self, exponent: int) -> arb:
        h = arb(2) ** -exponent
        return ((self._value(acb(h)) - self._value(acb(-h))) / (2 * h)).real

    def _value(self, t: acb) -> acb:
        self.evaluations += 1
        return self.phi(t)

    def _keep(self, found: arb, bits: int, radius: int) -> None:
        if found.is_finite() and (self.best is None or found.rad() < self.best.rad()):
            self.best, self.bits, self.radius = found, bits, radius


def _box(radius: int) -> acb:
    """All complex numbers of at most the size 2^-radius, and some more."""
    side = arb(0, arb(2) ** -radius)
    return acb(side, side)


def _remainder(spread: acb, radius: int, step: int) -> arb:
    """Cauchy's bound of all odd terms but the first, divided by h."""
    q = arb(2) ** (-2 * step)
    return (spread.abs_upper() * arb(2) ** radius * q / (1 - q)).abs_upper()


def _helps(difference: arb, remainder: arb, last: arb | None) -> bool:
    """True if a smaller radius may give more: the remainder decides the width, and it falls faster than any radius."""
    if remainder <= difference.rad():
        return False
    may_be_zero = remainder >= difference.abs_lower()
    return last is None or not may_be_zero or remainder < last * arb(2) ** (-4 * STRIDE)


def _is_narrow(ball: arb, bits: int) -> bool:
    return ball.is_exact() or bool(ball.rad() * arb(2) ** bits < ball.abs_lower())


def is_beyond(ball: arb) -> bool:
    """True for a finite number that is larger than every number format, or smaller, but not 0."""
    _, exponent = ball.abs_upper().man_exp()
    return abs(int(exponent)) > EXPONENT


def scale_of(number: arb) -> fmpq:
    """The power of two below the size of a number: the unit in which it is moved; 1 for what may be 0."""
    lower = number.abs_lower()
    if not (lower.is_finite() and lower > 0):
        return fmpq(1)
    mantissa, exponent = lower.man_exp()
    return fmpq(2) ** (int(exponent) + int(mantissa).bit_length() - 1)


def slope(
    rule: Rule, operands: Sequence[fmpq], port: int | None, *, narrow: int = NARROW, system: Any = None
) -> Proof | Refusal:
    """d out / d operand of one op at exact operands, from its forward rule alone; `port` None moves all alike.

    `system` stands in for the analytic numbers where a test cripples them.
    """
    numbers = system or Analytic()
    moved = range(len(operands)) if port is None else (port,)
    unit = min(scale_of(arb(operands[k])) for k in moved)

    def displaced(t: acb) -> acb:
        boxes = [Box(acb(arb(x)) + t * arb(unit)) if k in moved else Box(acb(arb(x))) for k, x in enumerate(operands)]
        return applied(rule, numbers, boxes).z

    return per_unit(prove(displaced, narrow=narrow), unit)


def applied(rule: Rule, system: Any, operands: Sequence[Box]) -> Box:
    """One op over boxes; not finite where it is not analytic."""
    try:
        return rule.forward(system, *operands)
    except (Undecided, ZeroDivisionError):
        return Box(NOWHERE)


def per_unit(found: Proof | Refusal, unit: fmpq) -> Proof | Refusal:
    """A derivative by a number that moved in units, per 1."""
    if isinstance(found, Refusal):
        return found
    low, high = found.enclosure
    return replace(found, enclosure=Interval(low / unit, high / unit))
