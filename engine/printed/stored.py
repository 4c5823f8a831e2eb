"""Exact numbers as a program holds them: the nearest double, or float32, beside the number itself (grading.md 4.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from math import isfinite

from flint import fmpq

from ...schema.dtype import round_to
from ..numbers.intervals import Interval
from ..verify.claims import rational
from .circuit import Cell


class Stored(Mapping[Cell, Interval | None]):
    """The operands of a sheet that a program printed; where one is exact, whatever the program may have held for it."""

    def __init__(self, operands: Mapping[Cell, Interval | None], dtypes: Collection[str]) -> None:
        self._operands, self._dtypes = operands, sorted(dtypes)

    def __getitem__(self, cell: Cell) -> Interval | None:
        found = self._operands[cell]
        return found if found is None or not found.is_point else self._held(found)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._operands)

    def __len__(self) -> int:
        return len(self._operands)

    def _held(self, number: Interval) -> Interval:
        for dtype in self._dtypes:
            number = number.hull(Interval(*[_nearest(end, dtype) for end in number]))
        return number


def _nearest(number: fmpq, dtype: str) -> fmpq:
    stored = round_to(Fraction(int(number.p), int(number.q)), dtype)
    return rational(Fraction(stored)) if isfinite(stored) else number
