"""The dtypes of wires: their constants, and rounding to them (format.md 5)."""

import math
import struct
from fractions import Fraction
from typing import Literal, NamedTuple

#: The floating dtypes, whose names are those of the array API.
Floating = Literal["float64", "float32", "float16", "bfloat16"]

#: Every dtype of a wire.
Dtype = Literal["float64", "float32", "float16", "bfloat16", "int64", "int32", "bool"]

DEFAULT_DTYPE: Floating = "float64"

#: Greatest magnitude of a JSON integer on an integer wire: every parser keeps it.
SAFE_INTEGER = 2**53 - 1

#: Bytes of one element.
ITEMSIZE: dict[str, int] = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "bool": 1,
}

#: Least and greatest number of the integer dtypes.
INTEGER_RANGE: dict[str, tuple[int, int]] = {"int64": (-(2**63), 2**63 - 1), "int32": (-(2**31), 2**31 - 1)}


class Binary(NamedTuple):
    """A binary floating format: digits of its significand, exponents of its least subnormal and greatest binade."""

    precision: int
    smallest: int
    greatest: int


FORMATS: dict[str, Binary] = {
    "float64": Binary(53, -1074, 1023),
    "float32": Binary(24, -149, 127),
    "float16": Binary(11, -24, 15),
    "bfloat16": Binary(8, -133, 127),
}

#: Greatest relative error of one correct rounding.
UNIT_ROUNDOFF: dict[str, Fraction] = {name: Fraction(1, 2**binary.precision) for name, binary in FORMATS.items()}

#: Half of the smallest subnormal, called eta: greatest absolute error of an underflow.
HALF_SUBNORMAL: dict[str, Fraction] = {
    name: Fraction(1, 2 ** (1 - binary.smallest)) for name, binary in FORMATS.items()
}

#: Greatest finite number.
LARGEST: dict[str, Fraction] = {
    name: (2 - Fraction(2, 2**binary.precision)) * 2**binary.greatest for name, binary in FORMATS.items()
}

#: Least magnitude that rounds to an infinity.
OVERFLOW: dict[str, Fraction] = {
    name: (2 - Fraction(1, 2**binary.precision)) * 2**binary.greatest for name, binary in FORMATS.items()
}

_PACKED = {"float32": "<f", "float16": "<e"}


def is_floating(dtype: str) -> bool:
    """Whether numbers of the dtype are rounded reals."""
    return dtype in FORMATS


def round_to(value: float | Fraction, dtype: str) -> float:
    """The number of a floating dtype that is nearest, ties to even; beyond the greatest an infinity."""
    if isinstance(value, Fraction):
        return _rounded(value, dtype)
    if dtype == "float64" or not math.isfinite(value):
        return value
    packed = _PACKED.get(dtype)
    return _narrowed(value, packed) if packed else _rounded(Fraction(value), dtype, sign=value)


def _narrowed(value: float, packed: str) -> float:
    try:
        return struct.unpack(packed, struct.pack(packed, value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def _rounded(value: Fraction, dtype: str, *, sign: float = 1.0) -> float:
    if value == 0:
        return math.copysign(0.0, sign)
    quantum = spacing(abs(value), dtype)
    nearest = round(value / quantum) * quantum
    if abs(nearest) > LARGEST[dtype]:
        return math.inf if value > 0 else -math.inf
    return math.copysign(float(nearest), value)


def spacing(magnitude: Fraction, dtype: str) -> Fraction:
    """The distance of neighbouring numbers of the dtype in the binade of a positive magnitude."""
    binary = FORMATS[dtype]
    exponent = max(floor_log2(magnitude) - binary.precision + 1, binary.smallest)
    return Fraction(2) ** exponent


def floor_log2(magnitude: Fraction) -> int:
    """The exponent of the greatest power of two that is not above a positive magnitude."""
    guess = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    return guess if Fraction(2) ** guess <= magnitude else guess - 1
