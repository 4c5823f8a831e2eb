"""Both passes over whole tensors with running bounds: from the inputs alone, and each equation from stated numbers.

What is proved: nothing beyond first order; a number outside its bounds, with room for other ways to compute, is wrong.
Assumed: forward and gradient rules, the rounding constants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....schema.number import UNIT_ROUNDOFF
from ...dtypes import FLOATING
from ...plan import Plan
from ...pull import pulled
from ...rule import Rule
from ...shape import SCALAR
from ..claims import Key
from .running import Bounded, Running, exactly

#: Gives the stated numbers of a wire or slot, with half the width of printed digits; None where not all are stated.
Stated = Callable[[Key], Bounded | None]

_DOUBLE = float(UNIT_ROUNDOFF["float64"])


def nothing(_: Key) -> None:
    """Nothing is stated."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the equation of every claim gives, by its key, with running bounds."""

    values: Sequence[Bounded]
    grads: Sequence[Bounded]
    slots: Mapping[Key, Bounded]

    def of(self, key: Key) -> Bounded:
        """The right-hand side of one claim."""
        node, field, port = key
        if port is not None:
            return self.slots[key]
        return (self.values if field == "value" else self.grads)[node]


class TensorPasses:
    """One forward and one backward pass; stated numbers take the place of computed ones where they are read."""

    def __init__(
        self,
        plan: Plan,
        leaves: Sequence[Any],
        seeds: Mapping[int, Any],
        stated: Stated = nothing,
        *,
        recomputed: bool = False,
    ) -> None:
        self.plan, self.leaves, self.seeds, self.stated = plan, leaves, seeds, stated
        #: True if gradients see what a gate makes of its operands, and not the output that is stated.
        self.recomputed = recomputed
        self.read: list[Bounded] = []
        #: Every wire as its own gate's gradient reads it: a stated output is a rounding of what the gate makes.
        self.outs: list[Bounded] = []
        self.slots: dict[Key, Bounded] = {}

    def run(self) -> Bounds:
        """Every equation's right-hand side."""
        with np.errstate(all="ignore"):
            values = [self._value(i, rule) for i, rule in enumerate(self.plan.rules)]
            return Bounds(values, self._backward() if self.seeds else [], self.slots)

    def system(self, i: int) -> Running:
        """Arithmetic in the dtype of a wire."""
        dtype = self.plan.dtypes[i]
        unit = float(UNIT_ROUNDOFF.get(dtype, UNIT_ROUNDOFF["float64"]))
        accumulate = self.plan.graph.accumulate
        return Running(unit, max(float(UNIT_ROUNDOFF[accumulate]), _DOUBLE) if accumulate else unit)

    def _value(self, i: int, rule: Rule | None) -> Bounded:
        if rule is None:
            image = exactly(self.leaves[i])
        else:
            operands = [self.read[k] for k in self.plan.operands[i]]
            image = self._image(i, rule, operands)
        read = self._instead((i, "value", None), image) if rule is not None else image
        self.read.append(read)
        self.outs.append(image if self.recomputed else Bounded(read.value, read.rounding + image.rounding, image.open))
        return image

    def _image(self, i: int, rule: Rule, operands: Sequence[Bounded]) -> Bounded:
        system = self.system(i)
        found = system.run(rule, operands) if rule.elementwise else rule.forward(system, *operands)
        return found if self.plan.dtypes[i] in FLOATING else exactly(found.value)

    def _instead(self, key: Key, image: Bounded) -> Bounded:
        stated = self.stated(key)
        return image if stated is None else self.system(key[0]).reshaped(stated, image.shape)

    # --- backward ------------------------------------------------------------------------------------------------

    def _backward(self) -> list[Bounded]:
        terms: list[list[Bounded]] = [[] for _ in self.plan.ids]
        for position, seed in self.seeds.items():
            terms[position].append(exactly(seed))
        grads: list[Bounded] = []
        for i in range(len(terms) - 1, -1, -1):
            total = self._total(i, terms[i])
            grads.append(total)
            upstream = self._instead((i, "grad", None), total)
            rule = self.plan.rules[i]
            if rule is not None:
                self._send(i, rule, upstream, terms)
        return grads[::-1]

    def _total(self, i: int, terms: Sequence[Bounded]) -> Bounded:
        """Branches add, each addition with its rounding."""
        if not terms:
            return exactly(np.zeros(self.plan.shapes[i]))
        value, rounding = sum(t.value for t in terms), sum(t.rounding for t in terms)
        sizes, open_ = sum(np.abs(t.value) for t in terms), sum(t.open for t in terms)
        return Bounded(value, rounding + (len(terms) - 1) * self.system(i).unit * sizes, open_)

    def _send(self, i: int, rule: Rule, upstream: Bounded, terms: list[list[Bounded]]) -> None:
        plan, system = self.plan, self.system(i)
        operands = [self.read[k] for k in plan.operands[i]]
        out = self.outs[i]
        if rule.has_output_form and not self.recomputed and self.stated((i, "value", None)) is not None:
            sent = rule.pull_through_output(system, upstream, out, operands)
        else:
            sent = pulled(system, rule, upstream, out, operands)
        for port, (operand, part) in enumerate(zip(plan.operands[i], sent, strict=True)):
            if plan.dtypes[operand] not in FLOATING:
                continue
            if part is not None and rule.elementwise:
                part = self._by_local(i, rule, port, upstream, part)
            # Where no output is reached, and toward operands without gradient, exactly nothing is sent.
            if part is None or not plan.reaching[i]:
                self.slots[i, "downstream", port] = exactly(np.zeros(plan.shapes[operand]))
            else:
                self.slots[i, "downstream", port] = part
                terms[operand].append(self._instead((i, "downstream", port), part))

    def _by_local(self, i: int, rule: Rule, port: int, upstream: Bounded, part: Bounded) -> Bounded:
        """The local gradient's own equation; where it is stated, what follows from it."""
        system, plan = self.system(i), self.plan
        operands, shape = [self.read[k] for k in plan.operands[i]], plan.shapes[i]
        one = exactly(np.ones(shape))
        local = system.through(rule, port, one, self.outs[i], operands)
        self.slots[i, "local", port] = local
        stated = self.stated((i, "local", port))
        if stated is None:
            return part
        product = system.mul(system.reshaped(stated, shape), upstream)
        summed = plan.shapes[plan.operands[i][port]] == SCALAR and shape != SCALAR
        return system.sum(product, tuple(range(len(shape)))) if summed else product
