"""Rationals printed as decimals, rounded outward where they bound something."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from functools import cache

from flint import fmpq

from ..numbers.intervals import Interval

#: Significant digits of an enclosure's ends.
DIGITS = 20

#: Wide enough for every exponent that a document or an exact truth can have.
EXPONENT = 10**9


def nearby(number: fmpq) -> float:
    """A rational as a float, for display and for sorting; infinite where it is larger than every float."""
    try:
        return int(number.p) / int(number.q)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def bounds(interval: Interval) -> list[str]:
    """`[low, high]` as decimal strings that enclose the interval."""
    return [_printed(interval.low, ROUND_FLOOR, DIGITS), _printed(interval.high, ROUND_CEILING, DIGITS)]


def shown(number: fmpq, digits: int = 6) -> str:
    """A rational to a few significant digits, for people."""
    return _printed(number, ROUND_HALF_EVEN, digits)


@cache
def _context(rounding: str, digits: int) -> Context:
    return Context(prec=digits, rounding=rounding, Emax=EXPONENT, Emin=-EXPONENT)


def _printed(number: fmpq, rounding: str, digits: int) -> str:
    context = _context(rounding, digits)
    quotient = context.divide(Decimal(int(number.p)), Decimal(int(number.q)))
    plain = quotient.normalize(context)
    if plain == plain.to_integral_value() and abs(plain) < Decimal(10) ** digits:
        return str(int(plain))
    return f"{plain:f}" if -7 < plain.adjusted() < digits else str(plain).lower().replace("e+", "e")
