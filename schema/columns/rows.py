"""Rows of a graph that was read from columns, made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, cast, overload

from ..node import Node


class LazyRows(Sequence[Node]):
    """The rows, all of them made at the first look."""

    def __init__(self, count: int, make: Callable[[], list[Node]]) -> None:
        self._count, self._make = count, make

    @cached_property
    def _rows(self) -> list[Node]:
        return self._make()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Node: ...

    @overload
    def __getitem__(self, place: slice) -> list[Node]: ...

    def __getitem__(self, place: int | slice) -> Node | list[Node]:
        return self._rows[place]

    def __iter__(self) -> Iterator[Node]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (list, LazyRows)):
            return self._rows == list(cast(Sequence[Any], other))
        return NotImplemented

    __hash__ = None  # pyright: ignore[reportAssignmentType]  (as of a list)
