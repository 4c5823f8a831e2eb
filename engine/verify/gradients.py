"""Enclosures of every wire's gradient: what each gate sends to its operands, added over the branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from flint import fmpq

from ..numbers.intervals import Interval, Intervals, point
from ..numbers.protocol import Outside, Undecided
from ..plan import Plan
from ..rule import Error
from ..shape import size
from .bounds import Roundoff
from .claims import Claim
from .known import Entries, Known, Widened, at, never, seed_entries, stated
from .values import Stated, Values, nothing, rule_of

ZERO = stated(point(fmpq(0)))

#: The two ends of every mixture of branches where a guard is, or may be, 0.
SHARES = (fmpq(0), fmpq(1))

#: Gives the stated entries of a slot by (gate, port); None where nothing is stated.
StatedSlot = Callable[[int, int], Sequence[Known | None] | None]


def no_slot(_gate: int, _port: int) -> None:
    """No slot is stated."""


class Sum:
    """A sum of contributions: its enclosures, how many terms it has, and what their sizes add up to.

    `open_gates` are those whose branch is not certain here, so that the enclosure is the hull over their branches.
    """

    __slots__ = ("_sizes", "known", "open_gates", "terms")

    def __init__(
        self, known: Known, sizes: fmpq | Callable[[], fmpq], terms: int, open_gates: tuple[int, ...] = ()
    ) -> None:
        self.known, self.terms, self.open_gates = known, terms, open_gates
        self._sizes: fmpq | Callable[[], fmpq] = sizes

    @property
    def sizes(self) -> fmpq:
        """The sizes of the terms, added up when somebody asks."""
        sizes = self._sizes
        if not isinstance(sizes, fmpq):
            sizes = self._sizes = sizes()
        return sizes

    def scale(self) -> fmpq:
        """The size of the sum, or of the terms that cancel in it."""
        return max(self.known.exact.size, self.sizes)


#: A sum of nothing.
EMPTY = Sum(ZERO, fmpq(0), 0)


class Sloped(NamedTuple):
    """The local gradients of all ports of a gate at one entry, and the output and operands that they are made from."""

    exact: Sequence[Interval | None]
    wide: Sequence[Interval | None]
    numbers: Sequence[Known]


@dataclass
class Gradients:
    """The backward half, on top of known values; `of(j)` is what is known of wire j's gradient.

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
        self._known: list[Entries | None] = [None] * len(self.plan.shapes)
        self.open_gates: list[set[int]] = [set() for _ in self.plan.shapes]
        self._slopes: dict[tuple[int, int], Sloped] = {}
        self._locals: dict[tuple[int, int, int], Known | None] = {}
        #: What nobody stated, as it was filled.
        self._images: dict[tuple[int, int], Sum | None] = {}
        self._seeds = {position: seed_entries(self.plan, k) for k, position in enumerate(self.plan.outputs)}
        for j in range(len(self._known) - 1, -1, -1):
            if not self.whole(j):
                self.of(j)

    def of(self, j: int) -> Entries:
        """The entries of wire j's gradient, made when they are first asked for."""
        known = self._known[j]
        if known is None:
            known = self._known[j] = self._filled(j)
        return known

    def image(self, j: int, entry: int) -> Sum | None:
        """The right-hand side of wire j's gradient equation at one entry; None if it is no finite number."""
        return self._images[j, entry] if (j, entry) in self._images else self._image(j, entry)

    def _image(self, j: int, entry: int) -> Sum | None:
        seed = at(self._seeds[j], entry) if j in self._seeds else ZERO
        if seed is None:
            return None
        parts = [] if seed is ZERO else [Sum(seed, seed.exact.size, int(seed.exact != ZERO.exact))]
        for gate, ports in self.plan.consumers[j]:
            if self.plan.reaching[gate]:
                sent = self._from_gate(gate, ports, entry, self.plan.shapes[j] != self.plan.shapes[gate])
                if sent is None:
                    return None
                parts.append(sent)
        return self._settled(j, _added(parts))

    def ends(self, j: int, gate: int, entry: int) -> tuple[fmpq, fmpq] | None:
        """Wire j's gradient with a tied gate's share at 0 and at 1; None unless all else is known exactly."""
        found: list[fmpq] = []
        for share in SHARES:
            parts = [Sum(at(self._seeds[j], entry) or ZERO if j in self._seeds else ZERO, fmpq(0), 0)]
            for other, ports in self.plan.consumers[j]:
                at_share = other == gate and self.plan.shapes[j] == self.plan.shapes[gate]
                summed = self.plan.shapes[j] != self.plan.shapes[other]
                sent = (
                    self._mixed(gate, ports, entry, share) if at_share else self._from_gate(other, ports, entry, summed)
                )
                if sent is None or not sent.known.exact.is_point:
                    return None
                parts.append(sent)
            found.append(_added(parts).known.exact.low)
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
            return EMPTY
        sent = self._from_gate(gate, (port,), entry, self.plan.shapes[operand] != self.plan.shapes[gate], claimed=True)
        limits = rule_of(self.plan, gate).limits
        if sent is not None and limits is not None:
            sent = _within(sent, limits)
        return None if sent is None else self._settled(operand, sent)

    def local(self, gate: int, port: int, entry: int, share: fmpq | None = None) -> Known | None:
        """d out / d operand at one entry; Undecided where the branch is not certain and no share is given."""
        if share is not None:
            return self._local(gate, port, entry, share)
        if (gate, port, entry) not in self._locals:
            self._locals[gate, port, entry] = self._local(gate, port, entry, None)
        return self._locals[gate, port, entry]

    def _local(self, gate: int, port: int, entry: int, share: fmpq | None) -> Known | None:
        try:
            found = self._sloped(gate, entry, share)
        except (Outside, ZeroDivisionError):
            return None
        exact, wide = (None, None) if found is None else (found.exact[port], found.wide[port])
        if found is None or exact is None or wide is None:
            return None
        error, roundoff = rule_of(self.plan, gate).error, self.values.roundoff(gate)
        return Known.later(exact, partial(_rounded, error, roundoff, exact, wide, found.numbers))

    def _sloped(self, gate: int, entry: int, share: fmpq | None) -> Sloped | None:
        """The local gradients of all ports; None where a number that they are made from is not known."""
        if share is None and (gate, entry) in self._slopes:
            return self._slopes[gate, entry]
        operands = self.values.operands(gate, entry)
        out = self.values.unrounded(gate, entry) if self.recomputed else self.values.of(gate)[entry]
        numbers = [number for number in (out, *operands) if number is not None]
        if len(numbers) <= len(operands):
            return None
        rule, system = rule_of(self.plan, gate), Intervals(share, self.values.bits)
        exact = wide = rule.local(system, numbers[0].exact, [n.exact for n in numbers[1:]])
        if not all(number.is_plain for number in numbers):
            wide = rule.local(system, numbers[0].wide, [n.wide for n in numbers[1:]])
        found = Sloped(exact, wide, numbers)
        if share is None:
            self._slopes[gate, entry] = found
        return found

    def _from_gate(
        self, gate: int, ports: tuple[int, ...], entry: int, summed: bool, *, claimed: bool = False
    ) -> Sum | None:
        """What a gate sends to one wire through these ports; `summed` where a scalar feeds a tensor."""
        limits = rule_of(self.plan, gate).limits
        if limits is not None and (len(ports) > 1 or not claimed):
            return self._clipped(gate, ports, entry, summed, limits)
        entries = range(size(self.plan.shapes[gate])) if summed else (entry,)
        parts: list[Sum] = []
        for port in ports:
            stated_sum = None if claimed else self.stated_downstream(gate, port)
            number = at(stated_sum, entry) if stated_sum is not None else None
            if number is not None:
                parts.append(Sum(number, partial(_size, number), 1))
                ports = tuple(other for other in ports if other != port)
        for own in entries if ports else ():
            sent = self._at_entry(gate, ports, own)
            if sent is None:
                return None
            parts.append(sent)
        return _added(parts)

    def _clipped(
        self, gate: int, ports: tuple[int, ...], entry: int, summed: bool, limits: tuple[Fraction, Fraction]
    ) -> Sum | None:
        """As `_from_gate`, each port clipped for itself, stated downstream gradients aside."""
        parts: list[Sum] = []
        for port in ports:
            stated_sum = self.stated_downstream(gate, port)
            number = at(stated_sum, entry) if stated_sum is not None else None
            if number is not None:
                parts.append(Sum(number, partial(_size, number), 1))
                continue
            sent = self._from_gate(gate, (port,), entry, summed, claimed=True)
            if sent is None:
                return None
            parts.append(_within(sent, limits))
        return _added(parts)

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
        parts: list[Sum] = []
        for port in ports:
            local = self._stated_or_computed(gate, port, entry, share)
            grad = self.of(gate)[entry]
            if local is None or grad is None:
                return None
            parts.append(self._product(gate, local, grad))
        return _added(parts)

    def _stated_or_computed(self, gate: int, port: int, entry: int, share: fmpq | None) -> Known | None:
        claimed = self.stated_local(gate, port)
        number = claimed[entry] if claimed is not None else None
        return self.local(gate, port, entry, share) if number is None else number

    def _product(self, gate: int, local: Known, grad: Known) -> Sum:
        exact, rounds = local.exact * grad.exact, rule_of(self.plan, gate).error.product
        known = Known.later(exact, partial(_multiplied, rounds, self.values.roundoff(gate), exact, local, grad))
        return Sum(known, partial(_size_of_product, exact, local, grad), 1)

    def _settled(self, j: int, total: Sum) -> Sum:
        """The sum with the rounding of its additions."""
        if total.terms <= 1:
            return total
        known = Known.later(total.known.exact, partial(_summed, self.values.roundoff(j), total))
        return Sum(known, partial(_sizes, total), total.terms, total.open_gates)

    def _filled(self, j: int) -> Entries:
        own = self.stated_grad(j) or [None] * size(self.plan.shapes[j])
        filled: list[Known | None] = []
        for entry, number in enumerate(own):
            image = self._fill(j, entry) if number is None else None
            if image is not None:
                self.open_gates[j].update(image.open_gates)
                self.open_gates[j].update(*(self.open_gates[gate] for gate, _ in self.plan.consumers[j]))
            filled.append(number if image is None else image.known)
        return filled

    def _fill(self, j: int, entry: int) -> Sum | None:
        found = self._images[j, entry] = self._image(j, entry)
        if found is not None:
            # Made now, in the order of filling: later it would be made by recursion.
            found.known.made()
        return found


