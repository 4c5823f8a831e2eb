"""What the complex step's probes mean for each claim: one word and its numbers (verification.md 5.4 and 4.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..bounds import INFORMATIVE
from ..claims import Claim
from ..evidence import Evidence, Says
from ..layout import Floats
from .bisection import Doubt
from .equalised import Mask
from .real_point import LOST, RealPoint

#: The error whose chance to escape is reported, as a share of the entry's scale.
ESCAPING = 0.01

#: A weight is at most so many times its mean.
LARGEST = 1.5

#: A bar of first order that is a larger share of what it bounds leaves no room for terms of second order.
TRUSTED = 0.25

HIDDEN = "rounding could hide an error of this size here"
UNSPLIT = "the claims disagree together, and this one was not looked at alone"


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: Im L / h against what the claims say of it. `seen` is the error of each entry that fills the bar."""

    k: int
    value: float
    claimed: float
    bar: float
    moved: Mask
    seen: Floats

    @property
    def agrees(self) -> bool:
        """True if nothing can be said against the claims."""
        return not disagree(self.value, self.claimed, self.bar)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at: claimed gradients, flat, NaN where none was; and why the others were not.

    `received` is the scale of what cancels in every entry, `typical` that of the whole document.
    """

    point: RealPoint
    grads: Floats
    received: Floats
    typical: float
    silent: Mapping[int, str]


class Words:
    """Everything about single entries flat, and its worst by wire."""

    def __init__(self, looked: Looked, probes: Sequence[Probe], doubt: Doubt) -> None:
        self.looked, self.layout, self.probes = looked, looked.point.layout, probes
        self.isolates = bool(doubt.named.size)
        self.wrong = np.zeros(self.layout.total, dtype=bool)
        self.wrong[doubt.named] = True
        unsplit = np.zeros(self.layout.total, dtype=bool)
        unsplit[doubt.open] = True
        stated, scale = np.isfinite(looked.grads), self._scales()
        seen, chance = np.full(self.layout.total, np.inf), np.ones(self.layout.total)
        for probe in probes:
            seen = np.where(probe.moved, np.minimum(seen, probe.seen), seen)
            missed = np.minimum(1.0, LARGEST * probe.seen / (ESCAPING * scale))
            chance = np.where(probe.moved, chance * missed, chance)
        self.named, self.open = self._any(self.wrong), self._any(unsplit)
        self.stated, self.moved = self._any(stated), [self._any(probe.moved) for probe in probes]
        self.hidden = self._worst(np.where(stated, seen / scale, 0.0))
        self.escape = self._worst(np.where(stated, chance, 0.0))

    @property
    def against(self) -> list[int]:
        """The wires whose gradient is spoken against."""
        doubted = [
            named or (unsplit and not self.isolates) for named, unsplit in zip(self.named, self.open, strict=True)
        ]
        return [i for i, each in enumerate(doubted) if each and i not in self.looked.silent]

    def of(self, claim: Claim) -> Evidence:
        """The evidence on one claim."""
        i = claim.node
        if i in self.looked.silent:
            return _silent(self.looked.silent[i])
        probes = [probe for probe, moved in zip(self.probes, self.moved, strict=True) if moved[i]]
        if not self.stated[i] or not probes:
            return _silent(LOST if self.stated[i] else "nothing is claimed")
        details = self._details(i, probes)
        if self.named[i]:
            entries = np.flatnonzero(self.wrong[self.layout.wire(i)]).tolist()
            return Evidence("complex-step", "against", details | ({"entries": entries} if claim.shape else {}))
        if self.open[i]:
            says: Says = "silent" if self.isolates else "against"
            return Evidence("complex-step", says, details | {"because": UNSPLIT})
        if not self.hidden[i] <= float(INFORMATIVE[claim.dtype]):
            return Evidence("complex-step", "silent", details | {"because": HIDDEN})
        return Evidence("complex-step", "for", details)

    def _details(self, i: int, probes: Sequence[Probe]) -> dict[str, Any]:
        """The numbers of the probe that speaks most against the claims; the chance that an error of 1 % passed all."""
        worst, chance = max(probes, key=_badness), float(f"{self.escape[i]:.3g}")
        numbers = {"value": worst.value, "claimed": worst.claimed, "bar": worst.bar}
        return {**numbers, "probes": len(probes), "escape": chance}

    def _scales(self) -> Floats:
        """The scale of every entry: itself, the largest of its tensor, and what cancels in it."""
        grads = np.where(np.isfinite(self.looked.grads), np.abs(self.looked.grads), 0.0)
        largest = np.repeat(np.array(self._worst(grads)), self.layout.sizes)
        found = np.maximum(largest, self.looked.received)
        return np.where(found == 0, self.looked.typical, found)

    def _worst(self, numbers: Floats) -> list[float]:
        """The largest entry of every wire; 0 where it has none."""
        sizes = self.layout.sizes
        found = np.zeros(sizes.size)
        if self.layout.total:
            found[sizes > 0] = np.maximum.reduceat(numbers, self.layout.starts[:-1][sizes > 0])
        return found.tolist()

    def _any(self, flags: Mask) -> list[bool]:
        return [worst > 0 for worst in self._worst(flags.astype(np.float64))]


def disagree(value: float, claimed: float, bar: float) -> bool:
    """True if two sums, whose terms weigh about 1 each, differ by more than a bar that can be trusted."""
    return abs(value - claimed) > bar and bar <= TRUSTED * max(1.0, abs(value), abs(claimed))


def _badness(probe: Probe) -> float:
    difference = abs(probe.value - probe.claimed)
    return difference / probe.bar if probe.bar else math.inf * difference if difference else 0.0


def _silent(why: str) -> Evidence:
    return Evidence("complex-step", "silent", {"because": why})
