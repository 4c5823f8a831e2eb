"""The columns of a file, judged as columns: names, dtypes, sizes, order, bits and texts (format.md 17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import orjson
from numpy.typing import NDArray

from ..container import Stored
from ..errors import DocumentError
from ..jsontypes import is_list, is_object
from ..problem import Problem
from .layout import AS_TENSOR, AS_TEXT, COLUMNS, FIELDS, IN_COLUMN, NUMPY, Bits, Field, Floats, Indices
from .numbers import has_odd_nan

_TABLES = {"nodes", "edges", "ops", "attrs", "dtypes", "rows"}
_BESIDE = {"label", "shape", "surrogate", "sample", "ext"}
_ALWAYS = ("op", "ptr", "idx")


def refuse(code: str, message: str) -> NoReturn:
    """Raise the one problem of a file."""
    raise DocumentError((Problem(code=code, at="", message=message),))


@dataclass(frozen=True)
class Columns:
    """Columns that hold together. `texts` and `tensors` go from a field's name and a place to what stands there."""

    count: int
    edges: int
    ops: list[str]
    attrs: list[Any]
    dtypes: list[str]
    beside: Mapping[int, Mapping[str, Any]]
    arrays: Mapping[str, NDArray[Any]]
    ids: bytes | None
    texts: Mapping[tuple[str, int], Any]
    tensors: Mapping[tuple[str, int], Stored]

    def numbers(self, field: Field) -> Floats:
        """The column of a field; zeros where there is none."""
        found = self.arrays.get(field.name)
        return np.zeros(self.edges if field.on_edges else self.count) if found is None else found

    def bits(self, field: Field) -> Bits:
        """For every place of a field, which of the three bits is set, in the first field's places."""
        found = self.arrays.get("edge_has" if field.on_edges else "has")
        if found is None:
            return np.zeros(self.edges if field.on_edges else self.count, np.uint8)
        return np.bitwise_and(found >> field.shift, IN_COLUMN | AS_TENSOR | AS_TEXT).astype(np.uint8)

    @property
    def op(self) -> Indices:
        """The place of every row's op in the table."""
        return self.arrays["op"].astype(np.int64)

    @property
    def ptr(self) -> Indices:
        """Where the operands of every row begin."""
        return self.arrays["ptr"].astype(np.int64)

    @property
    def idx(self) -> Indices:
        """The operands."""
        return self.arrays["idx"].astype(np.int64)


def judged(tables: Any, stored: Mapping[str, Stored]) -> Columns:
    """The columns of a file; DocumentError with what is wrong with them."""
    count, edges = _counts(tables)
    whole = {name: tensor for name, tensor in stored.items() if "/" not in name}
    arrays = _arrays(whole, count, edges)
    _judge_order(arrays, count, edges)
    ops, attrs, dtypes = (_table(tables, name) for name in ("ops", "attrs", "dtypes"))
    for column, size in (("op", len(ops) - 1), ("attr", len(attrs)), ("dtype", len(dtypes))):
        if column in arrays and np.any(arrays[column] > size):
            refuse("columns.table", f"column {column} has an entry beyond its table: write the file anew")
    if not all(isinstance(name, str) for name in (*ops, *dtypes)) or not all(map(is_object, attrs)):
        refuse("columns.table", "ops and dtypes are lists of names, attrs a list of objects: write the file anew")
    texts = _texts(arrays, whole.get("text"))
    ids = bytes(whole["ids"].data) if "ids" in whole else None
    beside = _rows_beside(tables.get("rows"), count)
    tensors = _tensors(stored)
    columns = Columns(count, edges, ops, attrs, dtypes, beside, arrays, ids, texts, tensors)
    for field in FIELDS:
        _judge_bits(columns, field)
    return columns


def _counts(tables: Any) -> tuple[int, int]:
    if not is_object(tables) or not {"nodes", "edges", "ops"} <= set(tables) <= _TABLES:
        refuse("columns.table", "the document's columns must state nodes, edges and ops, and no unknown table")
    counts = tables["nodes"], tables["edges"]
    if any(type(count) is not int or count < 0 for count in counts):
        refuse("columns.table", "nodes and edges of the columns are counts: write the file anew")
    return counts


def _table(tables: Any, name: str) -> list[Any]:
    found = tables.get(name, [])
    if not is_list(found):
        refuse("columns.table", f"the table {name} of the columns is a list: write the file anew")
    return found


def _rows_beside(stated: Any, count: int) -> Mapping[int, Mapping[str, Any]]:
    if stated is None:
        return {}
    rows: dict[int, Mapping[str, Any]] = {}
    for name, fields in stated.items() if is_object(stated) else ((None, None),):
        place = _place(name, count)
        if place is None or not is_object(fields) or not set(fields) <= _BESIDE:
            refuse("columns.table", f"rows of the columns go from row numbers to {', '.join(sorted(_BESIDE))}")
        rows[place] = fields
    return rows


