"""How results are printed: documents alone, in an array or one a line; and errors, one line each."""

import sys
from collections.abc import Iterable
from typing import BinaryIO, Literal

import orjson

from ...schema import ChainruleError, Document, DocumentError, UsageError, dump
from ..forms import written_as

Form = Literal["text", "json", "ndjson"]


class Documents:
    """Documents to one stream; `close` ends what was begun. The first one tells whether there may be others."""

    def __init__(self, stream: BinaryIO, form: Form) -> None:
        self._stream = stream
        self._form = form
        self._array = False

    def write(self, document: Document, *, many: bool) -> None:
        """Print the next document; `many` if others may follow."""
        if self._form == "ndjson":
            self._stream.write(dump(document, indent=False) + b"\n")
        elif self._form == "text" or (not many and not self._array):
            self._stream.write(dump(document))
        else:
            self._stream.write((b",\n" if self._array else b"[\n") + dump(document, indent=False))
            self._array = True

    def close(self) -> None:
        """End the array, if there is one."""
        if self._array:
            self._stream.write(b"\n]\n")


class ColumnFile:
    """One graph to a stream, in columns."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self._written = False

    def write(self, document: Document, *, many: bool) -> None:
        """Write the document; UsageError for a second one."""
        if self._written:
            raise UsageError(f"{self._name}: a column file holds one graph: give each its own")
        self._stream.write(written_as(document, self._name))
        self._written = True

    def close(self) -> None:
        """Nothing is left to be ended."""


def print_error(error: ChainruleError) -> None:
    """Say on standard error what cannot be done."""
    print_lines(error_lines(error))


def error_lines(error: ChainruleError) -> list[str]:
    """What cannot be done, a problem of a document a line."""
    return [line if isinstance(error, DocumentError) else f"chainrule: {line}" for line in str(error).splitlines()]


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on standard error."""
    for line in lines:
        print(line, file=sys.stderr)


def print_json(value: object) -> None:
    """Print JSON values for people to read."""
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
