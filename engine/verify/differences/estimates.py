"""Central finite differences with a measured error bar (verification.md 5.5): always shown, never the sole ground.

Proves nothing; assumes forward rules and the running rounding bound, and no gradient rule beyond that bound's.
Objective values at all stencil points come from one batched forward pass over columns. Small documents get the full
ladder on every float leaf entry; larger ones a few entries, and the random directions of `directions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from ....schema.number import nearest
from ....schema.tensor import read
from ...numbers.arrays import Arrays
from ...plan import Number, Plan, leaf_numbers
from ...rule import Rule
from ...shape import size
from ..stops import DECLARED, stopped
from ..tensors.running import Bounded, Running
from .displacement import Displacement
from .romberg import FULL, LEAN, MINIMAL, Estimate, Floats, Ladder, Stencil, estimate
from .scalar_stencils import UNIT, Achieved, displaced, evaluated

#: Documents with at most this many float leaf entries get the full ladder on each; larger ones on a few.
COORDINATES = 32
SAMPLED = 5

#: Above this many wires one entry and one direction with the minimal ladder is all that is run.
LARGE = 10_000

#: Entries of all columns together that one batch may hold.
BATCH = 2**22

#: Steps are stretched by these, so that no period that divides powers of two reads the same on every rung.
STRETCHED = (1.3796, 1.7313, 1.1187, 1.5641, 1.2449, 1.8932, 1.4655)

#: Dtypes whose decimals are rounded further than those of float64.
NARROW = ("float32", "float16", "bfloat16")

#: A stencil whose widest step leaves the branch is tried once more, narrower by this.
NARROWER = 2.0**-26


#: Gives so many factors from [1, 2) that stretch the steps; `Probes.jitter` is one.
Jitter = Callable[[int], Floats]


def fixed_jitter(count: int) -> Floats:
    """The same factors in every run."""
    return np.resize(np.array(STRETCHED), count)


@dataclass(frozen=True, slots=True)
class Difference:
    """d objective / d one leaf entry as differences see it; `bar` bounds the error, infinite where they cannot tell.

    `sides` are the backward and the forward slope where the two differ.
    """

    leaf: int
    entry: int
    value: float
    bar: float
    ladder: str
    points: int
    because: str | None = None
    sides: tuple[float, float] | None = None


def trained_leaves(plan: Plan) -> list[int]:
    """The leaves that a derivative can be taken of, in the order of the nodes."""
    leaves = (i for i, rule in enumerate(plan.rules) if rule is None and plan.trained[i])
    return [i for i in leaves if size(plan.shapes[i])]


def is_small(plan: Plan) -> bool:
    """True if differences look at every float leaf entry by itself."""
    return plan.numbers <= LARGE and sum(size(plan.shapes[i]) for i in trained_leaves(plan)) <= COORDINATES


def coordinates(plan: Plan) -> list[tuple[int, int]]:
    """The (leaf, entry) pairs that differences are computed for: all, or a few spread over the document."""
    leaves = trained_leaves(plan)
    ends = np.cumsum([size(plan.shapes[i]) for i in leaves], dtype=np.int64)
    total = int(ends[-1]) if leaves else 0
    count = total if is_small(plan) else SAMPLED if plan.numbers <= LARGE else 1
    chosen = np.unique(np.linspace(0, total - 1, min(count, total)).astype(np.int64))
    places = np.searchsorted(ends, chosen, side="right")
    starts = np.concatenate([np.zeros(1, np.int64), ends])
    return [(leaves[place], int(k - starts[place])) for place, k in zip(places.tolist(), chosen, strict=True)]


def ladder_for(plan: Plan) -> Ladder:
    """The full ladder for up to 32 float leaf entries, the lean one above, the minimal one for large documents."""
    if plan.numbers > LARGE:
        return MINIMAL
    return FULL if is_small(plan) else LEAN


def leaf_points(plan: Plan) -> list[Number]:
    """Leaves as float64 at the point that the document writes, whatever its dtype: "0.1" in bfloat16 is 0.1 here."""
    points = leaf_numbers(plan)
    for i, rule in enumerate(plan.rules):
        if rule is None and plan.dtypes[i] in NARROW:
            tensor = read(plan.graph.nodes[i].get("value"), plan.dtypes[i])
            written = [raw for raw in tensor.entries if raw is not None]
            entries = [nearest(raw, "float64" if isinstance(raw, str) else plan.dtypes[i]) for raw in written]
            points[i] = np.array(entries, dtype=np.float64).reshape(tensor.shape) if tensor.shape else entries[0]
    return points


def differences(
    plan: Plan, leaves: Sequence[Number], seeds: Mapping[int, Number], jitter: Jitter = fixed_jitter
) -> list[Difference]:
    """The differences of the document, each coordinate with its bar. Assumes every leaf has a value."""
    chosen, ladder = coordinates(plan), ladder_for(plan)
    found = estimates(plan, leaves, seeds, moves_of(leaves, chosen, ladder, jitter))
    return heeding(plan, [seen_at(at, one, ladder) for at, one in zip(chosen, found, strict=True)])


def heeding(plan: Plan, seen: Sequence[Difference]) -> list[Difference]:
    """The same, silent about leaves above a gate that stops gradients by declaration."""
    declared = stopped(plan)
    return [replace(one, because=DECLARED) if one.leaf in declared else one for one in seen]


def moves_of(
    leaves: Sequence[Number], chosen: Sequence[tuple[int, int]], ladder: Ladder, jitter: Jitter = fixed_jitter
) -> list[Displacement]:
    """One displacement for each (leaf, entry) pair."""
    return [_coordinate(leaves, at, ladder, by) for at, by in zip(chosen, jitter(len(chosen)), strict=True)]


def seen_at(at: tuple[int, int], one: Estimate, ladder: Ladder) -> Difference:
    """What differences say at a (leaf, entry) pair."""
    return Difference(*at, one.value, one.bar, ladder.name, ladder.points, one.because, one.sides)


def estimates(
    plan: Plan, leaves: Sequence[Number], seeds: Mapping[int, Number], moves: Sequence[Displacement]
) -> list[Estimate]:
    """The derivative along each displacement. Where a kink is nearer than its steps, once more with narrower ones."""
    found = [estimate(stencil) for stencil in stencils(plan, leaves, seeds, moves)]
    again = [k for k, one in enumerate(found) if one.sides is not None and one.rung is None]
    narrower = [_narrowed(moves[k]) for k in again]
    for k, stencil in zip(again, stencils(plan, leaves, seeds, narrower), strict=True):
        second = estimate(stencil)
        if second.because is None:
            found[k] = second
    return found


def stencils(
    plan: Plan, leaves: Sequence[Number], seeds: Mapping[int, Number], moves: Sequence[Displacement]
) -> list[Stencil]:
    """The objective at all points of these displacements, in as few batches as memory allows."""
    if not moves:
        return []
    columns = max(1, BATCH // max(1, sum(map(size, plan.shapes)) * moves[0].ladder.points))
    found: list[Stencil] = []
    with np.errstate(all="ignore"):
        for start in range(0, len(moves), columns):
            found.extend(_batch(plan, leaves, seeds, moves[start : start + columns]))
    return found


def scale_of(numbers: Any, entry: int) -> float:
    """The size that steps of one entry are measured in: its own, or the tensor's if it is 0, or 1."""
    flat = np.ravel(numbers)
    return abs(float(flat[entry])) or float(np.sqrt(np.mean(flat * flat))) or 1.0


