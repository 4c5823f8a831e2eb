"""Weights: what every gate at a tie mixes of its two branches, as an unknown of the gradients above it.

At a tie every gate may take any mixture of its two branches, and takes one: its weight is joint over its slots and
over everything that was computed from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flint import fmpq

from ...numbers.intervals import Interval, point
from ...numbers.protocol import Undecided
from ...shape import size
from ..findings import Finding
from ..gradients import SHARES, Gradients
from ..known import Known, at, seed_entries
from ..values import rule_of
from .guards import Guard, open_guards

ONE = fmpq(1)
NOTHING = point(fmpq(0))


class Form(NamedTuple):
    """constant + sum of coefficient * weight: a gradient in terms of the weights of tied gates."""

    constant: Interval
    weights: Mapping[int, fmpq]


class Weight(NamedTuple):
    """An unknown: the share of a gate's upper branch, or, where `upstream` is no number, share times upstream."""

    guard: Guard
    bounds: Interval
    upstream: Form | None


class Weights:
    """Every gradient of a state of knowledge as a form in the weights of its open gates."""

    def __init__(self, gradients: Gradients) -> None:
        self.gradients, self.plan = gradients, gradients.plan
        self.unknown: list[Weight] = []
        self._guards = {(g.gate, g.entry): g for g in open_guards(gradients.values, alone=True)}
        self._shares: dict[tuple[int, int], int] = {}
        self._sent: dict[tuple[int, int], Form] = {}
        self._wires: dict[tuple[int, int], Form | None] = {}
        self._seeds = {position: seed_entries(self.plan, k) for k, position in enumerate(self.plan.outputs)}
        for j in range(len(self.plan.ids) - 1, -1, -1):
            for entry in range(size(self.plan.shapes[j])):
                self._wires[j, entry] = self._wire(j, entry)

    def form(self, finding: Finding, entry: int) -> Form | None:
        """The right-hand side of a claim's equation; None if it is no finite number."""
        claim = finding.claim
        if claim.field == "grad":
            return self._image(claim.node, entry)
        port = claim.port or 0
        if claim.field == "downstream":
            return self._slot(claim.node, port, entry, claimed=True)
        return self._local(claim.node, port, entry)

    def range(self, form: Form) -> Interval:
        """All numbers that a form can be, each weight taken alone."""
        total = form.constant
        for index, coefficient in form.weights.items():
            total = total + point(coefficient) * self.unknown[index].bounds
        return total

    def _wire(self, j: int, entry: int) -> Form | None:
        stated = self.gradients.stated_grad(j)
        own = stated[entry] if stated is not None else None
        if own is None and self.gradients.open_gates[j]:
            return self._image(j, entry)
        known = own or self.gradients.of(j)[entry]
        return None if known is None else Form(known.exact, {})

    def _image(self, j: int, entry: int) -> Form | None:
        seed = at(self._seeds[j], entry) if j in self._seeds else Known(NOTHING, NOTHING)
        total = None if seed is None else Form(seed.exact, {})
        for gate, ports in self.plan.consumers[j]:
            if self.plan.reaching[gate]:
                for port in ports:
                    total = _plus(total, self._slot(gate, port, entry))
        return total

    def _slot(self, gate: int, port: int, entry: int, *, claimed: bool = False) -> Form | None:
        """What a gate sends through one port to an entry of its operand."""
        if not self.plan.reaching[gate]:
            return Form(NOTHING, {})
        stated = None if claimed else self.gradients.stated_downstream(gate, port)
        number = at(stated, entry) if stated is not None else None
        if number is not None:
            return Form(number.exact, {})
        if rule_of(self.plan, gate).limits is not None:
            sent = self.gradients.slot(gate, port, entry)
            return None if sent is None else Form(sent.known.exact, {})
        summed = self.plan.shapes[self.plan.operands[gate][port]] != self.plan.shapes[gate]
        total: Form | None = Form(NOTHING, {})
        for own in range(size(self.plan.shapes[gate])) if summed else (entry,):
            total = _plus(total, self._product(gate, port, own))
        return total

    def _product(self, gate: int, port: int, entry: int) -> Form | None:
        upstream, stated = self._wires[gate, entry], self.gradients.stated_local(gate, port)
        number = stated[entry] if stated is not None else None
        if upstream is None:
            return None
        try:
            local = number or self.gradients.local(gate, port, entry)
        except Undecided:
            return self._mixed(gate, port, entry, upstream)
        return None if local is None else self._scaled(upstream, local.exact)

    def _mixed(self, gate: int, port: int, entry: int, upstream: Form) -> Form | None:
        ends = self._ends(gate, port, entry)
        if ends is None:
            return None
        below, above = ends
        return _plus(self._scaled(upstream, below), self._scaled(self._shared(gate, entry, upstream), above - below))

    def _local(self, gate: int, port: int, entry: int) -> Form | None:
        try:
            local = self.gradients.local(gate, port, entry)
            return None if local is None else Form(local.exact, {})
        except Undecided:
            ends = self._ends(gate, port, entry)
        if ends is None:
            return None
        return _plus(Form(ends[0], {}), self._scaled(Form(NOTHING, {self._share(gate, entry): ONE}), ends[1] - ends[0]))

    def _ends(self, gate: int, port: int, entry: int) -> tuple[Interval, Interval] | None:
        below, above = (self.gradients.local(gate, port, entry, share) for share in SHARES)
        return None if below is None or above is None else (below.exact, above.exact)

    def _share(self, gate: int, entry: int) -> int:
        """The share of a gate's upper branch as an unknown."""
        if (gate, entry) not in self._shares:
            self._shares[gate, entry] = self._new(Weight(self._guards[gate, entry], Interval(*SHARES), None))
        return self._shares[gate, entry]

    def _shared(self, gate: int, entry: int, upstream: Form) -> Form:
        """Share times upstream gradient: linear in the share where the latter is known, else an unknown of its own."""
        if not upstream.weights:
            return self._scaled(Form(NOTHING, {self._share(gate, entry): ONE}), upstream.constant)
        if (gate, entry) not in self._sent:
            sent = Weight(self._guards[gate, entry], self.range(upstream).hull(NOTHING), upstream)
            self._sent[gate, entry] = Form(NOTHING, {self._new(sent): ONE})
        return self._sent[gate, entry]

    def _new(self, weight: Weight) -> int:
        self.unknown.append(weight)
        return len(self.unknown) - 1

    def _scaled(self, form: Form, factor: Interval) -> Form:
        """The form times a number; what the number's enclosure leaves open goes into the constant."""
        middle, radius = (factor.low + factor.high) / 2, (factor.high - factor.low) / 2
        largest = sum((abs(c) * self.unknown[k].bounds.size for k, c in form.weights.items()), fmpq(0))
        weights = {k: c * middle for k, c in form.weights.items() if middle != 0}
        return Form((form.constant * factor).widened(radius * largest), weights)


def _plus(a: Form | None, b: Form | None) -> Form | None:
    if a is None or b is None:
        return None
    weights = dict(a.weights)
    for index, coefficient in b.weights.items():
        weights[index] = weights.get(index, fmpq(0)) + coefficient
    return Form(a.constant + b.constant, {index: c for index, c in weights.items() if c != 0})
