"""The other form of a tensor gate's gradient: through the output that is stated, and not from the operands.

Whoever works on from a printed softmax takes y (g - Σ g y) with the printed y. A gate that was opened into its parts
has no such form: its parts see the operands alone. So what the parts refute is held against the gradient that goes
through the stated outputs too, with running bounds, and the better of the two counts, as it does for scalar gates.
What is proved: nothing. Assumed: gradient rules, running bounds of first order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from flint import fmpq

from ...numbers.intervals import Interval
from ...parts import Parts
from ...plan import Plan
from ..claims import Claim
from ..verdict import Judgement, Numbers, Verdict
from .passes import Bounds

#: Gives another judgement of an entry of a claim, where another form of its equation admits it; None where none does.
OtherForm = Callable[[Claim, int], Judgement | None]


class ThroughOutputs:
    """Judges claims on the parts of a graph by the `equations` of whole tensors, made at most once."""

    def __init__(self, plan: Plan, parts: Parts, equations: Callable[[], Bounds]) -> None:
        self.plan, self.parts, self._equations = plan, parts, equations

    def __call__(self, claim: Claim, entry: int) -> Judgement | None:
        """Consistent, if the gradient through stated outputs is what is claimed; None otherwise."""
        if claim.field == "value" or not self._applies:
            return None
        key, place = self.parts.slots[claim.node, claim.field, claim.port]
        found, claimed = self._equations().of(key), claim.set_of(entry)
        value, rounding, choice = (float(np.ravel(part)[place]) for part in (found.value, found.rounding, found.open))
        if claimed is None or choice or not np.isfinite(value + rounding):
            return None
        middle, allowance = fmpq(*value.as_integer_ratio()), fmpq(*rounding.as_integer_ratio())
        gap = claimed.gap(Interval(middle - allowance, middle + allowance))
        return (
            None
            if gap
            else Judgement(Verdict.CONSISTENT, ("rounding-explains",), "overlap", Numbers(allowance=allowance))
        )

    @cached_property
    def _applies(self) -> bool:
        """Elementwise gates are parts themselves, and have both forms there."""
        return any(rule is not None and not rule.elementwise for rule in self.plan.rules)
