"""A number as people meet it: as it is written, with what its digits claim and what the engine computes beside it."""

from typing import Any, NamedTuple

import numpy as np

from ..engine.plan import Number, number
from ..schema import Graph
from ..schema.jsontypes import is_list
from ..schema.number import Interval, claimed, nearest, round_to
from ..schema.tensor import read
from .amounts import amount

#: Sentences show six digits: numbers that agree so far are told as one.
_ALIKE = 1e-6


class Quantity(NamedTuple):
    """A number as text and as a number; None where it is not known, and then the text says what it would be.

    `ends` are those of the set that its digits claim, for a number that the document states; `computed` is the
    engine's where that is another.
    """

    text: str
    number: Number | None
    ends: tuple[Number, Number] | None = None
    computed: Number | None = None

    def agrees(self, other: Number) -> bool:
        """True if another number, entry by entry, is this one to six digits or lies within what its digits claim."""
        alike = is_alike(self.number, other)
        return bool(np.all(alike if self.ends is None else alike | (self.ends[0] <= other) & (other <= self.ends[1])))


def is_alike(one: Any, other: Any) -> Any:
    """Entry by entry: whether two numbers are the same to six digits."""
    return np.isclose(one, other, rtol=_ALIKE, atol=0, equal_nan=True)


def stated_quantity(stated: Any, computed: Number | None, graph: Graph, dtype: str) -> Quantity:
    """A number that the document states, with the engine's where there is one and it is another."""
    floating = dtype if "float" in dtype else graph.dtype or "float64"
    said = number(stated, floating)
    same = computed is None or np.all(is_alike(said, computed))
    return Quantity(amount(stated), said, _ends(stated, floating, graph), None if same else computed)


def made_quantity(made: Number | None, computed: Number | None, unknown: str) -> Quantity:
    """A number that no document states: as it follows from those shown, else the engine's, else words."""
    found = computed if made is None else made
    if found is None:
        return Quantity(unknown, None)
    same = computed is None or np.all(is_alike(found, computed))
    return Quantity(amount(found), found, None, None if same else computed)


def is_whole(stated: Any) -> bool:
    """True if a number or every entry of a tensor is stated."""
    return all(map(is_whole, stated)) if is_list(stated) else stated is not None


def _ends(stated: Any, dtype: str, graph: Graph) -> tuple[Number, Number]:
    tensor = read(stated, dtype)
    rounding = None if tensor.binary else graph.rounding
    sets = [_set(claimed(entry, dtype, rounding), entry, dtype) for entry in tensor.entries if entry is not None]
    ends = np.array(sets, dtype=np.float64).reshape((*tensor.shape, 2))
    return ends[..., 0], ends[..., 1]


def _set(claim: Interval | float, entry: Any, dtype: str) -> tuple[float, float]:
    if isinstance(claim, Interval):
        return round_to(claim.low, "float64"), round_to(claim.high, "float64")
    return nearest(entry, dtype), nearest(entry, dtype)
