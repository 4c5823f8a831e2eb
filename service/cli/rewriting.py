"""Verbs that turn documents into documents: to standard output, to a file, or in place."""

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ...schema import ChainruleError, Document, UsageError
from ..atomic import replacing
from ..forms import COLUMNS, written_as
from ..sources import Source
from . import exits
from .each import each
from .printing import ColumnFile, Documents, Form
from .reading import named

Change = Callable[[Source], Document]

#: Destinations that are standard output.
_STDOUT = (None, "-")


def rewrite(
    given: Iterable[Source | ChainruleError], change: Change, *, form: Form, destination: str | None, in_place: bool
) -> int:
    """Change every document and write it where it was asked for; the exit code."""
    if in_place and destination is not None:
        raise UsageError("-i writes every file where it stands, -o writes all to one file: give one of them")
    if in_place:
        return each(_files(given), lambda source: _in_place(source, change), lines=True)
    with opened(destination) as stream:
        columns = destination is not None and destination.endswith(COLUMNS)
        documents = ColumnFile(stream, destination or "") if columns else Documents(stream, form)
        code = each(given, lambda source: _write(documents, source, change), lines=destination not in _STDOUT)
        documents.close()
    return code


@contextmanager
def opened(destination: str | None) -> Generator[BinaryIO]:
    """The file that takes the results, or standard output."""
    if destination is None or destination in _STDOUT:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with replacing(Path(destination)) as stream:
            yield stream


def _write(documents: Documents | ColumnFile, source: Source, change: Change) -> int:
    with named(source.name):
        documents.write(change(source), many=source.many)
    return exits.NOTHING_AGAINST


def _files(given: Iterable[Source | ChainruleError]) -> Iterator[Source | ChainruleError]:
    """The sources that are files of their own; what is not is refused once, however many documents it holds."""
    refused: set[str] = set()
    for source in given:
        if isinstance(source, ChainruleError) or source.path is not None:
            yield source
        elif source.container not in refused:
            refused.add(source.container)
            yield UsageError(f"{source.container}: only a file of one document can be rewritten in place: use -o FILE")


def _in_place(source: Source, change: Change) -> int:
    assert source.path is not None
    with named(source.name):
        written = written_as(change(source), source.path)
    with replacing(source.path) as stream:
        stream.write(written)
    return exits.NOTHING_AGAINST
