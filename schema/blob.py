"""Tensors that stand in files of their own, named by the digest of the file (format.md 7).

A document never says where a file is. The caller hands the reader a resolver, from digests to bytes; what it answers
is hashed before anything in it is read.
"""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeGuard, cast

from .container import Stored, open_container
from .jsontypes import is_object
from .number_faults import Fault

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

#: From a digest, `sha256:` and 64 hex digits, to the bytes of the file; None where it is not to be had.
Resolver = Callable[[str], bytes | None]

_FIELDS = {"shape", "blob", "name"}


class File:
    """The bytes that a resolver gave for a digest."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @cached_property
    def digest(self) -> str:
        """What the bytes are, whatever was asked for."""
        return f"sha256:{sha256(self._content).hexdigest()}"

    @cached_property
    def tensors(self) -> Mapping[str, Stored] | Fault:
        """The tensors of the file, or why it has none; not to be asked for before the digest was compared."""
        return open_container(self._content)


class Blob(dict[str, Any]):
    """The reference as the document states it, with the file that the resolver gave."""

    def __init__(self, stated: Mapping[str, Any], file: File) -> None:
        super().__init__(stated)
        self.file = file

    @property
    def data(self) -> bytes:
        """The elements, little-endian in C order; stage 5 has seen that they are there."""
        tensors = self.file.tensors
        assert not isinstance(tensors, Fault)
        return tensors[self["name"]].data


def folder(path: Path) -> Resolver:
    """A resolver that finds files in a folder, each under the 64 hex digits of its digest as name."""

    def resolve(digest: str) -> bytes | None:
        name = digest.removeprefix("sha256:")
        try:
            return (path / name).read_bytes() if DIGEST.fullmatch(digest) else None
        except OSError:
            return None

    return resolve


def provide(value: Any, resolver: Resolver) -> Any:
    """The JSON value with its references to blobs made `Blob` where the resolver has the file, each asked for once."""
    files: dict[str, File | None] = {}
    top = [value]
    waiting: list[Any] = [top]
    while waiting:
        parent = waiting.pop()
        for key, child in _children(parent):
            if _is_reference(child):
                parent[key] = _provided(child, files, resolver)
            elif isinstance(child, (dict, list)):
                waiting.append(child)
    return top[0]


def _children(parent: Any) -> list[tuple[Any, Any]]:
    return list(parent.items()) if is_object(parent) else list(enumerate(cast(list[Any], parent)))


def _is_reference(value: Any) -> TypeGuard[dict[str, Any]]:
    if not is_object(value) or set(value) != _FIELDS:
        return False
    return isinstance(value["blob"], str) and DIGEST.fullmatch(value["blob"]) is not None


def _provided(stated: dict[str, Any], files: dict[str, File | None], resolver: Resolver) -> dict[str, Any]:
    digest = stated["blob"]
    if digest not in files:
        content = resolver(digest)
        files[digest] = None if content is None else File(content)
    file = files[digest]
    return stated if file is None else Blob(stated, file)
