"""The one way to write each number and tensor (format.md 14.1)."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from . import jcs
from .dtype import SAFE_INTEGER, is_floating, round_to
from .grammar import read_decimal, read_fraction
from .jsontypes import is_object
from .number import Raw, exact, nearest
from .tensor import NEGATIVE_ZERO, encode, read

#: Tensors of at most so many elements are nested arrays.
_NESTED = 64

#: Sizes between which a double is printed without exponent by everybody.
_SMALL, _PLAIN = 1e-5, 2.0**53

_INTEGER_DIGITS = 31
_DECIMALS = 40
_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Canon:
    """How numbers of one position are written: on a wire of ``dtype``, as a source or an annotation.

    ``printed``: JSON numbers here show their digits (`rounding`), so machine numbers must not look like them.
    """

    dtype: str
    source: bool
    printed: bool = False

    def tensor(self, raw: Any) -> Any:
        """A number, nested arrays or base64; None if nothing is claimed."""
        if self.dtype == "float64" and is_plain(raw):
            return raw
        if not isinstance(raw, (list, dict)):
            return self.number(raw)
        if is_object(raw) and "blob" in raw:
            return raw
        shape, entries, binary = read(raw, self.dtype)
        written = [None if entry is None else self.number(entry, binary=binary) for entry in entries]
        if entries and all(entry is None for entry in entries):
            return None
        if self._must_show(entries, written, binary):
            return _nested(shape, written)
        numbers = [nearest(entry, self.dtype) for entry in entries if entry is not None]
        if not is_floating(self.dtype):
            numbers = list(map(int, numbers))
        return {"shape": list(shape), "b64": base64.b64encode(encode(numbers, self.dtype)).decode()}

    def number(self, raw: Raw, *, binary: bool = False) -> Any:
        """One number; ``binary``: it came from bytes, and is a machine number."""
        if isinstance(raw, bool):
            return raw
        if type(raw) is float and self.dtype == "float64" and math.isfinite(raw) and not (self.printed and binary):
            return jcs.number(raw)
        if type(raw) is int and self.dtype == "float64" and -SAFE_INTEGER <= raw <= SAFE_INTEGER:
            return raw
        if isinstance(raw, str) and (read_decimal(raw) or read_fraction(raw)):
            return self._text(raw)
        if not is_floating(self.dtype):
            return _integer(int(nearest(raw, self.dtype)) if isinstance(raw, str) else int(raw))
        if self.printed and not isinstance(raw, str) and not binary:
            return jcs.number(float(raw))
        value = nearest(raw, self.dtype)
        return _hexadecimal(value) if self.printed and math.isfinite(value) else machine_number(value)

    def _text(self, raw: str) -> Any:
        value = exact(raw, self.dtype)
        if self.source and isinstance(value, Fraction):
            return _source(value, self.dtype)
        fraction = read_fraction(raw)
        return f"{fraction.numerator}/{fraction.denominator}" if fraction is not None else raw

    def _must_show(self, entries: Sequence[Raw | None], written: list[Any], binary: bool) -> bool:
        """Whether the entries must stand as nested arrays, because they are few or bytes cannot say them."""
        if not entries:
            return False
        if len(entries) <= _NESTED or any(entry is None for entry in entries):
            return True
        printed = self.printed and not binary and not all(isinstance(entry, str) for entry in entries)
        return printed or any(isinstance(entry, str) and _has_digits(entry) for entry in written)


def is_plain(raw: Any) -> bool:
    """True for by far the most frequent: numbers that every JSON writer prints alike, whole ones without a point."""
    if raw.__class__ is float:
        return (-_PLAIN < raw < -_SMALL or _SMALL < raw < _PLAIN) and not raw.is_integer()
    return raw.__class__ is int and -_PLAIN < raw < _PLAIN


def machine_number(value: float) -> Any:
    """A double as ECMAScript prints it; NaN, the infinities and negative zero as text."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return NEGATIVE_ZERO if value == 0 and math.copysign(1.0, value) < 0 else jcs.number(value)


def _has_digits(text: str) -> bool:
    return read_decimal(text) is not None or read_fraction(text) is not None


def _nested(shape: tuple[int, ...], entries: list[Any]) -> Any:
    level = entries
    for size in reversed(shape):
        level = [level[i : i + size] for i in range(0, len(level), size)]
    return level[0]


def _integer(value: int) -> Any:
    return value if abs(value) <= SAFE_INTEGER else str(value)


def _hexadecimal(value: float) -> str:
    mantissa, exponent = value.hex().split("p")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}p{exponent}"


def _source(value: Fraction, dtype: str) -> Any:
    """An exact rational: as number if it is one of the dtype, else as decimal, else in lowest terms."""
    if not is_floating(dtype):
        return _integer(int(value))
    rounded = round_to(value, dtype)
    if math.isfinite(rounded) and Fraction(rounded) == value:
        return machine_number(rounded)
    return exact_text(value)


def exact_text(value: Fraction) -> str:
    """An exact rational in digits, where at most 40 of them say it, else as a fraction in lowest terms."""
    return _decimal(value) or f"{value.numerator}/{value.denominator}"


def _decimal(value: Fraction) -> str | None:
    """The finite decimal expansion of at most 40 digits, if there is one."""
    scale = _power_of_ten(value.denominator)
    if scale is None:
        return None
    digits = str(abs(value.numerator) * (10**scale // value.denominator))
    exponent = -scale
    stripped = digits.rstrip("0")
    exponent += len(digits) - len(stripped)
    if len(stripped) > _DIGITS:
        return None
    return ("-" if value < 0 else "") + _placed(stripped, exponent)


def _power_of_ten(denominator: int) -> int | None:
    """The least power of ten that the denominator divides; None if no power does."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _placed(digits: str, exponent: int) -> str:
    """Digits times a power of ten, positional where that is short enough."""
    point = len(digits) + exponent
    if point <= _INTEGER_DIGITS and -exponent <= _DECIMALS:
        if exponent >= 0:
            return digits + "0" * exponent
        return f"{digits[:point] or '0'}.{digits[point:]}" if point > 0 else f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1}"
