"""The global complex step: every claimed gradient at once, by forward rules alone (verification.md 5.4).

Every claimed wire j is moved by an imaginary step i h u_j; then Im L / h must equal the sum of <g_j, u_j> within
its bar. Proves nothing: it is the witness that knows no gradient rule. It assumes the forward rules, our complex
kernels, the table of libm's roundings, and probes that nobody could prepare for. The bar is guaranteed to first
order in rounding: right claims are never spoken against. One wrong entry escapes a probe with probability at most bar /
(its error times its weight), whatever the other entries add. On a mismatch the claims are bisected with fresh
weights until the wrong ones are named, those nearest the outputs first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ....schema.canonical import node_order
from ....schema.number import HALF_SUBNORMAL, UNIT_ROUNDOFF, nearest
from ...check import FLOATING
from ...edges import spans
from ...plan import Plan, seed_numbers
from ..bounds import REALISATIONS
from ..claims import GRAD, Claim
from ..columns import Columns
from ..evidence import Evidence
from ..layout import Floats, Indices, Layout, by_entry
from ..probe import Source
from ..states import States
from .bisection import Doubt, Trial, bisect
from .equalised import Mask, Steps, by_wire, in_columns, median, steps
from .passes import Tangents, excess, lost_at, run
from .real_point import LOST, UNIT, RealPoint
from .witness import Looked, Probe, Words, disagree

#: Above so many wires one probe serves, and claims of 0 ride in it.
LARGE = 10_000

#: How often a probe is tried again with smaller steps, or without wires whose tangent got lost.
TRIES = 6

#: The first stream of the fresh weights of bisection; probes count from 0.
FRESH = 2**30

#: Gradients below this cannot be told from rounding at the end of the number range.
SMALLEST = 2.0**-960

#: Roundoff by dtype.
ROUNDOFFS = {dtype: float(unit) for dtype, unit in UNIT_ROUNDOFF.items()}

#: Roundings of the scale of what cancels below which a gradient is noise.
NOISE = 2.0**26

PRINTED = "printed digits"


@dataclass(frozen=True, slots=True)
class ComplexStep:
    """What the method found: its probes, and the (wire, entry) pairs that it names, in the order of the document."""

    probes: Sequence[Probe] = ()
    named: Sequence[tuple[int, int]] = ()
    #: The evidence on the gradient of a wire.
    says: Callable[[Claim], Evidence] = field(kw_only=True)
    #: Wires whose gradient it speaks against.
    against: Sequence[int] = ()
    #: What was said where claims were looked at by themselves, by wire.
    evidence: Mapping[int, Evidence] = field(default_factory=dict[int, Evidence])

    @property
    def agrees(self) -> bool:
        """True if no probe speaks against the claims."""
        return all(probe.agrees for probe in self.probes)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claimed gradients, flat: NaN where none is looked at, `silent` says why; the roundoff of each."""

    layout: Layout
    grads: Floats
    units: Floats
    silent: dict[int, str]


def claimed(layout: Layout, claims: Sequence[Claim]) -> Claimed:
    """Claims on gradients, one a wire, each read by itself."""
    found = Claimed(layout, np.full(layout.total, np.nan), np.zeros(layout.total), {})
    for claim in claims:
        numbers = [math.nan if raw is None else nearest(raw, claim.dtype) for raw in claim.entries]
        stated = [abs(x) for x, raw in zip(numbers, claim.entries, strict=True) if raw is not None]
        if claim.printed:
            found.silent[claim.node] = PRINTED
        elif not all(map(math.isfinite, stated)):
            found.silent[claim.node] = "a claim that is no finite number"
        elif any(0 < size < SMALLEST for size in stated):
            found.silent[claim.node] = LOST
        found.grads[layout.wire(claim.node)] = numbers
        found.units[layout.wire(claim.node)] = ROUNDOFFS[claim.dtype]
    return found


def claimed_in(columns: Columns) -> Claimed:
    """All claims on gradients of a document: the plain ones at once."""
    judged = (columns.field == GRAD) & _floating(columns)
    found = claimed(columns.layout, [columns[k] for k in np.flatnonzero(judged & ~columns.plain).tolist()])
    plain = np.flatnonzero(judged & columns.plain)
    sizes, layout = columns.sizes[plain], columns.layout
    places, numbers = (
        spans(layout.starts[columns.node[plain]], sizes),
        columns.numbers[spans(columns.starts[plain], sizes)],
    )
    found.grads[places] = numbers
    found.units[places] = by_entry(layout, UNIT_ROUNDOFF)[places]
    tiny = (numbers != 0) & (np.abs(numbers) < SMALLEST)
    found.silent.update(dict.fromkeys(layout.owners(places[tiny]).tolist(), LOST))
    return found


