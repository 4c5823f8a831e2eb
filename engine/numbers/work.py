"""Work arithmetic: intervals in which every unwritten result may have been rounded on scratch paper (grading.md 5.3).

It is one more number system for the rules: what is not on the sheet is widened by half a unit of the decimals that
people keep, at the moment it is used in a further step. The last step of a claim is not: its own digits say how it was
rounded. Signs and switches move digits unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from .intervals import Interval, Intervals, point


@dataclass(frozen=True)
class Scratch:
    """To what unwritten results may have been rounded: decimals, significant digits, or not at all (both None).

    `whole` takes a whole unit in place of half of one, for people who cut digits off.
    """

    decimals: int | None = None
    significant: int | None = None
    whole: bool = False

    def rounded(self, numbers: Interval) -> Interval:
        """Every number that rounding one of these may give; a number that needs no rounding stays itself."""
        if self.decimals is None and self.significant is None:
            return numbers
        if numbers.is_point and self._fits(numbers.low):
            return numbers
        return numbers.widened(self._reach(numbers.size))

    def _fits(self, number: fmpq) -> bool:
        decimals = self.decimals is None or (number * fmpq(10) ** self.decimals).q == 1
        return decimals and (self.significant is None or (number / self._place(abs(number))).q == 1)

    def _reach(self, size: fmpq) -> fmpq:
        units = [] if self.decimals is None else [fmpq(10) ** -self.decimals]
        if self.significant is not None:
            units.append(self._place(size))
        return max(units) if self.whole else max(units) / 2

    def _place(self, size: fmpq) -> fmpq:
        """The weight of the last significant digit of a number of this size."""
        assert self.significant is not None
        return fmpq(10) ** (floor_log10(size) - self.significant + 1) if size else fmpq(1)


def floor_log10(size: fmpq) -> int:
    """The exponent of the first digit of a positive number."""
    guess = len(str(size.p)) - len(str(size.q))
    return guess if fmpq(10) ** guess <= size else guess - 1


class Worked:
    """A set of numbers, and whether it still has to be rounded when a further step uses it."""

    __slots__ = ("_scratch", "interval", "pending")

    def __init__(self, interval: Interval, scratch: Scratch, *, pending: bool = False) -> None:
        self.interval, self._scratch, self.pending = interval, scratch, pending

    @property
    def low(self) -> fmpq:
        """The lower end."""
        return self.interval.low

    @property
    def is_point(self) -> bool:
        """True if only one number is meant."""
        return self.interval.is_point

    @property
    def used(self) -> Interval:
        """The numbers with which a further step may go on."""
        return self._scratch.rounded(self.interval) if self.pending else self.interval

    def stepped(self, interval: Interval) -> Worked:
        """The result of a step."""
        return Worked(interval, self._scratch, pending=True)

    def __add__(self, other: Worked | int) -> Worked:
        return self.stepped(self.used + _used(other))

    def __sub__(self, other: Worked | int) -> Worked:
        return self.stepped(self.used - _used(other))

    def __rsub__(self, other: int) -> Worked:
        return self.stepped(other - self.used)

    def __mul__(self, other: Worked | int) -> Worked:
        return self.stepped(self.used * _used(other))

    def __truediv__(self, other: Worked) -> Worked:
        return self.stepped(self.used / other.used)

    def __rtruediv__(self, other: int) -> Worked:
        return self.stepped(other / self.used)

    def __neg__(self) -> Worked:
        return Worked(-self.interval, self._scratch, pending=self.pending)

    def __abs__(self) -> Worked:
        return Worked(abs(self.interval), self._scratch, pending=self.pending)

    __radd__ = __add__
    __rmul__ = __mul__


def _used(number: Worked | int) -> Any:
    return number.used if isinstance(number, Worked) else number


@dataclass(frozen=True)
class WorkArithmetic:
    """The functions of rules over `Worked` numbers; `intervals` computes each step."""

    intervals: Intervals
    scratch: Scratch

    def of(self, interval: Interval) -> Worked:
        """A number that stands on the sheet."""
        return Worked(interval, self.scratch)

    def constant(self, number: int) -> Worked:
        return self.of(point(fmpq(number)))

    def square(self, x: Worked) -> Worked:
        return x.stepped(self.intervals.square(x.used))

    def sqrt(self, x: Worked) -> Worked:
        return x.stepped(self.intervals.sqrt(x.used))

    def exp(self, x: Worked) -> Worked:
        return x.stepped(self.intervals.exp(x.used))

    def log(self, x: Worked) -> Worked:
        return x.stepped(self.intervals.log(x.used))

    def sin(self, x: Worked) -> Worked:
        return x.stepped(self.intervals.sin(x.used))

    def cos(self, x: Worked) -> Worked:
        return x.stepped(self.intervals.cos(x.used))

    def tanh(self, x: Worked) -> Worked:
        return x.stepped(self.intervals.tanh(x.used))

    def sigmoid(self, x: Worked) -> Worked:
        return x.stepped(self.intervals.sigmoid(x.used))

    def pow(self, base: Worked, exponent: Worked) -> Worked:
        return base.stepped(self.intervals.pow(base.used, exponent.used))

    def power_slope(self, base: Worked, exponent: Worked) -> Worked:
        """Two steps: the power, then the product with the exponent."""
        if exponent.interval == point(fmpq(0)):
            return self.constant(0)
        return exponent * self.pow(base, Worked(exponent.used - 1, self.scratch))

    def exponent_slope(self, base: Worked, power: Worked) -> Worked | None:
        return power * self.log(base) if base.used.low > 0 else None

    def maximum(self, a: Worked, b: Worked) -> Worked:
        return self._switched(self.intervals.maximum, a, b)

    def minimum(self, a: Worked, b: Worked) -> Worked:
        return self._switched(self.intervals.minimum, a, b)

    def side(self, guard: Worked, below: Worked | int, above: Worked | int) -> Worked:
        return self.of(self.intervals.side(guard.interval, _used(below), _used(above)))

    def where(self, condition: Any, a: Worked, b: Worked) -> Worked:
        return self.of(self.intervals.where(_used(condition), a.used, b.used))

    def pi(self) -> Worked:
        return self.of(self.intervals.pi())

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Any other function of intervals, as one step."""
        function = getattr(self.intervals, name)

        def stepped(*operands: Any) -> Any:
            found = function(*(_used(operand) for operand in operands))
            return Worked(found, self.scratch, pending=True) if isinstance(found, Interval) else found

        return stepped

    def _switched(self, function: Callable[[Interval, Interval], Interval], a: Worked, b: Worked) -> Worked:
        return Worked(function(a.interval, b.interval), self.scratch, pending=a.pending or b.pending)
