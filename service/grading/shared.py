"""What a class shares: outcomes of steps, verdicts and slots that are alike are made once (grading.md 23)."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, TypeVar

from ...engine.printed.circuit import Cell, Circuit
from ...engine.printed.memory import Memory, is_memorable
from .written import Written

Found = TypeVar("Found")

#: More things than this are forgotten together.
MOST = 100_000


class Shared:
    """The memories of one assignment. They change no verdict, no score and no word, only how long it takes."""

    def __init__(self, circuit: Circuit, counted: Callable[[], Container[Cell]]) -> None:
        #: Tells, once everything is ready, which cells sheets may hold.
        self._counted = counted
        self._is_memorable = is_memorable(circuit)
        self._memories: dict[tuple[Any, ...], Memory] = {}
        self._found: dict[tuple[Any, ...], Any] = {}
        #: Keys of answers that mean one number that is asked for.
        self.single: dict[str, Cell] = {}
        #: What typed texts say.
        self.texts: dict[str, Written] = {}

    def memory(self, circuit: Circuit, *reading: Any) -> Memory | None:
        """The outcomes under one reading, of the circuit as it is or with other seeds."""
        if not self._is_memorable:
            return None
        if reading not in self._memories:
            self._memories[reading] = Memory(circuit, self._counted())
        return self._memories[reading]

    def place(self, key: str, cell: Cell) -> None:
        """Remember what a key means."""
        if len(self.single) >= MOST:
            self.single.clear()
        self.single[key] = cell

    def name(self, text: str, written: Written) -> None:
        """Remember what a typed text says."""
        if len(self.texts) >= MOST:
            self.texts.clear()
        self.texts[text] = written

    def once(self, key: tuple[Any, ...], make: Callable[..., Found], *arguments: Any) -> Found:
        """What was made for this key before, or is made now."""
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= MOST:
                self._found.clear()
            found = self._found[key] = make(*arguments)
        return found
