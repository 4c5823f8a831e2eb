"""One derivative from central differences over a ladder of steps, with a measured error bar (verification.md 5.5).

A stencil is the objective at the centre and at +-h for every rung, each point with its own rounding noise. Romberg's
table extrapolates; the rung whose estimate is most certain is chosen and checked on the finer rungs that are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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

    def steps(self, scale: float, jitter: float) -> Floats:
        """The steps of all rungs, widest first."""
        rungs: Floats = np.arange(self.rungs, dtype=np.float64)
        return jitter * self.first * scale * float(self.ratio) ** -rungs


FULL = Ladder("full", 12, 4, 2.0**-3, 4, 2)
LEAN = Ladder("lean", 6, 16, 2.0**-4, 2, 2)
MINIMAL = Ladder("minimal", 4, 32, 2.0**-5, 2, 1)

KINK = "a kink or the domain's border is nearer than the steps"
UNSTABLE = "the estimates contradict each other"
BENT = "the slopes on the two sides differ however near one looks"
NONFINITE = "the objective is not finite here"


@dataclass(frozen=True, slots=True)
class Stencil:
    """Objective and noise at centre, +h_0, -h_0, +h_1, ...; guard signs by rows; the achieved displacements."""

    ladder: Ladder
    objective: Floats
    noise: Floats
    signs: NDArray[np.int8]
    above: Floats
    below: Floats

    @property
    def slopes(self) -> Floats:
        """D(h) for every rung."""
        return (self.objective[1::2] - self.objective[2::2]) / (self.above + self.below)

    @property
    def rounding(self) -> Floats:
        """R(h): how far rounding alone may move D(h)."""
        return (self.noise[1::2] + self.noise[2::2]) / (self.above + self.below)

    @property
    def usable_from(self) -> int:
        """The first rung from which on every point is finite and on the branch of the centre."""
        same = np.isfinite(self.objective) & np.all(self.signs == self.signs[:, :1], axis=0)
        broken = np.flatnonzero(~(same[1::2] & same[2::2]))
        return int(broken[-1]) + 1 if broken.size else 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative, how far it may be off, and the rung that it was read at; `because` where nothing can be said.

    `sides` are the backward and the forward slope, where the two differ.
    """

    value: float = float("nan")
    bar: float = float("inf")
    rung: int | None = None
    because: str | None = None
    sides: tuple[float, float] | None = None


@np.errstate(over="ignore", invalid="ignore")
def estimate(stencil: Stencil) -> Estimate:
    """Romberg over the rungs that stay on the branch of the centre; silent where that is not stable."""
    if not np.isfinite(stencil.objective[0]):
        return Estimate(because=NONFINITE)
    start = stencil.usable_from
    if stencil.ladder.rungs - start < stencil.ladder.finer + 2:
        # A kink or a border leaves fewer rungs than the ladder needs.
        return Estimate(because=KINK, sides=_sides(stencil))
    slopes, rounding = stencil.slopes[start:], stencil.rounding[start:]
    table, noise = _table(slopes.tolist(), rounding.tolist(), stencil.ladder)
    best = _most_certain(table, noise, stencil.ladder)
    if best is None:
        return Estimate(because=UNSTABLE)
    error, k, j = best
    value = table[j][k]
    if not _falls(slopes, rounding, value, error, k, stencil.ladder):
        return Estimate(because=UNSTABLE)
    if not _smooth(stencil, value, start, start + k):
        return Estimate(because=BENT, sides=_sides(stencil))
    return Estimate(value, 2 * error, start + k)


def _table(slopes: list[float], rounding: list[float], ladder: Ladder) -> tuple[list[list[float]], list[list[float]]]:
    """Extrapolations by columns; entry k of column j uses rungs k-j .. k. Noise grows with the same weights."""
    table, noise = [slopes], [rounding]
    for j in range(1, ladder.depth + 1):
        weight = float(ladder.ratio) ** (2 * j)
        last, last_noise = table[-1], noise[-1]
        # The first j rungs have nothing to extrapolate from.
        table.append([math.nan] * j + [(weight * b - a) / (weight - 1) for a, b in pairwise(last[j - 1 :])])
        noise.append([math.inf] * j + [(weight * b + a) / (weight - 1) for a, b in pairwise(last_noise[j - 1 :])])
    return table, noise


def _most_certain(table: list[list[float]], noise: list[list[float]], ladder: Ladder) -> tuple[float, int, int] | None:
    """(error, rung, column) of the least error among the entries that leave the finer rungs; None if none is finite."""
    best: tuple[float, int, int] | None = None
    for k in range(len(table[0]) - ladder.finer):
        for j in range(1, min(k, ladder.depth) + 1):
            error = _error(table, noise, k, j)
            if math.isfinite(error) and (best is None or error < best[0]):
                best = (error, k, j)
    return best


def _error(table: list[list[float]], noise: list[list[float]], k: int, j: int) -> float:
    """How far an entry may be off: the second smallest distance to its neighbours, for one may agree by accident."""
    here = table[j][k]
    neighbours = [table[j - 1][k], table[j - 1][k - 1], table[j][k - 1]]
    if k + 1 < len(table[j]):
        neighbours.append(table[j][k + 1])
    distances = sorted([abs(here - other) for other in neighbours if math.isfinite(other)])
    if len(distances) < 2:
        return math.inf
    return max(abs(here - table[j - 1][k]), distances[1]) + noise[j][k]


def _falls(slopes: Floats, rounding: Floats, value: float, error: float, k: int, ladder: Ladder) -> bool:
    """Truncation must fall as ratio^-2 on every finer rung; aliasing, a second plateau or a near kink does not."""
    finer = np.arange(k + 1, len(slopes))
    truncation = 4 * abs(slopes[k] - value) * float(ladder.ratio) ** (-2.0 * (finer - k))
    return bool(np.all(np.abs(slopes[finer] - value) <= 1.5 * rounding[finer] + 2 * error + truncation))


def _smooth(stencil: Stencil, value: float, start: int, k: int) -> bool:
    """The centre must lie on the curve: y(h) - 2 y(0) + y(-h) falls as ratio^-2 too.

    At a kink, or where a spike narrower than every step stands on the centre, it does not, and D(h) never sees it.
    """
    y, ratio = stencil.objective, float(stencil.ladder.ratio)
    bend = np.abs(y[1::2] + y[2::2] - 2 * y[0] - value * (stencil.above - stencil.below))
    noise = stencil.noise[1::2] + stencil.noise[2::2] + 2 * stencil.noise[0]
    rungs = np.arange(stencil.ladder.rungs)
    coarse, finer = rungs[start : k + 1], rungs[k + 1 :]
    expected = np.max(bend[coarse] * ratio ** (-2.0 * (finer[:, None] - coarse)), axis=1)
    return not np.any(bend[finer] > 1.5 * noise[finer] + 4 * expected)


def _sides(stencil: Stencil) -> tuple[float, float] | None:
    """Backward and forward slope, each at the rung where it changes least for its noise; None where not finite."""
    y, noise = stencil.objective, stencil.noise
    backward = _settled((y[0] - y[2::2]) / stencil.below, (noise[0] + noise[2::2]) / stencil.below)
    forward = _settled((y[1::2] - y[0]) / stencil.above, (noise[0] + noise[1::2]) / stencil.above)
    return None if backward is None or forward is None else (backward, forward)


def _settled(slopes: Floats, rounding: Floats) -> float | None:
    change: Any = np.abs(np.diff(slopes)) + rounding[1:]
    known = np.isfinite(change)
    return float(slopes[1:][known][np.argmin(change[known])]) if known.any() else None