def _floating(columns: Columns) -> Mask:
    return np.array([dtype in FLOATING for dtype in columns.plan.dtypes], dtype=bool)[columns.wires]


def witness(states: States, columns: Columns, source: Source, count: int = 2) -> ComplexStep:
    """What the complex step says of every claimed gradient; `count` equalised probes below 10^4 wires."""
    if not (states.bound and states.objective):
        return ComplexStep(says=_unheard)
    with np.errstate(all="ignore"):
        return _Session(states.plan, claimed_in(columns), source, states.truth.point).heard(count)


def _unheard(claim: Claim) -> Evidence:
    return Evidence("complex-step", "silent", {"because": "a leaf has no value, or an output no seed"})


def complex_step(plan: Plan, claims: Sequence[Claim], source: Source, count: int = 2) -> ComplexStep:
    """Hold claimed gradients, one claim a wire, against the complex step. Assumes values on all leaves and seeds."""
    with np.errstate(all="ignore"):
        point = RealPoint(plan)
        found = _Session(plan, claimed(point.layout, claims), source, point).heard(count)
    return replace(found, evidence={claim.node: found.says(claim) for claim in claims})


class _Session:
    """One document: the claims that can be looked at, flat, and the probes on them."""

    def __init__(self, plan: Plan, found: Claimed, source: Source, point: RealPoint) -> None:
        self.plan, self.source = plan, source
        self.point, self.seeds = point, seed_numbers(plan)
        #: Gates where a tangent got lost, each with why.
        self.lost: dict[int, str] = {}
        self.total = self.point.layout.total
        self.order = self._canonical()
        self.reaching = np.repeat(plan.reaching, self.point.layout.sizes)
        self.silent, self.grads, self.units = dict(found.silent), found.grads, found.units
        self.received = self._received()
        self._silence(self.point.stopped())
        nonzero = np.abs(self.grads[np.isfinite(self.grads) & (self.grads != 0)])
        self.typical = median(nonzero) if nonzero.size else 1.0
        self.least = max((float(HALF_SUBNORMAL[d]) for d in set(plan.dtypes) if d in HALF_SUBNORMAL), default=0.0)

    def heard(self, count: int) -> ComplexStep:
        """Run the probes; bisect where one disagrees; say what that means for every claim."""
        large, done = len(self.plan.ids) > LARGE, list[Probe]()
        zero = self.grads == 0
        for k in range(1 if large else count):
            done += self._probe(k, ~zero | large)
        if zero.any() and not large:
            done += self._probe(count, zero)
        doubt = Doubt()
        if wrong := [probe for probe in done if not probe.agrees]:
            moved = np.any([probe.moved for probe in wrong], axis=0) & self._included()
            doubt = bisect(np.flatnonzero(moved), self.total, self._trial)
        layout = self.point.layout
        owners = layout.owners(doubt.named).tolist()
        named = [(i, int(entry - layout.starts[i])) for i, entry in zip(owners, doubt.named, strict=True)]
        words = Words(Looked(self.point, self.grads, self.received, self.typical, self.silent), done, doubt)
        return ComplexStep(done, named, says=words.of, against=words.against)

    # --- what is looked at -----------------------------------------------------------------------------------------

    def _canonical(self) -> Indices:
        """The flat place of the n-th entry in canonical node order."""
        layout, order = self.point.layout, np.array(node_order(self.plan.graph), dtype=np.int64)
        return spans(layout.starts[order], layout.sizes[order])

    def _received(self) -> Floats:
        """The size of what every entry receives, by the claims on its consumers, and of its seed.

        Claims that are not looked at count here, and are dropped afterwards.
        """
        found = self.point.received(self.grads)
        for position, seed in self.seeds.items():
            found[self.point.layout.wire(position)] += np.abs(np.ravel(seed))
        self._silence(dict(self.silent))
        return found

    def _silence(self, stopped: Mapping[int, str]) -> None:
        for node, why in stopped.items():
            self.silent.setdefault(node, why)
            self.grads[self.point.layout.wire(node)] = np.nan

    def _included(self) -> Mask:
        return np.isfinite(self.grads)

    def weights(self, k: int) -> Floats:
        """The weights of stream k by flat place."""
        found = np.empty(self.total)
        found[self.order] = self.source.weights(k, self.total)
        return found

    # --- probes ----------------------------------------------------------------------------------------------------

    def _equal(self) -> Floats:
        """The sizes that weights are made of: the claimed gradients; where 0 is claimed, of what cancels there.

        What cancels to rounding noise is not weighed by the noise, which would drown all others.
        """
        noise = np.minimum(1.0, NOISE * np.maximum(self.units, UNIT)) * self.received
        typical = np.where(self.received > 0, self.received, self.typical)
        return np.where(self.grads == 0, typical, np.maximum(np.abs(self.grads), noise))

    def _probe(self, k: int, which: Mask) -> list[Probe]:
        """One probe over all chosen entries; none where nothing can be said."""
        xi, smaller = self.weights(k), 0
        for _ in range(TRIES):
            chosen = which & self._included()
            if not chosen.any():
                return []
            moved = steps(self.point, chosen, self._equal(), xi, smaller=smaller)
            found = run(self.point, self.seeds, by_wire(self.point, moved.sizes))
            too_large = excess(self.point, found)
            if not found.whole:
                self._block(found)
            elif too_large > 1:
                smaller += math.frexp(too_large)[1] + 1
            else:
                return [self._against(k, chosen, moved, found)]
        self._silence(dict.fromkeys(self._wires(which & self._included()), LOST))
        return []

    def _block(self, found: Tangents) -> None:
        self.lost |= lost_at(self.point, found)
        self._silence(self.point.stopped(self.lost))

    def _wires(self, chosen: Mask) -> list[int]:
        return np.unique(self.point.layout.owners(np.flatnonzero(chosen))).tolist()

    def _against(self, k: int, chosen: Mask, moved: Steps, found: Tangents) -> Probe:
        claimed, bar = self._claimed(np.flatnonzero(chosen), moved)
        bar += REALISATIONS * (float(found.error[0]) + self._subnormal(found, 0))
        seen = np.where(self.reaching, bar, 0.0) / np.abs(moved.sizes)
        value, claimed, bar = (moved.normal(number) for number in (float(found.imag[0]), claimed, bar))
        return Probe(k, value, claimed, bar, chosen, seen)

    def _claimed(self, entries: Indices, moved: Steps) -> tuple[float, float]:
        """The sum of <g_j, u_j>, summed without rounding, and the bar of its terms."""
        terms = self.grads[entries] * moved.sizes[entries]
        return math.fsum(terms), REALISATIONS * 3 * float(np.sum(self.units[entries] * np.abs(terms)))

    def _subnormal(self, found: Tangents, column: int) -> float:
        """What gradients in narrow dtypes may have lost below the least subnormal, times what passes there."""
        if self.least < SMALLEST:
            return 0.0
        total = 0.0
        for i, imag in enumerate(found.wires):
            if imag is not None:
                slots = float(self.point.slots[self.point.layout.wire(i)].max(initial=0.0)) + 1
                own = imag[column] if np.ndim(imag) > len(self.plan.shapes[i]) else imag
                total += slots * float(np.sum(np.abs(np.broadcast_to(own, self.plan.shapes[i]))))
        return self.least * total

    def _trial(self, parts: Sequence[Indices], attempt: int) -> Trial:
        """Look at parts of the claims, each alone, with fresh weights: which of them disagree."""
        chosen = np.zeros(self.total, dtype=bool)
        chosen[np.concatenate(parts)] = True
        # Parts may add up to more than the whole did: their steps keep well below what is infinitesimal.
        moved = steps(self.point, chosen, self._equal(), self.weights(FRESH + attempt), smaller=20)
        found = run(self.point, self.seeds, in_columns(self.point, parts, moved.sizes), len(parts))
        wrong: list[bool] = []
        for column, part in enumerate(parts):
            claimed, bar = self._claimed(part, moved)
            bar += REALISATIONS * (float(found.error[column]) + self._subnormal(found, column))
            wrong.append(disagree(*map(moved.normal, (float(found.imag[column]), claimed, bar))))
        return wrong
