"""What a written number means: exactly, rounded to its wire, and as a claim (format.md 6).

A number stands in a document as JSON number or as text, ``Raw``. Numbers are checked when a document is read;
the functions here take them as they stand and check nothing.
"""

import math
from fractions import Fraction
from typing import Literal, NamedTuple, Protocol

from .dtype import (
    HALF_SUBNORMAL,
    LARGEST,
    OVERFLOW,
    UNIT_ROUNDOFF,
    is_floating,
    round_to,
    spacing,
)
from .grammar import NONFINITE, read_decimal, read_fraction

__all__ = [
    "HALF_SUBNORMAL",
    "LARGEST",
    "OVERFLOW",
    "UNIT_ROUNDOFF",
    "Direction",
    "Interval",
    "Mode",
    "Raw",
    "RoundingLike",
    "claimed",
    "exact",
    "is_printed",
    "nearest",
    "round_to",
]

#: A number as it stands in a document.
Raw = bool | int | float | str

Mode = Literal["exact", "decimals", "significant"]
Direction = Literal["nearest", "truncate", "any"]


class Interval(NamedTuple):
    """A closed set of reals, ``low`` to ``high``."""

    low: Fraction
    high: Fraction


class RoundingLike(Protocol):
    """How the annotations of a document were rounded: the fields of ``rounding``."""

    @property
    def mode(self) -> Mode:
        """What JSON numbers in annotation positions are."""
        ...

    @property
    def digits(self) -> int | None:
        """How many digits were kept; None for machine numbers."""
        ...

    @property
    def direction(self) -> Direction:
        """Which way digits were dropped."""
        ...


def exact(raw: Raw, dtype: str) -> Fraction | float:
    """The rational that a number in source position denotes; a float only for NaN and the infinities.

    A JSON number and a hex float are the nearest number of the dtype; decimals and fractions are what they say.
    """
    if not isinstance(raw, str):
        return _rational(_machine(raw, dtype))
    if raw in NONFINITE:
        return NONFINITE[raw]
    printed = read_decimal(raw)
    if printed is not None:
        return printed.value
    fraction = read_fraction(raw)
    return fraction if fraction is not None else _rational(_hex(raw, dtype))


def nearest(raw: Raw, dtype: str) -> float:
    """The number of the dtype, as a double, that is nearest to what is written; -0 only from ``"-0x0p+0"``."""
    if not isinstance(raw, str):
        return float(_machine(raw, dtype))
    if raw.startswith(("0x", "-0x")):
        return float(_hex(raw, dtype))
    value = exact(raw, dtype)
    if not isinstance(value, Fraction):
        return value
    return round_to(value, dtype) if is_floating(dtype) else float(value)


def claimed(raw: Raw, dtype: str, rounding: RoundingLike | None = None) -> Interval | float:
    """The closed set of reals that a number in annotation position claims; a float only for NaN and the infinities.

    A printed decimal claims what rounds to its digits, a fraction a point, a machine number all reals that round
    to it in the dtype (verification.md 2.2).
    """
    printed = _printed(raw, rounding)
    if printed is not None:
        return _around(printed, rounding.direction if rounding else "nearest")
    value = exact(raw, dtype)
    if not isinstance(value, Fraction):
        return value
    if not is_floating(dtype) or (isinstance(raw, str) and "/" in raw):
        return Interval(value, value)
    return _rounding_to(value, dtype)


def is_printed(raw: Raw, rounding: RoundingLike | None = None) -> bool:
    """Whether the digits are the claim: a decimal string, or a JSON number that ``rounding`` calls printed."""
    return _printed(raw, rounding) is not None


def _machine(raw: float, dtype: str) -> float:
    if is_floating(dtype):
        # Adding zero makes the one JSON zero of -0.0: every JSON zero is +0.
        return round_to(float(raw), dtype) + 0.0
    return int(raw) if math.isfinite(raw) else raw


def _hex(text: str, dtype: str) -> float:
    value = float.fromhex(text)
    return round_to(value, dtype) if is_floating(dtype) else int(value)


def _rational(value: float) -> Fraction | float:
    return Fraction(value) if math.isfinite(value) else value


class _Printed(NamedTuple):
    """A number whose digits are the claim, and the weight of the last of them."""

    value: Fraction
    unit: Fraction


def _printed(raw: Raw, rounding: RoundingLike | None) -> _Printed | None:
    if isinstance(raw, str):
        decimal = read_decimal(raw)
        return _Printed(decimal.value, decimal.unit) if decimal else None
    if rounding is None or rounding.digits is None or isinstance(raw, bool) or not math.isfinite(raw):
        return None
    # The shortest decimal of the double: what its producer printed.
    value = Fraction(repr(float(raw)))
    if rounding.mode == "decimals":
        return _Printed(value, Fraction(10) ** -rounding.digits)
    return _Printed(value, Fraction(10) ** (_floor_log10(abs(value)) - rounding.digits + 1)) if value else None


def _floor_log10(magnitude: Fraction) -> int:
    guess = len(str(magnitude.numerator)) - len(str(magnitude.denominator))
    return guess if Fraction(10) ** guess <= magnitude else guess - 1


def _around(printed: _Printed, direction: Direction) -> Interval:
    value, unit = printed
    if direction == "nearest":
        return Interval(value - unit / 2, value + unit / 2)
    if direction == "any" or value == 0:
        return Interval(value - unit, value + unit)
    return Interval(value, value + unit) if value > 0 else Interval(value - unit, value)


def _rounding_to(value: Fraction, dtype: str) -> Interval:
    """From the midpoint below to the midpoint above; the whole of what underflows for a zero."""
    if value == 0:
        return Interval(-HALF_SUBNORMAL[dtype], HALF_SUBNORMAL[dtype])
    magnitude = abs(value)
    above = spacing(magnitude, dtype) / 2
    # A power of two has neighbours at half the distance below it.
    below = spacing(magnitude - above / 2, dtype) / 2
    low, high = magnitude - below, magnitude + above
    return Interval(low, high) if value > 0 else Interval(-high, -low)
