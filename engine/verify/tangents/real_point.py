"""The real point that all probes of a complex step start from: values, what may stop a tangent, and rounding rates.

Everything here is real arithmetic, shared by all probes. Local gradients are used for the error bar alone: a wrong
gradient rule can make the bar too narrow or too wide, and never move what the complex step computes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....schema.number import HALF_SUBNORMAL, LARGEST, UNIT_ROUNDOFF, exact, nearest
from ....schema.tensor import read
from ...forward import evaluate
from ...numbers.arrays import Arrays
from ...plan import Number, Plan, leaf_numbers
from ...rule import Rule
from ...shape import SCALAR, Shape
from ..kinks.guards import tied_with_itself
from ..layout import Floats, Group, Layout, listed
from ..runs import Run, runs_of
from ..stops import stops

UNIT = float(UNIT_ROUNDOFF["float64"])

#: A gate with a kink whose slope may change by more than this within rounding stands too near it.
NEAR = 2.0**-10

#: A share of itself within which a local gradient may change without a second look at the bounds.
CURVED = 2.0**-10

#: Entries of a group that are moved at once: small groups in all their moves, large ones in one after the other.
TOGETHER = 4096

WHOLE = "a gate works on whole tensors"
TIE = "a guard is, or may be, 0: the derivative is that of a branch"
SURROGATE = "a declared surrogate is no derivative"
NOT_FINITE = "a value is not finite in its dtype"
COARSE = "rounding is too coarse here for a bound of first order"
LOST = "digits are lost below the smallest numbers, or at a border of a domain"


@dataclass(frozen=True, slots=True)
class _Group:
    """Gates of one rule and one dtype at the point: their numbers, flat, and |local gradients| by port."""

    laid: Group
    unit: float
    least: float
    out: Floats
    operands: list[Floats]
    slopes: list[Floats]


class RealPoint:
    """`values`; per gate and port `slopes` |d|, `rough`, how far d times a tangent may be off per tangent, and `reach`.

    `reach` is the largest |d| within rounding of the values: what errors are multiplied with. Where the gates are taken
    by `runs`, the three are arrays by slot.
    """

    def __init__(self, plan: Plan, layout: Layout | None = None, values: Sequence[Number] | None = None) -> None:
        self.plan, self.layout = plan, layout or Layout(plan)
        self.blocked: dict[int, str] = {}
        with np.errstate(all="ignore"):
            self.values = _values(plan) if values is None else values
            self.flat = self.layout.flat(self.values)
            self.slots = np.zeros(self.layout.total)
            self.runs = runs_of(plan)
            self.slopes, self.rough, self.reach = (self._none_yet() for _ in range(3))
            self.groups = [self._group(group) for group in self.layout.groups]
            self.errors = self._value_errors(self.slopes)
            changes = self._changes()
            if any(_is_curved(group, change) for group, change in zip(self.groups, changes, strict=True)):
                first, self.errors = self.errors, self._value_errors(self.reach)
                changes = self._changes()
                self._block_coarse(self.errors > 2 * first)
            for group, change in zip(self.groups, changes, strict=True):
                self._roughness(group, change)
            self._block()

    def stopped(self, lost: Mapping[int, str] | None = None) -> dict[int, str]:
        """Wires whose tangent would reach a gate that stops it, or one where it got `lost`, each with why."""
        plan, found, stops_it = self.plan, dict[int, str](), {**self.blocked, **(lost or {})}
        for i in reversed(plan.gates):
            why = (stops_it.get(i) or found.get(i)) if plan.reaching[i] else None
            if why is not None:
                for operand in plan.operands[i]:
                    found.setdefault(operand, why)
        return found

    def received(self, grads: Floats) -> Floats:
        """Sum of the sizes of what every entry receives if the gradients are these; the scale of what cancels there."""
        total = np.zeros(self.layout.total)
        grads = np.where(np.isfinite(grads), np.abs(grads), 0.0)
        for group in self.groups:
            for target, slope in zip(group.laid.ports, group.slopes, strict=True):
                terms = np.where(np.isfinite(slope), slope, 0.0) * grads[group.laid.own]
                total += np.bincount(target, weights=terms, minlength=self.layout.total)
        return total

    def _group(self, laid: Group) -> _Group:
        rule, dtype = laid.rule, laid.dtype
        out, operands = self.flat[laid.own], [self.flat[port] for port in laid.ports]
        slopes = [np.abs(slope) for slope in _local(rule, out, operands)]
        self._by_gate(laid, slopes, self.slopes)
        for port in laid.ports:
            self.slots += np.bincount(port, minlength=self.layout.total)
        inside = UNIT_ROUNDOFF.get(self.plan.graph.accumulate or dtype, UNIT_ROUNDOFF["float64"])
        unit = max(float(UNIT_ROUNDOFF.get(dtype, 0)), float(inside), UNIT)
        return _Group(laid, unit, float(HALF_SUBNORMAL.get(dtype, 0)), out, operands, slopes)

    def _none_yet(self) -> Any:
        """Room for a number of every slot."""
        return [()] * len(self.plan.ids) if self.runs is None else np.zeros(self.layout.slot_operand.size)

    def _by_gate(self, laid: Group, arrays: Sequence[Floats], into: Any) -> None:
        """Put a group's arrays, one a port, cut into gates, in their places; floats for scalars, slots for runs."""
        if self.runs is not None:
            for slots, array in zip(laid.slots, arrays, strict=True):
                into[slots] = array
            return
        gates = listed(laid.gates)
        if self.layout.scalar[laid.gates].all():
            for gate, parts in zip(gates, zip(*(array.tolist() for array in arrays), strict=True), strict=True):
                into[gate] = parts
            return
        ends = np.cumsum(laid.sizes)
        for gate, end, count in zip(gates, listed(ends), listed(laid.sizes), strict=True):
            into[gate] = tuple(_shaped(array[end - count : end], self.plan.shapes[gate]) for array in arrays)

    def _value_errors(self, slopes: Any) -> Floats:
        """The running bound of every value, flat: e(i) = sum |d| e(operand) + c u |v|."""
        leaves = [_leaf_error(self.plan, i) if rule is None else 0.0 for i, rule in enumerate(self.plan.rules)]
        fresh = [(group.laid, self._fresh(group)) for group in self.groups]
        if self.runs is not None:
            return self._errors_along(self.runs, slopes, np.array(leaves), fresh)
        return self.layout.flat(self._errors_by_gate(slopes, leaves, fresh))

    def _fresh(self, group: _Group) -> Floats:
        """What rounding adds at every gate of a group: c u |v|."""
        error = group.laid.rule.error
        if not error.value:
            return np.zeros(group.out.size)
        units = error.value * np.abs(group.out) + error.besides([np.abs(x) for x in group.operands])
        return group.unit * units + group.least

    def _errors_along(
        self, runs: Sequence[Run], slopes: Floats, errors: Floats, fresh: Sequence[tuple[Group, Floats]]
    ) -> Floats:
        for laid, own in fresh:
            errors[laid.gates] = own
        for run in runs:
            for wires, slots in zip(run.operands, run.slots, strict=True):
                errors[run.gates] += _times(slopes[slots], errors[wires])
        return errors

    def _errors_by_gate(
        self, slopes: Sequence[tuple[Number, ...]], errors: list[Number], fresh: Sequence[tuple[Group, Floats]]
    ) -> list[Number]:
        added = list[Any]([(math.nan,)] * len(self.plan.ids))
        for laid, own in fresh:
            self._by_gate(laid, [own], added)
        for i in self.plan.gates:
            [error] = added[i]
            for slope, k in zip(slopes[i], self.plan.operands[i], strict=bool(slopes[i])):
                error = error + _times(slope, errors[k])
            errors[i] = error
        return errors

    def _changes(self) -> list[list[Floats]]:
        """By how much each local gradient may change within the errors of the values, by group and port."""
        found = [self._change(group) for group in self.groups]
        for group, change in zip(self.groups, found, strict=True):
            reach = [slope + part for slope, part in zip(group.slopes, change, strict=True)]
            self._by_gate(group.laid, reach, self.reach)
        return found

    def _change(self, group: _Group) -> list[Floats]:
        """Every number of a gate is moved either way alone, a row a move, and the changes are added up."""
        centre = _local(group.laid.rule, group.out, group.operands)
        numbers: list[Floats] = [group.out, *group.operands]
        places = [group.laid.own, *group.laid.ports]
        moves = [(k, sign) for k in range(len(numbers)) for sign in (1, -1)]
        rough: list[Floats] = [np.zeros(group.out.size) for _ in centre]
        at_once = max(1, TOGETHER // max(1, group.out.size))
        for start in range(0, len(moves), at_once):
            rows = moves[start : start + at_once]
            moved = [np.tile(each, (len(rows), 1)) for each in numbers]
            for row, (k, sign) in enumerate(rows):
                moved[k][row] += sign * self.errors[places[k]]
            found = _local(group.laid.rule, moved[0], moved[1:])
            changes = (np.abs(here - there) for here, there in zip(found, centre, strict=True))
            rough = [_added(part, change) for part, change in zip(rough, changes, strict=True)]
        return rough

    def _roughness(self, group: _Group, change: list[Floats]) -> None:
        """The changes, with the roundings of the gradient, of its product and of the sums around it."""
        if group.laid.rule.has_kink:
            self._block_ties(group, change)
        distance = group.laid.rule.to_jump(Arrays(), group.operands)
        if distance is not None:
            self._block_ties_at(group, np.broadcast_to(distance == 0, group.out.shape))
        self._by_gate(group.laid, self._with_rounding(group, change), self.rough)

    def _with_rounding(self, group: _Group, rough: list[Floats]) -> list[Floats]:
        error, out = group.laid.rule.error, np.abs(group.out)
        first = np.abs(group.operands[0])
        steps: Any = len(group.operands) + 2
        if error.logarithm:
            steps = steps + error.logarithm * np.abs(np.log(first))
        found: list[Floats] = []
        for part, slope, port in zip(rough, group.slopes, group.laid.ports, strict=True):
            own = group.unit * error.slope(slope, out, first) + group.least
            found.append(part + own + group.unit * (self.slots[port] + steps) * slope)
        return found

    def _block_ties(self, group: _Group, rough: Sequence[Floats]) -> None:
        tied = group.laid.rule.distance(Arrays(), group.operands) == 0
        self._block_ties_at(group, tied | np.any([~(part < NEAR) for part in rough], axis=0))

    def _block_ties_at(self, group: _Group, near: NDArray[np.bool_]) -> None:
        for gate in listed(group.laid.gates[group.laid.by_gate(near)]):
            if not tied_with_itself(self.plan, gate):
                self.blocked[gate] = TIE

    def _block(self) -> None:
        """Gates whose value is not finite, or whose pullback is declared to be something else than the derivative."""
        limits = {dtype: float(LARGEST.get(dtype, LARGEST["float64"])) for dtype in set(self.plan.dtypes)}
        largest = [limits[dtype] for dtype in self.plan.dtypes]
        self._block_gates(~(np.abs(self.flat) <= np.repeat(largest, self.layout.sizes)), NOT_FINITE)
        self.blocked.update(dict.fromkeys(self.layout.whole, WHOLE))
        for i in self.plan.gates:
            if stops(self.plan, i):
                self.blocked[i] = SURROGATE

    def _block_coarse(self, entries: NDArray[np.bool_]) -> None:
        """Block the gates at which a bound of first order first proves too small."""
        coarse = set(listed(self.layout.owners(np.flatnonzero(entries))))
        for i in sorted(coarse):
            if self.plan.rules[i] is not None and not coarse.intersection(self.plan.operands[i]):
                self.blocked[i] = COARSE

    def _block_gates(self, entries: NDArray[np.bool_], why: str) -> None:
        """Block the gates that have one of these entries."""
        for i in listed(np.unique(self.layout.owners(np.flatnonzero(entries)))):
            if self.plan.rules[i] is not None:
                self.blocked[i] = why


def _added(total: Floats, rows: Floats) -> Floats:
    """The sum of rows, in their order."""
    for row in rows:
        total = total + row
    return total


def _shaped(entries: Floats, shape: Shape) -> Number:
    return float(entries[0]) if shape == SCALAR else entries.reshape(shape)


def _is_curved(group: _Group, change: Sequence[Floats]) -> bool:
    """True if some local gradient changes by a telling part of itself within rounding."""
    return any(bool(np.any(part > CURVED * slope)) for part, slope in zip(change, group.slopes, strict=True))


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
    if isinstance(raw, (int, float)) or raw is None:
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
