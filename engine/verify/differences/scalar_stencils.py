"""Finite differences over graphs of scalars, run by run: a row a wire, a column a point of a stencil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....schema.number import UNIT_ROUNDOFF
from ...executors.runner import Runner
from ...numbers.arrays import Arrays
from ...plan import Number, Plan
from ...rule import Rule
from .displacement import Displacement
from .romberg import Floats

UNIT = float(UNIT_ROUNDOFF["float64"])

#: What the steps of one stencil achieved, above and below its centre.
Achieved = tuple[Floats, Floats]


def displaced(
    runner: Runner, leaves: Sequence[Number], moves: Sequence[Displacement]
) -> tuple[Floats, Floats, list[Achieved]]:
    """The leaves at all points, their errors, and what was achieved; rows are leaves as the program numbers them."""
    centre = np.array([leaves[wire] for wire in runner.leaves], dtype=np.float64)
    numbers = {wire: number for number, wire in enumerate(runner.leaves)}
    per = moves[0].ladder.points
    points = np.repeat(centre[:, None], per * len(moves), axis=1)
    errors = np.zeros_like(points)
    achieved: list[Achieved] = []
    for k, move in enumerate(moves):
        weights = np.concatenate(list(move.weights.values()))
        moved = np.flatnonzero(weights)
        rows = np.array([numbers[leaf] for leaf in move.weights], dtype=np.int64)[moved]
        span = slice(k * per + 1, (k + 1) * per)
        signed = np.ravel(np.column_stack([move.steps, -move.steps]))
        shift = weights[moved][:, None] * signed
        points[rows, span] = centre[rows][:, None] + shift
        errors[rows, span] = UNIT * (np.abs(points[rows, span]) + np.abs(shift))
        if rows.size > 1:
            # Of a direction no single number says what was achieved: the rounding of its points is noise in them.
            achieved.append((move.steps, move.steps))
            continue
        # One entry alone is moved by exactly what the division is by.
        errors[rows, span] = 0.0
        found = points[rows[0], span]
        achieved.append((found[::2] - centre[rows[0]], centre[rows[0]] - found[1::2]))
    return points, errors, achieved


def evaluated(plan: Plan, points: Floats, errors: Floats, seeds: Mapping[int, Number]) -> tuple[Any, Any, Any]:
    """Objective, its rounding noise, and the signs of all guards, at every column."""
    runner = plan.runner
    assert runner is not None
    program = runner.program
    values, noise = np.zeros((2, program.size, points.shape[1]))
    values[: points.shape[0]], noise[: points.shape[0]] = points, errors
    order: list[int] = runner.order.tolist()
    moving = np.array([plan.trained[wire] or plan.rules[wire] is not None for wire in order])
    signs: list[Any] = [np.zeros((1, values.shape[1]), dtype=np.int8)]
    codes: list[int] = program.codes.tolist()
    for r, code in enumerate(codes):
        rule, operands = program.kernels[code].rule, program.columns(r, program.operands).T
        first, last = program.runs[r], program.runs[r + 1]
        values[first:last], noise[first:last], sign = _over(rule, operands, values, noise, moving)
        if sign is not None:
            signs.append(sign)
    total, spread = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for wire, seed in runner.seeds(seeds).items():
        total = total + values[wire] * seed
        spread = spread + noise[wire] * abs(seed) + 2 * UNIT * np.abs(values[wire] * seed)
    return total, np.maximum(spread, 4 * UNIT * np.abs(total)), np.concatenate(signs)


def _over(rule: Rule, operands: Any, values: Floats, noise: Floats, moving: Any) -> tuple[Any, Any, Any]:
    """A run over all columns: values, running errors as of a single gate, signs of its guards."""
    system, numbers = Arrays(), [values[column] for column in operands]
    out = np.broadcast_to(rule.forward(system, *numbers), numbers[0].shape)
    error = rule.error.value * UNIT * np.abs(out)
    error = error + UNIT * rule.error.besides([np.abs(number) for number in numbers])
    for gradient, column in zip(rule.local(system, out, numbers), operands, strict=True):
        error = error + np.where(moving[column][:, None], np.abs(gradient) * noise[column], 0.0)
    sign = np.sign(rule.distance(system, numbers)).astype(np.int8) if rule.has_kink else None
    return out, error, sign
