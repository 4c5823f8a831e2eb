"""Endpoints of intervals as texts: outward, to twelve significant digits, the same on every machine (grading.md 17)."""

from __future__ import annotations

from fractions import Fraction
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


def rounded(number: Any, *, up: bool, digits: int = DIGITS) -> str:
    """A rational of any kind as decimals, rounded up or down to so many significant digits."""
    above, below = _terms(number)
    if not above:
        return "0"
    last = _first_digit(abs(above), below) - digits + 1
    above, below = (above, below * 10**last) if last >= 0 else (above * 10**-last, below)
    return _written(-(-above // below) if up else above // below, last)


def _terms(number: Any) -> tuple[int, int]:
    if hasattr(number, "q"):
        return int(number.p), int(number.q)
    value = Fraction(number)
    return value.numerator, value.denominator


def _first_digit(above: int, below: int) -> int:
    """The exponent of the first digit of a positive rational."""
    guess = len(str(above)) - len(str(below))
    reaches = above >= below * 10**guess if guess >= 0 else above * 10**-guess >= below
    return guess if reaches else guess - 1


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
