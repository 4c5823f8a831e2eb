"""Stages 1 and 2: bytes to one JSON object (format.md 1 and 20)."""

import json
import zlib
from collections import Counter
from typing import Any, NoReturn

import orjson

from ..errors import DocumentError
from ..jsontypes import is_list, is_object
from ..limits import Limits
from ..nesting import nesting, text_nesting
from ..pointer import pointer
from ..problem import Problem
from ..wording import shown

#: How gzip data begin, and no JSON text does.
GZIP = b"\x1f\x8b"

#: zlib's window bits for the gzip container.
_GZIP_CONTAINER = 31


def parse(data: bytes, limits: Limits) -> dict[str, Any]:
    """The JSON object that the bytes are, inflated first if they are gzip; DocumentError with one problem."""
    text = inflate(data, limits) if data.startswith(GZIP) else data
    if len(text) > limits.bytes:
        _refuse("limit.bytes", f"the document has more than {limits.bytes} bytes: split it, or raise the limit")
    if is_column_file(text):
        _refuse("columns.container", "a column file (*.cr.safetensors) within another form: give the file itself")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        _refuse_text(text, error, limits)
    _census(text, value, limits)
    if not is_object(value):
        _refuse("json.not_object", f"the document is {shown(value)}; a document is an object that begins with {{")
    return value


def is_column_file(data: bytes) -> bool:
    """True for safetensors: eight bytes of the header's length, with zeros among them that no text has there.

    Gzip without a time has them too.
    """
    return len(data) > 8 and data[4:7] == bytes(3) and not data.startswith(GZIP)


def inflate(data: bytes, limits: Limits) -> bytes:
    """What gzip members hold, never more than one byte beyond the limit."""
    parts: list[bytes] = []
    room = limits.bytes + 1
    while data and room > 0:
        part, data = _member(data, room)
        parts.append(part)
        room -= len(part)
    return b"".join(parts)


def _member(data: bytes, room: int) -> tuple[bytes, bytes]:
    inflater = zlib.decompressobj(_GZIP_CONTAINER)
    try:
        part = inflater.decompress(data, room)
    except zlib.error:
        _refuse("json.syntax", "the gzip data are damaged: compress the document again")
    if not inflater.eof and len(part) < room:
        _refuse("json.syntax", "the gzip data end too early: compress the document again")
    return part, inflater.unused_data


def depth_problem(limits: Limits) -> Problem:
    """What is said of a document that is nested too deep, in place of everything else."""
    return Problem(
        code="json.depth",
        at="",
        message=f"the document is nested more than {limits.depth} deep; no valid document is: look for [ or {{",
    )


def _refuse(code: str, message: str, at: str = "", line: int | None = None, column: int | None = None) -> NoReturn:
    raise DocumentError((Problem(code=code, at=at, message=message, line=line, column=column),))


def _refuse_text(text: bytes, error: orjson.JSONDecodeError, limits: Limits) -> NoReturn:
    """Name the first of: not UTF-8, too deep before the error, a number beyond all doubles, bad syntax."""
    try:
        characters = text.decode("utf-8")
    except UnicodeDecodeError as bad:
        line = text.count(b"\n", 0, bad.start) + 1
        _refuse("json.syntax", f"byte {bad.start} is not UTF-8: save the document as UTF-8 without BOM", line=line)
    if text_nesting(characters[: error.pos + 1].encode()) > limits.depth:
        raise DocumentError((depth_problem(limits),))
    if "infinity" in error.msg and _is_json(characters):
        message = 'a number is beyond all doubles: write "Infinity", or a decimal string'
        _refuse("json.number_overflow", message, line=error.lineno, column=error.colno)
    message = f"line {error.lineno}, column {error.colno} is no JSON ({error.msg.partition(':')[0]}): mend the text"
    _refuse("json.syntax", message, line=error.lineno, column=error.colno)


def _is_json(characters: str) -> bool:
    """Whether the text is JSON, apart from numbers that are too great."""
    try:
        json.loads(characters, parse_constant=_refuse_constant, parse_int=float)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _census(text: bytes, value: Any, limits: Limits) -> None:
    """Refuse duplicate keys: the parser keeps the last, so the text has strings that the value has not."""
    try:
        again = orjson.dumps(value)
    except TypeError:
        # Deeper than the writer of JSON can go, so deeper than any document.
        raise DocumentError((depth_problem(limits),)) from None
    if _quotes(text) == _quotes(again):
        return
    if nesting(value) > limits.depth:
        raise DocumentError((depth_problem(limits),))
    path = _second_key(json.loads(text, object_pairs_hook=_marked))
    _refuse("json.duplicate_key", f"the key {shown(path[-1])} stands twice in one object: keep one", pointer(path))


def is_census_even(text: bytes, value: Any) -> bool:
    """Whether the text holds no more strings than the value that it was parsed to: no object states a key twice."""
    try:
        return _quotes(text) == _quotes(orjson.dumps(value))
    except TypeError:
        # Deeper than the writer of JSON can go.
        return False


def _quotes(text: bytes) -> int:
    """How many quotation marks delimit strings."""
    if b"\\" not in text:
        return text.count(b'"')
    plain = text.replace(b"\\\\", b"")
    return plain.count(b'"') - plain.count(b'\\"')


class _Marked(dict[str, Any]):
    """An object of which the text states a key twice."""

    twice: str


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = _Marked(pairs)
    if len(value) == len(pairs):
        return dict(pairs)
    value.twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
    return value


def _second_key(value: Any) -> list[str | int]:
    """The path to the first key that an object states twice."""
    trail: list[tuple[list[str | int], Any]] = [([], value)]
    while trail:
        path, here = trail.pop()
        if isinstance(here, _Marked):
            return [*path, here.twice]
        children = here.items() if is_object(here) else enumerate(here) if is_list(here) else ()
        trail.extend(reversed([([*path, key], child) for key, child in children]))
    raise AssertionError("the census counts a duplicate key that is not there")
