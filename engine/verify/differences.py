"""Central finite differences with a measured error bar (verification.md 5.5): always shown, never the sole ground.

Objective values at all stencil points come from one batched forward pass over columns. Every point carries the
running rounding-error bound of the graph there; Romberg's table picks the rung whose estimate is most certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schema.number import UNIT_ROUNDOFF
from ..numbers.arrays import Arrays
from ..plan import Number, Plan
from ..shape import size

Floats = NDArray[np.float64]

UNIT = float(UNIT_ROUNDOFF["float64"])


@dataclass(frozen=True, slots=True)
class Ladder:
    """Steps h_k = jitter * first * scale * ratio^-k for k < rungs, Romberg to `depth`, `finer` rungs kept to check."""

    name: str
    rungs: int
    ratio: int
    first: float
    depth: int
    finer: int

    @property
    def points(self) -> int:
        """Evaluations per direction, the centre included."""
        return 2 * self.rungs + 1


FULL = Ladder("full", 12, 4, 2.0**-3, 4, 2)
LEAN = Ladder("lean", 6, 16, 2.0**-4, 2, 2)
MINIMAL = Ladder("minimal", 4, 32, 2.0**-5, 2, 1)

#: Documents with at most this many floating leaf entries get the full ladder on each; larger ones on a few.
COORDINATES = 32
SAMPLED = 5

#: Above this many wires one direction with the minimal ladder is all that is run.
LARGE = 10_000

#: Entries of all columns together that one batch may hold.
BATCH = 2**22


@dataclass(frozen=True, slots=True)
class Difference:
    """d objective / d one leaf entry as differences see it; `bar` bounds the error, infinite where they cannot tell."""

    leaf: int
    entry: int
    value: float
    bar: float
    ladder: str
    points: int
    because: str | None = None


def coordinates(plan: Plan) -> list[tuple[int, int]]:
    """The (leaf, entry) pairs that differences are computed for, in the order of the nodes."""
    leaves = [i for i, rule in enumerate(plan.rules) if rule is None and plan.trained[i]]
    entries = [(i, entry) for i in leaves for entry in range(size(plan.shapes[i]))]
    if len(entries) <= COORDINATES and len(plan.ids) <= LARGE:
        return entries
    count = SAMPLED if len(plan.ids) <= LARGE else 1
    chosen = np.linspace(0, len(entries) - 1, min(count, len(entries))).astype(int)
    return [entries[k] for k in dict.fromkeys(chosen.tolist())]


def ladder_for(plan: Plan) -> Ladder:
    """The full ladder for documents of ordinary size, the minimal one above."""
    return FULL if len(plan.ids) <= LARGE else MINIMAL


def differences(plan: Plan, leaves: Sequence[Number], seeds: Mapping[int, Number]) -> list[Difference]:
    """The differences of the document, each coordinate with its bar. Assumes every leaf has a value."""
    chosen, ladder = coordinates(plan), ladder_for(plan)
    columns = max(1, BATCH // max(1, sum(map(size, plan.shapes)) * ladder.points))
    found: list[Difference] = []
    with np.errstate(all="ignore"):
        for start in range(0, len(chosen), columns):
            found.extend(_batch(plan, leaves, seeds, chosen[start : start + columns], ladder))
    return found


def _batch(
    plan: Plan, leaves: Sequence[Number], seeds: Mapping[int, Number], chosen: Sequence[tuple[int, int]], ladder: Ladder
) -> list[Difference]:
    per = ladder.points
    columns = [_repeated(leaf, per * len(chosen)) for leaf in leaves]
    displaced = [_displace(columns, leaves, chosen[k], k * per, ladder) for k in range(len(chosen))]
    objective, noise, signature = _evaluate(plan, columns, seeds)
    found: list[Difference] = []
    for k, (coordinate, steps) in enumerate(zip(chosen, displaced, strict=True)):
        span = slice(k * per, (k + 1) * per)
        found.append(_estimate(coordinate, objective[span], noise[span], signature[:, span], steps, ladder))
    return found


def _repeated(leaf: Number, columns: int) -> Any:
    """A leaf as (columns, entries); None for a gate."""
    return None if leaf is None else np.repeat(np.ravel(leaf)[None, :], columns, axis=0).astype(np.float64)


def _displace(
    columns: list[Any], leaves: Sequence[Number], coordinate: tuple[int, int], start: int, ladder: Ladder
) -> Floats:
    """Write the stencil of one coordinate into its columns: centre, then +h and -h per rung; the achieved 2h."""
    leaf, entry = coordinate
    numbers = np.ravel(leaves[leaf])
    x = float(numbers[entry])
    scale = abs(x) or float(np.sqrt(np.mean(numbers * numbers))) or 1.0
    steps = JITTER[entry % len(JITTER)] * ladder.first * scale * float(ladder.ratio) ** -np.arange(ladder.rungs)
    above, below = x + steps, x - steps
    columns[leaf][start + 1 : start + ladder.points, entry] = np.ravel(np.column_stack([above, below]))
    return above - below


#: Steps are stretched by these, so that no period that divides powers of two reads the same on every rung.
JITTER = (1.3796, 1.7313, 1.1187, 1.5641, 1.2449, 1.8932, 1.4655)


def _evaluate(plan: Plan, columns: list[Any], seeds: Mapping[int, Number]) -> tuple[Floats, Floats, Any]:
    """Objective, its rounding noise, and the signs of all guards, at every column."""
    count = next(column.shape[0] for column in columns if column is not None)
    values, errors = list(columns), [None if column is None else np.zeros_like(column) for column in columns]
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
    operands = [values[k] for k in plan.operands[i]]
    out = np.asarray(rule.forward(system, *operands), dtype=np.float64)
    error = rule.error.value * UNIT * np.abs(out)
    for gradient, operand in zip(rule.local(system, out, operands), plan.operands[i], strict=True):
        if plan.trained[operand] or plan.rules[operand] is not None:
            error = error + np.abs(gradient) * errors[operand]
    sign = np.sign(rule.distance(system, operands)).astype(np.int8) if rule.has_kink else None
    return out, error, sign


def _estimate(
    coordinate: tuple[int, int], y: Floats, noise: Floats, signature: Any, widths: Floats, ladder: Ladder
) -> Difference:
    """Romberg over the rungs that stay on the branch of the centre; silent where that is not stable."""
    leaf, entry = coordinate
    silent = Difference(leaf, entry, float("nan"), float("inf"), ladder.name, ladder.points)
    usable = _usable_from(y, signature, ladder)
    slopes = (y[1::2] - y[2::2]) / widths
    rounding = (noise[1::2] + noise[2::2]) / np.abs(widths)
    if not np.isfinite(y[0]):
        return _silenced(silent, "the objective is not finite here")
    if ladder.rungs - usable < ladder.finer + 2:
        return _silenced(silent, "a kink or the domain's border is nearer than the steps")
    best = _romberg(slopes[usable:], rounding[usable:], ladder)
    if best is None:
        return _silenced(silent, "the estimates contradict each other")
    value, error = best
    return Difference(leaf, entry, value, 2 * error, ladder.name, ladder.points)


def _silenced(silent: Difference, why: str) -> Difference:
    return Difference(silent.leaf, silent.entry, silent.value, silent.bar, silent.ladder, silent.points, why)


def _usable_from(y: Floats, signature: Any, ladder: Ladder) -> int:
    """The first rung from which on every point is finite and on the branch of the centre."""
    same = np.isfinite(y) & np.all(signature == signature[:, :1], axis=0)
    rungs = same[1::2] & same[2::2]
    broken = np.flatnonzero(~rungs)
    return int(broken[-1]) + 1 if broken.size else 0


def _romberg(slopes: Floats, rounding: Floats, ladder: Ladder) -> tuple[float, float] | None:
    """The entry of Romberg's table with the least error among those that leave the finer rungs, checked on them."""
    table, noise = _table(slopes, rounding, ladder)
    best: tuple[float, int, int] | None = None
    for k in range(len(slopes) - ladder.finer):
        for j in range(1, min(k, ladder.depth) + 1):
            error = _error(table, noise, k, j)
            if np.isfinite(error) and (best is None or error < best[0]):
                best = (error, k, j)
    if best is None:
        return None
    error, k, j = best
    value = float(table[j][k])
    return (value, error) if _stable(slopes, rounding, value, error, k, ladder) else None


