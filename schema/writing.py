"""Writing: a document to bytes, its numbers as they were written."""

import json
from collections.abc import Sequence
from typing import Any

import orjson

from .document import Document

#: Fields with one entry a line.
_BLOCKS = ("nodes", "functions", "groups")


def dump(document: Document, *, indent: bool = True) -> bytes:
    """The document as UTF-8 JSON, `chainrule` and `kind` first; with ``indent``, a line for each field and node."""
    fields = document.written()
    if not indent:
        return orjson.dumps(fields)
    lines = [f"{_line(name)}: {_block(value) if name in _BLOCKS else _line(value)}" for name, value in fields.items()]
    return ("{\n  " + ",\n  ".join(lines) + "\n}\n").encode()


def _block(entries: Sequence[Any] | dict[str, Any]) -> str:
    """One entry a line: the rows of a graph, or what is stated by id or name."""
    if not isinstance(entries, dict):
        opening, closing, lines = "[", "]", [_line(entry) for entry in entries]
    else:
        opening, closing, lines = "{", "}", [f"{_line(name)}: {_line(entry)}" for name, entry in entries.items()]
    return opening + "\n    " + ",\n    ".join(lines) + "\n  " + closing if lines else opening + closing


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