def _coordinate(leaves: Sequence[Number], at: tuple[int, int], ladder: Ladder, by: float) -> Displacement:
    leaf, entry = at
    weights = np.zeros(np.size(leaves[leaf]))
    weights[entry] = 1.0
    return Displacement({leaf: weights}, ladder.steps(scale_of(leaves[leaf], entry), by), ladder)


def _narrowed(move: Displacement) -> Displacement:
    return Displacement(move.weights, move.steps * NARROWER, move.ladder)


def _batch(
    plan: Plan, leaves: Sequence[Number], seeds: Mapping[int, Number], moves: Sequence[Displacement]
) -> list[Stencil]:
    if plan.runner is None:
        *seen, achieved = _seen(plan, leaves, seeds, moves)
    else:
        points, errors, achieved = displaced(plan.runner, leaves, moves)
        seen = evaluated(plan, points, errors, seeds)
    objective, noise, signs = seen
    return [
        Stencil(move.ladder, objective[span], noise[span], signs[:, span], *steps)
        for move, span, steps in zip(moves, _spans(moves), achieved, strict=True)
    ]


def _spans(moves: Sequence[Displacement]) -> list[slice]:
    """The columns of every stencil."""
    per = moves[0].ladder.points
    return [slice(k * per, (k + 1) * per) for k in range(len(moves))]


def _seen(
    plan: Plan, leaves: Sequence[Number], seeds: Mapping[int, Number], moves: Sequence[Displacement]
) -> tuple[Any, Any, Any, list[Achieved]]:
    """Objective, noise and signs at all points, gate by gate, and what the steps achieved."""
    columns = [_repeated(leaf, moves[0].ladder.points * len(moves)) for leaf in leaves]
    errors = [None if column is None else np.zeros_like(column) for column in columns]
    spans = zip(moves, _spans(moves), strict=True)
    achieved = [_displace(columns, errors, leaves, move, span) for move, span in spans]
    return *_evaluate(plan, columns, errors, seeds), achieved


