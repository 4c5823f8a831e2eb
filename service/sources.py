"""What a path argument means: a file, a folder, a pattern, or `-` for standard input; each yields named documents."""

import glob
import gzip
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from ..schema import DEFAULT, UsageError
from ..schema.wording import nearest, nearest_clause, shown
from .patterns import matches

#: How the names of documents end, and which of them hold one document a line.
ENDINGS = (".cr.json", ".cr.jsonl", ".cr.json.gz", ".cr.jsonl.gz", ".cr.safetensors")
_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")

STANDARD_INPUT = "-"

#: How gzip data begin.
PACKED = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one document under the name that messages use.

    `path` is the file that holds this document and nothing else; `many` says that there may be others.
    """

    name: str
    data: bytes
    path: Path | None = None
    many: bool = False

    @property
    def container(self) -> str:
        """The name without the number of a line: the file that holds the document, maybe beside others."""
        head, _, line = self.name.rpartition(":")
        return head if self.many and self.path is None and line.isdigit() else self.name


def sources(arguments: Sequence[str]) -> Iterator[Source | UsageError]:
    """The documents that the arguments name, in their order, each read when its turn comes.

    What cannot be read is yielded as the error that says so, and the others still come.
    """
    many = len(arguments) > 1
    for argument in arguments:
        if argument.lstrip().startswith("{"):
            yield UsageError(f"{shown(argument)} is a document and no path: give it on standard input, which is -")
            continue
        try:
            yield from _standard_input(many=many) if argument == STANDARD_INPUT else _named(argument, many=many)
        except OSError as error:
            yield UsageError(f"{argument}: cannot be read: {_cause(error)}")


def _named(argument: str, *, many: bool) -> Iterator[Source | UsageError]:
    path = Path(argument)
    if path.is_dir():
        yield from _files(_in_folder(path), UsageError(f"{argument}: the folder holds no {_alternatives()}"))
    elif path.exists():
        yield from _file(path, many=many)
    elif glob.has_magic(argument):
        yield from _files(matches(argument), UsageError(f"{argument}: no file matches the pattern"))
    else:
        yield _missing(path)


def _in_folder(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.cr.*")) if path.name.endswith(ENDINGS) and path.is_file())


def _files(paths: Iterable[Path], otherwise: UsageError) -> Iterator[Source | UsageError]:
    found = False
    for path in paths:
        found = True
        yield from _file(path, many=True)
    if not found:
        yield otherwise


def _file(path: Path, *, many: bool) -> Iterator[Source | UsageError]:
    try:
        if path.name.endswith(_LINES):
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
                yield from _lines(_numbered(stream), str(path))
        else:
            yield Source(str(path), _whole(path), path=path, many=many)
    except (OSError, EOFError) as error:
        yield UsageError(f"{path}: cannot be read: {_cause(error)}")


def _standard_input(*, many: bool) -> Iterator[Source | UsageError]:
    """One document, or one a line if the first line is whole and others follow."""
    stream = sys.stdin.buffer
    lines = _numbered(stream)
    number, first = next(lines, (1, b""))
    if not (first.lstrip().startswith(b"{") and first.rstrip().endswith(b"}")):
        # The empty lines above keep the line numbers of messages right.
        yield Source(STANDARD_INPUT, b"\n" * (number - 1) + first + _limited(stream), many=many)
        return
    second = next(lines, None)
    if second is None:
        yield Source(STANDARD_INPUT, first, many=many)
    else:
        yield from _lines(chain(((number, first), second), lines), STANDARD_INPUT)


def _lines(numbered: Iterable[tuple[int, bytes]], name: str) -> Iterator[Source]:
    for number, line in numbered:
        yield Source(f"{name}:{number}", line.rstrip(b"\r\n"), many=True)


def _numbered(stream: BinaryIO | gzip.GzipFile) -> Iterator[tuple[int, bytes]]:
    """Lines that are not empty. One above the limit is cut one byte beyond it, so that reading refuses it."""
    number = 0
    while line := stream.readline(DEFAULT.bytes + 1):
        number += 1
        if line.strip():
            yield number, line
        while line and not line.endswith(b"\n"):
            line = stream.readline(1 << 20)


def _whole(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = _limited(stream)
    if path.suffix == ".gz" and not data.startswith(PACKED):
        raise gzip.BadGzipFile("the name ends in .gz, and this is no gzip")
    return data


def _limited(stream: BinaryIO) -> bytes:
    """No more than what already is too much."""
    return stream.read(DEFAULT.bytes + 1)


def _missing(path: Path) -> UsageError:
    try:
        beside = [other.name for other in path.parent.iterdir()]
    except OSError:
        return UsageError(f"{path}: there is no folder {path.parent}")
    return UsageError(f"{path}: no file or folder has this name{nearest_clause(nearest(path.name, beside))}")


def _cause(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _alternatives() -> str:
    return " or ".join(f"*{ending}" for ending in ENDINGS)
