"""The local check in float64: every equation of the document on its own, grouped by op, no order, no recursion.

It judges machine numbers whose operands are all stated. `rho` is the distance between what is stated and what the
stated operands give, in units of the rounding-error bound of verification.md 5.3: up to 1 is consistent, above 2
is refuted, between is disputed and goes to the referee. Everything is flat: one slot for every entry of every wire.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...schema.number import HALF_SUBNORMAL, UNIT_ROUNDOFF, nearest
from ..numbers.arrays import Arrays
from ..plan import Plan, number, seed_numbers
from ..shape import SCALAR, size
from .bounds import LARGEST_LOG
from .claims import Claim

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

SLACK = 1.01


class Layout:
    """Where the entries of wires and slots lie in the flat arrays."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.sizes = [size(shape) for shape in plan.shapes]
        self.starts: Indices = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.sizes, dtype=np.int64)])
        self.total = int(self.starts[-1])

    def wire(self, i: int) -> slice:
        """The entries of wire i."""
        return slice(int(self.starts[i]), int(self.starts[i + 1]))

    def entries(self, gates: Sequence[int]) -> Indices:
        """The entries of these gates' outputs, one after the other."""
        if all(self.sizes[i] == 1 for i in gates):
            return self.starts[np.array(gates)]
        spans: list[Indices] = [np.arange(self.starts[i], self.starts[i + 1]) for i in gates]
        return np.concatenate(spans)

    def operands(self, gates: Sequence[int], port: int) -> Indices:
        """For each of those entries the entry of the operand that it is computed from; a scalar's is repeated."""
        wires = [self.plan.operands[i][port] for i in gates]
        if all(self.sizes[i] == 1 for i in gates):
            return self.starts[np.array(wires)]
        spans: list[Indices] = [self._read(i, k) for i, k in zip(gates, wires, strict=True)]
        return np.concatenate(spans)

    def _read(self, gate: int, wire: int) -> Indices:
        if self.plan.shapes[wire] == SCALAR:
            return np.full(self.sizes[gate], int(self.starts[wire]), dtype=np.int64)
        return np.arange(int(self.starts[wire]), int(self.starts[wire + 1]), dtype=np.int64)


@dataclass
class Stated:
    """The stated machine numbers, flat; NaN where nothing (or nothing of this kind) is stated."""

    layout: Layout
    values: Floats
    grads: Floats
    locals: dict[tuple[int, int], Floats]
    downstreams: dict[tuple[int, int], Floats]


def stated_numbers(plan: Plan, claims: Sequence[Claim]) -> Stated:
    """Leaves and machine claims as flat float64 arrays."""
    layout = Layout(plan)
    found = Stated(layout, np.full(layout.total, np.nan), np.full(layout.total, np.nan), {}, {})
    for i, node in enumerate(plan.graph.nodes):
        if plan.rules[i] is None and "value" in node:
            found.values[layout.wire(i)] = np.ravel(number(node["value"], plan.dtypes[i]))
    for claim in claims:
        if not claim.printed:
            _place(found, claim)
    return found


def _place(found: Stated, claim: Claim) -> None:
    if claim.port is None and len(claim.entries) == 1:
        wires = found.values if claim.field == "value" else found.grads
        wires[found.layout.starts[claim.node]] = nearest(claim.entries[0], claim.dtype)
        return
    numbers = np.array([np.nan if raw is None else nearest(raw, claim.dtype) for raw in claim.entries])
    if claim.field == "value":
        found.values[found.layout.wire(claim.node)] = numbers
    elif claim.field == "grad":
        found.grads[found.layout.wire(claim.node)] = numbers
    else:
        slots = found.locals if claim.field == "local" else found.downstreams
        slots[claim.node, cast(int, claim.port)] = numbers


@dataclass
class Residuals:
    """rho of every equation, flat; NaN where this method cannot judge."""

    values: Floats
    grads: Floats
    locals: dict[tuple[int, int], Floats]
    downstreams: dict[tuple[int, int], Floats]

    def of(self, claim: Claim, layout: Layout) -> Floats:
        """rho of every entry of a claim."""
        if claim.field == "value":
            return self.values[layout.wire(claim.node)]
        if claim.field == "grad":
            return self.grads[layout.wire(claim.node)]
        slots = self.locals if claim.field == "local" else self.downstreams
        return slots[claim.node, cast(int, claim.port)]


