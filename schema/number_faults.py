"""Stage 4 for one number: whether it is one, and whether its dtype can hold it (format.md 6)."""

import math
from fractions import Fraction
from typing import Any, LiteralString, NamedTuple

from .dtype import INTEGER_RANGE, LARGEST, OVERFLOW, SAFE_INTEGER
from .grammar import NONFINITE, read_decimal, read_fraction, read_hex
from .wording import shown

_MOST_DIGITS = 40
_GREATEST_EXPONENT = 999
_GREATEST = {dtype: float(largest) for dtype, largest in LARGEST.items()}


class Fault(NamedTuple):
    """What is wrong with a value: a code, and the end of a sentence that says what is expected and the mend."""

    code: LiteralString
    expected: str


def number_fault(raw: Any, dtype: str | None, *, finite: bool = False) -> Fault | None:
    """The first fault of a number on a wire of the dtype; None if there is none.

    Without a dtype only the form is judged: claims that stand apart from their graph do not say theirs.
    ``finite``: NaN and the infinities are faults (seeds, real attributes, surrogates).
    """
    if isinstance(raw, bool):
        return None if dtype in ("bool", None) else Fault("value.type", f"a number of dtype {dtype} is expected")
    if dtype == "bool":
        return Fault("value.type", "true or false is expected on a bool wire")
    if isinstance(raw, str):
        return _text_fault(raw, dtype, finite)
    if isinstance(raw, (int, float)):
        return _json_fault(raw, dtype)
    if raw is None:
        return Fault("value.type", "a number is expected: leave out what is not claimed, and write NaN as text")
    return Fault("value.type", "a number is expected")


def _json_fault(raw: float, dtype: str | None) -> Fault | None:
    if not math.isfinite(raw):
        return Fault("value.nonfinite", 'a finite number is expected: write "NaN" or "Infinity" as text')
    if dtype in INTEGER_RANGE:
        if abs(raw) > SAFE_INTEGER:
            return Fault("value.range", "JSON integers end at 2^53 - 1: write a greater one as a string of its digits")
        return _integer_fault(Fraction(raw), dtype)
    # Doubles that are no greater than the greatest number of the dtype need no exact arithmetic.
    return None if dtype is None or abs(raw) <= _GREATEST[dtype] else _overflow_fault(Fraction(raw), dtype)


def _integer_fault(value: Fraction, dtype: str) -> Fault | None:
    low, high = INTEGER_RANGE[dtype]
    if value.denominator != 1:
        return Fault("value.range", f"a wire of dtype {dtype} holds integers only")
    if not low <= value <= high:
        return Fault("value.range", f"{dtype} ends at {low} and {high}: state a wider dtype")
    return None


def _overflow_fault(value: Fraction, dtype: str | None) -> Fault | None:
    if dtype is None or abs(value) < OVERFLOW[dtype]:
        return None
    return Fault("value.range", f'it rounds to an infinity of {dtype}: state a wider dtype, or write "Infinity"')


def _text_fault(text: str, dtype: str | None, finite: bool) -> Fault | None:
    if text in NONFINITE:
        return _nonfinite_fault(dtype, finite)
    value = read_fraction(text)
    if value is None:
        value = _decimal_or_hex(text)
    if isinstance(value, Fault):
        return value
    return _integer_fault(value, dtype) if dtype in INTEGER_RANGE else _overflow_fault(value, dtype)


def _nonfinite_fault(dtype: str | None, finite: bool) -> Fault | None:
    if finite:
        return Fault("value.nonfinite", "a finite number is expected here")
    if dtype in INTEGER_RANGE:
        return Fault("value.range", f"a wire of dtype {dtype} holds integers only")
    return None


def _decimal_or_hex(text: str) -> Fraction | Fault:
    decimal = read_decimal(text)
    if decimal is not None:
        if decimal.significant > _MOST_DIGITS:
            return Fault("value.number", f"a decimal has at most {_MOST_DIGITS} digits: round it")
        if abs(decimal.normalised_exponent) > _GREATEST_EXPONENT:
            return Fault("value.range", f"exponents end at -{_GREATEST_EXPONENT} and {_GREATEST_EXPONENT}")
        return decimal.value
    value = read_hex(text)
    if value is None:
        return Fault("value.number", f"that is no number: {_mend(text)}")
    return value if _is_double(value) else Fault("value.range", "a hex float must be a double exactly")


def _is_double(value: Fraction) -> bool:
    return abs(value) < OVERFLOW["float64"] and Fraction(float(value)) == value


def _mend(text: str) -> str:
    """How to write what was probably meant."""
    plain = text.strip().lower().replace("\u2212", "-").replace(",", ".").replace("_", "").lstrip("+").rstrip(".")
    for name in NONFINITE:
        if plain == name.lower():
            return f'write "{name}"'
    if plain.isascii() and (read_decimal(plain) or read_fraction(plain) or read_hex(plain)) and plain != text:
        return f"write {shown(plain)}"
    return 'write a JSON number, or text such as "0.20", "1/3", "0x1.8p+0", "NaN"'
