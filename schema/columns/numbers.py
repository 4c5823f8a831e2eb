"""Numbers between documents and columns: which a column can hold, and how they are written when they come back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtype import SAFE_INTEGER, is_floating
from ..tensor import NEGATIVE_ZERO
from .layout import NAN_BITS, Floats

#: What floating wires hold that JSON has no number for.
NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, NEGATIVE_ZERO: -0.0}

_WORDS = {math.inf: "Infinity", -math.inf: "-Infinity"}


def to_column(raw: Any, dtype: str) -> float | None:
    """The double from which the same number is read back; None for what only text can say."""
    if isinstance(raw, bool) or dtype == "bool":
        return float(raw) if isinstance(raw, bool) and dtype == "bool" else None
    if isinstance(raw, str):
        return NAMES.get(raw) if is_floating(dtype) else None
    if isinstance(raw, int):
        return float(raw) if abs(raw) <= SAFE_INTEGER else None
    # Adding zero makes the one JSON zero of -0.0.
    return raw + 0.0 if isinstance(raw, float) and is_floating(dtype) else None


def from_column(number: float, dtype: str) -> Any:
    """The number as a document writes it."""
    if dtype == "bool":
        return number == 1
    if not is_floating(dtype):
        return int(number)
    if number == 0 and math.copysign(1.0, number) < 0:
        return NEGATIVE_ZERO
    return number if math.isfinite(number) else _WORDS.get(number, "NaN")


def all_from_column(numbers: Floats) -> list[Any]:
    """The same for many numbers on floating wires."""
    found: list[Any] = numbers.tolist()
    odd = ~np.isfinite(numbers) | ((numbers == 0) & np.signbit(numbers))
    for place in np.flatnonzero(odd).tolist():
        found[place] = from_column(found[place], "float64")
    return found


def is_number_of(number: float, dtype: str) -> bool:
    """True if a wire of the dtype can hold the number that stands in a column."""
    if dtype == "bool":
        return number in (0.0, 1.0)
    return is_floating(dtype) or (number.is_integer() and abs(number) <= SAFE_INTEGER)


def has_odd_nan(numbers: Floats) -> bool:
    """True if a NaN has other bits than the one that is written."""
    return bool(np.any(numbers.view(np.uint64)[np.isnan(numbers)] != NAN_BITS))
