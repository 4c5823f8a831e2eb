"""The error of central differences by step, as data for a plot, and Taylor rates (verification.md 15.2).

A right claim makes a V: truncation falls with slope 2 until the noise of rounding rises with slope -1. A wrong claim
levels out at its distance from the truth, a kink leaves a step at its margin. No verdict hangs on any of this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...plan import Plan, seed_numbers
from .displacement import Displacement
from .estimates import fixed_jitter, leaf_points, scale_of, stencils
from .romberg import FULL, Floats, Ladder, Stencil, estimate

#: Steps far beyond those that an estimate needs, so that both arms of the V are seen.
PLOTTED = Ladder("plot", 24, 4, 0.5, 4, 2)

#: A remainder below this many times its noise says nothing about an order.
ABOVE_NOISE = 4

#: Rungs that an order needs; with fewer the function is linear here as far as rounding lets one see.
FEWEST = 3

#: The order is read on the finest of the rungs that stand out: there a small error shows.
FINEST = 5


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: distance of D(h) to the claim, R(h), Taylor remainders of order 0 and 1, and whether it is usable.

    `smooth` is False where a point is not finite or lies beyond a kink.
    """

    step: float
    error: float
    noise: float
    change: float
    remainder: float
    smooth: bool


@dataclass(frozen=True, slots=True)
class ErrorCurve:
    """All rungs, widest first; what the full ladder chose, and the observed order of the Taylor remainder.

    `rate` is near 2 where the claimed gradient is right, near 1 where it is wrong, None where rounding hides it.
    `margin` is the narrowest step that crosses a kink or leaves the domain.
    """

    wire: str
    entry: int
    claim: float
    rungs: Sequence[Rung]
    value: float
    bar: float
    chosen: float | None
    because: str | None
    rates: Sequence[float]
    rate: float | None
    margin: float | None

    def written(self) -> dict[str, Any]:
        """As JSON; what is not finite is left out."""
        return {
            "wire": self.wire,
            "entry": self.entry,
            "rungs": [_written(rung) for rung in self.rungs],
            **_finite({"claim": self.claim, "value": self.value, "bar": self.bar, "chosen": self.chosen}),
            **_finite({"because": self.because, "rates": list(self.rates), "rate": self.rate, "margin": self.margin}),
        }


def error_curve(plan: Plan, leaf: int, entry: int, claim: float) -> ErrorCurve:
    """The curve for a claimed gradient of one leaf entry. Assumes every leaf has a value, and an objective."""
    leaves, seeds = leaf_points(plan), seed_numbers(plan)
    weights = np.zeros(np.size(leaves[leaf]))
    weights[entry] = 1.0
    scale, [by] = scale_of(leaves[leaf], entry), fixed_jitter(1)
    moves = [Displacement({leaf: weights}, ladder.steps(scale, float(by)), ladder) for ladder in (PLOTTED, FULL)]
    [plotted], [chosen] = (stencils(plan, leaves, seeds, [move]) for move in moves)
    with np.errstate(all="ignore"):
        found, rungs = estimate(chosen), _rungs(plotted, claim)
        rates = _rates(plotted, claim)
    return ErrorCurve(
        wire=plan.ids[leaf],
        entry=entry,
        claim=claim,
        rungs=rungs,
        value=found.value,
        bar=found.bar,
        chosen=None if found.rung is None else float(moves[1].steps[found.rung]),
        because=found.because,
        rates=rates,
        rate=float(np.median(rates[-FINEST:])) if len(rates) >= FEWEST - 1 else None,
        margin=None if plotted.usable_from == 0 else float(plotted.above[plotted.usable_from - 1]),
    )


def _rungs(stencil: Stencil, claim: float) -> list[Rung]:
    y, first = stencil.objective, stencil.usable_from
    errors, rounding, remainder = np.abs(stencil.slopes - claim), stencil.rounding, _remainder(stencil, claim)
    change = np.abs(y[1::2] - y[0])
    return [
        Rung(*map(float, (step, errors[k], rounding[k], change[k], remainder[k])), smooth=k >= first)
        for k, step in enumerate(stencil.above)
        if step > 0  # beside a number near underflow the narrowest steps vanish
    ]


def _remainder(stencil: Stencil, claim: float) -> Floats:
    """T1(h) = |L(x + h d) - L(x) - h g|."""
    y = stencil.objective
    return np.abs(y[1::2] - y[0] - claim * stencil.above)


def _rates(stencil: Stencil, claim: float) -> list[float]:
    """Observed orders of T1 between successive rungs, as long as both stand out of the noise, widest first."""
    remainder, steps = _remainder(stencil, claim), stencil.above
    noise = stencil.noise[0] + stencil.noise[1::2] + 2.0**-52 * abs(claim) * steps
    rates: list[float] = []
    for k in range(stencil.usable_from, stencil.ladder.rungs - 1):
        seen = remainder[k : k + 2] > ABOVE_NOISE * noise[k : k + 2]
        if not (seen.all() and np.isfinite(remainder[k : k + 2]).all()):
            break
        rates.append(float(np.log(remainder[k] / remainder[k + 1]) / np.log(steps[k] / steps[k + 1])))
    return rates


def _written(rung: Rung) -> dict[str, Any]:
    numbers = {"error": rung.error, "noise": rung.noise, "change": rung.change, "remainder": rung.remainder}
    return {"step": rung.step, **_finite(numbers), "smooth": rung.smooth}


def _finite(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: said
        for name, said in fields.items()
        if said is not None and not (isinstance(said, float) and not math.isfinite(said))
    }
