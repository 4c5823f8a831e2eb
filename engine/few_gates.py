"""The program of a small graph, in plain ints: what `program_of` finds, without the calls that arrays cost.

A graph of twenty gates takes a few dozen array operations, and each of them more than these loops do.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from .program import Kernel, Program
from .rule import Rule

#: Wires up to which loops are quicker than arrays.
FEW = 200

Operands = Sequence[tuple[int, ...]]


def program_of_few(
    rules: Sequence[Rule | None],
    operands: Operands,
    dtypes: Sequence[str],
    trained: Sequence[bool],
    reaching: Sequence[bool],
) -> Program:
    """The program of gates that work entry by entry, all on scalars, from one entry a wire."""
    count = len(rules)
    kernels, codes = _kernels(rules, operands, dtypes)
    levels = _levels(operands)
    order = sorted(range(count), key=lambda wire: (levels[wire], codes[wire]))
    place = [0] * count
    for number, wire in enumerate(order):
        place[wire] = number
    leaves = [wire for wire in range(count) if codes[wire] < 0]
    begins = list(accumulate(map(len, operands), initial=0))
    slots = [slot for wire in order for slot in range(begins[wire], begins[wire + 1])]
    fixed = [[kernel.rule.is_fixed(port) for port in range(kernel.arity)] for kernel in kernels]
    flowing = [
        trained[k] and not fixed[code][port]
        for code, read in zip(codes, operands, strict=True)
        for port, k in enumerate(read)
    ]
    reached = [reaching[wire] for wire, read in enumerate(operands) for _ in read]
    read = [place[k] for wire in order for k in operands[wire]]
    targets = [number if flowing[slot] and reached[slot] else count for number, slot in zip(read, slots, strict=True)]
    runs = _runs([(levels[wire], codes[wire]) for wire in order], len(leaves))
    return Program(
        kernels=kernels,
        place=np.array(place, dtype=np.int64),
        leaves=np.array(leaves, dtype=np.int64),
        runs=np.array(runs, dtype=np.int64),
        codes=np.array([codes[order[first]] for first in runs[:-1]], dtype=np.int64),
        starts=np.array(list(accumulate((len(operands[wire]) for wire in order), initial=0)), dtype=np.int64),
        operands=np.array(read, dtype=np.int64),
        targets=np.array(targets, dtype=np.int64),
        slots=np.array(slots, dtype=np.int64),
        flowing=np.array(flowing, dtype=np.bool_),
        reached=np.array(reached, dtype=np.bool_),
    )


def _kernels(
    rules: Sequence[Rule | None], operands: Operands, dtypes: Sequence[str]
) -> tuple[tuple[Kernel, ...], list[int]]:
    """The distinct kernels in the order of their first gates, and for every wire which it is; -1 for leaves."""
    known: dict[tuple[int, str, tuple[str, ...]], int] = {}
    kernels: list[Kernel] = []
    codes: list[int] = []
    for rule, read, dtype in zip(rules, operands, dtypes, strict=True):
        if rule is None:
            codes.append(-1)
            continue
        towards = tuple([dtypes[k] for k in read])
        code = known.setdefault((id(rule), dtype, towards), len(kernels))
        if code == len(kernels):
            kernels.append(Kernel(rule, len(read), dtype, towards))
        codes.append(code)
    return tuple(kernels), codes


def _levels(operands: Operands) -> list[int]:
    """The longest path from a leaf to every wire."""
    levels: list[int] = []
    for read in operands:
        levels.append(1 + max([levels[k] for k in read]) if read else 0)
    return levels


def _runs(keys: Sequence[tuple[int, int]], leaves: int) -> list[int]:
    """Where the runs of gates begin, and where the last one ends; keys are level and kernel, in order."""
    if leaves == len(keys):
        return []
    begins = [number for number, (one, other) in enumerate(pairwise(keys), 1) if number > leaves and one != other]
    return [leaves, *begins, len(keys)]
