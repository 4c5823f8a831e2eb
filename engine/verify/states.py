"""The states of knowledge that methods share, each made when it is first needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ..plan import Plan, has_objective, is_bound
from .claims import Claim
from .columns import Columns
from .equations import Equations, from_stated
from .truth import Truth

#: Precisions of the referee in bits, tried until every disputed entry is decided.
BITS = (128, 333, 1300)


class States:
    """One document as the methods see it: what it states, and the truth about its graph at its inputs."""

    def __init__(self, plan: Plan, claims: Sequence[Claim], truth: Truth | None = None) -> None:
        self.plan, self.claims, self.truth = plan, claims, truth or Truth(plan)
        self._made: dict[tuple[int, bool], Equations] = {}

    @cached_property
    def bound(self) -> bool:
        """True if every leaf has a value."""
        return is_bound(self.plan)

    @cached_property
    def objective(self) -> bool:
        """True if the document says which scalar is differentiated."""
        return has_objective(self.plan)

    @cached_property
    def printed(self) -> bool:
        """True if any claim is printed digits, so that local enclosures have a width of their own."""
        if isinstance(self.claims, Columns):
            # What is plain is not printed.
            return any(self.claims[k].printed for k in np.flatnonzero(~self.claims.plain).tolist())
        return any(claim.printed for claim in self.claims)

    def stated(self, bits: int) -> Equations:
        """Local equations in rigorous arithmetic at one precision."""
        return self._at(bits, as_printed=False)

    def as_printed(self, bits: int) -> Equations:
        """Local equations with printed operands taken as the numbers that they spell."""
        return self._at(bits, as_printed=True)

    def _at(self, bits: int, *, as_printed: bool) -> Equations:
        if (bits, as_printed) not in self._made:
            self._made[bits, as_printed] = from_stated(self.plan, self.claims, bits, as_printed=as_printed)
        return self._made[bits, as_printed]
