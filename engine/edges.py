"""Who reads whom, as two arrays: what order, levels and reach of a graph are found from without a loop over its gates.

Rows stand in the order of a document, so every wire is made before it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Edges:
    """Row i reads the wires ``wires[starts[i]:starts[i + 1]]``; it is a leaf if it reads none."""

    starts: Indices
    wires: Indices

    @classmethod
    def of(cls, operands: Sequence[tuple[int, ...]]) -> Edges:
        """The edges of rows that are told one by one."""
        starts = starts_of(np.fromiter(map(len, operands), np.int64, len(operands)))
        return cls(starts, np.fromiter(chain.from_iterable(operands), np.int64, int(starts[-1])))

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.starts.size - 1

    @cached_property
    def arities(self) -> Indices:
        """How many operands every row has."""
        return np.diff(self.starts)


def starts_of(sizes: Indices) -> Indices:
    """Where spans of these sizes begin that stand one after the other, and where the last one ends."""
    starts: Indices = np.zeros(sizes.size + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


def reaching(edges: Edges, outputs: Sequence[int]) -> Truths:
    """For every wire, whether an output can be reached from it.

    What is left out is peeled off from its ends: a wire that nobody reads and that is no output, then what only such
    wires read. In most graphs nothing is.
    """
    readers = np.bincount(edges.wires, minlength=edges.count)
    # An output counts as read once more than it is.
    readers[np.asarray(outputs, dtype=np.int64)] += 1
    reached: Truths = np.ones(edges.count, np.bool_)
    loose: list[int] = np.flatnonzero(readers == 0).tolist()
    if loose:
        _peel(edges, readers.tolist(), loose)
        reached[loose] = False
    return reached


def _peel(edges: Edges, readers: list[int], loose: list[int]) -> None:
    """Add to the wires that lead nowhere those that only they read."""
    starts, wires = edges.starts.tolist(), edges.wires.tolist()
    for wire in loose:
        for operand in wires[starts[wire] : starts[wire + 1]]:
            readers[operand] -= 1
            if not readers[operand]:
                loose.append(operand)


def spans(starts: Indices, sizes: Indices) -> Indices:
    """The places start .. start + size - 1 of many spans, one after the other."""
    if (sizes == 1).all():
        return starts
    return np.repeat(starts, sizes) + within(sizes)


def within(sizes: Indices) -> Indices:
    """0 .. size - 1 for many sizes, one after the other."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1]) if ends.size else 0, dtype=np.int64) - np.repeat(ends - sizes, sizes)
