"""Equalised steps: each claimed entry moves so far that its term in the sum of <gradient, step> weighs the same.

Steps are u = xi / |g| times one power of two for all, which cancels in the end: xi is the probe's weight, g the
claimed gradient. The power makes the largest step 2^-52 of its value, so that every step is infinitesimal, and
nothing is cut off unless the entries span more than 800 powers of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...plan import Number
from ..layout import Floats, Indices
from .real_point import RealPoint

Mask = NDArray[np.bool_]

#: A step of the complex step in units of its weight, and the largest weight in units of the value: 2^-100 * 2^48.
STEP, CAP = 2.0**-100, -52

#: The powers of two that steps may span.
SPAN = 800


@dataclass(frozen=True, slots=True)
class Steps:
    """`sizes`: flat imaginary parts, 0 where none; their common power of two is `exponent`."""

    sizes: Floats
    exponent: int

    def normal(self, number: float) -> float:
        """A sum of <gradient, step> without the common power of two."""
        return float(np.ldexp(number, -self.exponent))


def steps(point: RealPoint, chosen: Mask, grads: Floats, xi: Floats, *, smaller: int = 0) -> Steps:
    """Steps on the chosen entries for claimed gradients (not 0), `smaller` powers of two below the largest allowed."""
    mantissa, exponents = np.frexp(np.abs(grads[chosen]))
    values = np.abs(point.flat[chosen])
    nonzero = np.abs(point.flat[(point.flat != 0) & np.isfinite(point.flat)])
    typical = median(nonzero) if nonzero.size else 1.0
    room = np.ldexp(np.where(values > 0, values, typical), CAP - smaller)
    needed = exponents + np.frexp(room)[1] - 2
    exponent = int(max(needed.min(), exponents.max() - SPAN, -SPAN))
    found = np.zeros(point.layout.total)
    found[chosen] = np.clip(np.ldexp(xi[chosen] / mantissa, exponent - exponents), -room, room)
    return Steps(found, exponent)


def median(numbers: Floats) -> float:
    """The middle one of finite numbers, or the mean of the two: of few numbers quicker than NumPy's."""
    ordered, half = np.sort(numbers), numbers.size // 2
    return float(ordered[half]) if numbers.size % 2 else float((ordered[half - 1] + ordered[half]) / 2)


def by_wire(point: RealPoint, sizes: Floats) -> list[Number | None]:
    """Flat steps as one number or tensor a wire; None where a wire does not move."""
    layout, shapes = point.layout, point.plan.shapes
    if not any(shapes):
        return [size or None for size in sizes.tolist()]
    found: list[Number | None] = []
    for i, shape in enumerate(shapes):
        own = sizes[layout.wire(i)]
        found.append((own.reshape(shape) if shape else float(own[0])) if own.any() else None)
    return found


def in_columns(point: RealPoint, parts: Sequence[Indices], sizes: Floats) -> list[Number | None]:
    """Flat steps in columns, each column moving the entries of one part only."""
    layout = point.layout
    found: list[Floats | None] = [None] * len(point.plan.ids)
    for column, part in enumerate(parts):
        owners: list[int] = (np.searchsorted(layout.starts, part, side="right") - 1).tolist()
        for owner, entry in zip(owners, part.tolist(), strict=True):
            own = found[owner]
            if own is None:
                own = np.zeros((len(parts), layout.sizes[owner]))
                found[owner] = own
            own[column, entry - int(layout.starts[owner])] = sizes[entry]
    return [None if own is None else own.reshape(len(parts), *point.plan.shapes[i]) for i, own in enumerate(found)]
