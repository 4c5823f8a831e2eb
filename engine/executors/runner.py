"""Which executor runs a program, and numbers between its order and that of the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ..program import Program
from .compiled import Compiled, compiles, is_installed
from .table import Table
from .vectorised import Vectorised

Indices = NDArray[np.int64]

#: Evaluations of gates from which kernels are compiled: below, importing numba takes longer than the table does.
WORTH_COMPILING = 3_000_000

#: Wires, and wires a run, from which NumPy is quicker than the table.
LARGE, WIDE = 10_000, 40


class Executor(Protocol):
    """What runs a program under one convention at kinks; wires and slots are numbered as the program numbers them.

    Numbers are a list of floats or an array, whichever the executor works on.
    """

    def forward(self, leaves: Any) -> Any:
        """The values of all wires."""
        ...

    def backward(self, values: Any, seeds: Mapping[int, float]) -> Any:
        """What every wire receives, and one more entry that says nothing; -0.0 where that is nothing."""
        ...

    def slopes(self, values: Any) -> Any:
        """The local gradients of all slots."""
        ...


class Runner:
    """A program with its executors, each made when it is first needed."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._made: dict[tuple[Callable[..., Executor], str], Executor] = {}
        self._evaluated = 0

    def executor(self, kinks: str) -> Executor:
        """The quickest executor by now: what compiling costs is earned back by many gates or many passes."""
        self._evaluated += 2 * self.program.size
        if self._evaluated >= WORTH_COMPILING and self._compiles:
            return self.made(Compiled, kinks)
        return self.made(Vectorised if self._is_wide else Table, kinks)

    @cached_property
    def _compiles(self) -> bool:
        return is_installed() and compiles(self.program)

    @cached_property
    def _is_wide(self) -> bool:
        """True where arrays are quicker than lists, and nothing better is there."""
        runs = max(1, self.program.codes.size)
        wide = self.program.size >= LARGE and self.program.size >= WIDE * runs
        return wide and not self._compiles

    def made(self, kind: Callable[..., Executor], kinks: str) -> Executor:
        """An executor of a kind."""
        if (kind, kinks) not in self._made:
            self._made[kind, kinks] = kind(self.program, kinks)
        return self._made[kind, kinks]

    @cached_property
    def leaves(self) -> list[int]:
        """The positions of the leaves, in the order of their numbers."""
        found: list[int] = self.program.leaves.tolist()
        return found

    @cached_property
    def _places(self) -> Callable[[Sequence[float]], Sequence[float]]:
        places: list[int] = self.program.place.tolist()
        return itemgetter(*places) if len(places) > 1 else list[float]

    def in_order(self, numbers: Any) -> list[float]:
        """Numbers of wires in the order of the plan, as Python's floats."""
        if isinstance(numbers, list):
            return list(self._places(cast(list[float], numbers)))
        found: list[float] = numbers[self.program.place].tolist()
        return found

    def numbered(self, numbers: Sequence[float]) -> list[float]:
        """Numbers in the order of the plan as the program numbers them."""
        order: list[int] = self.order.tolist()
        return [numbers[wire] for wire in order]

    def seeds(self, seeds: Mapping[int, float]) -> dict[int, float]:
        """Seeds by number, from those by position."""
        return {int(self.program.place[wire]): seed for wire, seed in seeds.items()}

    @cached_property
    def order(self) -> Indices:
        """The position of every number."""
        order: Indices = np.empty(self.program.size, np.int64)
        order[self.program.place] = np.arange(self.program.size)
        return order

    @cached_property
    def slot_starts(self) -> list[int]:
        """Where the slots of every wire begin, by position, and where the last ones end."""
        arities = np.diff(self.program.starts)[self.program.place]
        starts: list[int] = [0, *np.cumsum(arities).tolist()]
        return starts

    @cached_property
    def slot_gates(self) -> Indices:
        """The gate of every slot, by position."""
        return np.repeat(np.arange(self.program.size), np.diff(self.slot_starts))

    def slots_of(self, code: int) -> Any:
        """The slots of all gates of a kernel, a row a gate."""
        program = self.program
        rows = [program.columns(int(run), program.slots) for run in np.flatnonzero(program.codes == code)]
        return np.concatenate(rows)
