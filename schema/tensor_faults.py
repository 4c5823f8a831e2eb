"""Stage 4 for a tensor: its form, its shape, its size, and each of its numbers (format.md 7)."""

import base64
import binascii
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .blob import DIGEST
from .dtype import ITEMSIZE
from .jsontypes import is_list, is_object
from .limits import Limits
from .number import Raw
from .number_faults import Fault, number_fault
from .tensor import NEGATIVE_ZERO, decode, flat

#: A fault and the steps from the tensor to where it is.
Found = tuple[tuple[str | int, ...], Fault]

GREATEST_DIMENSION = 2**31 - 1
_BLOB_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True, slots=True)
class Position:
    """What may stand where a tensor stands.

    ``dtype`` None: not known here. ``gaps``: null elements may stand among the numbers (annotations);
    ``finite``: NaN and the infinities may not (seeds).
    """

    dtype: str | None
    gaps: bool = False
    finite: bool = False


def tensor_faults(raw: Any, position: Position, limits: Limits) -> Iterator[Found]:
    """Every fault of a number, of nested arrays, or of a tensor object."""
    if is_list(raw):
        yield from _array_faults(raw, position, limits)
    elif is_object(raw):
        yield from _object_faults(raw, position, limits)
    elif fault := number_fault(raw, position.dtype, finite=position.finite):
        yield (), fault


def shape_faults(shape: Any, limits: Limits) -> Iterator[Found]:
    """The faults of a stated shape."""
    if not is_list(shape):
        yield (), Fault("field.type", "a shape is an array of integers")
    elif len(shape) > limits.rank:
        yield (), _too_deep(limits)
    elif bad := [i for i, size in enumerate(shape) if not _is_dimension(size)]:
        yield (bad[0],), _DIMENSION
    elif math.prod(shape) > limits.elements:
        yield (), _too_many(limits)


_DIMENSION = Fault("shape.dim", f"a dimension is an integer 0..{GREATEST_DIMENSION}, written without point")


def _is_dimension(size: Any) -> bool:
    return type(size) is int and 0 <= size <= GREATEST_DIMENSION


def _too_deep(limits: Limits) -> Fault:
    return Fault("limit.rank", f"a tensor has at most {limits.rank} dimensions")


def _too_many(limits: Limits) -> Fault:
    return Fault("limit.elements", f"a tensor has at most {limits.elements} elements")


def _array_faults(raw: list[Any], position: Position, limits: Limits) -> Iterator[Found]:
    shape = _first_shape(raw, limits.rank)
    if len(shape) > limits.rank:
        yield (), _too_deep(limits)
        return
    fault = _rectangle_fault(raw, shape)
    if fault is None and math.prod(shape) > limits.elements:
        fault = _too_many(limits)
    if fault:
        yield (), fault
        return
    for i, entry in enumerate(flat(raw, len(shape))):
        if entry is None and position.gaps:
            continue
        if fault := number_fault(entry, position.dtype, finite=position.finite):
            yield _index(i, shape), fault


def _first_shape(raw: Any, most: int) -> list[int]:
    """The lengths along the first entries, one more than ``most`` at the utmost."""
    shape: list[int] = []
    while is_list(raw) and len(shape) <= most:
        shape.append(len(raw))
        raw = raw[0] if raw else None
    return shape


def _rectangle_fault(raw: list[Any], shape: list[int]) -> Fault | None:
    level: list[Any] = [raw]
    for size in shape:
        if any(part == [] for part in level):
            return Fault("value.empty_array", 'no array may be empty: write a zero-size tensor as {"shape", "b64": ""}')
        if not all(is_list(part) and len(part) == size for part in level):
            return Fault("value.ragged", "every array of one depth has the same length")
        level = [child for part in level for child in part]
    if any(is_list(entry) for entry in level):
        return Fault("value.ragged", "numbers and arrays do not stand side by side")
    return None


def _index(i: int, shape: list[int]) -> tuple[int, ...]:
    index: list[int] = []
    for size in reversed(shape):
        i, k = divmod(i, size)
        index.append(k)
    return tuple(reversed(index))


def _object_faults(raw: dict[str, Any], position: Position, limits: Limits) -> Iterator[Found]:
    keys = set(raw)
    if keys not in ({"shape", "b64"}, {"shape", "blob", "name"}):
        yield (), Fault("value.form", 'a tensor object is {"shape", "b64"} or {"shape", "blob", "name"}')
        return
    faults = [(("shape", *path), fault) for path, fault in shape_faults(raw["shape"], limits)]
    if not faults:
        faults = list(_blob_faults(raw) if "blob" in keys else _b64_faults(raw, position))
    yield from faults


def _blob_faults(raw: dict[str, Any]) -> Iterator[Found]:
    if not isinstance(raw["blob"], str) or not DIGEST.fullmatch(raw["blob"]):
        yield ("blob",), Fault("value.blob", "a blob is named by sha256: and 64 lower-case hex digits, never by a path")
    if not isinstance(raw["name"], str) or not _BLOB_NAME.fullmatch(raw["name"]):
        yield ("name",), Fault("value.blob", "a tensor's name is a letter, then letters, digits, _ . -")


def _b64_faults(raw: dict[str, Any], position: Position) -> Iterator[Found]:
    text = raw["b64"]
    if not isinstance(text, str):
        yield (), Fault("value.form", "b64 is a string")
        return
    dtype = position.dtype
    if dtype is not None and len(text) != (length := _b64_length(raw["shape"], dtype)):
        yield ("b64",), Fault("value.b64_length", f"{length} characters are expected for this shape of {dtype}")
        return
    data = _decoded(text)
    if data is None:
        yield ("b64",), Fault("value.b64", "base64 has the alphabet A-Z a-z 0-9 + /, padding, no white space")
    elif dtype == "bool" and data.strip(b"\0\1"):
        yield ("b64",), Fault("value.b64", "a bool is one byte, 0 or 1")
    elif position.finite and dtype is not None and not are_finite(decode(data, dtype)):
        yield ("b64",), Fault("value.nonfinite", "finite numbers are expected here")


def _b64_length(shape: list[int], dtype: str) -> int:
    return 4 * -(-math.prod(shape) * ITEMSIZE[dtype] // 3)


def _decoded(text: str) -> bytes | None:
    """The bytes, if the text is the one way to write them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def are_finite(entries: Sequence[Raw]) -> bool:
    """Whether decoded elements of a floating dtype are all finite."""
    return all(entry == NEGATIVE_ZERO or math.isfinite(float(entry)) for entry in entries)
