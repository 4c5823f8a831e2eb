"""The local check in float64: every equation of the document on its own, grouped by op, no order, no recursion.

It judges machine numbers whose operands are all stated. `rho` is the distance between what is stated and what the
stated operands give, in units of the rounding-error bound of verification.md 5.3: up to 1 is consistent, above 2
is refuted, between is disputed and goes to the referee. Everything is flat: one place for every entry of every wire,
and one for every entry of every slot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...schema.number import HALF_SUBNORMAL, UNIT_ROUNDOFF
from ..numbers.arrays import Arrays
from ..plan import Plan, number, seed_numbers
from ..surrogates import limited
from .bounds import LARGEST_LOG
from .claims import DOWNSTREAM, GRAD, LOCAL, VALUE, Claim
from .columns import Columns
from .layout import Floats, Group, Indices, Layout, by_entry

SLACK = 1.01


@dataclass
class Stated:
    """The stated machine numbers, flat; NaN where nothing (or nothing of this kind) is stated.

    `locals` and `downstreams` have a place for every entry of every slot; a sum that a tensor sends to a scalar lies
    in the slot's first.
    """

    layout: Layout
    values: Floats
    grads: Floats
    locals: Floats
    downstreams: Floats

    @cached_property
    def states_locals(self) -> bool:
        """True if any local gradient is stated."""
        return not bool(np.isnan(self.locals).all())

    @cached_property
    def states_downstreams(self) -> bool:
        """True if any downstream gradient is stated."""
        return not bool(np.isnan(self.downstreams).all())


def stated_numbers(columns: Columns) -> Stated:
    """Leaves and machine claims as flat float64 arrays."""
    layout, plan = columns.layout, columns.plan
    slots = int(layout.slot_starts[-1])
    found = Stated(layout, *(np.full(count, np.nan) for count in (layout.total, layout.total, slots, slots)))
    for i, node in enumerate(plan.graph.nodes):
        if plan.rules[i] is None and "value" in node:
            found.values[layout.wire(i)] = np.ravel(number(node["value"], plan.dtypes[i]))
    fields = ((VALUE, found.values), (GRAD, found.grads), (LOCAL, found.locals), (DOWNSTREAM, found.downstreams))
    for field, numbers in fields:
        entries, places = columns.places(field)
        claimed = columns.numbers[entries]
        # A leaf's own value is its source, whatever is claimed of it.
        numbers[places] = np.where(np.isnan(numbers[places]), claimed, numbers[places])
    return found


@dataclass
class Residuals:
    """rho of every equation, flat; NaN where this method cannot judge."""

    values: Floats
    grads: Floats
    locals: Floats
    downstreams: Floats

    @property
    def by_field(self) -> Sequence[Floats]:
        """In the order of the fields of a node."""
        return self.values, self.grads, self.locals, self.downstreams

    def of(self, claim: Claim, layout: Layout) -> Floats:
        """rho of every entry of a claim."""
        if claim.port is None:
            return (self.values if claim.field == "value" else self.grads)[layout.wire(claim.node)]
        slots = self.locals if claim.field == "local" else self.downstreams
        return slots[layout.slot_entries(layout.slot(claim.node, claim.port))][: len(claim.entries)]


def residuals(plan: Plan, found: Stated, *, gradients: bool) -> Residuals:
    """Every equation's rho from the stated numbers; `gradients` is False where the graph has no objective."""
    check = _Check(plan, found)
    with np.errstate(all="ignore"):
        for group in found.layout.groups:
            if group.dtype in UNIT_ROUNDOFF:
                check.gates(group)
        for gate in found.layout.whole:
            check.leave_out(gate)
        if gradients:
            check.wires()
    return check.rho


class _Units(NamedTuple):
    """Roundoff of stored numbers and inside an op, and half the least subnormal."""

    storage: float
    inside: float
    least: float


@dataclass
class _Sent:
    """What the gates of one group send through one port, entry by entry: terms, their bounds, how many there are."""

    terms: Floats
    bound: Floats
    present: Floats


