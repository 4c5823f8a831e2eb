"""The table: plain Python over lists of floats, one function a kernel, taken over long runs at once, else gate by gate.

Where Python's floats raise (an overflow, a pole), a gate is computed by the IEEE rules of arrays, as `gate.evaluate`
does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..gate import evaluate, local_gradients, rounded
from ..program import Kernel, Program
from .table_text import Functions, functions

Numbers = list[float]
Column = list[int]
#: A gate's function, its number, and its operands or its operands and targets, as the function takes them.
Row = tuple[Any, ...]

#: What Python's floats raise where IEEE has an infinity or no number.
RAISED = (ArithmeticError, ValueError)

#: Gates from which a run is worth the call of its own functions.
LONG = 5


@dataclass(frozen=True, slots=True)
class Run:
    """A run as lists: the numbers of its operands and targets by port; `whole` if they are the same."""

    kernel: Kernel
    functions: Functions
    first: int
    last: int
    operands: tuple[Column, ...]
    targets: tuple[Column, ...]
    whole: bool

    @property
    def rows(self) -> list[tuple[int, ...]]:
        """The operands gate by gate."""
        return list(zip(*self.operands, strict=True))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Short runs one after the other, gate by gate: the rows of the forward pass, and of the backward pass."""

    first: int
    forward: list[Row]
    backward: list[Row]


class Table:
    """A program ready to be run under one convention at kinks."""

    def __init__(self, program: Program, kinks: str) -> None:
        self.program, self.kinks = program, kinks
        self._runs = list(_runs(program, kinks))
        self._owners = np.repeat(np.arange(len(self._runs)), np.diff(program.runs)) if self._runs else np.zeros(0, int)
        self._pieces = list(_pieces(self._runs))

    def forward(self, leaves: Sequence[float]) -> Numbers:
        """The values of all wires."""
        values = list(leaves)
        for piece in self._pieces:
            if isinstance(piece, Stretch):
                self._stretch_forward(piece, values)
                continue
            try:
                values += piece.functions.forward(values, *piece.operands)
            except RAISED:
                values += _values(piece.kernel, piece.rows, values)
        return values

    def _stretch_forward(self, stretch: Stretch, values: Numbers) -> None:
        append, rows = values.append, iter(stretch.forward)
        while True:
            try:
                for value, a, b in rows:
                    append(value(values, a, b))
                return
            except RAISED:
                kernel, row = self._gate(len(values))
                values += _values(kernel, [row], values)

    def backward(self, values: Numbers, seeds: Mapping[int, float]) -> Numbers:
        """What every wire receives, from the seeds by number."""
        # -0.0 is the zero that leaves every number as it is.
        received = [-0.0] * (self.program.size + 1)
        for wire, seed in seeds.items():
            received[wire] = seed
        for piece in reversed(self._pieces):
            if isinstance(piece, Stretch):
                self._stretch_backward(piece, values, received)
                continue
            targets = () if piece.whole else piece.targets
            try:
                piece.functions.backward(values, received, piece.first, piece.last, *piece.operands, *targets)
            except RAISED:
                slopes = self._carefully(piece.kernel, piece.rows, values, piece.first)
                piece.functions.send(received, piece.first, piece.last, slopes, *piece.targets)
        return received

    def _stretch_backward(self, stretch: Stretch, values: Numbers, received: Numbers) -> None:
        rows, i = iter(stretch.backward), 0
        while True:
            try:
                for backward, i, a, b, s, t in rows:
                    backward(values, received, i, a, b, s, t)
                return
            except RAISED:
                kernel, row = self._gate(i)
                run = self._runs[int(self._owners[i - self.program.leaves.size])]
                targets = [[column[i - run.first]] for column in run.targets]
                run.functions.send(received, i, i + 1, self._carefully(kernel, [row], values, i), *targets)

    def slopes(self, values: Numbers) -> list[float]:
        """The local gradients of all slots, in the program's order."""
        found: list[float] = []
        for run in self._runs:
            try:
                rows = run.functions.slopes(values, run.first, run.last, *run.operands)
            except RAISED:
                rows = self._carefully(run.kernel, run.rows, values, run.first)
            for row in rows:
                found += row
        return found

    def _gate(self, number: int) -> tuple[Kernel, tuple[int, ...]]:
        """The kernel and the operands of a gate."""
        run = self._runs[int(self._owners[number - self.program.leaves.size])]
        return run.kernel, tuple(column[number - run.first] for column in run.operands)

    def _carefully(
        self, kernel: Kernel, rows: Sequence[tuple[int, ...]], values: Numbers, first: int
    ) -> list[tuple[float, ...]]:
        """The slopes of gates of one kernel, each by itself; the first of them has this number."""
        found: list[tuple[float, ...]] = []
        with np.errstate(all="ignore"):
            for out, row in zip(values[first : first + len(rows)], rows, strict=True):
                slopes = local_gradients(kernel.rule, True, out, [values[wire] for wire in row], self.kinks)
                found.append(tuple(float("nan") if x is None else rounded(x, kernel.dtype) for x in slopes))
        return found


def _runs(program: Program, kinks: str) -> Iterator[Run]:
    """The runs of a program as lists."""
    starts: list[int] = program.starts.tolist()
    operands: list[int] = program.operands.tolist()
    targets: list[int] = program.targets.tolist()
    boundaries: list[int] = program.runs.tolist()
    codes: list[int] = program.codes.tolist()
    for code, (first, last) in zip(codes, pairwise(boundaries), strict=True):
        kernel, span = program.kernels[code], slice(starts[first], starts[last])
        read, reached = operands[span], targets[span]
        columns = tuple([read[port :: kernel.arity] for port in range(kernel.arity)])
        whole = read == reached
        towards = columns if whole else tuple([reached[port :: kernel.arity] for port in range(kernel.arity)])
        yield Run(kernel, functions(kernel, kinks), first, last, columns, towards, whole)


def _values(kernel: Kernel, rows: Sequence[tuple[int, ...]], values: Numbers) -> Numbers:
    """The values of gates of one kernel, each by itself."""
    with np.errstate(all="ignore"):
        operands = [[values[wire] for wire in row] for row in rows]
        return [rounded(evaluate(kernel.rule, True, row), kernel.dtype) for row in operands]


def _pieces(runs: Sequence[Run]) -> list[Run | Stretch]:
    """Long runs as they are; short ones that follow each other as one stretch."""
    pieces: list[Run | Stretch] = []
    short: list[Run] = []
    for run in runs:
        if run.last - run.first < LONG:
            short.append(run)
            continue
        if short:
            pieces.append(_stretch(short))
            short = []
        pieces.append(run)
    return [*pieces, _stretch(short)] if short else pieces


def _stretch(runs: Sequence[Run]) -> Stretch:
    forward: list[Row] = []
    backward: list[Row] = []
    for run in runs:
        rows = run.rows
        forward += [(run.functions.gate_value, *_pair(row)) for row in rows]
    for run in reversed(runs):
        pairs = zip(range(run.first, run.last), run.rows, zip(*run.targets, strict=True), strict=True)
        backward += [(run.functions.gate_backward, i, *_pair(row), *_pair(targets)) for i, row, targets in pairs]
    return Stretch(runs[0].first, forward, backward)


def _pair(wires: Sequence[int]) -> tuple[Any, Any]:
    """What the functions of single gates take: two wires, the same one for both of one operand, or all in one."""
    if len(wires) > 2:
        return wires, None
    return wires[0], wires[len(wires) - 1]
