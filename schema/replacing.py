"""The rows of a graph while some of them are replaced: who reads what, and what stands below which path."""

from collections.abc import Iterable, Iterator
from typing import Any

from .document import Graph


class Rows:
    """Rows by id, each with its place in the order of the document; a place may hold several."""

    def __init__(self, graph: Graph) -> None:
        self.by_id: dict[str, dict[str, Any]] = {}
        self.outputs = [output["node"] for output in graph.outputs]
        self.dtype = graph.dtype
        self._places: dict[str, int] = {}
        self._readers: dict[str, set[str]] = {}
        self._below: dict[str, set[str]] = {}
        for place, row in enumerate(graph.nodes):
            self.add(dict(row), place)

    def add(self, row: dict[str, Any], place: int) -> None:
        """A new row, at the place of one that is or was there."""
        name = row["id"]
        self.by_id[name], self._places[name] = row, place
        for operand in row.get("inputs", ()):
            self._readers.setdefault(operand, set()).add(name)
        for path in _paths(name):
            self._below.setdefault(path, set()).add(name)

    def remove(self, names: Iterable[str]) -> None:
        """Take rows away; what read them reads them still, until they are renamed."""
        for name in names:
            row = self.by_id.pop(name)
            for operand in row.get("inputs", ()):
                self._readers[operand].discard(name)
            for path in _paths(name):
                self._below[path].discard(name)

    def rename(self, old: str, new: str) -> None:
        """Let everything that reads the one wire read the other."""
        self._readers[new] = readers = self._readers.pop(old, set())
        for reader in readers:
            row = self.by_id[reader]
            row["inputs"] = [new if operand == old else operand for operand in row["inputs"]]
        self.outputs = [new if name == old else name for name in self.outputs]

    def readers(self, name: str) -> set[str]:
        """The rows that read a wire."""
        return self._readers.get(name, set())

    def place(self, name: str) -> int:
        """Where a row stands."""
        return self._places[name]

    def below(self, path: str) -> set[str]:
        """The ids that begin with this path."""
        return self._below.get(path, set())

    def paths(self) -> list[str]:
        """Every path that rows stand below, the longest first."""
        return sorted(self._below, key=_depth, reverse=True)

    def is_left(self, name: str, members: set[str]) -> bool:
        """Whether a wire of these rows is read by others, or is an output."""
        return name in self.outputs or not self.readers(name) <= members

    def in_order(self) -> list[dict[str, Any]]:
        """The rows, every operand before its gates."""
        return sorted(self.by_id.values(), key=self._place_of)

    def _place_of(self, row: dict[str, Any]) -> int:
        return self._places[row["id"]]


def _paths(name: str) -> Iterator[str]:
    end = name.rfind("/")
    while end > 0:
        yield name[:end]
        end = name.rfind("/", 0, end)


def _depth(path: str) -> int:
    return path.count("/")
