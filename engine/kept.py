"""What was made once and may be asked for again, as long as there is room for it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Things by key, the last ones asked for; each takes the room of so many wires, `most` in all."""

    def __init__(self, most: int) -> None:
        self.most, self.wires = most, 0
        self._by_key: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: Hashable) -> T | None:
        """What was kept under a key, which is the last to go from now on."""
        with self._lock:
            found = self._by_key.get(key)
            if found is None:
                return None
            self._by_key.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, made: T, wires: int) -> None:
        """Keep this in place of what was kept before; the oldest go until there is room, were there enough for it."""
        with self._lock:
            if key in self._by_key:
                self.wires -= self._by_key.pop(key)[1]
            if wires > self.most:
                return
            self._by_key[key] = made, wires
            self.wires += wires
            while self.wires > self.most:
                _, (_, freed) = self._by_key.popitem(last=False)
                self.wires -= freed
