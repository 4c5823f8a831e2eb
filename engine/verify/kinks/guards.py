"""Guards: gates whose branches meet at the point, or may, and the sign of every other guard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ...numbers.arrays import Arrays
from ...numbers.intervals import Interval
from ...numbers.protocol import Outside, Undecided
from ...plan import Number, Plan
from ..values import Values, rule_of


class Guard(NamedTuple):
    """A gate at one entry of its output whose guard is exactly 0, or may be (`near`)."""

    gate: int
    entry: int
    near: bool


def guarded(plan: Plan, *, alone: bool = False) -> list[int]:
    """Gates with a kink, in order; a wire tied with itself is none, and is left out unless `alone`."""
    kinked = [gate for gate in plan.gates if rule_of(plan, gate).has_kink]
    return [gate for gate in kinked if alone or not tied_with_itself(plan, gate)]


def tied_with_itself(plan: Plan, gate: int) -> bool:
    """True if a gate gets one wire twice, toward which a gradient flows: its branches then give the same sum."""
    rule = rule_of(plan, gate)
    wires = [k for port, k in enumerate(plan.operands[gate]) if not rule.is_fixed(port)]
    return len(set(wires)) < len(wires)


def sign(values: Values, gate: int, entry: int) -> int | None:
    """The sign of a guard, 0 only if it is exactly 0; None if the enclosure does not tell, or there is none."""
    found = _enclosed(values, gate, entry)
    if found is None or (found.low <= 0 <= found.high and not found.is_point):
        return None
    return int(found.low > 0) - int(found.high < 0)


def _enclosed(values: Values, gate: int, entry: int) -> Interval | None:
    known = [operand.exact for operand in values.operands(gate, entry) if operand is not None]
    if len(known) < len(values.plan.operands[gate]):
        return None
    try:
        return rule_of(values.plan, gate).distance(values.system, known)
    except (Outside, Undecided, ZeroDivisionError):
        return None


def open_guards(values: Values, *, alone: bool = False) -> list[Guard]:
    """The guards that are 0 or may be 0, in the order of work; with `alone`, of wires tied with themselves too."""
    found: list[Guard] = []
    for gate in guarded(values.plan, alone=alone):
        for entry in range(len(values.of(gate))):
            enclosed = _enclosed(values, gate, entry)
            if enclosed is not None and enclosed.low <= 0 <= enclosed.high:
                found.append(Guard(gate, entry, near=not enclosed.is_point))
    return found


def below_guards(plan: Plan, guards: Iterable[Guard]) -> set[int]:
    """The wires that some of these guards depend on."""
    found = {guard.gate for guard in guards}
    for gate in reversed(plan.gates):
        if gate in found:
            found.update(plan.operands[gate])
    return found


def signature(values: Values) -> dict[int, tuple[int | None, ...]]:
    """The branch signature: the sign of every guard, by gate; None where it is not certain."""
    return {
        gate: tuple(sign(values, gate, entry) for entry in range(len(values.of(gate)))) for gate in guarded(values.plan)
    }


def executed_signature(plan: Plan, values: Sequence[Number]) -> dict[int, tuple[int | None, ...]]:
    """The same as float arithmetic sees it, at the values that a pass of ours gave; None at a NaN."""
    return {gate: tuple(map(_float_sign, executed_guard(plan, values, gate))) for gate in guarded(plan)}


def executed_guard(plan: Plan, values: Sequence[Number], gate: int) -> list[float]:
    """The guard of a gate at every entry, in float arithmetic."""
    with np.errstate(all="ignore"):
        found = rule_of(plan, gate).distance(Arrays(), [np.asarray(values[k]) for k in plan.operands[gate]])
    return np.ravel(np.broadcast_to(found, plan.shapes[gate])).tolist()


def _float_sign(guard: float) -> int | None:
    return None if guard != guard else int(guard > 0) - int(guard < 0)
