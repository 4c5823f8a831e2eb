"""Endpoints of intervals as texts: outward, to twelve significant digits, the same on every machine (grading.md 17)."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

from ...engine.numbers.intervals import Interval

DIGITS = 12

#: Between these exponents of the first digit numbers are written without a power of ten.
_PLAIN = range(-7, 21)


def ends(interval: Interval | None) -> dict[str, str] | None:
    """The interval as a grade states it; None for the whole line."""
    if interval is None:
        return None
    return {"lo": rounded(interval.low, up=False), "hi": rounded(interval.high, up=True)}


@lru_cache(maxsize=1 << 16)
def rounded(number: Any, *, up: bool, digits: int = DIGITS) -> str:
    """A rational of any kind as decimals, rounded up or down to so many significant digits."""
    value = Fraction(int(number.p), int(number.q)) if hasattr(number, "q") else Fraction(number)
    if value == 0:
        return "0"
    exponent = _first_digit(abs(value))
    unit = Fraction(10) ** (exponent - digits + 1)
    quotient = value / unit
    count = -(-quotient.numerator // quotient.denominator) if up else quotient.numerator // quotient.denominator
    return _written(count, exponent - digits + 1)


def _first_digit(size: Fraction) -> int:
    guess = len(str(size.numerator)) - len(str(size.denominator))
    return guess if Fraction(10) ** guess <= size else guess - 1


def _written(count: int, exponent: int) -> str:
    """count * 10**exponent without zeros at its end."""
    sign, digits = "-" if count < 0 else "", str(abs(count))
    bare = digits.rstrip("0")
    exponent += len(digits) - len(bare)
    first = exponent + len(bare) - 1
    if first not in _PLAIN:
        return f"{sign}{bare[0]}{'.' if len(bare) > 1 else ''}{bare[1:]}e{first}"
    if exponent >= 0:
        return sign + bare + "0" * exponent
    padded = bare.rjust(1 - exponent, "0")
    return f"{sign}{padded[:exponent]}.{padded[exponent:]}"
