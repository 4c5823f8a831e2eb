"""Tensors in a file: the safetensors container, read as strictly as a document (format.md 17 and 20).

Eight bytes with the length of the header, little-endian; the header, a JSON object from names to dtype, shape and the
place of the bytes; then the bytes of all tensors, without a gap. Readers in use take duplicate names and unknown keys,
so this one reads the header itself.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from .jsontypes import is_list, is_object
from .number_faults import Fault
from .stages.text import is_census_even

#: Bytes of one element, and what the format calls the dtype if it has it.
_DTYPES: dict[str, tuple[int, str | None]] = {
    "F64": (8, "float64"),
    "F32": (4, "float32"),
    "F16": (2, "float16"),
    "BF16": (2, "bfloat16"),
    "I64": (8, "int64"),
    "I32": (4, "int32"),
    "BOOL": (1, "bool"),
    "I16": (2, None),
    "I8": (1, None),
    "U64": (8, None),
    "U32": (4, None),
    "U16": (2, None),
    "U8": (1, None),
    "F8_E4M3": (1, None),
    "F8_E5M2": (1, None),
}

#: What the container calls the format's dtypes.
_NAMES = {dtype: name for name, (_, dtype) in _DTYPES.items() if dtype is not None}

_LENGTH = 8
_LONGEST_HEADER = 100_000_000
_METADATA = "__metadata__"


class Stored(NamedTuple):
    """A tensor of the file: the dtype as the format names it, or as the container does if the format has none."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class Opened(NamedTuple):
    """A file whose header was read and whose tensors were not: metadata, entries, and the bytes after the header."""

    metadata: Mapping[str, str]
    entries: Mapping[str, Any]
    data: memoryview

    def tensors(self) -> Mapping[str, Stored] | Fault:
        """The tensors by name, or why they are none."""
        return _tensors(self.entries, self.data)


def open_header(content: bytes) -> Opened | Fault:
    """The header of the file, or what is wrong with it."""
    length = int.from_bytes(content[:_LENGTH], "little")
    if len(content) < _LENGTH or length > min(_LONGEST_HEADER, len(content) - _LENGTH):
        return _broken("the header is longer than the file, or than 100 MB")
    header = _header(content[_LENGTH : _LENGTH + length])
    if isinstance(header, Fault):
        return header
    return Opened(header.pop(_METADATA, {}), header, memoryview(content)[_LENGTH + length :])


def open_container(content: bytes) -> Mapping[str, Stored] | Fault:
    """The tensors of the file by name, or what is wrong with it."""
    opened = open_header(content)
    return opened if isinstance(opened, Fault) else opened.tensors()


def write_container(metadata: Mapping[str, str], tensors: Mapping[str, Stored]) -> bytes:
    """The file: metadata first, tensors of wide elements before those of narrow ones, the header padded to 8 bytes."""
    wide = sorted(tensors.items(), key=lambda entry: -_DTYPES[_NAMES.get(entry[1].dtype, entry[1].dtype)][0])
    header: dict[str, Any] = {_METADATA: dict(metadata)}
    place = 0
    for name, tensor in wide:
        end = place + len(tensor.data)
        dtype = _NAMES.get(tensor.dtype, tensor.dtype)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [place, end]}
        place = end
    text = orjson.dumps(header)
    text += b" " * (-len(text) % _LENGTH)
    return b"".join([len(text).to_bytes(_LENGTH, "little"), text, *(tensor.data for _, tensor in wide)])


def _broken(why: str) -> Fault:
    return Fault("columns.container", f"that is no safetensors file: {why}")


def _bad_header(why: str) -> Fault:
    return Fault("columns.header", f"the header of the safetensors file {why}")


def _header(text: bytes) -> dict[str, Any] | Fault:
    if not text.startswith(b"{"):
        return _bad_header("must begin with {")
    try:
        header = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _broken("its header is no JSON")
    if not is_census_even(text, header):
        return _bad_header("states a key twice")
    for name, entry in header.items():
        if not is_object(entry):
            return _broken(f"the entry {name} is no object")
        if name == _METADATA:
            if not all(isinstance(value, str) for value in entry.values()):
                return _bad_header("has metadata that are no strings")
        elif set(entry) != {"dtype", "shape", "data_offsets"}:
            return _bad_header(f"must state exactly dtype, shape and data_offsets of {name}")
    return header


def _tensors(header: Mapping[str, Any], data: memoryview) -> Mapping[str, Stored] | Fault:
    if odd := [name for name, entry in header.items() if not _is_sound(entry)]:
        return _broken(f"dtype, shape and data_offsets of {odd[0]} do not fit together")
    places = sorted(tuple(entry["data_offsets"]) for entry in header.values())
    ends = [0, *(end for _, end in places)]
    if ends[-1] != len(data) or any(start != end for (start, _), end in zip(places, ends[:-1], strict=True)):
        return _broken("its tensors leave holes, overlap, or do not fill it")
    return {name: _stored(entry, data) for name, entry in header.items()}


def _is_sound(entry: Mapping[str, Any]) -> bool:
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _DTYPES or not _are_counts(shape) or not _are_counts(offsets):
        return False
    return len(offsets) == 2 and offsets[1] - offsets[0] == math.prod(shape) * _DTYPES[dtype][0]


def _are_counts(value: Any) -> bool:
    return is_list(value) and all(type(entry) is int and entry >= 0 for entry in value)


def _stored(entry: Mapping[str, Any], data: memoryview) -> Stored:
    start, end = entry["data_offsets"]
    return Stored(_DTYPES[entry["dtype"]][1] or entry["dtype"], tuple(entry["shape"]), bytes(data[start:end]))
