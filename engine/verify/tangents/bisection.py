"""Bisection by parts: which of many claims, looked at in a few batches, do not agree when looked at alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..layout import Indices

#: Which parts disagree.
Trial = Sequence[bool]

#: Looks at parts, each alone; the number of the attempt makes its weights fresh.
Try = Callable[[Sequence[Indices], int], Trial]

#: Parts looked at in one batch; fewer where the graph is so large that a batch would not fit into memory.
PARTS, FEWEST, ENTRIES = 64, 4, 2**22

#: Pieces that a part is split into at least, so that few batches reach single entries however many are wrong.
PIECES = 16

#: Wrong entries after which no more are named: one fault is carried to thousands of wires.
ENOUGH = 64


def nothing() -> Indices:
    """No entries."""
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Doubt:
    """`named` are wrong each by itself; `open` lie in parts that disagree and were not split further."""

    named: Indices = field(default_factory=nothing)
    open: Indices = field(default_factory=nothing)


def bisect(entries: Indices, total: int, attempt: Try) -> Doubt:
    """Name the wrong ones among entries that disagree together, the last in the order of the document first.

    The cost is bounded: as many batches as isolate one wrong entry, and two more.
    """
    width = int(min(PARTS, max(FEWEST, ENTRIES // max(1, total))))
    batches = math.ceil(math.log(max(2, entries.size), width)) + 2
    pending, named = [entries], list[int]()
    for number in range(batches):
        if not pending or len(named) >= ENOUGH:
            break
        parts, pending = _split(pending, width)
        flags = attempt(parts, number)
        wrong = [part for part, flag in zip(parts, flags, strict=True) if flag]
        named += [int(part[0]) for part in wrong if part.size == 1]
        pending += [part for part in wrong if part.size > 1]
        pending.sort(key=_last)
    if not named and not pending:
        pending = [entries]
    rest = np.concatenate(pending) if pending else nothing()
    return Doubt(np.array(sorted(named), dtype=np.int64), rest)


def _split(pending: Sequence[Indices], width: int) -> tuple[list[Indices], list[Indices]]:
    """Split as many of the last parts as one batch holds; the others wait."""
    share = min(width, max(PIECES, width // len(pending)))
    taken = max(1, width // share)
    parts = [piece for part in pending[-taken:] for piece in np.array_split(part, min(share, part.size))]
    return parts, list(pending[:-taken])


def _last(part: Indices) -> int:
    return int(part[-1])
