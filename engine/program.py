"""A program: the gates of a plan as flat arrays, in the order in which every executor runs them.

Wires are renumbered: leaves first, then gates by level (the longest path from a leaf), gates of one level by kernel. A
run is a stretch of one level and one kernel: its gates do not read each other. Backward, runs are taken from the last
to the first and gates inside a run from the first to the last, so that every executor adds branches in one order.
Nothing here depends on a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dtypes import FLOATING
from .rule import Rule

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Kernel:
    """What the gates of a run have in common: rule, number of operands, dtypes of the wire and of its operands."""

    rule: Rule
    arity: int
    dtype: str
    towards: tuple[str, ...]

    @property
    def is_double(self) -> bool:
        """True if nothing is rounded to a narrower dtype."""
        return not any(dtype in FLOATING and dtype != "float64" for dtype in (self.dtype, *self.towards))


@dataclass(frozen=True, slots=True)
class Program:
    """Gates of scalars, renumbered.

    ``place`` is the number of each wire of the plan. Run r is made of the wires ``runs[r]`` to ``runs[r + 1]``, by the
    kernel ``codes[r]``. The operands of wire i are ``operands[starts[i]:starts[i + 1]]``; ``targets`` are the same
    wires, or the number of wires where nothing flows to them. ``slots`` are the slots in the order of the plan.
    """

    kernels: tuple[Kernel, ...]
    place: Indices
    leaves: Indices
    runs: Indices
    codes: Indices
    starts: Indices
    operands: Indices
    targets: Indices
    slots: Indices
    #: By slot: a gradient flows toward the operand; the gate reaches an output.
    flowing: NDArray[np.bool_]
    reached: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """How many wires there are."""
        return int(self.place.size)

    def columns(self, run: int, indices: Indices) -> Indices:
        """Operands or targets of a run, a row a gate."""
        first, last = int(self.runs[run]), int(self.runs[run + 1])
        found = indices[self.starts[first] : self.starts[last]]
        return found.reshape(last - first, -1)


def program_of(
    rules: Sequence[Rule | None],
    operands: Sequence[tuple[int, ...]],
    dtypes: Sequence[str],
    trained: Sequence[bool],
    reaching: Sequence[bool],
) -> Program:
    """The program of gates that work entry by entry, all on scalars."""
    count = len(rules)
    arities: Indices = np.fromiter(map(len, operands), np.int64, count)
    starts = _starts(arities)
    edges: Indices = np.fromiter(chain.from_iterable(operands), np.int64, int(starts[-1]))
    kernels, codes = _kernels(rules, operands, dtypes)
    order, boundaries = _ordered(levels_of(operands), codes)
    place: Indices = np.empty(count, np.int64)
    place[order] = np.arange(count)
    slots = _spans(starts[:-1][order], arities[order])
    gates = np.repeat(np.arange(count), arities)
    fixed = np.fromiter(_fixed(rules, operands), np.bool_, int(starts[-1]))
    flowing = np.asarray(trained, dtype=bool)[edges] & ~fixed
    reached = np.asarray(reaching, dtype=bool)[gates]
    return Program(
        kernels=kernels,
        place=place,
        leaves=np.flatnonzero(codes < 0),
        runs=boundaries,
        codes=codes[order[boundaries[:-1]]] if len(boundaries) > 1 else np.zeros(0, np.int64),
        starts=_starts(arities[order]),
        operands=place[edges[slots]],
        targets=np.where((flowing & reached)[slots], place[edges[slots]], count),
        slots=slots,
        flowing=flowing,
        reached=reached,
    )


def levels_of(operands: Sequence[tuple[int, ...]]) -> Indices:
    """The longest path from a leaf to every wire."""
    levels = [0] * len(operands)
    for wire, read in enumerate(operands):
        if len(read) == 2:
            a, b = levels[read[0]], levels[read[1]]
            levels[wire] = max(b, a) + 1
        elif read:
            levels[wire] = max([levels[operand] for operand in read]) + 1
    return np.array(levels, dtype=np.int64)


def _kernels(
    rules: Sequence[Rule | None], operands: Sequence[tuple[int, ...]], dtypes: Sequence[str]
) -> tuple[tuple[Kernel, ...], Indices]:
    """The distinct kernels in the order of their first gates, and for every wire which it is; -1 for leaves."""
    known: dict[tuple[Any, ...], int] = {}
    kernels: list[Kernel] = []
    codes = [-1] * len(rules)
    uniform = set(dtypes) == {"float64"}
    for wire, rule in enumerate(rules):
        if rule is None:
            continue
        read = operands[wire]
        towards = () if uniform else tuple(dtypes[operand] for operand in read)
        key = (id(rule), len(read), dtypes[wire], towards)
        code = known.get(key)
        if code is None:
            code = known[key] = len(kernels)
            kernels.append(Kernel(rule, len(read), dtypes[wire], towards or ("float64",) * len(read)))
        codes[wire] = code
    return tuple(kernels), np.array(codes, dtype=np.int64)


def _ordered(levels: Indices, codes: Indices) -> tuple[Indices, Indices]:
    """Wires by level, then by kernel, and where the runs of gates begin and end."""
    keys = levels * (int(codes.max(initial=0)) + 2) + codes
    # Leaves have no kernel: level 0 is theirs alone.
    order = np.argsort(keys, kind="stable")
    leaves = int(np.count_nonzero(codes < 0))
    gates = keys[order][leaves:]
    changes = np.flatnonzero(np.diff(gates)) + 1
    ends = [len(codes)] if gates.size else []
    return order, np.concatenate([[leaves] if gates.size else [], leaves + changes, ends]).astype(np.int64)


def _fixed(rules: Sequence[Rule | None], operands: Sequence[tuple[int, ...]]) -> Any:
    """By slot, whether no gradient ever flows toward the operand."""
    for rule, read in zip(rules, operands, strict=True):
        if rule is None or not rule.fixed:
            yield from (False,) * len(read)
        else:
            yield from (rule.is_fixed(port) for port in range(len(read)))


def _starts(sizes: Indices) -> Indices:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def _spans(starts: Indices, sizes: Indices) -> Indices:
    """The places start .. start + size - 1 of many spans, one after the other."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1]) if ends.size else 0) + np.repeat(starts - (ends - sizes), sizes)