def _table(slopes: Floats, rounding: Floats, ladder: Ladder) -> tuple[list[Floats], list[Floats]]:
    """Extrapolations by columns; entry k of column j uses rungs k-j .. k. Noise grows with the same weights."""
    table, noise = [slopes], [rounding]
    for j in range(1, ladder.depth + 1):
        weight = float(ladder.ratio) ** (2 * j)
        last, last_noise = table[-1], noise[-1]
        new, new_noise = np.full_like(last, np.nan), np.full_like(last, np.inf)
        new[j:] = (weight * last[j:] - last[j - 1 : -1]) / (weight - 1)
        new_noise[j:] = (weight * last_noise[j:] + last_noise[j - 1 : -1]) / (weight - 1)
        table.append(new)
        noise.append(new_noise)
    return table, noise


def _error(table: list[Floats], noise: list[Floats], k: int, j: int) -> float:
    """How far an entry may be off: the second smallest distance to its neighbours, for one may agree by accident."""
    here = table[j][k]
    neighbours = [table[j - 1][k], table[j - 1][k - 1], table[j][k - 1]]
    if k + 1 < len(table[j]):
        neighbours.append(table[j][k + 1])
    distances = sorted(abs(here - other) for other in neighbours if np.isfinite(other))
    if len(distances) < 2:
        return float("inf")
    return float(max(abs(here - table[j - 1][k]), distances[1]) + noise[j][k])


def _stable(slopes: Floats, rounding: Floats, value: float, error: float, k: int, ladder: Ladder) -> bool:
    """Truncation must fall as ratio^-2 on every finer rung; aliasing, a second plateau or a near kink does not."""
    finer = np.arange(k + 1, len(slopes))
    truncation = 4 * abs(slopes[k] - value) * float(ladder.ratio) ** (-2.0 * (finer - k))
    return bool(np.all(np.abs(slopes[finer] - value) <= 1.5 * rounding[finer] + 2 * error + truncation))
