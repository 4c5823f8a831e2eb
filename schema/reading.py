"""Reading: bytes to a document, by the stages of format.md 3."""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from .annotation import Annotations
from .assignment import Assignment
from .blob import Resolver, provide
from .collector import collector_off
from .document import Document, Graph
from .errors import DocumentError
from .grade import Grade
from .limits import DEFAULT, Limits
from .problem import Problem
from .report import Report
from .stages.header import judge_header
from .stages.text import GZIP, is_column_file, parse

#: Bytes of a line that is too long, read and dropped in one step.
_SKIPPED_AT_ONCE = 1 << 20

_MODELS: dict[str, type[Document]] = {
    "graph": Graph,
    "annotations": Annotations,
    "assignment": Assignment,
    "report": Report,
    "grade": Grade,
}


def read(
    data: bytes,
    *,
    source: str | None = None,
    kind: str | None = None,
    limits: Limits = DEFAULT,
    blobs: Resolver | None = None,
) -> Document:
    """The document that the bytes are, inflated first if they are gzip, JSON or columns; stages 1 to 5.

    ``source`` is the file's name for messages, ``kind`` the one kind that the caller can use, ``blobs`` gives the
    files that tensors may stand in, by digest.
    Raises DocumentError with the problems of the first stage that finds any.
    """
    try:
        with collector_off():
            if is_column_file(data):
                return _columns(data, kind, limits, blobs)
            value = parse(data, limits)
            model = _MODELS[judge_header(value, kind)]
            return model.from_object(value if blobs is None else provide(value, blobs), limits)
    except DocumentError as error:
        error.source = source
        raise


def _columns(data: bytes, kind: str | None, limits: Limits, blobs: Resolver | None) -> Graph:
    # Documents in JSON need no arrays.
    from .columns import unpack

    return unpack(data, limits, kind, blobs)


def read_lines(
    data: bytes | BinaryIO,
    *,
    source: str | None = None,
    kind: str | None = None,
    limits: Limits = DEFAULT,
    blobs: Resolver | None = None,
) -> Iterator[tuple[int, Document | DocumentError]]:
    """Each line's number, from 1, with its document or why it cannot be read; lines of white space are skipped.

    Every line is read alone, and one that is too long is never held in memory. Gzip is inflated on the way.
    """
    number = 0
    lines = _lines(io.BytesIO(data) if isinstance(data, bytes) else data, limits)
    while (line := _next_line(lines)) is not None:
        number += 1
        if isinstance(line, DocumentError):
            line.source = _line_name(source, number)
            yield number, line
        elif line:
            yield number, _read_line(line, _line_name(source, number), kind, limits, blobs)


def _line_name(source: str | None, number: int) -> str:
    return f"{source}:{number}" if source else str(number)


def _read_line(
    line: bytes, name: str, kind: str | None, limits: Limits, blobs: Resolver | None
) -> Document | DocumentError:
    try:
        return read(line, source=name, kind=kind, limits=limits, blobs=blobs)
    except DocumentError as error:
        return error


def _next_line(lines: Iterator[bytes | DocumentError]) -> bytes | DocumentError | None:
    try:
        return next(lines, None)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return _refusal("json.syntax", "the gzip data are damaged or end too early: compress the file again")


def _lines(stream: BinaryIO, limits: Limits) -> Iterator[bytes | DocumentError]:
    """Each line without its end, empty if it is white space; a refusal in place of one that is too long."""
    buffered: Any = stream if hasattr(stream, "peek") else io.BufferedReader(cast(Any, stream))
    if buffered.peek(2).startswith(GZIP):
        buffered = gzip.GzipFile(fileobj=buffered)
    while line := buffered.readline(limits.bytes + 2):
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        if len(content) > limits.bytes:
            while not line.endswith(b"\n") and (line := buffered.readline(_SKIPPED_AT_ONCE)):
                pass
            yield _refusal("limit.bytes", f"the line has more than {limits.bytes} bytes: split it, or raise the limit")
        else:
            yield content if content.strip() else b""


def _refusal(code: str, message: str) -> DocumentError:
    return DocumentError((Problem(code=code, at="", message=message),))
