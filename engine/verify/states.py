"""The states of knowledge that methods share, each made when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from ..plan import Number, Plan, has_objective
from .claims import Claim
from .columns import Columns
from .equations import Equations, from_inputs, from_stated
from .layout import Layout
from .near_guards import Hanging, dead_slots, guards_near
from .nonfinite import Execution

#: Precisions of the referee in bits, tried until every disputed entry is decided.
BITS = (128, 333, 1300)


class States:
    """One document as the methods see it."""

    def __init__(self, plan: Plan, claims: Sequence[Claim], layout: Layout | None = None) -> None:
        self.plan, self.claims, self.layout = plan, claims, layout or Layout(plan)
        self._made: dict[tuple[str, int], Equations] = {}

    @cached_property
    def bound(self) -> bool:
        """True if every leaf has a value."""
        return all("value" in self.plan.graph.nodes[i] for i, rule in enumerate(self.plan.rules) if rule is None)

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

    @cached_property
    def execution(self) -> Execution:
        """The graph as IEEE arithmetic runs it."""
        return Execution(self.plan)

    @cached_property
    def hanging(self) -> Hanging:
        """What hangs on guards that may be 0, as execution sees them."""
        values = self.execution.values
        guards = guards_near(self.layout, values)
        return Hanging(self.plan, guards, dead_slots(self.layout, values) if guards else ())

    @cached_property
    def float64_values(self) -> Sequence[Number] | None:
        """Every wire's value in float64, where that is what execution computes; None for narrower documents."""
        return self.execution.values if set(self.plan.dtypes) == {"float64"} else None

    def stated(self, bits: int) -> Equations:
        """Local equations in rigorous arithmetic at one precision."""
        return self._at("stated", bits, lambda: from_stated(self.plan, self.claims, bits))

    def as_printed(self, bits: int) -> Equations:
        """Local equations with printed operands taken as the numbers that they spell."""
        return self._at("as_printed", bits, lambda: from_stated(self.plan, self.claims, bits, as_printed=True))

    def truth(self, bits: int) -> Equations:
        """Global equations at one precision: nothing is taken from the annotations."""
        return self._at("truth", bits, lambda: from_inputs(self.plan, bits))

    def _at(self, name: str, bits: int, make: Callable[[], Equations]) -> Equations:
        if (name, bits) not in self._made:
            self._made[name, bits] = make()
        return self._made[name, bits]
