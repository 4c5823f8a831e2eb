"""The real point that all probes of a complex step start from: values, what may stop a tangent, and rounding rates.

Everything here is real arithmetic, shared by all probes. Local gradients are used for the error bar alone: a wrong
gradient rule can make the bar too narrow or too wide, and never move what the complex step computes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schema.number import HALF_SUBNORMAL, LARGEST, UNIT_ROUNDOFF, exact, nearest
from ...schema.tensor import read
from ..forward import evaluate
from ..numbers.arrays import Arrays
from ..plan import Number, Plan, leaf_numbers
from ..rule import Rule
from ..shape import SCALAR, Shape
from .local import Layout

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

UNIT = float(UNIT_ROUNDOFF["float64"])

#: A gate with a kink whose slope may change by more than this within rounding stands too near it.
NEAR = 2.0**-10

#: A share of itself within which a local gradient may change without a second look at the bounds.
CURVED = 2.0**-10

TIE = "a guard is, or may be, 0: the derivative is that of a branch"
SURROGATE = "a declared surrogate is no derivative"
NOT_FINITE = "a value is not finite in its dtype"
COARSE = "rounding is too coarse here for a bound of first order"
LOST = "digits are lost below the smallest numbers, or at a border of a domain"


@dataclass(frozen=True, slots=True)
class _Group:
    """Gates of one op and one dtype, with the flat places of their entries and operands, and |local gradients|."""

    rule: Rule
    gates: list[int]
    unit: float
    least: float
    own: Indices
    ports: list[Indices]
    slopes: list[Floats]


class RealPoint:
    """`values`; per gate and port `slopes` |d|, `rough`, how far d times a tangent may be off per tangent, and `reach`.

    `reach` is the largest |d| within rounding of the values: what errors are multiplied with.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan, self.layout = plan, Layout(plan)
        self.blocked: dict[int, str] = {}
        with np.errstate(all="ignore"):
            self.values = _values(plan)
            self.flat = self._flat(self.values)
            self.slots = np.zeros(self.layout.total)
            self.slopes, self.rough, self.reach = ([()] * len(plan.ids) for _ in range(3))
            self.groups = [self._group(gates) for gates in _alike(plan)]
            self.errors = self._flat(self._value_errors(self.slopes))
            changes = self._changes()
            if any(_is_curved(group, change) for group, change in zip(self.groups, changes, strict=True)):
                first, self.errors = self.errors, self._flat(self._value_errors(self.reach))
                changes = self._changes()
                self._block_coarse(self.errors > 2 * first)
            for group, change in zip(self.groups, changes, strict=True):
                self._roughness(group, change)
            self._block()

    def stopped(self) -> dict[int, str]:
        """Wires whose tangent would reach a gate that stops it, each with why."""
        plan, found = self.plan, dict[int, str]()
        for i in reversed(plan.gates):
            why = (self.blocked.get(i) or found.get(i)) if plan.reaching[i] else None
            if why is not None:
                for operand in plan.operands[i]:
                    found.setdefault(operand, why)
        return found

    def received(self, grads: Floats) -> Floats:
        """Sum of the sizes of what every entry receives if the gradients are these; the scale of what cancels there."""
        total = np.zeros(self.layout.total)
        grads = np.where(np.isfinite(grads), np.abs(grads), 0.0)
        for group in self.groups:
            for target, slope in zip(group.ports, group.slopes, strict=True):
                terms = np.where(np.isfinite(slope), slope, 0.0) * grads[group.own]
                total += np.bincount(target, weights=terms, minlength=self.layout.total)
        return total

    def _flat(self, numbers: Sequence[Number]) -> Floats:
        if not any(self.plan.shapes):
            return np.array(numbers, dtype=np.float64)
        spans = zip(numbers, self.layout.sizes, strict=True)
        return np.concatenate([np.broadcast_to(np.ravel(x), (size,)) for x, size in spans])

    def _group(self, gates: list[int]) -> _Group:
        rule, dtype = self.plan.rules[gates[0]], self.plan.dtypes[gates[0]]
        assert rule is not None
        own = self.layout.entries(gates)
        ports = [self.layout.operands(gates, port) for port in range(len(rule.operands))]
        out, operands = self.flat[own], [self.flat[port] for port in ports]
        slopes = [np.abs(slope) for slope in _local(rule, out, operands)]
        for port in ports:
            self.slots += np.bincount(port, minlength=self.layout.total)
        for gate, parts in self._by_gate(gates, slopes):
            self.slopes[gate] = parts
        inside = UNIT_ROUNDOFF.get(self.plan.graph.accumulate or dtype, UNIT_ROUNDOFF["float64"])
        unit = max(float(UNIT_ROUNDOFF.get(dtype, 0)), float(inside), UNIT)
        return _Group(rule, gates, unit, float(HALF_SUBNORMAL.get(dtype, 0)), own, ports, slopes)

    def _by_gate(self, gates: Sequence[int], arrays: Sequence[Floats]) -> Iterator[tuple[int, tuple[Number, ...]]]:
        """A group's arrays, cut into gates; floats for scalars."""
        if all(self.layout.sizes[i] == 1 and self.plan.shapes[i] == SCALAR for i in gates):
            yield from zip(gates, zip(*(array.tolist() for array in arrays), strict=True), strict=True)
            return
        start = 0
        for i in gates:
            end, shape = start + self.layout.sizes[i], self.plan.shapes[i]
            yield i, tuple(_shaped(array[start:end], shape) for array in arrays)
            start = end

    def _value_errors(self, slopes: Sequence[tuple[Number, ...]]) -> list[Number]:
        """The running bound of every value: e(i) = sum |d| e(operand) + c u |v|."""
        plan = self.plan
        errors: list[Number] = [_leaf_error(plan, i) for i in range(len(plan.ids))]
        steps, least = ([0.0] * len(errors) for _ in range(2))
        for group in self.groups:
            for i in group.gates if group.rule.error.value else ():
                steps[i], least[i] = group.rule.error.value * group.unit, group.least
        for i in plan.gates:
            error = steps[i] * abs(self.values[i]) + least[i]
            for slope, k in zip(slopes[i], plan.operands[i], strict=True):
                error = error + _times(slope, errors[k])
            errors[i] = error
        return errors

    def _changes(self) -> list[list[Floats]]:
        """By how much each local gradient may change within the errors of the values, by group and port."""
        found = [self._change(group) for group in self.groups]
        for group, change in zip(self.groups, found, strict=True):
            reach = [slope + part for slope, part in zip(group.slopes, change, strict=True)]
            for gate, parts in self._by_gate(group.gates, reach):
                self.reach[gate] = parts
        return found

    def _change(self, group: _Group) -> list[Floats]:
        out, operands = self.flat[group.own], [self.flat[port] for port in group.ports]
        centre = _local(group.rule, out, operands)
        rough: list[Floats] = [np.zeros(group.own.size) for _ in centre]
        places = [group.own, *group.ports]
        for moved, place in enumerate(places):
            numbers: list[Floats] = [out, *operands]
            for sign in (1, -1):
                shifted = list(numbers)
                shifted[moved] = numbers[moved] + sign * self.errors[place]
                moves = zip(_local(group.rule, shifted[0], shifted[1:]), centre, strict=True)
                changes = [np.abs(here - there) for here, there in moves]
                rough = [part + change for part, change in zip(rough, changes, strict=True)]
        return rough

    def _roughness(self, group: _Group, change: list[Floats]) -> None:
        """The changes, with the roundings of the gradient, of its product and of the sums around it."""
        if group.rule.has_kink:
            self._block_ties(group, change)
        for gate, parts in self._by_gate(group.gates, self._with_rounding(group, change)):
            self.rough[gate] = parts

    def _with_rounding(self, group: _Group, rough: list[Floats]) -> list[Floats]:
        error, out = group.rule.error, np.abs(self.flat[group.own])
        constant, linear, quadratic = error.absolute
        own = group.unit * (constant + linear * out + quadratic * out * out) + group.least
        steps: Any = len(group.ports) + 2 + error.relative
        if error.logarithm:
            steps = steps + error.logarithm * np.abs(np.log(np.abs(self.flat[group.ports[0]])))
        found: list[Floats] = []
        for part, slope, port in zip(rough, group.slopes, group.ports, strict=True):
            found.append(part + own + group.unit * (self.slots[port] + steps) * slope)
        return found

    def _block_ties(self, group: _Group, rough: Sequence[Floats]) -> None:
        operands = [self.flat[port] for port in group.ports]
        tied = group.rule.distance(Arrays(), operands) == 0
        near = tied | np.any([~(part < NEAR) for part in rough], axis=0)
        for gate, (flag,) in self._by_gate(group.gates, [near.astype(np.float64)]):
            alone = len(set(self.plan.operands[gate])) < len(self.plan.operands[gate])
            if np.any(flag) and not alone:
                self.blocked[gate] = TIE

    def _block(self) -> None:
        """Gates whose value is not finite, or whose pullback is declared to be something else than the derivative."""
        limits = {dtype: float(LARGEST.get(dtype, LARGEST["float64"])) for dtype in set(self.plan.dtypes)}
        largest = [limits[dtype] for dtype in self.plan.dtypes]
        self._block_gates(~(np.abs(self.flat) <= np.repeat(largest, self.layout.sizes)), NOT_FINITE)
        for i in self.plan.gates:
            if "surrogate" in self.plan.graph.nodes[i]:
                self.blocked[i] = SURROGATE

    def _block_coarse(self, entries: NDArray[np.bool_]) -> None:
        """Block the gates at which a bound of first order first proves too small."""
        flags = [bool(entries[self.layout.wire(i)].any()) for i in range(len(self.plan.ids))] if entries.any() else []
        for i in self.plan.gates if flags else ():
            if flags[i] and not any(flags[k] for k in self.plan.operands[i]):
                self.blocked[i] = COARSE

    def _block_gates(self, entries: NDArray[np.bool_], why: str) -> None:
        """Block the gates that have one of these entries."""
        places = np.searchsorted(self.layout.starts, np.flatnonzero(entries), side="right") - 1
        for i in np.unique(places).tolist():
            if self.plan.rules[i] is not None:
                self.blocked[i] = why


