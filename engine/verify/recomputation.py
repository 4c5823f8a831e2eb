"""Global verdicts above the ball cap: recompute in float64 and measure the deviation (verification.md 5.6).

Where every equation of the document holds locally, the deviation is what rounding made of it. Where one is refuted,
the deviation is held against the first-order bound of the recomputation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from ...schema.number import UNIT_ROUNDOFF, nearest
from ..backward import local_gradients
from ..executors.passes import FlatPass
from ..plan import Plan
from ..shape import SCALAR
from .bounds import INFORMATIVE, REALISATIONS
from .bounds_by_runs import bounds_by_runs
from .claims import GRAD, Claim
from .columns import Columns
from .findings import Opinion
from .first_order import of_local, of_sent, of_value
from .kinks.near_guards import Hanging
from .layout import Floats, Layout
from .nonfinite import Execution
from .verdict import Judgement, Numbers, Verdict

#: What is said where our own passes have no number.
NONFINITE = Judgement(Verdict.UNDECIDED).because("nonfinite")


@dataclass(frozen=True)
class Recomputation:
    """One forward and one backward pass of ours, with the running bound of each number where it is needed."""

    execution: Execution
    columns: Columns
    #: True if every number is stated and holds by its own equation.
    holds_locally: bool
    hanging: Hanging

    @property
    def plan(self) -> Plan:
        """The plan that was run."""
        return self.execution.plan

    @property
    def layout(self) -> Layout:
        """Where its numbers lie."""
        return self.columns.layout

    def opinion(self, k: int, entries: Iterable[int]) -> Opinion:
        """The opinion on some entries of claim k; those that are the very numbers of our passes need no judgement."""
        found, claim, start = Opinion(), self.columns[k], int(self.columns.starts[k])
        for entry in entries:
            written = nearest(claim.entries[entry], claim.dtype)
            if written == self._computed[start + entry]:
                found.bulk += 1
            else:
                found.entries[entry] = self._judge(claim, start + entry, written)
        return found

    def explains(self) -> NDArray[np.bool_]:
        """The plain claims that are consistent in every entry; false for the others."""
        columns = self.columns
        with np.errstate(all="ignore"):
            deviation = np.abs(columns.numbers - self._computed)
            fine = deviation == 0
            if not fine[columns.plain[columns.owner]].all():
                fine |= self._within(deviation)
        return columns.plain & ~columns.any(~fine)

    def _within(self, deviation: Floats) -> NDArray[np.bool_]:
        dtypes = np.array(self.plan.dtypes)[self.columns.wires]
        informative, unit = np.zeros(len(self.columns)), np.zeros(len(self.columns))
        for dtype, share in INFORMATIVE.items():
            informative[dtypes == dtype], unit[dtypes == dtype] = float(share), float(UNIT_ROUNDOFF[dtype])
        least = np.repeat(informative, self.columns.sizes) * self._scale
        if self.holds_locally:
            return deviation <= least
        limit = self._bound + np.repeat(unit, self.columns.sizes) * np.abs(self._computed)
        return (deviation <= limit) & (self._bound <= least)

    def _judge(self, claim: Claim, place: int, written: float) -> Judgement:
        """The global verdict on an entry of a machine claim, which lies at this place among all."""
        computed, scale = float(self._computed[place]), float(self._scale[place])
        if not math.isfinite(computed):
            return NONFINITE
        deviation, informative = abs(written - computed), float(INFORMATIVE[claim.dtype]) * scale
        if self.holds_locally:
            said = Verdict.CONSISTENT if deviation <= informative else Verdict.UNDECIDED
            doubt = "budget" if self._open(claim) else "below-resolution"
            reason = "rounding-explains" if said is Verdict.CONSISTENT else doubt
            return _judged(said, reason, deviation, deviation, scale)
        bound = float(self._bound[place])
        if deviation > bound + float(UNIT_ROUNDOFF[claim.dtype]) * abs(computed):
            said, reason = (Verdict.UNDECIDED, "budget") if self._open(claim) else (Verdict.REFUTED, "disagrees")
        elif bound <= informative:
            said, reason = Verdict.CONSISTENT, "rounding-explains"
        else:
            said, reason = Verdict.UNDECIDED, "below-resolution"
        return _judged(said, reason, deviation, bound, scale)

    def _open(self, claim: Claim) -> bool:
        """True if a claim may follow another choice at a tie, which only the referee could tell from an error."""
        return bool(self.hanging.above(claim))

    # --- our passes, by entry of every claim ------------------------------------------------------------------------

    @cached_property
    def _computed(self) -> Floats:
        """What our passes give."""
        return self.columns.gathered(self._numbers)

    @cached_property
    def _bound(self) -> Floats:
        """How far another realisation of the same passes may deviate from that."""
        return REALISATIONS * self.columns.gathered(self._flat_bounds)

    @cached_property
    def _scale(self) -> Floats:
        """The scale of what cancels: the entry, its tensor, and the terms of its own equation."""
        columns = self.columns
        largest = columns.largest(np.nan_to_num(np.abs(self._computed), nan=0.0, posinf=np.inf))
        if self.holds_locally:
            terms = np.where(columns.field == GRAD, self._terms[columns.node], 0.0)
            largest = np.maximum(largest, terms)
        return np.repeat(largest, columns.sizes)

    @cached_property
    def _numbers(self) -> Sequence[Floats]:
        """Our values, gradients, local and downstream gradients, flat over wires and over slots."""
        passed, slots = self.execution.gradients, int(self.layout.slot_starts[-1])
        values = self.layout.flat(self.execution.values)
        if passed is None:
            return values, np.full(self.layout.total, np.nan), np.full(slots, np.nan), np.full(slots, np.nan)
        if isinstance(passed, FlatPass):
            return values, passed.flat_grads, passed.flat_local, passed.flat_downstream
        return values, self.layout.flat(passed.grads), *map(self._by_slot, (passed.local, passed.downstream))

    @cached_property
    def _flat_bounds(self) -> Sequence[Floats]:
        """The running bounds of these numbers."""
        passed = self.execution.gradients
        if isinstance(passed, FlatPass):
            with np.errstate(all="ignore"):
                found = bounds_by_runs(self.plan, self.layout, self.layout.flat(self.execution.values), passed)
            if found is not None:
                return found
        values, grads, local, downstream = self._bounds
        if passed is None:
            slots = int(self.layout.slot_starts[-1])
            return self.layout.flat(values), self.layout.flat(grads), np.zeros(slots), np.zeros(slots)
        return self.layout.flat(values), self.layout.flat(grads), self._by_slot(local), self._by_slot(downstream)

    def _by_slot(self, numbers: Sequence[tuple[Any, ...]]) -> Floats:
        """One number or tensor a slot, flat; NaN where there is none; a sum is repeated."""
        every = [np.nan if number is None else number for number in chain.from_iterable(numbers)]
        if self.layout.is_scalar:
            return np.array(every, dtype=np.float64)
        found = np.full(int(self.layout.slot_starts[-1]), np.nan)
        for slot, number in enumerate(every):
            entries = np.ravel(number)
            span = self.layout.slot_entries(slot)
            if entries.size:
                found[span] = entries[0]
                found[span.start : span.start + entries.size] = entries
        return found

    @cached_property
    def _terms(self) -> Floats:
        """Sum of the sizes of what every wire receives."""
        found = np.zeros(len(self.plan.ids))
        passed = self.execution.gradients
        if passed is not None:
            sizes = [0.0 if sent is None else _size(sent) for parts in passed.downstream for sent in parts]
            np.add.at(found, self.layout.slot_operand, sizes)
        return found

    @cached_property
    def _bounds(self) -> tuple[list[Any], list[Any], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        with np.errstate(all="ignore"):
            return _running_bounds(self.execution)


def _size(sent: Any) -> float:
    """The largest entry of what is sent."""
    return abs(sent) if isinstance(sent, float) else float(np.max(np.abs(sent), initial=0.0))


def _judged(verdict: Verdict, reason: str, deviation: float, bound: float, scale: float) -> Judgement:
    return Judgement(
        verdict,
        (reason,),
        numbers=Numbers(
            allowance=_rational(bound),
            gap=_rational(deviation),
            resolution=_rational(max(deviation, bound) / scale if scale else 0.0),
        ),
    )


def _rational(number: float) -> fmpq | None:
    return fmpq(*number.as_integer_ratio()) if math.isfinite(number) else None


def _running_bounds(
    execution: Execution,
) -> tuple[list[Any], list[Any], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """First-order rounding bounds of every value, gradient, local and downstream gradient, beside the passes."""
    plan, values, passed = execution.plan, execution.values, execution.gradients
    count = len(plan.ids)
    values_bound: list[Any] = [0.0] * count
    grads_bound: list[Any] = [0.0] * count
    local_bound: list[tuple[Any, ...]] = [()] * count
    downstream_bound: list[tuple[Any, ...]] = [()] * count
    for i in plan.gates:
        values_bound[i] = _value_bound(plan, values, values_bound, i)
    if passed is None:
        return values_bound, grads_bound, local_bound, downstream_bound
    for i in reversed(plan.gates):
        local_bound[i] = _local_bounds(plan, values, values_bound, i)
        downstream_bound[i] = _sent_bounds(plan, passed.local[i], local_bound[i], passed.grads[i], grads_bound[i], i)
        for operand, bound in zip(plan.operands[i], downstream_bound[i], strict=True):
            unit = float(UNIT_ROUNDOFF.get(plan.dtypes[operand], 0))
            grads_bound[operand] = grads_bound[operand] + bound + unit * np.abs(passed.grads[operand])
    return values_bound, grads_bound, local_bound, downstream_bound


def _value_bound(plan: Plan, values: Sequence[Any], bounds: list[Any], i: int) -> Any:
    rule = plan.rules[i]
    assert rule is not None
    # A value moves with its operand, whatever a surrogate declares of the gradient.
    gradients = (1.0,) if rule.surrogate else _gradients(plan, values, i)
    unit = float(UNIT_ROUNDOFF.get(plan.dtypes[i], 0))
    bound = of_value(rule.error, unit, np.abs(values[i]), [np.abs(values[k]) for k in plan.operands[i]])
    for gradient, operand in zip(gradients, plan.operands[i], strict=True):
        if plan.rules[operand] is not None:
            bound = bound + np.abs(gradient) * bounds[operand]
    return bound


def _gradients(plan: Plan, values: Sequence[Any], i: int) -> tuple[Any, ...]:
    rule = plan.rules[i]
    assert rule is not None
    operands = [values[k] for k in plan.operands[i]]
    return local_gradients(rule, plan.shapes[i] == SCALAR, values[i], operands, "zero")


def _local_bounds(plan: Plan, values: Sequence[Any], bounds: list[Any], i: int) -> tuple[Any, ...]:
    """Change of each local gradient over the operands' bounds, plus its own rounding."""
    rule = plan.rules[i]
    assert rule is not None
    unit = float(UNIT_ROUNDOFF.get(plan.dtypes[i], 0))
    out, first = np.abs(values[i]), np.abs(values[plan.operands[i][0]])
    shifted = [_shifted(plan, values, bounds, i, sign) for sign in (1, -1)]
    return tuple(of_local(rule.error, unit, up, down, out, first) for up, down in zip(*shifted, strict=True))


def _shifted(plan: Plan, values: Sequence[Any], bounds: list[Any], i: int, sign: int) -> tuple[Any, ...]:
    rule = plan.rules[i]
    assert rule is not None
    operands = [values[k] + sign * bounds[k] for k in plan.operands[i]]
    return local_gradients(rule, plan.shapes[i] == SCALAR, values[i] + sign * bounds[i], operands, "zero")


def _sent_bounds(
    plan: Plan, local: tuple[Any, ...], local_bound: tuple[Any, ...], grad: Any, grad_bound: Any, i: int
) -> tuple[Any, ...]:
    unit = float(UNIT_ROUNDOFF.get(plan.dtypes[i], 0))
    sent: list[Any] = []
    for gradient, bound, operand in zip(local, local_bound, plan.operands[i], strict=True):
        size = 0.0 if gradient is None else np.abs(gradient)
        total = of_sent(unit, size, bound, np.abs(grad), grad_bound)
        sent.append(float(np.sum(total)) if plan.shapes[operand] != plan.shapes[i] else total)
    return tuple(sent)
