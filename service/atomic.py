"""Files that are either written whole or not touched."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..schema import UsageError


@contextmanager
def replacing(path: Path) -> Generator[BinaryIO]:
    """A stream whose content takes the file's place at the end; after an error, or if it is empty, nothing changes.

    It is written beside the file, so that the last step is one rename; a link stays a link.
    """
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        if beside.stat().st_size:
            _put(beside, path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _put(beside: Path, path: Path) -> None:
    target = path.resolve()
    _like(target, beside)
    try:
        beside.replace(target)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path}: cannot be written: {str(error.strerror).lower()}")


def _like(target: Path, beside: Path) -> None:
    """Give the new file the permissions of the old one, or those that a new file gets."""
    if target.exists():
        shutil.copymode(target, beside)
    else:
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