def _place(name: Any, count: int) -> int | None:
    """A number in decimals without leading zeros, below the count."""
    if not isinstance(name, str) or not name.isascii() or not name.isdigit() or len(name) > 10:
        return None
    return int(name) if str(int(name)) == name and int(name) < count else None


def _arrays(stored: Mapping[str, Stored], count: int, edges: int) -> dict[str, NDArray[Any]]:
    if missing := [name for name in _ALWAYS if name not in stored]:
        refuse("columns.table", f"column {missing[0]} is missing: write the file anew")
    sizes = {"op": count, "ptr": count + 1, "idx": edges, "attr": count, "dtype": count, "has": count}
    sizes |= {"value": count, "grad": count, "local": edges, "downstream": edges, "edge_has": edges}
    arrays: dict[str, NDArray[Any]] = {}
    for name, tensor in stored.items():
        if name not in COLUMNS:
            refuse("columns.table", f"there is no column {name}: leave it out")
        size = sizes.get(name, tensor.shape[0] if len(tensor.shape) == 1 else -1)
        if tensor.dtype != COLUMNS[name] or tensor.shape != (size,):
            refuse("columns.table", f"column {name} must be {COLUMNS[name]} of shape [{size}]: write the file anew")
        arrays[name] = np.frombuffer(tensor.data, dtype=NUMPY[COLUMNS[name]])
    return arrays


def _judge_order(arrays: Mapping[str, NDArray[Any]], count: int, edges: int) -> None:
    ptr, idx = arrays["ptr"].astype(np.int64), arrays["idx"].astype(np.int64)
    if ptr[0] != 0 or ptr[-1] != edges or np.any(np.diff(ptr) < 0):
        refuse("columns.order", f"ptr must rise from 0 to {edges}: write the file anew")
    readers = np.repeat(np.arange(count), np.diff(ptr))
    if (wrong := np.flatnonzero(idx >= readers)).size:
        row = int(readers[wrong[0]])
        refuse("columns.order", f"row {row} reads row {int(idx[wrong[0]])}, which is not before it: reorder the rows")


def _texts(arrays: Mapping[str, NDArray[Any]], text: Stored | None) -> dict[tuple[str, int], Any]:
    present = [name in arrays for name in ("text_of", "text_at")]
    if text is None and not any(present):
        return {}
    if text is None or not all(present):
        refuse("columns.table", "text_of, text_at and text belong together: write the file anew")
    lines = bytes(text.data).split(b"\n")
    of, at = arrays["text_of"].astype(np.int64), arrays["text_at"].astype(np.int64)
    if lines[-1] != b"" or not len(lines) - 1 == of.size == at.size:
        refuse("columns.text", "the texts are not as many lines as text_of and text_at say: write the file anew")
    keys = of * 2**32 + at
    if np.any(of >= len(FIELDS)) or np.any(np.diff(keys) <= 0):
        refuse("columns.text", "texts must be sorted by what they are of and where, each once: write the file anew")
    names = {field.code: field.name for field in FIELDS}
    places = zip(of.tolist(), at.tolist(), lines[:-1], strict=True)
    return {(names[code], place): _json(line) for code, place, line in places}


def _json(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        refuse("columns.text", "a line of the texts is no JSON: write the file anew")


def _tensors(stored: Mapping[str, Stored]) -> dict[tuple[str, int], Stored]:
    fields = {field.name for field in FIELDS}
    found: dict[tuple[str, int], Stored] = {}
    for name, tensor in stored.items():
        kind, slash, place = name.partition("/")
        if slash:
            number = _place(place, 2**32)
            if kind not in fields or number is None:
                refuse("columns.table", f"there is no column {name}: leave it out")
            found[kind, number] = tensor
    return found


def _judge_bits(columns: Columns, field: Field) -> None:
    """At most one bit a number, each with what it says; zero in the column where the bit is not set."""
    bits, numbers = columns.bits(field), columns.numbers(field)
    if np.any((bits != 0) & (bits != IN_COLUMN) & (bits != AS_TENSOR) & (bits != AS_TEXT)):
        refuse("columns.table", f"a number of {field.name} is stated in two places: write the file anew")
    inside = bits == IN_COLUMN
    if np.any(inside) and field.name not in columns.arrays:
        refuse("columns.table", f"column {field.name} is missing, although its bits are set: write the file anew")
    if np.any(numbers.view(np.uint64)[~inside]):
        refuse("columns.table", f"column {field.name} has a number where its bit is not set: write the file anew")
    if has_odd_nan(numbers):
        refuse("columns.table", f"column {field.name} has a NaN with other bits than 0x7ff8000000000000")
    for kept, bit, word in ((columns.tensors, AS_TENSOR, "tensor"), (columns.texts, AS_TEXT, "text")):
        places = sorted(place for name, place in kept if name == field.name)
        if places != np.flatnonzero(bits == bit).tolist():
            refuse("columns.table", f"bits of {field.name} and its {word}s disagree: write the file anew")
