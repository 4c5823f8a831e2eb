"""The running bounds of a graph of scalars along its runs, in arrays: what `recomputation.py` does gate by gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...schema.number import UNIT_ROUNDOFF
from ..executors.passes import FlatPass
from ..gate import share_of
from ..numbers.arrays import Arrays
from ..plan import Plan
from ..rule import Rule
from .first_order import of_local, of_sent, of_value
from .layout import Floats, Layout, by_entry
from .runs import Run, runs_of

#: The convention under which slopes are taken at ties.
CONVENTION = "zero"


class Bounds(NamedTuple):
    """First-order rounding bounds: of values and gradients by wire, of local and downstream gradients by slot."""

    values: Floats
    grads: Floats
    local: Floats
    downstream: Floats


def bounds_by_runs(plan: Plan, layout: Layout, values: Floats, passed: FlatPass) -> Bounds | None:
    """The bounds beside our passes; None where gates are better taken one by one, or some slot sends nothing.

    `values` lie flat. The caller holds `numpy.errstate(all="ignore")`.
    """
    runs = runs_of(plan)
    if runs is None or any(_has_fixed_slots(run.rule) for run in runs):
        return None
    units, gates = by_entry(layout, UNIT_ROUNDOFF), np.array([rule is not None for rule in plan.rules])
    slots = layout.slot_operand.size
    found = Bounds(*(np.zeros(count) for count in (layout.total, layout.total, slots, slots)))
    for run in runs:
        found.values[run.gates] = _of_values(run, values, found.values, units[run.gates], gates)
    trained = np.array(plan.trained)
    for run in reversed(runs):
        _backward(run, values, passed, found, units, trained)
    return found


def _has_fixed_slots(rule: Rule) -> bool:
    """True if some slot of the op sends nothing."""
    return any(rule.is_fixed(port) for port in range(len(rule.operands)))


def _of_values(run: Run, values: Floats, bounds: Floats, unit: Floats, gates: Any) -> Floats:
    out, operands = values[run.gates], [values[wires] for wires in run.operands]
    bound = of_value(run.rule.error, unit, np.abs(out), [np.abs(operand) for operand in operands])
    # A value moves with its operand, whatever a surrogate declares of the gradient.
    slopes = (1.0,) if run.rule.surrogate else _slopes(run, out, operands)
    for slope, wires in zip(slopes, run.operands, strict=True):
        # A leaf is taken as it is stated.
        bound = bound + np.where(gates[wires], np.abs(slope) * bounds[wires], 0.0)
    return bound


def _backward(run: Run, values: Floats, passed: FlatPass, found: Bounds, units: Floats, trained: Any) -> None:
    """Bounds of what the gates of a run send, added to those of what their operands receive."""
    unit, grad, above = units[run.gates], np.abs(passed.flat_grads[run.gates]), found.grads[run.gates]
    out, first = np.abs(values[run.gates]), np.abs(values[run.operands[0]])
    ups, downs = (_shifted(run, values, found.values, sign) for sign in (1, -1))
    for up, down, wires, slots in zip(ups, downs, run.operands, run.slots, strict=True):
        local = of_local(run.rule.error, unit, up, down, out, first)
        size = np.where(trained[wires], np.abs(passed.flat_local[slots]), 0.0)
        sent = of_sent(unit, size, local, grad, above)
        found.local[slots], found.downstream[slots] = local, sent
        np.add.at(found.grads, wires, sent + units[wires] * np.abs(passed.flat_grads[wires]))


def _shifted(run: Run, values: Floats, bounds: Floats, sign: int) -> Sequence[Any]:
    """Local gradients with every number at an end of its bound."""
    out = values[run.gates] + sign * bounds[run.gates]
    return _slopes(run, out, [values[wires] + sign * bounds[wires] for wires in run.operands])


def _slopes(run: Run, out: Floats, operands: Sequence[Floats]) -> Sequence[Any]:
    return run.rule.local(Arrays(share_of(run.rule, CONVENTION), CONVENTION), out, operands)
