"""NumPy over runs: for graphs whose runs are long, and for many value sets of one graph, one a column.

Branches are added with `np.add.reduceat` over slots sorted by wire, in a fixed order that is not the table's: sums may
differ from its sums in the last bits, as values of NumPy's exp and log may differ from the C library's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dtypes import FLOATING
from ..gate import rounded, share_of
from ..numbers.arrays import Arrays
from ..program import Kernel, Program

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """Operands by port, and by port the run's slots sorted by target, where a target begins, and the targets."""

    kernel: Kernel
    first: int
    last: int
    operands: tuple[Indices, ...]
    sums: tuple[tuple[Indices, Indices, Indices], ...]


class Vectorised:
    """A program ready to be run on arrays: numbers are one a wire, or a row of columns a wire."""

    def __init__(self, program: Program, kinks: str) -> None:
        self.program, self.kinks = program, kinks
        self._runs = [self._run(r, code) for r, code in enumerate(program.codes.tolist())]

    def _run(self, r: int, code: int) -> Run:
        program = self.program
        operands, targets = program.columns(r, program.operands), program.columns(r, program.targets)
        ports = range(operands.shape[1])
        return Run(
            program.kernels[code],
            int(program.runs[r]),
            int(program.runs[r + 1]),
            tuple(np.ascontiguousarray(operands[:, port]) for port in ports),
            tuple(_sums(targets[:, port]) for port in ports),
        )

    def forward(self, leaves: Sequence[Any]) -> Floats:
        """The values of all wires."""
        given = np.asarray(leaves, dtype=np.float64)
        values = np.empty((self.program.size, *given.shape[1:]))
        values[: given.shape[0]] = given
        with np.errstate(all="ignore"):
            for run in self._runs:
                rule, dtype = run.kernel.rule, run.kernel.dtype
                found = rule.forward(self._system(run.kernel), *(values[column] for column in run.operands))
                values[run.first : run.last] = _in(found, dtype)
        return values

    def backward(self, values: Any, seeds: Mapping[int, Any]) -> Floats:
        """What every wire receives."""
        values = np.asarray(values, dtype=np.float64)
        received = np.full((self.program.size + 1, *values.shape[1:]), -0.0)
        for wire, seed in seeds.items():
            received[wire] = seed
        with np.errstate(all="ignore"):
            for run in reversed(self._runs):
                grads = received[run.first : run.last]
                for slope, dtype, sums in zip(self._slopes(run, values), run.kernel.towards, run.sums, strict=True):
                    sent = slope * grads
                    if run.kernel.rule.limits is not None:
                        low, high = map(float, run.kernel.rule.limits)
                        sent = np.clip(sent, low, high)
                    _add(received, _in(sent, dtype), sums, dtype)
        return received

    def slopes(self, values: Any) -> Floats:
        """The local gradients of all slots."""
        values = np.asarray(values, dtype=np.float64)
        found = np.empty((self.program.operands.size, *values.shape[1:]))
        with np.errstate(all="ignore"):
            for run in self._runs:
                starts = self.program.starts[run.first : run.last]
                for port, slope in enumerate(self._slopes(run, values)):
                    found[starts + port] = slope
        return found

    def _slopes(self, run: Run, values: Floats) -> list[Any]:
        operands = [values[column] for column in run.operands]
        slopes = run.kernel.rule.local(self._system(run.kernel), values[run.first : run.last], operands)
        return [np.nan if slope is None else _in(slope, run.kernel.dtype) for slope in slopes]

    def _system(self, kernel: Kernel) -> Arrays:
        return Arrays(share_of(kernel.rule, self.kinks), self.kinks)


def _sums(targets: Indices) -> tuple[Indices, Indices, Indices]:
    order = np.argsort(targets, kind="stable")
    lined = targets[order]
    starts = np.flatnonzero(np.concatenate([[True], lined[1:] != lined[:-1]]))
    return order, starts, lined[starts]


def _add(received: Floats, sent: Any, sums: tuple[Indices, Indices, Indices], dtype: str) -> None:
    order, starts, targets = sums
    if np.ndim(sent) == 0:
        sent = np.full((order.size, *received.shape[1:]), sent)
    if dtype in FLOATING and dtype != "float64":
        # Narrow sums are rounded after every branch.
        for place, target in zip(order.tolist(), np.repeat(targets, np.diff([*starts, order.size])), strict=True):
            received[target] = _in(received[target] + sent[place], dtype)
        return
    lined = sent[order]
    received[targets] += lined if starts.size == order.size else np.add.reduceat(lined, starts, axis=0)


def _in(numbers: Any, dtype: str) -> Any:
    return numbers if dtype == "float64" or dtype not in FLOATING else rounded(np.asarray(numbers), dtype)
