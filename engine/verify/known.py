"""A number as it is known: an enclosure of the exact result, and of what computing may have made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flint import fmpq

from ...schema.number import exact as exact_number
from ...schema.number import nearest
from ...schema.tensor import read
from ..numbers.intervals import Interval, point
from ..plan import Plan
from ..shape import size
from .bounds import REALISATIONS
from .claims import rational

#: No part of a widening.
NONE = fmpq(0)

#: `wide`, `own`, and how far `wide` reaches beyond `exact` where that is known without looking.
Widened = tuple[Interval, fmpq, fmpq | None]


class Known:
    """`exact` encloses the exact result, `wide` every result of faithful computing in the document's dtype.

    `own` is the part of that widening that the last step alone explains. All three agree for stated numbers.
    """

    __slots__ = ("_allowance", "_rest", "exact")

    def __init__(self, exact: Interval, wide: Interval, own: fmpq = NONE) -> None:
        self.exact = exact
        self._rest: Widened | Callable[[], Widened] = wide, own, NONE if wide is exact else None
        self._allowance: fmpq | None = None

    @classmethod
    def later(cls, exact: Interval, rest: Callable[[], Widened]) -> Known:
        """`rest` makes `wide` and `own` when somebody asks: where `exact` proves a claim, nobody does."""
        known = cls.__new__(cls)
        known.exact, known._rest, known._allowance = exact, rest, None
        return known

    def made(self) -> Widened:
        """Everything but `exact`, made now if nobody asked before."""
        rest = self._rest
        if callable(rest):
            rest = self._rest = rest()
        return rest

    @property
    def wide(self) -> Interval:
        """Every result of faithful computing."""
        return self.made()[0]

    @property
    def own(self) -> fmpq:
        """What the last step alone explains."""
        return self.made()[1]

    def size(self) -> fmpq:
        """The size of the exact result."""
        return self.exact.size

    @property
    def is_plain(self) -> bool:
        """True if nothing was widened."""
        return self.made()[0] is self.exact

    @property
    def is_one_step(self) -> bool:
        """True if only the last step rounded: everything before it is stated, and judged by its own equation."""
        return self.allowance is self.own or self.allowance == self.own

    @property
    def allowance(self) -> fmpq:
        """How far a faithful number may lie outside `exact`: this step's rounding, and four times what came before."""
        if self._allowance is None:
            wide, own, slack = self.made()
            if slack is None:
                slack = max(self.exact.low - wide.low, wide.high - self.exact.high)
            before = NONE if slack is own else slack - own
            self._allowance = own + REALISATIONS * before if before > 0 else own
        return self._allowance


def stated(interval: Interval) -> Known:
    """A number that is taken as it is stated."""
    return Known(interval, interval)


def never(_: int) -> bool:
    """No wire is stated as a whole, so that all are filled in their order."""
    return False


#: Entries of one wire, flat; None where nothing can be known (outside the domain, not finite).
Entries = Sequence[Known | None]


def at(entries: Entries, entry: int) -> Known | None:
    """One entry of a wire; a scalar answers for every entry of the tensor that it is combined with."""
    return entries[entry] if len(entries) > 1 else entries[0]


def leaf_entries(plan: Plan, i: int) -> Entries:
    """A leaf's value as exact rationals: decimals and fractions are not rounded."""
    node = plan.graph.nodes[i]
    if "value" not in node:
        return [None] * size(plan.shapes[i])
    return [_source(raw, plan.dtypes[i]) for raw in read(node["value"], plan.dtypes[i]).entries]


def seed_entries(plan: Plan, place: int) -> Entries:
    """The seed of an output as exact rationals; 1 where a single scalar output states none."""
    output, position = plan.graph.outputs[place], plan.outputs[place]
    if "seed" not in output:
        return [stated(point(fmpq(1)))]
    return [_source(raw, plan.dtypes[position]) for raw in read(output["seed"], plan.dtypes[position]).entries]


def _source(raw: Any, dtype: str) -> Known | None:
    """A source as it is written; floating passes start from its nearest number of the dtype, and so may a claim."""
    number = exact_number(raw, dtype)
    if isinstance(number, float):
        return None
    exact, stored = point(rational(number)), point(fmpq(*nearest(raw, dtype).as_integer_ratio()))
    return stated(exact) if exact == stored else Known(exact, exact.hull(stored), exact.gap(stored))
