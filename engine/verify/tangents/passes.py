"""One complex pass: what imaginary parts on any wires make of the objective, and how far rounding may have moved it.

The engine's forward rules run on complex kernels; no gradient rule of ours takes part but in the error bound, which
is carried along by one forward recursion (verification.md 5.4). Several columns of steps may run at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...numbers.complexes import Complex
from ...plan import Number, Plan
from ...shape import SCALAR
from ..layout import Floats
from .passes_by_runs import COMPLEXES, UNDERFLOW, along_runs
from .real_point import LOST, UNIT, RealPoint

#: An imaginary part on a wire: a float or an array, with columns first where there are any; None where there is none.
Tangent = Number | None

#: Beyond this share of a value, or beyond this size, an imaginary part is no longer infinitesimal in float64.
LINEAR = 2.0**-27


@dataclass(frozen=True, slots=True)
class Tangents:
    """The imaginary part of the objective and its error, one a column; `wires` and `errors` are those of all wires."""

    imag: Floats
    error: Floats
    wires: Sequence[Tangent] | Floats
    errors: Sequence[Any] | Floats

    @property
    def whole(self) -> bool:
        """True if nothing was lost on the way to the objective."""
        return bool(np.isfinite(self.imag).all() and np.isfinite(self.error).all())


def run(point: RealPoint, seeds: Mapping[int, Number], own: Sequence[Tangent], columns: int = 0) -> Tangents:
    """Move every wire by its own imaginary part at once. `columns` of steps stand first in each of them, if any."""
    plan, imags, errors = point.plan, list(own), [0.0] * len(own)
    with np.errstate(all="ignore"):
        if point.runs is not None:
            return _objective(plan, seeds, *along_runs(point, point.runs, own, columns), columns)
        for i in plan.gates:
            operands = plan.operands[i]
            if plan.reaching[i] and any(imags[k] is not None for k in operands):
                imag, errors[i] = _gate(point, i, imags, errors, columns)
                imags[i] = imag if imags[i] is None else imag + imags[i]
        return _objective(plan, seeds, imags, errors, columns)


def lost_at(point: RealPoint, found: Tangents) -> dict[int, str]:
    """The gates where an imaginary part, or its error, first became NaN or infinite."""
    plan = point.plan
    finite = [_is_finite(imag) and _is_finite(error) for imag, error in zip(found.wires, found.errors, strict=True)]
    return {i: LOST for i in plan.gates if not finite[i] and all(finite[k] for k in plan.operands[i])}


def excess(point: RealPoint, found: Tangents) -> float:
    """The largest imaginary part in units of what still is infinitesimal at its wire."""
    worst = 0.0
    if isinstance(found.wires, np.ndarray):
        return _excess(np.abs(found.wires), np.abs(point.flat))
    if not any(point.plan.shapes) and all(imag is None or isinstance(imag, float) for imag in found.wires):
        moved = [(imag, value) for imag, value in zip(found.wires, point.values, strict=True) if imag is not None]
        return _excess(*np.abs(np.array(moved, dtype=np.float64).reshape(-1, 2).T))
    for imag, value in zip(found.wires, point.values, strict=True):
        if imag is not None:
            worst = max(worst, _excess(np.abs(imag), np.abs(value)))
    return worst


def _excess(sizes: Any, values: Any) -> float:
    room = LINEAR * np.where(values == 0, 1.0, np.minimum(values, 1.0))
    ratios = sizes / room
    return float(np.max(ratios, initial=0.0, where=~np.isnan(ratios)))


def _is_finite(imag: Tangent) -> bool:
    if imag is None:
        return True
    return math.isfinite(imag) if isinstance(imag, float) else bool(np.isfinite(imag).all())


def _gate(
    point: RealPoint, i: int, imags: Sequence[Tangent], errors: Sequence[Any], columns: int
) -> tuple[Number, Number]:
    """One gate's imaginary part; its error e(i) = sum |d| e(k) + |t_k| m_k."""
    plan = point.plan
    error: Number = 0.0
    rank = len(plan.shapes[i]) if columns else 0
    numbers: list[Complex] = []
    for k, reach, rough in zip(plan.operands[i], point.reach[i], point.rough[i], strict=True):
        imag, before = imags[k], errors[k]
        if imag is None:
            numbers.append(Complex.of(point.values[k], 0.0))
            continue
        if rank and plan.shapes[k] == SCALAR:
            imag, before = _spread(imag, rank), _spread(before, rank)
        numbers.append(Complex.of(point.values[k], imag))
        error = error + reach * before + rough * abs(imag)
    imag = _applied(point, i, numbers)
    if columns and np.ndim(imag) == 0:
        imag = np.full((columns, *(1,) * rank), imag)
    if isinstance(imag, float):
        return (imag, error) if imag == imag else _without_lost(point, i, numbers, imag, error, True)
    lost = np.isnan(imag)
    return _without_lost(point, i, numbers, imag, error, lost) if lost.any() else (imag, error)


def _without_lost(
    point: RealPoint, i: int, numbers: Sequence[Complex], imag: Number, error: Number, lost: Any
) -> tuple[Number, Number]:
    """Where digits were lost 0 is taken, and all that the gate could have let through is the error."""
    through: Any = UNDERFLOW
    for number, slope in zip(numbers, point.slopes[i], strict=True):
        through = through + np.where(number.imag == 0, 0.0, slope * np.abs(number.imag))
    found: Any = np.where(lost, 0.0, imag)
    wrong: Any = error + np.where(lost, through, 0.0)
    return (float(found), float(wrong)) if np.ndim(imag) == 0 else (found, wrong)


def _applied(point: RealPoint, i: int, numbers: Sequence[Complex]) -> Number:
    """The gate on complex numbers; NaN where it has none. Floats raise where arrays answer by the rules of IEEE."""
    rule = point.plan.rules[i]
    assert rule is not None
    try:
        return rule.forward(COMPLEXES, *numbers).imag
    except (ArithmeticError, ValueError):
        pass
    arrays = [Complex.of(np.asarray(number.real), np.asarray(number.imag)) for number in numbers]
    try:
        imag = rule.forward(COMPLEXES, *arrays).imag
    except ArithmeticError:
        return math.nan
    return float(imag) if np.ndim(imag) == 0 else imag


def _spread(part: Any, rank: int) -> Any:
    """A scalar's columns beside the columns of a tensor."""
    return np.reshape(part, (-1, *(1,) * rank)) if np.ndim(part) else part


def _objective(
    plan: Plan,
    seeds: Mapping[int, Number],
    imags: Sequence[Tangent] | Floats,
    errors: Sequence[Any] | Floats,
    columns: int,
) -> Tangents:
    imag, error = np.zeros(columns or 1), np.zeros(columns or 1)
    for position, seed in seeds.items():
        moved = imags[position]
        if moved is not None:
            shape = (columns or 1, *plan.shapes[position])
            terms = np.broadcast_to(moved, shape) * seed
            spread = np.broadcast_to(errors[position], shape) * np.abs(seed)
            imag = imag + _exact_sums(terms)
            error = error + (spread + 2 * UNIT * np.abs(terms)).reshape(len(imag), -1).sum(axis=1)
    return Tangents(imag, error, imags, errors)


def _exact_sums(terms: NDArray[np.float64]) -> Floats:
    """The sum of every row without rounding on the way; NaN where a term is not finite."""
    rows = terms.reshape(len(terms), -1)
    if not np.isfinite(rows).all():
        return rows.sum(axis=1)
    return np.array([math.fsum(row) for row in rows])