def _rounded(error: Error, roundoff: Roundoff, exact: Interval, wide: Interval, numbers: Sequence[Known]) -> Widened:
    """A local gradient with its own rounding; `numbers` are the output and the operands that it is made from."""
    size_out, first = numbers[0].wide.size, numbers[1].wide
    own = roundoff.local(error, exact.size, size_out, first)
    if wide is exact:
        return wide.widened(own), own, own
    return wide.widened(roundoff.local(error, wide.size, size_out, first)), own, None


def _multiplied(rounds: int, roundoff: Roundoff, exact: Interval, local: Known, grad: Known) -> Widened:
    """A product with its own rounding, and that of the local gradient."""
    own = rounds * roundoff.product_of(exact.size)
    _, step, slack = local.made()
    if slack is not None and grad.is_plain and grad.exact.is_point:
        before = slack * grad.exact.size
        by = before + rounds * roundoff.product_of(exact.size + before) if before else own
        return exact.widened(by), own + (before if step is slack else step * grad.exact.size), by
    wide = local.wide * grad.wide
    return wide.widened(rounds * roundoff.product_of(wide.size)), own + local.own * grad.exact.size, None


def _summed(roundoff: Roundoff, total: Sum) -> Widened:
    """A sum with the rounding of its additions."""
    extra = roundoff.total(total.sizes, total.terms)
    wide, own, slack = total.known.made()
    return wide.widened(extra), own + extra, None if slack is None else slack + extra


