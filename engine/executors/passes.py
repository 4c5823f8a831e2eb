"""What both passes over scalars found, in the order of the plan; lists are made when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dtypes import FLOATING
from ..gate import rounded
from ..program import Kernel
from .runner import Executor, Runner

Floats = NDArray[np.float64]


class FlatPass:
    """One backward pass: gradients by wire, and local and downstream gradients by slot, as arrays and as lists."""

    def __init__(self, runner: Runner, executor: Executor, values: Sequence[float], received: Sequence[float]) -> None:
        self.runner, self._executor, self._values, self._received = runner, executor, values, received

    @cached_property
    def grads(self) -> list[float]:
        """The gradient of every wire."""
        return [number + 0.0 for number in self.runner.in_order(self._received)]

    @cached_property
    def flat_grads(self) -> Floats:
        """The same as an array."""
        return np.asarray(self._received, dtype=np.float64)[self.runner.program.place] + 0.0

    @cached_property
    def flat_local(self) -> Floats:
        """The local gradient of every slot, slots in the order of the plan; NaN where no gradient flows."""
        program = self.runner.program
        found = np.full(program.slots.size, np.nan)
        found[program.slots] = self._executor.slopes(self._values)
        found[~program.flowing] = np.nan
        return found

    @cached_property
    def flat_downstream(self) -> Floats:
        """What every slot sends: upstream times local, exactly 0 where no output is reached; NaN as above."""
        program = self.runner.program
        with np.errstate(all="ignore"):
            sent = self.flat_local * self.flat_grads[self.runner.slot_gates]
            for code, kernel in enumerate(program.kernels):
                if kernel.rule.limits is not None or not kernel.is_double:
                    _finish(sent, self.runner.slots_of(code), kernel)
        sent[program.flowing & ~program.reached] = 0.0
        return sent

    @cached_property
    def local(self) -> list[tuple[float | None, ...]]:
        """The local gradients of every gate; None where no gradient flows."""
        return self._by_gate(self.flat_local)

    @cached_property
    def downstream(self) -> list[tuple[float | None, ...]]:
        """What every gate sends to its operands; None where no gradient flows."""
        return self._by_gate(self.flat_downstream)

    def _by_gate(self, slots: Floats) -> list[tuple[float | None, ...]]:
        numbers: list[Any] = slots.tolist()
        for slot in np.flatnonzero(~self.runner.program.flowing).tolist():
            numbers[slot] = None
        starts = self.runner.slot_starts
        return [tuple(numbers[first:last]) for first, last in pairwise(starts)]


def _finish(sent: Floats, slots: NDArray[np.int64], kernel: Kernel) -> None:
    """Limits and narrow dtypes of what the gates of a kernel send; one row of slots a gate."""
    for port, dtype in enumerate(kernel.towards):
        places = slots[:, port]
        found = sent[places]
        if kernel.rule.limits is not None:
            low, high = map(float, kernel.rule.limits)
            found = np.clip(found, low, high)
        sent[places] = rounded(found, dtype) if dtype in FLOATING else found
