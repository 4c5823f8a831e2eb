"""First-order rounding bounds of one step of a pass, over numbers or arrays of them (verification.md 5.6).

`unit` is the roundoff of the gate's dtype; everything else comes as its size, and each bound is one of a size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..rule import Error


def of_value(error: Error, unit: Any, out: Any, operands: Sequence[Any]) -> Any:
    """What rounding adds to a gate's result; what its operands bring along comes besides."""
    return unit * error.value * out + error.kernels(out) + unit * error.besides(operands)


def of_local(error: Error, unit: Any, up: Any, down: Any, out: Any, first: Any) -> Any:
    """Change of a local gradient between two ends of the operands' bounds, plus its own rounding."""
    return np.abs(up - down) / 2 + unit * error.slope(np.abs(up), out, first)


def of_sent(unit: Any, local: Any, local_bound: Any, grad: Any, grad_bound: Any) -> Any:
    """What a local gradient times an upstream one may be off."""
    return local * grad_bound + grad * local_bound + unit * local * grad