def _shaped(entries: Floats, shape: Shape) -> Number:
    return float(entries[0]) if shape == SCALAR else entries.reshape(shape)


def _is_curved(group: _Group, change: Sequence[Floats]) -> bool:
    """True if some local gradient changes by a telling part of itself within rounding."""
    return any(bool(np.any(part > CURVED * slope)) for part, slope in zip(change, group.slopes, strict=True))


def _alike(plan: Plan) -> list[list[int]]:
    """Gates of one op and one dtype together."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i in plan.gates:
        rule = plan.rules[i]
        assert rule is not None
        groups[rule.name, plan.dtypes[i]].append(i)
    return list(groups.values())


def _values(plan: Plan) -> list[Number]:
    """The forward pass in float64, whatever the document's dtype."""
    values = leaf_numbers(plan)
    for i in plan.gates:
        rule = plan.rules[i]
        assert rule is not None
        values[i] = evaluate(rule, plan.shapes[i] == SCALAR, [values[k] for k in plan.operands[i]])
    return values


def _local(rule: Rule, out: Floats, operands: Sequence[Floats]) -> list[Floats]:
    """Local gradients over flat arrays; NaN where the rule has none."""
    found = rule.local(Arrays(), out, operands)
    return [np.broadcast_to(np.asarray(slope, dtype=np.float64), out.shape) for slope in found]


def _leaf_error(plan: Plan, i: int) -> Number:
    """How far a leaf's float may be from what is written: 0 for machine numbers, a rounding for other decimals."""
    raw, dtype = plan.graph.nodes[i].get("value"), plan.dtypes[i]
    if plan.rules[i] is not None or isinstance(raw, (int, float)) or raw is None:
        return 0.0
    tensor = read(raw, dtype)
    if not any(isinstance(entry, str) for entry in tensor.entries):
        return 0.0
    found = np.array([_written_error(entry, dtype) for entry in tensor.entries])
    return float(found[0]) if tensor.shape == SCALAR else found.reshape(tensor.shape)


def _written_error(raw: Any, dtype: str) -> float:
    number = exact(raw, dtype) if isinstance(raw, str) else 0.0
    if isinstance(number, float):
        return 0.0
    return abs(float(number - Fraction(nearest(raw, dtype))))


def _times(slope: Number, error: Number) -> Number:
    """slope * error, and 0 where there is no error, whatever the slope."""
    if isinstance(error, float):
        return slope * error if error else 0.0
    return np.where(error == 0, 0.0, slope * error)
