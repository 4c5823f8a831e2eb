"""How large the terms are of which a number is what is left: the scale that deviations are small against.

A sum that cancels has the scale of its terms, and what a gate sends on has it times what the gate multiplies with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....schema.number import UNIT_ROUNDOFF
from ...plan import Plan
from ..claims import Key
from .passes import Bounds
from .running import Bounded


def scales(plan: Plan, equations: Bounds) -> Mapping[Key, float]:
    """The scale of every number, by its key, from the equations between stated numbers."""
    found: dict[Key, float] = {}
    for i, value in enumerate(equations.values):
        found[i, "value", None] = max(_size(value.value), _terms(plan, i, value))
    into: list[float] = [0.0] * len(plan.ids)
    for i in reversed(range(len(equations.grads))):
        grad = equations.grads[i]
        size = _size(grad.value)
        scale = found[i, "grad", None] = max(size, _terms(plan, i, grad), into[i])
        for port, operand in enumerate(plan.operands[i]):
            if (sent := equations.slots.get((i, "downstream", port))) is not None:
                gain = _size(sent.value) / size if size else 0.0
                reaching = found[i, "downstream", port] = max(_terms(plan, operand, sent), scale * gain)
                into[operand] = max(into[operand], reaching)
    return found


def _size(numbers: Any) -> float:
    return float(np.max(np.abs(numbers), initial=0.0))


def _terms(plan: Plan, wire: int, number: Bounded) -> float:
    """What must have been added up to be rounded by so much."""
    unit = float(UNIT_ROUNDOFF.get(plan.dtypes[wire], UNIT_ROUNDOFF["float64"]))
    return _size(number.rounding) / unit
