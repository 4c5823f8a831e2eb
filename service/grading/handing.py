"""What was handed in: files, folders, a file with one submission a line, standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ...schema import UsageError
from .classes import Handed

#: How the files of submissions end in a folder.
ENDINGS = (".json", ".csv", ".jsonl")

#: One byte more than a submission may have is enough to refuse it.
_ENOUGH = 256 * 1024 + 1


def handed_in(arguments: Sequence[str], student: str | None = None) -> Iterator[Handed | UsageError]:
    """The submissions that arguments name, each with the name of its file as whose it is."""
    if not arguments:
        yield UsageError("grade needs submissions: files, folders, or - for standard input")
    for argument in arguments:
        path = Path(argument)
        if argument == "-":
            yield Handed(sys.stdin.buffer.read(_ENOUGH), student, "submission")
        elif path.is_file():
            yield from _file(path, student if len(arguments) == 1 else None)
        elif path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.is_file() and one.name.endswith(ENDINGS))
            if not found:
                yield UsageError(f"{argument}: the folder holds no submissions (*.json, *.csv, *.jsonl)")
            for one in found:
                yield from _file(one, None)
        else:
            yield UsageError(f"{argument}: no file or folder has this name")


def _file(path: Path, student: str | None) -> Iterator[Handed | UsageError]:
    try:
        if path.name.endswith(".jsonl"):
            yield from _lines(path)
        else:
            with path.open("rb") as stream:
                yield Handed(stream.read(_ENOUGH), student or _stem(path), path.name)
    except OSError as error:
        yield UsageError(f"{path}: cannot be read: {str(error.strerror).lower()}")


def _lines(path: Path) -> Iterator[Handed]:
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(_ENOUGH):
            number += 1
            _skip_rest(stream, line)
            if line.strip():
                yield Handed(line, None, f"{_stem(path)}-{number}")


def _skip_rest(stream: BinaryIO, line: bytes) -> None:
    """Drop what a line has beyond the limit."""
    while line and not line.endswith(b"\n"):
        line = stream.readline(1 << 20)


def _stem(path: Path) -> str:
    """The name of a file without its endings: the pseudonym of who wrote it."""
    name = path.name
    for ending in (".gz", ".jsonl", ".json", ".csv", ".cr"):
        name = name.removesuffix(ending)
    return name or "submission"
