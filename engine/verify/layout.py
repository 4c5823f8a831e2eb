"""Where everything lies in flat arrays: the entries of wires, the slots of gates, and gates of one rule together.

Made once for a plan and shared by every method that judges a whole document at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..edges import Edges, Indices, spans, starts_of, within
from ..plan import Plan
from ..rule import Rule
from ..shape import SCALAR, size

Floats = NDArray[np.float64]


def listed(indices: Indices) -> list[int]:
    """Indices as Python's own numbers."""
    return cast(list[int], indices.tolist())


@dataclass(frozen=True, slots=True)
class Group:
    """Gates of one rule and one dtype.

    `own` are the flat entries of their outputs; by port, `ports` are the entries of the operands that these are
    computed from, `slots` the slots, `places` the entries of the slots. Scalars beside tensors are repeated.
    """

    rule: Rule
    dtype: str
    gates: Indices
    sizes: Indices
    own: Indices
    ports: Sequence[Indices]
    slots: Sequence[Indices]
    places: Sequence[Indices]

    def by_gate(self, entries: NDArray[Any]) -> NDArray[np.bool_]:
        """For every gate whether any of its entries is marked."""
        if entries.size == self.gates.size:
            return entries
        owners = np.repeat(np.arange(self.gates.size), self.sizes)
        return np.bincount(owners, weights=entries, minlength=self.gates.size) > 0


class Layout:
    """The flat places of a plan: wire i has the entries `starts[i]` to `starts[i + 1]`.

    Slot s, one for every operand of every gate, has its entries from `slot_starts[s]` on: as many as its gate's output
    or its operand has, whichever are more.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.sizes: Indices = np.array([size(shape) for shape in plan.shapes], dtype=np.int64)
        self.starts = starts_of(self.sizes)
        self.total = int(self.starts[-1])
        edges = Edges.of(plan.operands)
        self.first_slot, self.slot_operand = edges.starts, edges.wires
        self.slot_gate: Indices = np.repeat(np.arange(edges.count, dtype=np.int64), edges.arities)
        self.slot_starts = starts_of(np.maximum(self.sizes[self.slot_gate], self.sizes[self.slot_operand]))
        self.scalar: NDArray[np.bool_] = np.array([shape == SCALAR for shape in plan.shapes], dtype=bool)

    @cached_property
    def is_scalar(self) -> bool:
        """True if every wire is a scalar, so that entries, wires and positions are the same numbers."""
        return bool(self.scalar.all())

    @cached_property
    def dtypes(self) -> frozenset[str]:
        """The dtypes of all wires."""
        return frozenset(self.plan.dtypes)

    @cached_property
    def reaching(self) -> NDArray[np.bool_]:
        """The wires from which an output is reached."""
        return np.array(self.plan.reaching, dtype=bool)

    @cached_property
    def all_reach(self) -> bool:
        """True if an output is reached from every wire."""
        return bool(self.reaching.all())

    def wire(self, i: int) -> slice:
        """The entries of wire i."""
        return slice(int(self.starts[i]), int(self.starts[i + 1]))

    def slot(self, gate: int, port: int) -> int:
        """The number of a gate's slot."""
        return int(self.first_slot[gate]) + port

    def slot_entries(self, slot: int) -> slice:
        """The entries of a slot."""
        return slice(int(self.slot_starts[slot]), int(self.slot_starts[slot + 1]))

    def owners(self, entries: Indices) -> Indices:
        """The wires that these entries belong to."""
        return np.searchsorted(self.starts, entries, side="right") - 1

    def flat(self, numbers: Sequence[Any]) -> Floats:
        """One number or tensor a wire, flat."""
        if self.is_scalar:
            return np.array(numbers, dtype=np.float64)
        parts = [np.broadcast_to(np.ravel(x), (count,)) for x, count in zip(numbers, self.sizes.tolist(), strict=True)]
        return np.concatenate(parts)

    @cached_property
    def groups(self) -> list[Group]:
        """All gates that work entry by entry, those of one rule, one number of operands and one dtype together."""
        alike: dict[tuple[int, int, str], list[int]] = defaultdict(list)
        rules, dtypes = self.plan.rules, self.plan.dtypes
        for i, rule in enumerate(rules):
            if rule is not None and rule.elementwise:
                # Two rules may have one name and differ in their attributes: the object counts.
                alike[id(rule), len(self.plan.operands[i]), dtypes[i]].append(i)
        return [self._group(gates) for gates in alike.values()]

    @cached_property
    def whole(self) -> list[int]:
        """The gates that work on whole tensors."""
        return [i for i, rule in enumerate(self.plan.rules) if rule is not None and not rule.elementwise]

    def _group(self, members: list[int]) -> Group:
        rule, dtype = self.plan.rules[members[0]], self.plan.dtypes[members[0]]
        assert rule is not None
        gates: Indices = np.array(members, dtype=np.int64)
        sizes = self.sizes[gates]
        slots = [self.first_slot[gates] + port for port in range(len(self.plan.operands[members[0]]))]
        return Group(
            rule,
            dtype,
            gates,
            sizes,
            spans(self.starts[gates], sizes),
            [self._read(gates, self.slot_operand[slot]) for slot in slots],
            slots,
            [spans(self.slot_starts[slot], sizes) for slot in slots],
        )

    def _read(self, gates: Indices, wires: Indices) -> Indices:
        """For every entry of these gates the entry of the operand that it is computed from."""
        sizes = self.sizes[gates]
        step = np.repeat(~self.scalar[wires], sizes).astype(np.int64)
        return np.repeat(self.starts[wires], sizes) + step * within(sizes)


def by_entry(layout: Layout, constants: Mapping[str, Any]) -> Floats:
    """A constant of each wire's dtype, entry by entry; 0 where the dtype has none."""
    known = {dtype: float(constants.get(dtype, 0)) for dtype in layout.dtypes}
    if len(known) == 1:
        [constant] = known.values()
        return np.full(layout.total, constant)
    return np.repeat(np.array([known[dtype] for dtype in layout.plan.dtypes]), layout.sizes)
