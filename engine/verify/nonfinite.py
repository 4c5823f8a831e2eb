"""NaN and infinities: right where this graph's own gates yield them in the document's dtype, else refuted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..backward import Pass, backward_pass
from ..dtypes import anything
from ..forward import forward_pass
from ..plan import Number, Plan, has_objective, leaf_numbers, seed_numbers
from ..rule import Rule
from .claims import Claim
from .verdict import Judgement, Verdict


@dataclass(frozen=True)
class Execution:
    """The graph run by IEEE arithmetic in its own dtype."""

    plan: Plan

    @cached_property
    def values(self) -> Sequence[Number]:
        """Every wire's value."""
        return forward_pass(self.plan, leaf_numbers(self.plan))

    def value(self, wire: int) -> Number:
        """One wire's value."""
        return self.values[wire]

    @cached_property
    def seeds(self) -> dict[int, Number]:
        """The seed of every output by position; empty where the graph has no objective."""
        return seed_numbers(self.plan) if has_objective(self.plan) else {}

    @cached_property
    def gradients(self) -> Pass | None:
        """The backward pass; None where the graph has no objective."""
        if not self.seeds:
            return None
        return self.under(self.plan.graph.kinks or "zero")

    def under(self, kinks: str) -> Pass:
        """The backward pass under a named convention; the graph must have an objective."""
        return backward_pass(self.plan, self.values, self.seeds, kinks)

    @property
    def is_finite(self) -> bool:
        """True if every value and gradient is a finite number."""
        passed = self.gradients
        return all(bool(np.all(np.isfinite(x))) for x in (*self.values, *(passed.grads if passed else ())))

    @cached_property
    def is_handed_on(self) -> Sequence[bool]:
        """For every wire, whether all NaN and infinities on it came from constants and inputs, and none was made.

        A mask of -Infinity is what the document says: no operation overflowed or left its domain.
        """
        found: list[bool] = []
        for i, rule in enumerate(self.plan.rules):
            operands = self.plan.operands[i]
            sound = rule is None or not _is_made(rule, self.values[i], [self.values[k] for k in operands])
            found.append(sound and all(found[k] for k in operands))
        return found

    def number(self, claim: Claim, entry: int) -> float:
        """What execution yields where the claim stands; NaN where there is nothing."""
        number = self.wire(claim)
        if isinstance(number, float):
            return number
        return math.nan if number is None else float(np.ravel(number)[entry])

    def wire(self, claim: Claim) -> Any:
        """What execution yields on the claim's wire or slot; None where there is nothing."""
        if claim.field == "value":
            return self.values[claim.node]
        return None if self.gradients is None else sent(self.gradients, claim)


def _is_made(rule: Rule, value: Number, operands: Sequence[Number]) -> bool:
    """True if some NaN or infinity of a result does not stand for one of the same kind in an operand."""
    value = np.asarray(value)
    if np.all(np.isfinite(value)):
        return False
    if not rule.elementwise:
        # A rearrangement makes no numbers.
        return rule.dtype is not anything
    nan = np.any([np.broadcast_to(np.isnan(x), value.shape) for x in operands], axis=0)
    infinite = np.any([np.broadcast_to(np.isinf(x), value.shape) for x in operands], axis=0)
    return bool(np.any((np.isnan(value) & ~nan) | (np.isinf(value) & ~infinite)))


def sent(passed: Pass, claim: Claim) -> Any:
    """What a backward pass yields on the wire or slot of a claim on a gradient."""
    if claim.field == "grad":
        return passed.grads[claim.node]
    slots = passed.local if claim.field == "local" else passed.downstream
    return slots[claim.node][claim.port or 0]


def parts_leave_floats(whole: Execution, parts: Execution) -> bool:
    """True if some part of an opened gate is no finite float, where the gate's own kernel and pullback are.

    The square of 1e-200 is nothing in binary64, and yet the norm of such numbers is a number.
    """
    return whole.is_finite and not parts.is_finite


def claimed_nonfinite(execution: Execution, claim: Claim, entry: int, claimed: float) -> tuple[Judgement, Judgement]:
    """Local and global verdict on a claimed NaN or infinity."""
    executed = execution.number(claim, entry)
    same = executed == claimed or (math.isnan(executed) and math.isnan(claimed))
    if not same:
        refuted = Judgement(Verdict.REFUTED).because("nonfinite")
        return refuted, refuted
    consistent = Judgement(Verdict.CONSISTENT).because("nonfinite")
    if claim.field == "value" and execution.is_handed_on[claim.node]:
        return consistent, consistent
    return consistent, Judgement(Verdict.UNDECIDED).because("nonfinite")


def without_enclosure(execution: Execution, claim: Claim, entry: int) -> Judgement:
    """The verdict on a finite claim whose right-hand side is no finite number.

    An infinite slope has no finite subgradient, so a finite claim is refuted; a NaN says nothing either way.
    """
    if math.isinf(execution.number(claim, entry)):
        return Judgement(Verdict.REFUTED).because("kink-inadmissible", "nonfinite")
    return Judgement(Verdict.UNDECIDED).because("nonfinite")
