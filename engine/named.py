"""Numbers by id, made of the numbers by position when somebody looks at them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any


class Named(Mapping[str, Any]):
    """A mapping from ids to numbers. `index` gives positions, `numbers` all numbers by position, asked for once."""

    def __init__(self, index: Mapping[str, int], numbers: Callable[[], Sequence[Any]]) -> None:
        self._index, self._make = index, numbers

    @cached_property
    def _numbers(self) -> Sequence[Any]:
        return self._make()

    def __getitem__(self, name: str) -> Any:
        return self._numbers[self._index[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __repr__(self) -> str:
        return repr(dict(self))
