"""Literals of an expression as numbers of a document."""

import re
from fractions import Fraction
from typing import Literal

from ....schema.grammar import read_decimal

Literals = Literal["double", "exact"]

_LARGEST_SAFE_INTEGER = 2**53 - 1
_PARTS = re.compile(r"0*(?P<whole>[0-9]*)\.?(?P<places>[0-9]*)(?:[eE](?P<sign>[+-]?)0*(?P<power>[0-9]+))?")
_MOST_DIGITS = 40


def double(written: str) -> int | float:
    """The nearest double of a literal; whole numbers that a double tells apart stay integers."""
    number = float(written)
    is_whole = re.fullmatch("[0-9]+", written) is not None
    return int(number) if is_whole and number <= _LARGEST_SAFE_INTEGER else number


def exact(written: str) -> int | float | str:
    """The rational as written: a number if it is a double, else a decimal string.

    Raises ValueError if it has more digits than a decimal of the format holds.
    """
    text = _as_document_spelling(written)
    decimal = read_decimal(text)
    if decimal is None or decimal.significant > _MOST_DIGITS:
        raise ValueError("an exact literal has at most 31 digits before the point, 40 in all, exponents to 999")
    return double(written) if decimal.value == Fraction(float(written)) else text


def _as_document_spelling(written: str) -> str:
    parts = _PARTS.fullmatch(written)
    if parts is None:
        raise ValueError(f"{written} is no decimal number")
    places = f".{parts['places']}" if parts["places"] else ""
    power = f"e{parts['sign']}{parts['power']}" if parts["power"] else ""
    return f"{parts['whole'] or '0'}{places}{power}"
