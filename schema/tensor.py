"""Tensors as documents write them (format.md 7): read, written, and measured without decoding.

These functions trust their input: what they take was checked when its document was read.
"""

import base64
import math
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from .blob import Blob
from .dtype import ITEMSIZE, SAFE_INTEGER
from .jsontypes import is_list, is_object
from .number import Raw

#: struct's letter for one element; bfloat16 is the upper half of a float32.
_LETTER = {"float64": "d", "float32": "f", "float16": "e", "int64": "q", "int32": "i", "bool": "?"}

NEGATIVE_ZERO = "-0x0p+0"


class Tensor(NamedTuple):
    """A tensor: its shape, and its entries in C order as they were written; None where nothing is claimed.

    ``binary``: the entries came from bytes, and are machine numbers whatever ``rounding`` says of JSON numbers.
    """

    shape: tuple[int, ...]
    entries: Sequence[Raw | None]
    binary: bool = False


def shape_of(raw: Any) -> tuple[int, ...]:
    """The shape of a tensor, from what it states or from its first entries."""
    if is_object(raw):
        return tuple(raw["shape"])
    shape: list[int] = []
    while is_list(raw):
        shape.append(len(raw))
        raw = raw[0]
    return tuple(shape)


def read(raw: Any, dtype: str) -> Tensor:
    """The tensor that is written: a number, nested arrays, or elements of the dtype in base64 or a file."""
    shape = shape_of(raw)
    if isinstance(raw, Blob):
        return Tensor(shape, decode(raw.data, dtype), binary=True)
    if is_object(raw):
        return Tensor(shape, decode(base64.b64decode(raw["b64"]), dtype), binary=True)
    return Tensor(shape, flat(raw, len(shape)))


def flat(raw: Any, rank: int) -> list[Any]:
    """The entries of nested arrays, ``rank`` deep, in C order."""
    level = [raw]
    for _ in range(rank):
        level = [child for parent in level for child in parent]
    return level


def decode(data: bytes, dtype: str) -> list[Raw]:
    """Little-endian elements as numbers; a negative zero as text, because a JSON zero is positive."""
    count = len(data) // ITEMSIZE[dtype]
    if dtype == "bfloat16":
        data = b"".join(b"\0\0" + data[2 * i : 2 * i + 2] for i in range(count))
        dtype = "float32"
    entries = list(struct.unpack(f"<{count}{_LETTER[dtype]}", data))
    if 0.0 in entries and dtype.startswith("float"):
        return [NEGATIVE_ZERO if entry == 0.0 and math.copysign(1.0, entry) < 0 else entry for entry in entries]
    return cast(list[Raw], entries)


def encode(entries: Sequence[float], dtype: str) -> bytes:
    """Numbers of the dtype as little-endian elements."""
    if dtype == "bfloat16":
        whole = struct.pack(f"<{len(entries)}f", *entries)
        return b"".join(whole[4 * i + 2 : 4 * i + 4] for i in range(len(entries)))
    return struct.pack(f"<{len(entries)}{_LETTER[dtype]}", *entries)


def write(shape: Sequence[int], entries: Sequence[Any]) -> Any:
    """The entries as a number or nested arrays; a zero-size tensor as the one form that keeps its shape, base64.

    Doubles that JSON has no number for are written as text: NaN, the infinities, negative zero; so are integers
    beyond the range that every parser keeps.
    """
    if not math.prod(shape):
        return {"shape": list(shape), "b64": ""}
    level = [_written(entry) for entry in entries]
    for size in reversed(shape):
        level = [level[i : i + size] for i in range(0, len(level), size)]
    return level[0]


def _written(entry: Any) -> Raw | None:
    if isinstance(entry, float):
        return _written_float(entry)
    if isinstance(entry, int) and not isinstance(entry, bool) and abs(entry) > SAFE_INTEGER:
        return str(entry)
    return entry


def _written_float(entry: float) -> Raw:
    if math.isnan(entry):
        return "NaN"
    if math.isinf(entry):
        return "Infinity" if entry > 0 else "-Infinity"
    return NEGATIVE_ZERO if entry == 0 and math.copysign(1.0, entry) < 0 else entry
