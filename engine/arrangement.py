"""Rearrangements of entries, declared as NumPy says them: what comes out is what went in, at other places.

The declared function rearranges arrays of anything. Floats are rearranged themselves; for every other number system,
and for the gradient, the entries are numbered first, and the numbers tell where each one went. So a rearrangement
needs no gradient rule: an entry receives the sum over the places that it went to.
"""

from collections.abc import Callable
from functools import lru_cache, partial, wraps
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .dtypes import DtypeRule, anything
from .rule import Pattern, Rule, structured
from .shape import Shape, size

#: Rearranges arrays: a number that stands where nothing is read, then the arrays.
Rearrangement = Callable[..., Any]

#: What stands in an index where nothing was read.
NOWHERE = -1


class Index(NamedTuple):
    """For every entry of the result, its place among the entries of all operands laid end to end, or NOWHERE."""

    places: NDArray[np.int64]
    shapes: tuple[Shape, ...]

    @property
    def starts(self) -> list[int]:
        """Where each operand's entries begin, and where the last ones end."""
        return [0, *np.cumsum([size(shape) for shape in self.shapes]).tolist()]


def numbered(function: Rearrangement, shapes: tuple[Shape, ...]) -> Index:
    """Where a rearrangement takes its entries from: the function itself, run on their numbers."""
    index = Index(np.empty(0, np.int64), shapes)
    starts = index.starts
    numbers = [
        np.arange(start, start + size(shape)).reshape(shape) for start, shape in zip(starts, shapes, strict=False)
    ]
    return Index(np.asarray(function(NOWHERE, *numbers)), shapes)


#: The same, remembered: for functions that are made once, as those of ops with their attributes are.
remembered = lru_cache(maxsize=1024)(numbered)


@lru_cache(maxsize=4096)
def _with(function: Rearrangement, attrs: tuple[tuple[str, Any], ...]) -> Rearrangement:
    """The function with its attributes: one object for equal ones, so that its index is remembered."""
    return partial(function, **dict(attrs)) if attrs else function


def arrangement(
    *, fill: str | None = None, since: int = 1, pattern: Pattern = Pattern.DISTRIBUTOR, dtype: DtypeRule = anything
) -> Callable[[Rearrangement], Rule]:
    """Declare a rearrangement; `fill` names the attribute that stands where nothing was read, 0 if there is none."""

    def declare(function: Rearrangement) -> Rule:
        @wraps(function)
        def forward(xp: Any, *operands: Any, **attrs: Any) -> Any:
            filling = xp.constant(attrs[fill] if fill else 0)
            return xp.rearranged(_with(function, tuple(sorted(attrs.items()))), operands, filling)

        def pullback(xp: Any, grad: Any, out: Any, *operands: Any, **attrs: Any) -> Any:
            shapes = tuple(xp.shape(operand) for operand in operands)
            return xp.returned(remembered(_with(function, tuple(sorted(attrs.items()))), shapes), grad)

        rule = structured(pattern=pattern, since=since, dtype=dtype)(forward)
        rule.pullback(pullback)
        return rule

    return declare
