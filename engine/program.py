"""A program: the gates of a plan as flat arrays, in the order in which every executor runs them.

Wires are renumbered: leaves first, then gates by level (the longest path from a leaf), gates of one level by kernel. A
run is a stretch of one level and one kernel: its gates do not read each other. Backward, runs are taken from the last
to the first and gates inside a run from the first to the last, so that every executor adds branches in one order.
Nothing here depends on a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np

from .dtypes import FLOATING
from .edges import Edges, Indices, Truths, spans, starts_of
from .levels import levels_of
from .rule import Rule


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
    flowing: Truths
    reached: Truths

    @property
    def size(self) -> int:
        """How many wires there are."""
        return int(self.place.size)

    def columns(self, run: int, indices: Indices) -> Indices:
        """Operands or targets of a run, a row a gate."""
        first, last = int(self.runs[run]), int(self.runs[run + 1])
        found = indices[self.starts[first] : self.starts[last]]
        return found.reshape(last - first, -1)


@dataclass(frozen=True, slots=True)
class Gates:
    """What a program is made from: wires in the order of the document, in arrays.

    ``codes`` tells the place of every gate's rule among ``rules``, -1 for a leaf; ``held`` that of every wire's dtype
    among ``dtypes``. A gradient flows to ``trained`` wires; from ``reaching`` ones an output can be reached.
    """

    edges: Edges
    rules: tuple[Rule, ...]
    codes: Indices
    dtypes: tuple[str, ...]
    held: Indices
    trained: Truths
    reaching: Truths

    @classmethod
    def of(
        cls,
        rules: Sequence[Rule | None],
        edges: Edges,
        dtypes: Sequence[str],
        trained: Sequence[bool],
        reaching: Sequence[bool],
    ) -> Gates:
        """The same from one entry a wire."""
        distinct = dict(zip(map(id, rules), rules, strict=True))
        distinct.pop(id(None), None)
        codes = {key: code for code, key in enumerate(distinct)} | {id(None): -1}
        names = {name: place for place, name in enumerate(dict.fromkeys(dtypes))}
        return cls(
            edges=edges,
            rules=tuple(rule for rule in distinct.values() if rule is not None),
            codes=np.fromiter(map(codes.__getitem__, map(id, rules)), np.int64, len(rules)),
            dtypes=tuple(names),
            held=np.fromiter(map(names.__getitem__, dtypes), np.int64, len(dtypes)),
            trained=np.asarray(trained, dtype=np.bool_),
            reaching=np.asarray(reaching, dtype=np.bool_),
        )


def program_of(gates: Gates) -> Program:
    """The program of gates that work entry by entry, all on scalars."""
    edges, count = gates.edges, gates.edges.count
    kernels, codes = _kernels(gates)
    order, boundaries = _ordered(levels_of(edges), codes)
    place: Indices = np.empty(count, np.int64)
    place[order] = np.arange(count)
    arities = edges.arities[order]
    slots = spans(edges.starts[order], arities)
    flowing = gates.trained[edges.wires] & ~_fixed(edges, kernels, codes)
    reached = np.repeat(gates.reaching, edges.arities)
    operands = place[edges.wires[slots]]
    return Program(
        kernels=kernels,
        place=place,
        leaves=np.flatnonzero(codes < 0),
        runs=boundaries,
        codes=codes[order[boundaries[:-1]]],
        starts=starts_of(arities),
        operands=operands,
        targets=np.where((flowing & reached)[slots], operands, count),
        slots=slots,
        flowing=flowing,
        reached=reached,
    )


def _kernels(gates: Gates) -> tuple[tuple[Kernel, ...], Indices]:
    """The distinct kernels in the order of their first gates, and for every wire which it is; -1 for leaves."""
    places = np.flatnonzero(gates.codes >= 0)
    arities, codes = gates.edges.arities[places], gates.codes[places]
    firsts, found = _numbered(_joined(codes, arities))
    if len(gates.dtypes) > 1:
        _, found = _numbered(_joined(found, gates.held[places]))
        firsts, found = _numbered(_joined(found, _towards(gates)[places]))
    numbers: Indices = np.full(gates.edges.count, -1)
    numbers[places] = found
    return tuple(_kernel(gates, wire) for wire in places[firsts].tolist()), numbers


def _kernel(gates: Gates, wire: int) -> Kernel:
    """The kernel of one gate."""
    first, last = map(int, gates.edges.starts[wire : wire + 2])
    towards = tuple(gates.dtypes[int(gates.held[operand])] for operand in gates.edges.wires[first:last])
    return Kernel(gates.rules[int(gates.codes[wire])], last - first, gates.dtypes[int(gates.held[wire])], towards)


def _towards(gates: Gates) -> Indices:
    """A number for what dtypes a gate's operands have, in graphs of several dtypes; one loop, as few graphs need it."""
    told, known = gates.held[gates.edges.wires].astype(np.uint8).tobytes(), dict[bytes, int]()
    ends: list[int] = gates.edges.starts.tolist()
    found = (known.setdefault(told[first:last], len(known)) for first, last in pairwise(ends))
    return np.fromiter(found, np.int64, gates.edges.count)


