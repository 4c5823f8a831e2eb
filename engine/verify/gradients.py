"""Enclosures of every wire's gradient: what each gate sends to its operands, added over the branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from flint import fmpq

from ..numbers.intervals import Interval, Intervals, point
from ..numbers.protocol import Outside, Undecided
from ..plan import Plan
from ..rule import Rule
from ..shape import size
from .claims import Claim
from .known import Entries, Known, OnDemand, at, never, seed_entries, stated
from .values import Stated, Values, nothing

ZERO = stated(point(fmpq(0)))

#: The two ends of every mixture of branches where a guard is, or may be, 0.
SHARES = (fmpq(0), fmpq(1))

#: Gives the stated entries of a slot by (gate, port); None where nothing is stated.
StatedSlot = Callable[[int, int], Sequence[Known | None] | None]


def no_slot(_gate: int, _port: int) -> None:
    """No slot is stated."""


class Sum(NamedTuple):
    """A sum of contributions: its enclosures, the sizes of its terms, and how many there are."""

    known: Known
    sizes: fmpq
    terms: int
    #: Gates whose branch is not certain here, so that the enclosure is the hull over their branches.
    open_gates: tuple[int, ...] = ()


@dataclass
class Gradients:
    """The backward half, on top of known values; `entries[j]` is what is known of wire j's gradient.

    `recomputed` takes local gradients from the operands alone instead of through the stated output.
    """

    values: Values
    stated_grad: Stated = nothing
    stated_local: StatedSlot = no_slot
    stated_downstream: StatedSlot = no_slot
    recomputed: bool = False
    #: Wires whose gradient is stated as a whole: these wait for a reader.
    whole: Callable[[int], bool] = never

    def __post_init__(self) -> None:
        self.plan: Plan = self.values.plan
        self.entries: Sequence[Entries] = OnDemand(len(self.plan.shapes), self._filled)
        self.open_gates: list[set[int]] = [set() for _ in self.plan.shapes]
        self._seeds = {position: seed_entries(self.plan, k) for k, position in enumerate(self.plan.outputs)}
        for j in range(len(self.entries) - 1, -1, -1):
            if not self.whole(j):
                _ = self.entries[j]

    @cached_property
    def consumers(self) -> list[list[tuple[int, tuple[int, ...]]]]:
        """For every wire the gates that read it, each with the ports where it does."""
        found: list[dict[int, list[int]]] = [{} for _ in self.plan.ids]
        for gate in self.plan.gates:
            rule = self.plan.rules[gate]
            assert rule is not None
            for port, operand in enumerate(self.plan.operands[gate]):
                if not rule.is_fixed(port):
                    found[operand].setdefault(gate, []).append(port)
        return [[(gate, tuple(ports)) for gate, ports in wire.items()] for wire in found]

    def image(self, j: int, entry: int) -> Sum | None:
        """The right-hand side of wire j's gradient equation at one entry; None if it is no finite number."""
        seed = at(self._seeds[j], entry) if j in self._seeds else ZERO
        if seed is None:
            return None
        total = Sum(seed, seed.exact.size, int(seed.exact != ZERO.exact))
        for gate, ports in self.consumers[j]:
            if self.plan.reaching[gate]:
                sent = self._from_gate(gate, ports, entry, self.plan.shapes[j] != self.plan.shapes[gate])
                if sent is None:
                    return None
                total = _plus(total, sent)
        return self._settled(j, total)

    def ends(self, j: int, gate: int, entry: int) -> tuple[fmpq, fmpq] | None:
        """Wire j's gradient with a tied gate's share at 0 and at 1; None unless all else is known exactly."""
        found: list[fmpq] = []
        for share in SHARES:
            total = Sum(at(self._seeds[j], entry) or ZERO if j in self._seeds else ZERO, fmpq(0), 0)
            for other, ports in self.consumers[j]:
                at_share = other == gate and self.plan.shapes[j] == self.plan.shapes[gate]
                summed = self.plan.shapes[j] != self.plan.shapes[other]
                sent = (
                    self._mixed(gate, ports, entry, share) if at_share else self._from_gate(other, ports, entry, summed)
                )
                if sent is None or not sent.known.exact.is_point:
                    return None
                total = _plus(total, sent)
            found.append(total.known.exact.low)
        return found[0], found[1]

    def open_above(self, claim: Claim) -> set[int]:
        """Gates between a claim and the outputs whose branch is not certain."""
        if claim.field == "value":
            return set()
        above = set(self.open_gates[claim.node])
        if claim.port is not None:
            wire = self.plan.operands[claim.node][claim.port]
            above |= self.open_gates[wire] & {claim.node}
        return above

    def slot(self, gate: int, port: int, entry: int) -> Sum | None:
        """What a gate sends through one port to an entry of its operand."""
        operand = self.plan.operands[gate][port]
        if not self.plan.reaching[gate]:
            return Sum(ZERO, fmpq(0), 0)
        sent = self._from_gate(gate, (port,), entry, self.plan.shapes[operand] != self.plan.shapes[gate], claimed=True)
        limits = _rule(self.plan, gate).limits
        if sent is not None and limits is not None:
            sent = _within(sent, limits)
        return None if sent is None else self._settled(operand, sent)

    def local(self, gate: int, port: int, entry: int, share: fmpq | None = None) -> Known | None:
        """d out / d operand at one entry; Undecided where the branch is not certain and no share is given."""
        rule = self.plan.rules[gate]
        assert rule is not None
        operands = self.values.operands(gate, entry)
        out = self.values.unrounded(gate, entry) if self.recomputed else self.values.entries[gate][entry]
        numbers = [number for number in (out, *operands) if number is not None]
        if len(numbers) <= len(operands):
            return None
        system = Intervals(share, self.values.bits)
        try:
            return self._local(system, gate, port, numbers)
        except (Outside, ZeroDivisionError):
            return None

    def _local(self, system: Intervals, gate: int, port: int, numbers: Sequence[Known]) -> Known | None:
        rule = self.plan.rules[gate]
        assert rule is not None
        exact: Interval | None = rule.local(system, numbers[0].exact, [n.exact for n in numbers[1:]])[port]
        wide = exact
        if any(number.exact is not number.wide for number in numbers):
            wide = rule.local(system, numbers[0].wide, [n.wide for n in numbers[1:]])[port]
        if exact is None or wide is None:
            return None
        roundoff, size_out = self.values.roundoff(gate), numbers[0].wide.size
        first = numbers[1].wide
        own = roundoff.local(rule.error, exact.size, size_out, first)
        return Known(exact, wide.widened(roundoff.local(rule.error, wide.size, size_out, first)), own)

    def _from_gate(
        self, gate: int, ports: tuple[int, ...], entry: int, summed: bool, *, claimed: bool = False
    ) -> Sum | None:
        """What a gate sends to one wire through these ports; `summed` where a scalar feeds a tensor."""
        limits = _rule(self.plan, gate).limits
        if limits is not None and (len(ports) > 1 or not claimed):
            return self._clipped(gate, ports, entry, summed, limits)
        entries = range(size(self.plan.shapes[gate])) if summed else (entry,)
        total = Sum(ZERO, fmpq(0), 0)
        for port in ports:
            stated_sum = None if claimed else self.stated_downstream(gate, port)
            number = at(stated_sum, entry) if stated_sum is not None else None
            if number is not None:
                total = _plus(total, Sum(number, number.exact.size, 1))
                ports = tuple(other for other in ports if other != port)
        for own in entries if ports else ():
            sent = self._at_entry(gate, ports, own)
            if sent is None:
                return None
            total = _plus(total, sent)
        return total

    def _clipped(
        self, gate: int, ports: tuple[int, ...], entry: int, summed: bool, limits: tuple[Fraction, Fraction]
    ) -> Sum | None:
        """As `_from_gate`, each port clipped for itself, stated downstream gradients aside."""
        total = Sum(ZERO, fmpq(0), 0)
        for port in ports:
            stated_sum = self.stated_downstream(gate, port)
            number = at(stated_sum, entry) if stated_sum is not None else None
            if number is not None:
                total = _plus(total, Sum(number, number.exact.size, 1))
                continue
            sent = self._from_gate(gate, (port,), entry, summed, claimed=True)
            if sent is None:
                return None
            total = _plus(total, _within(sent, limits))
        return total

    def _at_entry(self, gate: int, ports: tuple[int, ...], entry: int) -> Sum | None:
        try:
            return self._mixed(gate, ports, entry, None)
        except Undecided:
            ends = [self._mixed(gate, ports, entry, share) for share in SHARES]
        low, high = ends
        if low is None or high is None:
            return None
        known = Known(
            low.known.exact.hull(high.known.exact),
            low.known.wide.hull(high.known.wide),
            max(low.known.own, high.known.own),
        )
        is_open = () if known.exact == low.known.exact == high.known.exact else (gate,)
        return Sum(known, max(low.sizes, high.sizes), low.terms, is_open)

    def _mixed(self, gate: int, ports: tuple[int, ...], entry: int, share: fmpq | None) -> Sum | None:
        total = Sum(ZERO, fmpq(0), 0)
        for port in ports:
            local = self._stated_or_computed(gate, port, entry, share)
            grad = self.entries[gate][entry]
            if local is None or grad is None:
                return None
            total = _plus(total, self._product(gate, local, grad))
        return total

    def _stated_or_computed(self, gate: int, port: int, entry: int, share: fmpq | None) -> Known | None:
        claimed = self.stated_local(gate, port)
        number = claimed[entry] if claimed is not None else None
        return self.local(gate, port, entry, share) if number is None else number

    def _product(self, gate: int, local: Known, grad: Known) -> Sum:
        rule = self.plan.rules[gate]
        assert rule is not None
        rounds = rule.error.product
        roundoff = self.values.roundoff(gate)
        exact = wide = local.exact * grad.exact
        if local.exact is not local.wide or grad.exact is not grad.wide:
            wide = local.wide * grad.wide
        own = rounds * roundoff.product_of(exact.size)
        known = Known(exact, wide.widened(rounds * roundoff.product_of(wide.size)), own + local.own * grad.exact.size)
        return Sum(known, wide.size, 1)

    def _settled(self, j: int, total: Sum) -> Sum:
        """The sum with the rounding of its additions."""
        extra = self.values.roundoff(j).total(total.sizes, total.terms)
        known = Known(total.known.exact, total.known.wide.widened(extra), total.known.own + extra)
        return total._replace(known=known)

    def _filled(self, j: int) -> Entries:
        own = self.stated_grad(j) or [None] * size(self.plan.shapes[j])
        filled: list[Known | None] = []
        for entry, number in enumerate(own):
            image = self.image(j, entry) if number is None else None
            if image is not None:
                self.open_gates[j].update(image.open_gates)
                self.open_gates[j].update(*(self.open_gates[gate] for gate, _ in self.consumers[j]))
            filled.append(number if image is None else image.known)
        return filled


def _plus(a: Sum, b: Sum) -> Sum:
    exact = a.known.exact + b.known.exact
    wide = exact
    if a.known.exact is not a.known.wide or b.known.exact is not b.known.wide:
        wide = a.known.wide + b.known.wide
    known = Known(exact, wide, a.known.own + b.known.own)
    return Sum(known, a.sizes + b.sizes, a.terms + b.terms, a.open_gates + b.open_gates)


def _within(sent: Sum, limits: tuple[Fraction, Fraction]) -> Sum:
    """What a gate sends, clipped as it declares: every enclosure is."""
    low, high = (fmpq(limit.numerator, limit.denominator) for limit in limits)
    exact, wide = (
        Interval(min(max(ends.low, low), high), min(max(ends.high, low), high))
        for ends in (sent.known.exact, sent.known.wide)
    )
    return sent._replace(known=Known(exact, wide, sent.known.own), sizes=min(sent.sizes, max(abs(low), abs(high))))


def _rule(plan: Plan, gate: int) -> Rule:
    rule = plan.rules[gate]
    assert rule is not None
    return rule
