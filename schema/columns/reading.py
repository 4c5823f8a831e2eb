"""Reading columns: the container, the tables, and then the document by the stages that every document passes.

Most large graphs are plain: scalars of float64 with ids of one segment and ops without attributes. Whole-array
operations judge those, and their rows are made when somebody looks at them. Everything else, wrong or only unusual, is
made into rows at once and left to the stages: the short way MUST NOT accept what they refuse.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, cast

import numpy as np

from ..blob import Resolver, provide
from ..container import Stored, open_header
from ..document import Graph
from ..dtype import DEFAULT_DTYPE
from ..jsontypes import is_list, is_object
from ..limits import Limits
from ..node import LEAVES, Node
from ..number_faults import Fault
from ..stages.header import judge_header, judge_version
from ..stages.plain import gates_without_attributes
from ..stages.text import parse
from ..structure import Structure
from .layout import AS_TENSOR, AS_TEXT, FIELDS, IN_COLUMN, METADATA, Field
from .numbers import all_from_column, from_column, is_number_of
from .rows import LazyRows
from .table import Columns, judged, refuse

#: Ids that any reader takes: identifiers of at most 64 characters, a line each.
_PLAIN_IDS = re.compile(rb"(?:[A-Za-z_][A-Za-z0-9_]{0,63}\n)*")

_ONE_ID = re.compile(r"n(0|[1-9][0-9]*)")


def unpack(content: bytes, limits: Limits, kind: str | None = None, blobs: Resolver | None = None) -> Graph:
    """The graph of a column file; DocumentError with the first thing that is wrong with it.

    ``kind`` is the one kind that the caller can use, ``blobs`` gives the files that tensors may stand in.
    """
    if len(content) > limits.bytes:
        refuse("limit.bytes", f"the file has more than {limits.bytes} bytes: split it, or raise the limit")
    opened = _sound(open_header(content))
    if set(opened.metadata) != set(METADATA):
        # What is no container of tensors either is told that first.
        _sound(opened.tensors())
        refuse("columns.header", "the metadata must have exactly chainrule, kind and doc: write the file anew")
    document = _document(opened.metadata, limits, kind)
    tensors = _sound(opened.tensors())
    columns = judged(document.pop("columns", None), tensors)
    if columns.count > limits.nodes:
        refuse("limit.nodes", f"the graph has {columns.count} nodes; at most {limits.nodes} are read: raise the limit")
    structure = _plain(document, columns, limits)
    if structure is None:
        found: Any = {**document, "nodes": rows_of(columns, _ids(columns), document.get("dtype"))}
        return Graph.from_object(found if blobs is None else provide(found, blobs), limits)
    lazy = LazyRows(columns.count, lambda: rows_of(columns, structure().ids, None))
    short = Graph.from_object({**document, "nodes": _STAND_IN, "outputs": [{"node": "n0"}]}, limits)
    return short.over(cast(list[Node], lazy), _outputs(document), structure)


_STAND_IN = [{"id": "n0", "op": "input"}]


def _sound(found: Any) -> Any:
    if isinstance(found, Fault):
        refuse(found.code, found.expected)
    return found


def _document(metadata: Mapping[str, str], limits: Limits, kind: str | None) -> dict[str, Any]:
    """The document without its rows, whose header was judged and stands in the metadata too."""
    judge_version({name: metadata[name] for name in ("chainrule", "kind")}, kind)
    document = parse(metadata["doc"].encode(), limits)
    judge_header(document, kind)
    if document["kind"] != "graph":
        refuse("kind.unexpected", f"columns hold a graph, and this says {document['kind']}: write it as JSON")
    if any(document[name] != metadata[name] for name in ("chainrule", "kind")):
        refuse("columns.header", "chainrule and kind of the metadata are not those of doc: write the file anew")
    if "nodes" in document:
        refuse("columns.table", "doc states nodes, which the columns hold: leave them out")
    return document


# --- the short way ---------------------------------------------------------------------------------------------------


def _plain(document: dict[str, Any], columns: Columns, limits: Limits) -> Callable[[], Structure] | None:
    """What makes the structure of a plain graph in which nothing is wrong; None if the stages must judge it."""
    if document.get("dtype") not in (None, DEFAULT_DTYPE) or document.get("functions") or document.get("groups"):
        return None
    if columns.attrs or columns.dtypes or columns.beside or columns.texts or columns.tensors:
        return None
    if columns.ids is not None and not (_PLAIN_IDS.fullmatch(columns.ids) and _are_distinct(columns)):
        return None
    if not _are_plain_gates(columns, document["opset"]["core"], limits) or not _are_plain_numbers(columns):
        return None
    return _laid_out(document, columns)


def _are_distinct(columns: Columns) -> bool:
    assert columns.ids is not None
    ids = columns.ids.split(b"\n")
    return len(ids) == columns.count + 1 and len(set(ids)) == columns.count + 1


def _are_plain_gates(columns: Columns, opset: int, limits: Limits) -> bool:
    """Leaves without operands, a value on every constant, and gates whose ops take no attributes."""
    gates, arities = gates_without_attributes(opset), np.diff(columns.ptr)
    leaf = np.array([op in LEAVES for op in columns.ops])
    if not all(op in gates or op in LEAVES for op in columns.ops) or len(set(columns.ops)) != len(columns.ops):
        return False
    if arities.max(initial=0) > limits.fan_in or np.any(arities[leaf[columns.op]] != 0):
        return False
    constant = np.array([op == "const" for op in columns.ops])[columns.op]
    return bool(np.all(columns.bits(FIELDS[0])[constant] != 0))


def _are_plain_numbers(columns: Columns) -> bool:
    return all(bool(np.all(np.isfinite(columns.numbers(field)))) for field in FIELDS)


def _laid_out(document: dict[str, Any], columns: Columns) -> Callable[[], Structure] | None:
    """A function that makes the structure, once the outputs were found to be sound."""
    outputs = document.get("outputs")
    graded = any(np.any(columns.bits(field)) for field in (FIELDS[1], FIELDS[3]))
    positions = _positions(outputs, columns, graded) if is_list(outputs) else None
    return None if positions is None else lru_cache(1)(partial(_structure, columns, positions))


def _positions(outputs: list[Any], columns: Columns, graded: bool) -> list[int] | None:
    """Where the outputs stand; None if the stages must judge them."""
    if not outputs or not all(is_object(one) and {"node"} <= set(one) <= {"node", "seed"} for one in outputs):
        return None
    names = [one["node"] for one in outputs]
    seeds = [one["seed"] for one in outputs if "seed" in one]
    if len(seeds) not in (0, len(outputs)) or (graded and not seeds and len(outputs) > 1):
        return None
    if not all(type(seed) in (int, float) for seed in seeds):
        return None
    positions = [place for name in names if (place := _position(name, columns)) is not None]
    return positions if len(set(positions)) == len(outputs) else None


def _position(name: Any, columns: Columns) -> int | None:
    if not isinstance(name, str):
        return None
    if columns.ids is None:
        found = _ONE_ID.fullmatch(name)
        return int(found[1]) if found and int(found[1]) < columns.count else None
    lines = b"\n" + columns.ids
    place = lines.find(b"\n" + name.encode() + b"\n")
    return None if place < 0 else lines.count(b"\n", 0, place + 1) - 1


def _structure(columns: Columns, positions: list[int]) -> Structure:
    ids = _ids(columns)
    codes: list[int] = columns.op.tolist()
    ops = [columns.ops[code] for code in codes]
    index = dict(zip(ids, range(columns.count), strict=True))
    return Structure(ids, index, ops, _operands(columns), [DEFAULT_DTYPE] * columns.count, positions)


def _outputs(document: Mapping[str, Any]) -> list[Any]:
    return document["outputs"]


# --- rows ------------------------------------------------------------------------------------------------------------


def _ids(columns: Columns) -> list[str]:
    if columns.ids is None:
        return [f"n{place}" for place in range(columns.count)]
    try:
        lines = columns.ids.decode().split("\n")
    except UnicodeDecodeError:
        refuse("columns.text", "ids are not UTF-8: write the file anew")
    if len(lines) != columns.count + 1 or lines[-1]:
        refuse("columns.text", f"ids are not {columns.count} lines: write the file anew")
    return lines[:-1]


def _operands(columns: Columns) -> list[tuple[int, ...]]:
    edges: list[int] = columns.idx.tolist()
    ends: list[int] = columns.ptr.tolist()
    return [tuple(edges[start:end]) for start, end in pairwise(ends)]


def rows_of(columns: Columns, ids: Sequence[str], dtype: str | None) -> list[Node]:
    """The rows as dicts, fields in the format's order."""
    ops, edges, ends = columns.op.tolist(), columns.idx.tolist(), columns.ptr.tolist()
    rows: list[dict[str, Any]] = []
    for place, op in enumerate(ops):
        row: dict[str, Any] = {"id": ids[place], "op": columns.ops[op]}
        if ends[place] != ends[place + 1]:
            row["inputs"] = [ids[k] for k in edges[ends[place] : ends[place + 1]]]
        rows.append(row)
    _add_tables(rows, columns)
    dtypes = [row.get("dtype") or dtype or DEFAULT_DTYPE for row in rows]
    for field in FIELDS:
        if field.on_edges:
            _add_slots(rows, columns, field, dtypes)
        else:
            for place, raw in _stated(columns, field, dtypes):
                rows[place][field.name] = raw
    for place, fields in columns.beside.items():
        rows[place] |= fields
    return cast(list[Node], rows)