def _added(parts: Sequence[Sum]) -> Sum:
    """A sum of sums, added in their order."""
    if len(parts) <= 1:
        return parts[0] if parts else EMPTY
    exact = parts[0].known.exact
    for part in parts[1:]:
        exact = exact + part.known.exact
    known = Known.later(exact, partial(_added_up, exact, parts))
    gates = tuple(gate for part in parts for gate in part.open_gates)
    return Sum(known, partial(_sizes, *parts), sum(part.terms for part in parts), gates)


def _added_up(exact: Interval, parts: Sequence[Sum]) -> Widened:
    wide, own, slack = parts[0].known.made()
    plain = parts[0].known.is_plain
    for part in parts[1:]:
        more, step, reach = part.known.made()
        wide, own = wide + more, own + step
        slack = None if slack is None or reach is None else slack + reach
        plain = plain and part.known.is_plain
    return exact if plain else wide, own, slack


def _sizes(*parts: Sum) -> fmpq:
    return sum((part.sizes for part in parts), fmpq(0))


def _size(known: Known) -> fmpq:
    return known.exact.size


def _size_of_product(exact: Interval, local: Known, grad: Known) -> fmpq:
    """The size of the widened product, before its own rounding."""
    _, _, slack = local.made()
    if slack is not None and grad.is_plain and grad.exact.is_point:
        return exact.size + slack * grad.exact.size
    return (local.wide * grad.wide).size


def _within(sent: Sum, limits: tuple[Fraction, Fraction]) -> Sum:
    """What a gate sends, clipped as it declares: every enclosure is."""
    low, high = (fmpq(limit.numerator, limit.denominator) for limit in limits)
    exact, wide = (
        Interval(min(max(ends.low, low), high), min(max(ends.high, low), high))
        for ends in (sent.known.exact, sent.known.wide)
    )
    sizes = min(sent.sizes, max(abs(low), abs(high)))
    return Sum(Known(exact, wide, sent.known.own), sizes, sent.terms, sent.open_gates)
