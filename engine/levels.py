"""Levels: the longest path from a leaf to every wire, in arrays.

Gates are taken in the order of the document, a stretch at a time: as many as read nothing of the stretch but the gate
just before them. The levels along such a line are a running maximum, so a stretch is a few array operations, however
long it is. A random graph of n gates falls into some sqrt(n) stretches, layers into as many as there are, and a chain
is one. Where stretches are short, a loop over plain ints is quicker.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .edges import Edges, Indices, Truths

#: Gates a stretch from which arrays are quicker than the loop.
LONG = 64


@dataclass(frozen=True, slots=True)
class _Gates:
    """The gates alone, counted from 1 in their order; 0 stands for every leaf.

    Gate k reads ``read[starts[k - 1]:starts[k]]``; ``follows`` says whether it reads the gate just before it.
    """

    starts: Indices
    read: Indices
    follows: Truths

    @property
    def count(self) -> int:
        return self.follows.size


def levels_of(edges: Edges, *, long: int = LONG) -> Indices:
    """The longest path from a leaf to every wire. ``long``: gates a stretch from which arrays are used."""
    gates, levels = np.flatnonzero(edges.arities), np.zeros(edges.count, np.int64)
    if not gates.size:
        return levels
    numbered = np.zeros(edges.count, np.int64)
    numbered[gates] = np.arange(1, gates.size + 1)
    read, starts = numbered[edges.wires], np.append(edges.starts[gates], edges.wires.size)
    before = np.repeat(np.arange(gates.size), edges.arities[gates])
    next_to = (read == before) & (before > 0)
    beside = np.where(next_to, 0, read)
    follows: Truths = np.zeros(gates.size, np.bool_)
    follows[before[next_to]] = True
    cuts = _cuts(np.maximum.reduceat(beside, starts[:-1]), long)
    if cuts is None:
        levels[gates] = _one_by_one(starts, read)
    else:
        levels[gates] = _by_stretches(_Gates(starts, beside, follows), cuts)
    return levels


def _cuts(furthest: Indices, long: int) -> list[int] | None:
    """Where stretches begin and end, from the last gate, but the one before, that each reads; None for too many."""
    most, cuts, last = max(1, furthest.size // long), [0], furthest.size
    so_far = np.maximum.accumulate(furthest)
    while cuts[-1] < last:
        if len(cuts) > most:
            return None
        # The first gate that reads the first one of the stretch (which has the number cuts[-1] + 1), or a later one.
        cuts.append(int(so_far.searchsorted(cuts[-1] + 1)))
    return cuts


def _by_stretches(gates: _Gates, cuts: list[int]) -> Indices:
    """The levels of all gates, a few array operations a stretch."""
    levels: Indices = np.zeros(gates.count + 1, np.int64)
    for first, last in pairwise(cuts):
        starts = gates.starts[first:last]
        read = gates.read[starts[0] : gates.starts[last]]
        found = np.maximum.reduceat(levels[read], starts - starts[0]) + 1
        follows = gates.follows[first:last]
        if follows.any():
            found = _along(found, follows, int(levels[first]))
        levels[first + 1 : last + 1] = found
    return levels[1:]


def _along(levels: Indices, follows: Truths, before: int) -> Indices:
    """The levels of gates of which some read the one before them; ``before`` is the level before the first."""
    places = np.arange(levels.size)
    if follows[0]:
        levels[0] = max(int(levels[0]), before + 1)
    # Within a line, level - place is a running maximum; lines are kept apart by adding more than any such difference.
    lines = np.cumsum(~follows) * (2 * (levels.size + int(levels.max())))
    found: Indices = np.maximum.accumulate(levels - places + lines) + places - lines
    return found


def _one_by_one(starts: Indices, read: Indices) -> Indices:
    """The levels of all gates, gate by gate."""
    levels = [0]
    append = levels.append
    if int(np.diff(starts).max()) <= 2:
        left: list[int] = read[starts[:-1]].tolist()
        right: list[int] = read[starts[1:] - 1].tolist()
        for a, b in zip(left, right, strict=True):
            one, other = levels[a], levels[b]
            append((max(other, one)) + 1)
    else:
        numbers: list[int] = read.tolist()
        ends: list[int] = starts.tolist()
        for first, last in pairwise(ends):
            append(max([levels[k] for k in numbers[first:last]]) + 1)
    return np.array(levels[1:], dtype=np.int64)