def _repeated(leaf: Number, columns: int) -> Any:
    """A leaf as (columns, entries); None for a gate."""
    return None if leaf is None else np.repeat(np.ravel(leaf)[None, :], columns, axis=0).astype(np.float64)


def _displace(
    columns: list[Any], errors: list[Any], leaves: Sequence[Number], move: Displacement, span: slice
) -> Achieved:
    """Write one stencil into its columns: centre, then +h and -h per rung; returns what was achieved.

    One entry alone is moved by exactly what the division is by. Of a direction no single number says what was
    achieved, so that the rounding of its points counts as noise in them.
    """
    signed = np.ravel(np.column_stack([move.steps, -move.steps]))[:, None]
    moved = {leaf: np.flatnonzero(weights) for leaf, weights in move.weights.items()}
    for leaf, entries in moved.items():
        shift = signed * move.weights[leaf][entries][None, :]
        points = np.ravel(leaves[leaf])[entries][None, :] + shift
        columns[leaf][span.start + 1 : span.stop, entries] = points
        errors[leaf][span.start + 1 : span.stop, entries] = UNIT * (np.abs(points) + np.abs(shift))
    if sum(entries.size for entries in moved.values()) > 1:
        return move.steps, move.steps
    [(leaf, entries)] = moved.items()
    errors[leaf][span] = 0.0
    displaced = cast(Floats, columns[leaf][span, entries[0]])
    return displaced[1::2] - displaced[0], displaced[0] - displaced[2::2]


def _evaluate(plan: Plan, columns: list[Any], errors: list[Any], seeds: Mapping[int, Number]) -> tuple[Any, Any, Any]:
    """Objective, its rounding noise, and the signs of all guards, at every column."""
    count = next(column.shape[0] for column in columns if column is not None)
    values, errors = list(columns), list(errors)
    signs: list[Any] = [np.zeros((1, count), dtype=np.int8)]
    for i in plan.gates:
        values[i], errors[i], sign = _gate(plan, i, values, errors)
        if sign is not None:
            signs.append(sign.T)
    total, noise = np.zeros(count), np.zeros(count)
    for position, seed in seeds.items():
        weights = np.ravel(seed)
        total = total + values[position] @ weights
        noise = noise + errors[position] @ np.abs(weights) + 2 * UNIT * np.abs(values[position]) @ np.abs(weights)
    return total, np.maximum(noise, 4 * UNIT * np.abs(total)), np.concatenate(signs)


def _gate(plan: Plan, i: int, values: list[Any], errors: list[Any]) -> tuple[Any, Any, Any]:
    """One gate over all columns: value, running error e(i) = sum |d| e(operand) + c u |v|, signs of its guard."""
    rule, system = plan.rules[i], Arrays()
    assert rule is not None
    if not rule.elementwise:
        return *_tensor_gate(plan, rule, i, values, errors), None
    operands = [values[k] for k in plan.operands[i]]
    out = np.asarray(rule.forward(system, *operands), dtype=np.float64)
    error = rule.error.value * UNIT * np.abs(out)
    error = error + UNIT * rule.error.besides([np.abs(operand) for operand in operands])
    for gradient, operand in zip(rule.local(system, out, operands), plan.operands[i], strict=True):
        if plan.trained[operand] or plan.rules[operand] is not None:
            error = error + np.abs(gradient) * errors[operand]
    sign = np.sign(rule.distance(system, operands)).astype(np.int8) if rule.has_kink else None
    return out, error, sign


def _tensor_gate(plan: Plan, rule: Rule, i: int, values: list[Any], errors: list[Any]) -> tuple[Any, Any]:
    """A gate on whole tensors, one column after the other: values and running errors."""
    system, wires = Running(UNIT, UNIT), plan.operands[i]
    shapes = [plan.shapes[k] for k in wires]
    found: list[Bounded] = []
    for column in range(max(values[k].shape[0] for k in wires)):
        parts = [(values[k][column], errors[k][column]) for k in wires]
        operands = [
            Bounded(value.reshape(shape), error.reshape(shape), np.zeros(shape))
            for (value, error), shape in zip(parts, shapes, strict=True)
        ]
        found.append(rule.forward(system, *operands))
    return np.stack([np.ravel(x.value) for x in found]), np.stack([np.ravel(x.rounding) for x in found])