def _add_tables(rows: list[dict[str, Any]], columns: Columns) -> None:
    for column, table, name in (("attr", columns.attrs, "attrs"), ("dtype", columns.dtypes, "dtype")):
        if column in columns.arrays:
            for place in np.flatnonzero(columns.arrays[column]).tolist():
                rows[place][name] = table[int(columns.arrays[column][place]) - 1]


def _add_slots(rows: list[dict[str, Any]], columns: Columns, field: Field, dtypes: Sequence[str]) -> None:
    gates = np.repeat(np.arange(columns.count), np.diff(columns.ptr))
    wires = gates if field.name == "local" else columns.idx
    ends = columns.ptr.tolist()
    of_edge = [dtypes[wire] for wire in wires.tolist()]
    for edge, raw in _stated(columns, field, of_edge):
        gate = int(gates[edge])
        entries = rows[gate].setdefault(field.name, [None] * (ends[gate + 1] - ends[gate]))
        entries[edge - ends[gate]] = raw


def _stated(columns: Columns, field: Field, dtypes: Sequence[str]) -> list[tuple[int, Any]]:
    """Place and number of everything that is stated of one kind."""
    bits, numbers = columns.bits(field), columns.numbers(field)
    inside = np.flatnonzero(bits == IN_COLUMN)
    if set(dtypes) <= {DEFAULT_DTYPE}:
        found: list[tuple[int, Any]] = list(zip(inside.tolist(), all_from_column(numbers[inside]), strict=True))
    else:
        found = [(place, _number(float(numbers[place]), dtypes[place], field)) for place in inside.tolist()]
    found += [(place, columns.texts[field.name, place]) for place in np.flatnonzero(bits == AS_TEXT).tolist()]
    tensors = [(place, columns.tensors[field.name, place]) for place in np.flatnonzero(bits == AS_TENSOR).tolist()]
    return found + [(place, _tensor(tensor, dtypes[place], field)) for place, tensor in tensors]


def _number(number: float, dtype: str, field: Field) -> Any:
    if not is_number_of(number, dtype):
        refuse("columns.table", f"column {field.name} holds {number}, and the wire is {dtype}: write the file anew")
    return from_column(number, dtype)


def _tensor(tensor: Stored, dtype: str, field: Field) -> Any:
    if tensor.dtype != dtype:
        refuse(
            "columns.table", f"a tensor of {field.name} is {tensor.dtype}, and its wire {dtype}: write the file anew"
        )
    return {"shape": list(tensor.shape), "b64": base64.b64encode(tensor.data).decode()}
