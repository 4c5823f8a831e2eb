"""rho of a whole document: how far every claim is off its own equation, in units of what rounding explains."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .columns import Columns
from .layout import Floats
from .local import residuals, stated_numbers


class Rho:
    """The local check of all claims in arrays, made when somebody asks for it; `gradients` if there is an objective."""

    def __init__(self, columns: Columns, *, gradients: bool) -> None:
        self._columns, self._gradients = columns, gradients

    @cached_property
    def by_entry(self) -> Floats:
        """rho of every entry of every claim; NaN where the local check cannot judge."""
        numbers = stated_numbers(self._columns)
        return self._columns.gathered(residuals(self._columns.plan, numbers, gradients=self._gradients).by_field)

    @property
    def within(self) -> NDArray[np.bool_]:
        """The claims that are within their bounds, entry by entry."""
        return self._columns.plain & ~self._columns.any(~(self.by_entry <= 1))

    def of(self, k: int) -> list[float]:
        """rho of the entries of claim k."""
        found: list[float] = self.by_entry[self._columns.starts[k] : self._columns.starts[k + 1]].tolist()
        return found

    def largest(self, k: int) -> float | None:
        """The largest of claim k; None where the local check cannot judge some entry."""
        return self._largest[k]

    @cached_property
    def _largest(self) -> list[float | None]:
        largest: list[float] = self._columns.largest(self.by_entry).tolist()
        return [None if rho != rho else rho for rho in largest]
