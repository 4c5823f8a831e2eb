"""Writing: a graph document as columns."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from ..blob import Blob
from ..container import Stored, write_container
from ..document import Graph
from ..jsontypes import is_object
from ..node import Node
from ..stages.fields import row_dtype
from .layout import AS_TENSOR, AS_TEXT, COLUMNS, FIELDS, IN_COLUMN, NUMPY, Field
from .numbers import to_column

#: Fields of rows that have no column and stand beside them.
_BESIDE = ("label", "shape", "surrogate", "sample", "ext")


def pack(graph: Graph) -> bytes:
    """The container of the graph; reading it gives a document with the same three digests."""
    packing = _Packing(graph)
    packing.structure()
    packing.numbers()
    return packing.written()


class _Packing:
    """The columns as they fill, and the tables beside them."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.rows, self.operands = graph, graph.nodes, graph.structure.operands
        self.dtypes = [row_dtype(row, graph.dtype) for row in self.rows]
        self.tensors: dict[str, Stored] = {}
        self.edges = sum(map(len, self.operands))
        self.tables: dict[str, Any] = {"nodes": len(self.rows), "edges": self.edges}

    # --- structure ---------------------------------------------------------------------------------------------------

    def structure(self) -> None:
        """Ops, operands, ids, attributes, dtypes, and what rows state besides."""
        ops = list(dict.fromkeys(row["op"] for row in self.rows))
        self.tables["ops"] = ops
        codes = {op: code for code, op in enumerate(ops)}
        self._column("op", [codes[row["op"]] for row in self.rows])
        self._column("ptr", np.cumsum([0, *map(len, self.operands)]))
        self._column("idx", [k for read in self.operands for k in read])
        ids = [row["id"] for row in self.rows]
        if ids != [f"n{place}" for place in range(len(ids))]:
            self._bytes("ids", "".join(f"{name}\n" for name in ids).encode())
        self._table("attr", "attrs", [row.get("attrs") or None for row in self.rows])
        self._table("dtype", "dtypes", [row.get("dtype") for row in self.rows])
        beside = {str(place): found for place, row in enumerate(self.rows) if (found := _beside(row))}
        if beside:
            self.tables["rows"] = beside

    def _table(self, column: str, table: str, entries: Sequence[Any]) -> None:
        """A column of places in a table, from 1; nothing where no row has an entry."""
        places: dict[bytes, int] = {}
        found = [0 if entry is None else places.setdefault(orjson.dumps(entry), len(places) + 1) for entry in entries]
        if places:
            self.tables[table] = [orjson.loads(entry) for entry in places]
            self._column(column, found)

    # --- numbers -----------------------------------------------------------------------------------------------------

    def numbers(self) -> None:
        """The columns of numbers, tensors and texts."""
        has = {False: np.zeros(len(self.rows), np.uint8), True: np.zeros(self.edges, np.uint8)}
        texts: list[tuple[int, int, bytes]] = []
        for field in FIELDS:
            column = np.zeros(has[field.on_edges].size)
            for place, raw, dtype in self._stated(field):
                bit = self._put(field, place, raw, dtype, column, texts)
                has[field.on_edges][place] |= bit << field.shift
            if np.any(has[field.on_edges] & (IN_COLUMN << field.shift)):
                self._column(field.name, column)
        for on_edges, name in ((False, "has"), (True, "edge_has")):
            if np.any(has[on_edges]):
                self._column(name, has[on_edges])
        if texts:
            self._column("text_of", [code for code, _, _ in texts])
            self._column("text_at", [place for _, place, _ in texts])
            self._bytes("text", b"".join(text + b"\n" for _, _, text in texts))

    def _stated(self, field: Field) -> Iterator[tuple[int, Any, str]]:
        """Place, number and dtype of everything that is stated of one kind."""
        if not field.on_edges:
            for place, row in enumerate(self.rows):
                if field.name in row:
                    yield place, row[field.name], self.dtypes[place]
            return
        edge = 0
        for place, row in enumerate(self.rows):
            entries = row.get(field.name) or ()
            for port, raw in enumerate(entries):
                if raw is not None:
                    wire = place if field.name == "local" else self.operands[place][port]
                    yield edge + port, raw, self.dtypes[wire]
            edge += len(self.operands[place])

    def _put(self, field: Field, place: int, raw: Any, dtype: str, column: Any, texts: list[Any]) -> int:
        """Store one number; the bit that says where."""
        number = to_column(raw, dtype)
        if number is not None:
            column[place] = number
            return IN_COLUMN
        if is_object(raw) and not isinstance(raw, Blob):
            shape: list[int] = raw["shape"]
            self.tensors[f"{field.name}/{place}"] = Stored(dtype, tuple(shape), base64.b64decode(raw["b64"]))
            return AS_TENSOR
        texts.append((field.code, place, orjson.dumps(raw)))
        return AS_TEXT

    # --- the file ----------------------------------------------------------------------------------------------------

    def _column(self, name: str, numbers: Any) -> None:
        array = np.asarray(numbers, dtype=NUMPY[COLUMNS[name]])
        self.tensors[name] = Stored(COLUMNS[name], array.shape, array.tobytes())

    def _bytes(self, name: str, content: bytes) -> None:
        self.tensors[name] = Stored(COLUMNS[name], (len(content),), content)

    def written(self) -> bytes:
        """The container."""
        document = self.graph.header_written() | {"columns": self.tables}
        texts = {"chainrule": self.graph.chainrule, "kind": self.graph.kind, "doc": orjson.dumps(document).decode()}
        return write_container(texts, self.tensors)


def _beside(row: Node) -> Mapping[str, Any]:
    return {name: value for name, value in row.items() if name in _BESIDE}