def residuals(plan: Plan, found: Stated, *, gradients: bool) -> Residuals:
    """Every equation's rho from the stated numbers; `gradients` is False where the graph has no objective."""
    check = _Check(plan, found)
    with np.errstate(all="ignore"):
        for gates in _groups(plan):
            check.gates(gates)
        if gradients:
            check.wires()
    return check.rho


def _groups(plan: Plan) -> list[list[int]]:
    """Gates of one op and one dtype together."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i in plan.gates:
        rule = plan.rules[i]
        assert rule is not None
        groups[rule.name, plan.dtypes[i]].append(i)
    return list(groups.values())


class _Check:
    """One run: walks the groups, adds up what every wire receives, compares."""

    def __init__(self, plan: Plan, found: Stated) -> None:
        self.plan, self.found, self.layout = plan, found, found.layout
        nothing = np.full(self.layout.total, np.nan)
        self.rho = Residuals(nothing, nothing.copy(), {}, {})
        self.sums, self.sizes, self.bounds, self.counts = (np.zeros(self.layout.total) for _ in range(4))
        self.inside = float(UNIT_ROUNDOFF[plan.graph.accumulate]) if plan.graph.accumulate else None

    def gates(self, gates: list[int]) -> None:
        """The value equations of one group, and what it contributes to its operands."""
        rule, dtype = self.plan.rules[gates[0]], self.plan.dtypes[gates[0]]
        assert rule is not None
        if dtype not in UNIT_ROUNDOFF:
            return
        storage, least = float(UNIT_ROUNDOFF[dtype]), float(HALF_SUBNORMAL[dtype])
        inside = self.inside or storage
        own = self.layout.entries(gates)
        ports = [self.layout.operands(gates, port) for port in range(len(rule.operands))]
        operands = [self.found.values[port] for port in ports]
        computed = rule.forward(Arrays(), *operands)
        steps = storage + (rule.error.value - 1) * inside if rule.error.value else 0.0
        tolerance = SLACK * steps * np.abs(computed) + (least if steps else 0.0)
        self.rho.values[own] = _ratio(self.found.values[own], computed, tolerance)
        self._contributions(gates, own, ports, operands, (storage, inside, least))

    def _contributions(
        self,
        gates: list[int],
        own: Indices,
        ports: list[Indices],
        operands: list[Any],
        units: tuple[float, float, float],
    ) -> None:
        rule = self.plan.rules[gates[0]]
        assert rule is not None
        storage, inside, least = units
        out, grad = self.found.values[own], self.found.grads[own]
        gradients = rule.local(Arrays(), out, operands)
        if rule.has_kink:
            tie = rule.distance(Arrays(), operands) == 0
            gradients = tuple(np.where(tie, np.nan, gradient) for gradient in gradients)
        constant, linear, quadratic = rule.error.absolute
        cancelling = constant + linear * np.abs(out) + quadratic * out * out
        relative = rule.error.relative + rule.error.logarithm * _log_size(operands[0])
        reaching = np.repeat([self.plan.reaching[i] for i in gates], [self.layout.sizes[i] for i in gates])
        for port, (target, gradient) in enumerate(zip(ports, gradients, strict=True)):
            local = np.broadcast_to(np.asarray(gradient, dtype=np.float64), own.shape)
            derivative = inside * (relative * np.abs(local) + cancelling)
            rounds = bool(rule.error.relative or any(rule.error.absolute))
            self._check_local(gates, port, local, SLACK * derivative + (least if rounds else 0.0))
            local, derivative = self._stated_local(gates, port, local, derivative)
            terms = local * grad
            bound = derivative * np.abs(grad) + rule.error.product * storage * np.abs(terms)
            self._add(gates, port, target, reaching, terms, bound, least)

    def _check_local(self, gates: list[int], port: int, local: Floats, tolerance: Floats) -> None:
        for i, span in self._spans(gates):
            claimed = self.found.locals.get((i, port))
            if claimed is not None:
                self.rho.locals[i, port] = _ratio(claimed, local[span], tolerance[span])

    def _stated_local(self, gates: list[int], port: int, local: Floats, derivative: Floats) -> tuple[Floats, Floats]:
        """Stated local gradients in place of computed ones: they are exact as they stand."""
        claimed = [
            (span, self.found.locals[i, port]) for i, span in self._spans(gates) if (i, port) in self.found.locals
        ]
        if claimed:
            local, derivative = local.copy(), derivative.copy()
            for span, numbers in claimed:
                local[span], derivative[span] = numbers, 0.0
        return local, derivative

    def _add(
        self, gates: list[int], port: int, target: Indices, reaching: Any, terms: Floats, bound: Floats, least: float
    ) -> None:
        terms, bound = np.where(reaching, terms, 0.0), np.where(reaching, bound, 0.0)
        present = reaching.astype(np.float64)
        for i, span in self._spans(gates):
            claimed = self.found.downstreams.get((i, port))
            if claimed is not None:
                parts = terms[span], bound[span]
                self.rho.downstreams[i, port] = self._slot_ratio(i, port, claimed, parts, least)
                self._put(i, port, claimed, terms[span], bound[span], present[span])
        for total, part in (
            (self.sums, terms),
            (self.sizes, np.abs(terms)),
            (self.bounds, bound),
            (self.counts, present),
        ):
            total += np.bincount(target, weights=part, minlength=self.layout.total)

    def _slot_ratio(self, i: int, port: int, claimed: Floats, parts: tuple[Floats, Floats], least: float) -> Floats:
        """rho of a stated downstream gradient; a scalar that feeds a tensor receives a sum."""
        terms, bound = parts
        if not self._summed(i, port):
            return _ratio(claimed, terms, SLACK * bound + np.where(bound > 0, least, 0.0))
        storage = float(UNIT_ROUNDOFF[self.plan.dtypes[i]])
        limit = bound.sum() + max(terms.size - 1, 0) * storage * np.abs(terms).sum()
        return _ratio(claimed, np.array([terms.sum()]), SLACK * limit + terms.size * least)

    def _put(self, i: int, port: int, claimed: Floats, terms: Floats, bound: Floats, present: Floats) -> None:
        """The stated downstream gradient in place of the computed terms, which are views into the group's arrays."""
        first = slice(0, 1) if self._summed(i, port) else slice(None)
        for part in (terms, bound, present):
            part[:] = 0.0
        terms[first] = claimed
        present[first] = 1.0

    def _summed(self, i: int, port: int) -> bool:
        return self.plan.shapes[self.plan.operands[i][port]] != self.plan.shapes[i]

    def _spans(self, gates: list[int]) -> list[tuple[int, slice]]:
        """Each gate of a group with its place in the group's arrays."""
        spans: list[tuple[int, slice]] = []
        start = 0
        for i in gates:
            spans.append((i, slice(start, start + self.layout.sizes[i])))
            start += self.layout.sizes[i]
        return spans

    def wires(self) -> None:
        """The gradient equations: seed and branches add."""
        seeds = np.zeros(self.layout.total)
        for position, seed in seed_numbers(self.plan).items():
            seeds[self.layout.wire(position)] = np.ravel(seed)
        counts = self.counts + (seeds != 0)
        storage = np.repeat([float(UNIT_ROUNDOFF.get(d, 0)) for d in self.plan.dtypes], self.layout.sizes)
        least = np.repeat([float(HALF_SUBNORMAL.get(d, 0)) for d in self.plan.dtypes], self.layout.sizes)
        additions = np.maximum(counts - 1, 0) * storage * (np.abs(seeds) + self.sizes)
        rounds = (self.bounds > 0) | (counts > 1)
        tolerance = SLACK * (self.bounds + additions) + np.where(rounds, (counts + 1) * least, 0.0)
        self.rho.grads = _ratio(self.found.grads, seeds + self.sums, tolerance)


def _log_size(operand: Any) -> Any:
    """|log x|, never more than any double's."""
    return np.minimum(np.nan_to_num(np.abs(np.log(np.abs(operand))), nan=LARGEST_LOG, posinf=LARGEST_LOG), LARGEST_LOG)


def _ratio(stated: Floats, computed: Any, tolerance: Any) -> Floats:
    """|stated - computed| / tolerance; 0 where they are equal, NaN where either is no finite number."""
    distance = np.abs(stated - computed)
    ratio = np.where(distance == 0, 0.0, distance / tolerance)
    return np.where(np.isfinite(distance), ratio, np.nan)