def _joined(one: Indices, other: Indices) -> Indices:
    """One number for every pair of numbers."""
    return one * (int(other.max(initial=0)) + 1) + other


def _numbered(keys: Indices) -> tuple[Indices, Indices]:
    """Where each distinct key stands first, in the order of these places, and for every key which of them it is."""
    most = int(keys.max(initial=0)) + 1
    if most > 4 * keys.size + 1024:
        _, keys = np.unique(keys, return_inverse=True)
        most = int(keys.max(initial=0)) + 1
    first: Indices = np.full(most, -1)
    # Of several places the last one is kept, so they are told from the last to the first.
    first[keys[::-1]] = np.arange(keys.size)[::-1]
    firsts = np.sort(first[first >= 0])
    number: Indices = np.empty(most, np.int64)
    number[keys[firsts]] = np.arange(firsts.size)
    return firsts, number[keys]


def _ordered(levels: Indices, codes: Indices) -> tuple[Indices, Indices]:
    """Wires by level, then by kernel, and where the runs of gates begin and end."""
    # Leaves have no kernel: level 0 is theirs alone.
    keys = levels * (int(codes.max(initial=0)) + 2) + codes + 1
    order = _sorted(keys)
    leaves = int(np.count_nonzero(codes < 0))
    gates = keys[order[leaves:]]
    begins = np.append(0, np.flatnonzero(np.diff(gates)) + 1) if gates.size else np.zeros(0, np.int64)
    return order, np.append(leaves + begins, codes.size) if gates.size else begins


def _sorted(keys: Indices) -> Indices:
    """The places of keys from the least to the largest, equal ones in their order.

    Sixteen bits after sixteen bits, which NumPy sorts by counting.
    """
    if (keys[1:] >= keys[:-1]).all():
        return np.arange(keys.size)
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    while (keys := keys >> 16).any():
        order = order[np.argsort(keys[order].astype(np.uint16), kind="stable")]
    return cast(Indices, order)


def _fixed(edges: Edges, kernels: Sequence[Kernel], codes: Indices) -> Truths:
    """By slot, whether no gradient ever flows toward the operand."""
    fixed = [kernel.rule.is_fixed(port) for kernel in kernels for port in range(kernel.arity)]
    if not any(fixed):
        return np.zeros(edges.wires.size, np.bool_)
    tables = starts_of(np.array([kernel.arity for kernel in kernels], dtype=np.int64))
    # A slot's place in the table of its kernel is its port.
    begins = np.repeat(tables[codes] - edges.starts[:-1], edges.arities)
    return np.array(fixed)[begins + np.arange(edges.wires.size)]