class _Check:
    """One run: walks the groups, adds up what every wire receives, compares."""

    def __init__(self, plan: Plan, found: Stated) -> None:
        self.plan, self.found, self.layout = plan, found, found.layout
        self.rho = Residuals(
            *(np.full(part.size, np.nan) for part in (found.values, found.grads, found.locals, found.downstreams))
        )
        #: What was sent, and the entries that receive it.
        self.sent: list[tuple[Indices, _Sent]] = []
        #: Wires that receive something from a gate on whole tensors.
        self.unknown: set[int] = set()
        self.inside = float(UNIT_ROUNDOFF[plan.graph.accumulate]) if plan.graph.accumulate else None

    def gates(self, group: Group) -> None:
        """The value equations of one group, and what it contributes to its operands."""
        rule, storage = group.rule, float(UNIT_ROUNDOFF[group.dtype])
        units = _Units(storage, self.inside or storage, float(HALF_SUBNORMAL[group.dtype]))
        operands = [self.found.values[port] for port in group.ports]
        computed = rule.forward(Arrays(), *operands)
        steps = storage + (rule.error.value - 1) * units.inside if rule.error.value else 0.0
        besides = units.inside * rule.error.besides([np.abs(operand) for operand in operands])
        besides = besides + rule.error.kernels(np.abs(computed))
        tolerance = SLACK * (steps * np.abs(computed) + besides) + (units.least if steps else 0.0)
        self.rho.values[group.own] = _ratio(self.found.values[group.own], computed, tolerance)
        self._contributions(group, operands, units)

    def _contributions(self, group: Group, operands: list[Any], units: _Units) -> None:
        rule = group.rule
        out, grad = self.found.values[group.own], self.found.grads[group.own]
        gradients = rule.local(Arrays(), out, operands)
        if rule.has_kink:
            tie = rule.distance(Arrays(), operands) == 0
            gradients = tuple(np.where(tie, np.nan, gradient) for gradient in gradients)
        amplified = rule.error.logarithm * _log_size(operands[0]) if rule.error.logarithm else 0.0
        for port, gradient in enumerate(gradients):
            local = np.broadcast_to(np.asarray(gradient, dtype=np.float64), out.shape)
            derivative: Any = 0.0
            if not rule.error.is_exact():
                size = np.abs(local)
                slope = rule.error.slope(size, np.abs(out), np.abs(operands[0]))
                derivative = units.inside * (slope + amplified * size)
            tolerance = SLACK * derivative + (0.0 if rule.error.is_exact() else units.least)
            local, derivative = self._stated_local(group, port, local, derivative, tolerance)
            terms = local * grad
            if rule.limits is not None:
                # A sum toward a scalar is clipped whole, which its single entries do not tell.
                terms = np.where(self._is_summed(group, port), np.nan, limited(terms, rule.limits, np.clip))
            bound = derivative * np.abs(grad) + rule.error.product * units.storage * np.abs(terms)
            self._add(group, port, terms, bound, units)

    def _is_summed(self, group: Group, port: int) -> NDArray[np.bool_]:
        """For every entry of these gates, whether the operand is a scalar that is combined with a tensor."""
        wires = self.layout.slot_operand[group.slots[port]]
        return np.repeat(self.layout.scalar[wires] & ~self.layout.scalar[group.gates], group.sizes)

    def _stated_local(
        self, group: Group, port: int, local: Floats, derivative: Floats | float, tolerance: Floats | float
    ) -> tuple[Floats, Floats | float]:
        """Judge stated local gradients, and take them in place of computed ones: they are exact as they stand."""
        if not self.found.states_locals:
            return local, derivative
        places = group.places[port]
        claimed = self.found.locals[places]
        stated = ~np.isnan(claimed)
        self.rho.locals[places] = _ratio(claimed, local, tolerance)
        return np.where(stated, claimed, local), np.where(stated, 0.0, derivative)

    def _add(self, group: Group, port: int, terms: Floats, bound: Floats, units: _Units) -> None:
        sent = _Sent(terms, bound, np.ones(terms.size))
        if not self.layout.all_reach:
            reaching = np.repeat(self.layout.reaching[group.gates], group.sizes)
            sent = _Sent(np.where(reaching, terms, 0.0), np.where(reaching, bound, 0.0), reaching.astype(np.float64))
        self._stated_downstream(group, port, sent, units)
        self.sent.append((group.ports[port], sent))

    def _stated_downstream(self, group: Group, port: int, sent: _Sent, units: _Units) -> None:
        """Judge stated downstream gradients, and put them in place of the computed terms."""
        if not self.found.states_downstreams:
            return
        places = group.places[port]
        claimed = self.found.downstreams[places]
        stated = ~np.isnan(claimed)
        wires = self.layout.slot_operand[group.slots[port]]
        summed = self.layout.scalar[wires] & ~self.layout.scalar[group.gates]
        single = stated & ~np.repeat(summed, group.sizes)
        tolerance = SLACK * sent.bound + np.where(sent.bound > 0, units.least, 0.0)
        self.rho.downstreams[places] = np.where(single, _ratio(claimed, sent.terms, tolerance), np.nan)
        starts = np.cumsum(group.sizes) - group.sizes
        for start, count in zip(starts[summed].tolist(), group.sizes[summed].tolist(), strict=True):
            if count and stated[start]:
                self._stated_sum(sent, slice(start, start + count), int(places[start]), units)
        for part, exact in ((sent.terms, claimed), (sent.bound, 0.0), (sent.present, 1.0)):
            np.copyto(part, exact, where=single)

    def _stated_sum(self, sent: _Sent, span: slice, place: int, units: _Units) -> None:
        """A scalar that feeds a tensor receives a sum, which is stated in place of all its terms."""
        terms, count, claimed = sent.terms[span], span.stop - span.start, self.found.downstreams[place]
        limit = sent.bound[span].sum() + max(count - 1, 0) * units.storage * np.abs(terms).sum()
        self.rho.downstreams[place] = _ratio(claimed, terms.sum(), SLACK * limit + count * units.least)
        for part, exact in ((sent.terms, claimed), (sent.bound, 0.0), (sent.present, 1.0)):
            part[span] = 0.0
            part[span.start] = exact

    def leave_out(self, gate: int) -> None:
        """What a gate on whole tensors sends is not known here, so that its operands' gradients are not judged."""
        self.unknown.update(self.plan.operands[gate])

    def wires(self) -> None:
        """The gradient equations: seed and branches add."""
        seeds = np.zeros(self.layout.total)
        for position, seed in seed_numbers(self.plan).items():
            seeds[self.layout.wire(position)] = np.ravel(seed)
        sums, sizes, bounds, counts = self._received()
        for operand in self.unknown:
            sums[self.layout.wire(operand)] = np.nan
        counts += seeds != 0
        storage, least = by_entry(self.layout, UNIT_ROUNDOFF), by_entry(self.layout, HALF_SUBNORMAL)
        additions = np.maximum(counts - 1, 0) * storage * (np.abs(seeds) + sizes)
        rounds = (bounds > 0) | (counts > 1)
        tolerance = SLACK * (bounds + additions) + np.where(rounds, (counts + 1) * least, 0.0)
        self.rho.grads = _ratio(self.found.grads, seeds + sums, tolerance)

    def _received(self) -> Iterator[Floats]:
        """What every entry receives: the sum of the terms, of their sizes, of their bounds, and how many there are."""
        into = _joined([targets for targets, _ in self.sent]).astype(np.int64, copy=False)
        terms = _joined([sent.terms for _, sent in self.sent])
        bounds, present = (_joined([getattr(sent, name) for _, sent in self.sent]) for name in ("bound", "present"))
        for part in (terms, np.abs(terms), bounds, present):
            yield np.bincount(into, weights=part, minlength=self.layout.total).astype(np.float64, copy=False)


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0)


def _log_size(operand: Any) -> Any:
    """|log x|, never more than any double's."""
    return np.minimum(np.nan_to_num(np.abs(np.log(np.abs(operand))), nan=LARGEST_LOG, posinf=LARGEST_LOG), LARGEST_LOG)


def _ratio(stated: Any, computed: Any, tolerance: Any) -> Any:
    """|stated - computed| / tolerance; 0 where they are equal, NaN where either is no finite number."""
    distance = np.abs(stated - computed)
    ratio = np.where(distance == 0, 0.0, distance / tolerance)
    return np.where(np.isfinite(distance), ratio, np.nan)
