"""All claims of a document as columns: what a large document claims is read and judged without an object a claim.

A claim is *plain* where every entry is a finite machine number on a wire that has such a number: arrays hold all
there is to know of it. The others (printed digits, NaN, missing entries, numbers on integer wires) are judged one by
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ...schema.number import UNIT_ROUNDOFF, is_printed, nearest
from ...schema.tensor import read
from ..edges import spans, starts_of
from ..plan import Plan
from .claims import DOWNSTREAM, FIELDS, LOCAL, Claim, Key, Written, claim_of, floating
from .layout import Floats, Indices, Layout

#: Fields from this on belong to a slot.
SLOTS = LOCAL

_NUMBER = {name: number for number, name in enumerate(FIELDS)}

_NARROW = {"float32": np.float32, "float16": np.float16}


class Columns(Sequence[Claim]):
    """The claims in the order of the document; `columns[k]` is claim k as an object, made when it is asked for.

    `node`, `field`, `port` hold one number a claim; `starts` says where its entries lie in `numbers`, which has the
    nearest number of the dtype, and NaN where there is none or where digits are the claim.
    """

    def __init__(self, plan: Plan, layout: Layout | None = None) -> None:
        self.plan, self.layout = plan, layout or Layout(plan)
        written = Written(plan)
        self.node: Indices = np.array(written.nodes, dtype=np.int64)
        codes: Indices = np.array(written.codes, dtype=np.int64)
        self.field, self.port = codes % len(FIELDS), codes // len(FIELDS) - 1
        self._raws: Sequence[Any] = written.raws
        self._made: dict[int, Claim] = {}
        self.starts = starts_of(self.layout.sizes[self.wires])
        self.numbers = self._numbers()

    @overload
    def __getitem__(self, index: int) -> Claim: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Claim]: ...
    def __getitem__(self, index: int | slice) -> Claim | Sequence[Claim]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        if index not in self._made:
            port = int(self.port[index])
            name = FIELDS[int(self.field[index])]
            self._made[index] = claim_of(
                self.plan, int(self.node[index]), name, None if port < 0 else port, self._raws[index]
            )
        return self._made[index]

    def __len__(self) -> int:
        return len(self._raws)

    @cached_property
    def slots(self) -> Indices:
        """The slot of every claim on one, of the others any."""
        return self.layout.first_slot[self.node] + np.maximum(self.port, 0)

    @cached_property
    def wires(self) -> Indices:
        """The wire whose shape and dtype every claim has: the operand's for what is sent to it."""
        wires = self.node.copy()
        sent = self.field == DOWNSTREAM
        wires[sent] = self.layout.slot_operand[self.slots[sent]]
        return wires

    @cached_property
    def sizes(self) -> Indices:
        """How many entries each claim has."""
        return np.diff(self.starts)

    @cached_property
    def owner(self) -> Indices:
        """The claim that every entry belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.sizes)

    @cached_property
    def plain(self) -> NDArray[np.bool_]:
        """The claims that their numbers say all of."""
        judged = np.array([dtype in UNIT_ROUNDOFF for dtype in self.plan.dtypes], dtype=bool)[self.wires]
        return judged & (self.sizes > 0) & ~self.any(~np.isfinite(self.numbers))

    def whole(self, field: str) -> list[bool]:
        """For every wire whether its value, or its gradient, is a plain claim."""
        found = np.zeros(len(self.plan.ids), dtype=bool)
        found[self.node[self.plain & (self.field == _NUMBER[field])]] = True
        flags: list[bool] = found.tolist()
        return flags

    def find(self, key: Key) -> int | None:
        """The place of a claim; None where nothing is claimed."""
        node, field, port = key
        place = node if port is None else self.layout.slot(node, port)
        k = int(self._places[_NUMBER[field]][place])
        return None if k < 0 else k

    @cached_property
    def _places(self) -> Sequence[Indices]:
        """By field the place of the claim on every wire, or on every slot; -1 where there is none."""
        found: list[Indices] = []
        for field in range(len(FIELDS)):
            chosen = np.flatnonzero(self.field == field)
            count = self.layout.slot_operand.size if field >= SLOTS else len(self.plan.ids)
            places = np.full(count, -1, dtype=np.int64)
            places[(self.slots if field >= SLOTS else self.node)[chosen]] = chosen
            found.append(places)
        return found

    def any(self, entries: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """For every claim whether any of its entries is marked."""
        if entries.size == len(self):
            return entries
        return np.bincount(self.owner[entries], minlength=len(self)) > 0

    def largest(self, entries: Floats) -> Floats:
        """For every claim its largest entry; NaN where one is NaN, or there is none."""
        if entries.size == len(self):
            return entries
        found = np.full(len(self), np.nan)
        sized = self.sizes > 0
        if sized.any():
            found[sized] = np.maximum.reduceat(entries, self.starts[:-1][sized])
        return found

    def places(self, field: int) -> tuple[Indices, Indices]:
        """The entries of the claims on one field, and their places among those of wires or of slots."""
        chosen = np.flatnonzero(self.field == field)
        starts = (
            self.layout.slot_starts[self.slots[chosen]] if field >= SLOTS else self.layout.starts[self.node[chosen]]
        )
        return spans(self.starts[chosen], self.sizes[chosen]), spans(starts, self.sizes[chosen])

    def gathered(self, by_field: Sequence[Floats]) -> Floats:
        """From arrays over wires (value, grad) and slots (local, downstream) one number an entry of a claim."""
        found = np.full(self.numbers.size, np.nan)
        for field, numbers in enumerate(by_field):
            entries, places = self.places(field)
            found[entries] = numbers[places]
        return found

    def _numbers(self) -> Floats:
        rounding = self.plan.graph.rounding
        if rounding is not None and rounding.digits is not None:
            return self._entry_by_entry([isinstance(raw, dict) for raw in self._raws])
        if not self.layout.is_scalar:
            return self._entry_by_entry([True] * len(self))
        machine = [raw if raw.__class__ is float or raw.__class__ is int else np.nan for raw in self._raws]
        numbers = self._rounded(np.array(machine, dtype=np.float64))
        for k in np.flatnonzero(np.isnan(numbers)).tolist():
            numbers[k] = _number(self._raws[k], self.dtype(k))
        return numbers

    def _entry_by_entry(self, read_these: Sequence[bool]) -> Floats:
        """The numbers of these claims; NaN for the others."""
        numbers = np.full(int(self.starts[-1]), np.nan)
        for k, wanted in enumerate(read_these):
            if wanted:
                raw, dtype = self._raws[k], self.dtype(k)
                entries = (raw,) if isinstance(raw, (int, float, str)) else read(raw, self._written_in(k)).entries
                numbers[self.starts[k] : self.starts[k + 1]] = [_number(entry, dtype) for entry in entries]
        return numbers

    def _rounded(self, numbers: Floats) -> Floats:
        """Each JSON number in the dtype of its claim; every zero is +0."""
        narrow = set(self.plan.dtypes) & (set(UNIT_ROUNDOFF) - {"float64"})
        dtypes = np.array(self.plan.dtypes)[self.wires]
        for dtype in narrow:
            own = dtypes == dtype
            if dtype in _NARROW:
                with np.errstate(over="ignore"):
                    numbers[own] = numbers[own].astype(_NARROW[dtype])
            else:
                numbers[own] = [nearest(number, dtype) for number in numbers[own].tolist()]
        return numbers + 0.0

    def _written_in(self, k: int) -> str:
        """The dtype whose elements claim k is written in: a value is in that of its wire."""
        own = self.field[k] == _NUMBER["value"]
        return self.plan.dtypes[int(self.wires[k])] if own else self.dtype(k)

    def dtype(self, k: int) -> str:
        """The dtype whose number claim k is."""
        return floating(self.plan, self.plan.dtypes[int(self.wires[k])])


def _number(raw: Any, dtype: str) -> float:
    """The nearest number of the dtype; NaN where nothing is claimed, or where digits are the claim."""
    if raw is None or (isinstance(raw, str) and is_printed(raw)):
        return np.nan
    return nearest(raw, dtype)


class ByKey(Mapping[Key, Claim]):
    """The claims of a document by node, field and port."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def __getitem__(self, key: Key) -> Claim:
        k = self._columns.find(key)
        if k is None:
            raise KeyError(key)
        return self._columns[k]

    def get(self, key: Key, default: Any = None) -> Any:
        """The claim, without an exception where there is none."""
        k = self._columns.find(key)
        return default if k is None else self._columns[k]

    def __iter__(self) -> Iterator[Key]:
        return ((claim.node, claim.field, claim.port) for claim in self._columns)

    def __len__(self) -> int:
        return len(self._columns)
