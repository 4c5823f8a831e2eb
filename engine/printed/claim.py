"""One number as somebody wrote it: its value, the weight of its last digit, the set that it claims (grading.md 4)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from flint import fmpq

from ...schema.dtype import round_to
from ...schema.grammar import read_decimal, read_fraction
from ..numbers.intervals import Interval, point
from ..verify.claims import rational

#: How digits beyond the last were dropped.
Direction = Literal["nearest", "truncate", "any", "exact"]

#: From so many significant digits on, a number stands on a display whose last digit is not always rounded.
DISPLAY = 9

#: From so many on, it was printed by a program; it may have been computed in float32.
MACHINE = 12


@dataclass(frozen=True)
class Form:
    """What a claim should show: decimals or significant digits, either is enough; both None: anything."""

    decimals: int | None = 2
    significant: int | None = None

    def shown_by(self, decimals: int, significant: int) -> bool:
        """True if a number with so many decimals and significant digits is precise enough."""
        wanted = [(self.decimals, decimals), (self.significant, significant)]
        asked = [shown >= least for least, shown in wanted if least is not None]
        return not asked or any(asked)

    def lacking(self, decimals: int, significant: int) -> int:
        """How many digits are missing, by the rule that is nearer to being met; 0 if none is."""
        wanted = [(self.decimals, decimals), (self.significant, significant)]
        missing = [max(0, least - shown) for least, shown in wanted if least is not None]
        return min(missing, default=0)


@dataclass(frozen=True)
class Printed:
    """A claim in the strict grammar; `cut` says that the person marked it as truncated."""

    text: str
    value: fmpq
    #: Weight of the last digit; 0 for a fraction, which is exact.
    unit: fmpq
    decimals: int
    significant: int
    cut: bool = False
    #: What a machine's number claims, whatever the reading; None for digits.
    fixed: Interval | None = None

    def read(self, direction: Direction) -> Interval:
        """The closed set of reals that these digits claim."""
        return self._around(self.unit, "truncate" if self.cut else direction)

    def padded(self, direction: Direction, decimals: int) -> Interval:
        """The set that the number claims with its zeros written out to `decimals`."""
        return self._around(min(self.unit, fmpq(10) ** -decimals), "truncate" if self.cut else direction)

    @cached_property
    def half_unit(self) -> fmpq:
        """Half the weight of the last digit."""
        return self.unit / 2

    @cached_property
    def is_display(self) -> bool:
        """True if a calculator or a program printed this."""
        return self.unit != 0 and self.significant >= DISPLAY

    @property
    def is_machine(self) -> bool:
        """True if a program printed this."""
        return self.unit != 0 and self.significant >= MACHINE

    @property
    def is_exact(self) -> bool:
        """True for a fraction: it has no digits to be short of."""
        return self.unit == 0

    @cached_property
    def dtype(self) -> str:
        """The dtype in which a program that printed so many digits may have computed."""
        if self.significant < MACHINE:
            return "float64"
        double = Fraction(int(self.value.p), int(self.value.q))
        stored = round_to(double, "float32")
        return "float32" if round_to(double, "float64") == stored else "float64"

    def _around(self, unit: fmpq, direction: Direction) -> Interval:
        if self.fixed is not None:
            return self.fixed
        if self.unit == 0 or direction == "exact":
            return point(self.value)
        width = 2 * unit if self.is_display else unit
        if direction == "nearest":
            return Interval(self.value - width / 2, self.value + width / 2)
        if direction == "any" or self.value == 0:
            return Interval(self.value - width, self.value + width)
        if self.is_display:
            return Interval(self.value - width / 2, self.value + width / 2)
        return Interval(self.value, self.value + unit) if self.value > 0 else Interval(self.value - unit, self.value)


def printed(text: str, form: Form | None = None, *, cut: bool = False) -> Printed:
    """The claim that a text of the strict grammar makes; ValueError for any other text.

    Under a rule of significant digits the zeros at the end of an integer may be place holders.
    """
    fraction = read_fraction(text)
    if fraction is not None:
        return Printed(text, rational(fraction), fmpq(0), 0, 0, cut)
    decimal = read_decimal(text)
    if decimal is None:
        raise ValueError(f"{text} is no number of the strict grammar")
    mantissa = text.partition("e")[0].lstrip("-")
    digits = mantissa.replace(".", "").lstrip("0")
    significant = len(digits) or max(1, len(mantissa.partition(".")[2]))
    exponent = decimal.exponent
    if form is not None and form.significant is not None and "." not in mantissa and "e" not in text and decimal.digits:
        zeros = len(digits) - len(digits.rstrip("0"))
        exponent = min(zeros, max(0, significant - form.significant))
    decimals = max(0, -decimal.exponent)
    return Printed(text, rational(decimal.value), fmpq(10) ** exponent, decimals, significant, cut)
