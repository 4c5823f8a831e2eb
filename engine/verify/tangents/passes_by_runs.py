"""Imaginary parts moved along the runs of a graph of scalars: what `passes.py` does gate by gate, in arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...numbers.complexes import Complex, Complexes
from ...rule import Rule
from ..layout import Floats
from ..runs import Run
from .real_point import RealPoint

COMPLEXES = Complexes()

#: What a lost imaginary part may have been where the local gradient itself is below all floats.
UNDERFLOW = 2.0**-900


def along_runs(point: RealPoint, runs: Sequence[Run], own: Sequence[Any], columns: int) -> tuple[Floats, Floats]:
    """The imaginary parts and the errors of all wires, a row of columns a wire if there are any; 0 where none moves.

    `own` are the wires' own imaginary parts, None where there is none.
    """
    imags, errors = np.zeros((2, len(own), *((columns,) if columns else ())))
    moving = np.array([imag is not None for imag in own], dtype=bool)
    imags[moving] = [imag for imag in own if imag is not None]
    for run in runs:
        active = point.layout.reaching[run.gates] & np.any([moving[wires] for wires in run.operands], axis=0)
        if active.any():
            imag, error = _moved(point, run, imags, errors, moving)
            kept = _column(active, columns)
            imags[run.gates] += np.where(kept, imag, 0.0)
            errors[run.gates] = np.where(kept, error, 0.0)
            moving[run.gates] |= active
    return imags, errors


def _moved(point: RealPoint, run: Run, imags: Floats, errors: Floats, moving: Any) -> tuple[Floats, Floats]:
    """The imaginary parts of one run; errors e(i) = sum |d| e(k) + |t_k| m_k."""
    columns = imags.ndim - 1
    sizes = [np.abs(imags[wires]) for wires in run.operands]
    error = np.zeros((run.gates.size, *imags.shape[1:]))
    for wires, slots, size in zip(run.operands, run.slots, sizes, strict=True):
        reach, rough = _column(point.reach[slots], columns), _column(point.rough[slots], columns)
        error = error + np.where(_column(moving[wires], columns), reach * errors[wires] + rough * size, 0.0)
    numbers = [Complex.of(_column(point.flat[wires], columns), imags[wires]) for wires in run.operands]
    imag = np.broadcast_to(_imag(run.rule, numbers), error.shape)
    lost = np.isnan(imag)
    if lost.any():
        # Where digits were lost 0 is taken, and all that the gate could have let through is the error.
        through: Any = UNDERFLOW
        for slots, size in zip(run.slots, sizes, strict=True):
            through = through + np.where(size == 0, 0.0, _column(point.slopes[slots], columns) * size)
        imag, error = np.where(lost, 0.0, imag), error + np.where(lost, through, 0.0)
    return imag, error


def _imag(rule: Rule, numbers: Sequence[Complex]) -> Any:
    """The gates on complex numbers; NaN where they have none."""
    try:
        return rule.forward(COMPLEXES, *numbers).imag
    except ArithmeticError:
        return math.nan


def _column(numbers: Any, columns: int) -> Any:
    """Numbers by gate, beside columns if there are any."""
    return numbers[:, None] if columns else numbers
