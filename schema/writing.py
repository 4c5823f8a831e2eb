"""Writing: a document to bytes, its numbers as they were written."""

import json
from typing import Any

import orjson

from .document import Document


def dump(document: Document, *, indent: bool = True) -> bytes:
    """The document as UTF-8 JSON, `chainrule` and `kind` first; with ``indent``, one line a field and a node."""
    fields = document.written()
    if not indent:
        return orjson.dumps(fields)
    lines = [f"{_line(name)}: {_block(value) if name == 'nodes' else _line(value)}" for name, value in fields.items()]
    return ("{\n  " + ",\n  ".join(lines) + "\n}\n").encode()


def _block(nodes: list[Any] | dict[str, Any]) -> str:
    """One node a line: the rows of a graph, or claims by id."""
    if isinstance(nodes, list):
        opening, closing, lines = "[", "]", [_line(row) for row in nodes]
    else:
        opening, closing, lines = "{", "}", [f"{_line(name)}: {_line(claims)}" for name, claims in nodes.items()]
    return opening + "\n    " + ",\n    ".join(lines) + "\n  " + closing if lines else opening + closing


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
