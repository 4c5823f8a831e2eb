"""Exact amounts of points, and how they are shown."""

from fractions import Fraction
from typing import Any

from ...schema.number import exact


def amount(raw: Any) -> Fraction:
    """A number of an assignment as a rational."""
    value = exact(raw, "float64")
    assert isinstance(value, Fraction)
    return value


def shown(number: Fraction, places: int = 5) -> str:
    """A rational with so many decimals, half to even.

    >>> shown(Fraction(17, 2)), shown(Fraction(1, 3)), shown(Fraction(-1, 8), 2)
    ('8.50000', '0.33333', '-0.12')
    """
    scaled = round(number * 10**places)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return f"{'-' if scaled < 0 else ''}{digits[:-places]}.{digits[-places:]}"
