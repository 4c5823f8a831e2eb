"""Enclosures of every wire's value: stated numbers where they are stated, the rest filled by the value equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ..numbers.intervals import Intervals
from ..numbers.protocol import Outside, Undecided
from ..plan import Plan
from ..rule import Error, Rule
from ..shape import size
from .bounds import Roundoff, roundoff
from .known import Entries, Known, Widened, at, leaf_entries, never

#: Gives the stated entries of a wire by position; None where nothing is stated.
Stated = Callable[[int], Sequence[Known | None] | None]


def nothing(_: int) -> None:
    """No wire is stated: the fill is the truth, and its widening the running bound."""


class Values:
    """The forward half: `of(i)` is what is known of wire i; wires stated as a `whole` wait for a reader."""

    def __init__(
        self, plan: Plan, bits: int, stated_value: Stated = nothing, *, whole: Callable[[int], bool] = never
    ) -> None:
        self.plan, self.bits, self._stated_value = plan, bits, stated_value
        self.system = Intervals(None, bits)
        self._roundoffs: dict[str, Roundoff] = {}
        #: What nobody stated, as it was filled.
        self._images: dict[tuple[int, int], Known | None] = {}
        self._known: list[Entries | None] = [None] * len(plan.ids)
        # What is filled is filled in order, without recursion; what is stated as a whole can wait.
        for i in range(len(plan.ids)):
            if not whole(i):
                self.of(i)

    def of(self, i: int) -> Entries:
        """The entries of wire i, made when they are first asked for."""
        known = self._known[i]
        if known is None:
            known = self._known[i] = self._entries(i)
        return known

    def image(self, i: int, entry: int) -> Known | None:
        """What gate i makes of its operands at one entry, or a leaf's source; None if that is no finite number."""
        if self.plan.rules[i] is None:
            return self.of(i)[entry]
        return self._images[i, entry] if (i, entry) in self._images else self._image(i, entry)

    def _image(self, i: int, entry: int) -> Known | None:
        unrounded = self.unrounded(i, entry)
        if unrounded is None:
            return None
        error, operands = rule_of(self.plan, i).error, self.operands(i, entry)
        return Known.later(unrounded.exact, partial(_rounded, error, self.roundoff(i), operands, unrounded))

    def unrounded(self, i: int, entry: int) -> Known | None:
        """What gate i makes of its operands, without the rounding of the gate itself."""
        operands = self.operands(i, entry)
        known = [operand for operand in operands if operand is not None]
        if len(known) < len(operands):
            return None
        try:
            return self._applied(i, known)
        except (Outside, Undecided, ZeroDivisionError):
            return None

    def operands(self, i: int, entry: int) -> list[Known | None]:
        """What is known of the operands of gate i at one entry of its output."""
        return [at(self.of(k), entry) for k in self.plan.operands[i]]

    def roundoff(self, i: int) -> Roundoff:
        """The roundoff of wire i; of the document's default dtype where the wire is no float."""
        dtype = self.plan.dtypes[i]
        if not dtype.startswith(("float", "bfloat")):
            dtype = self.plan.graph.dtype or "float64"
        if dtype not in self._roundoffs:
            self._roundoffs[dtype] = roundoff(dtype, self.plan.graph.accumulate)
        return self._roundoffs[dtype]

    def _entries(self, i: int) -> Entries:
        if self.plan.rules[i] is None:
            return leaf_entries(self.plan, i)
        own = self._stated_value(i) or [None] * size(self.plan.shapes[i])
        return [self._fill(i, entry) if number is None else number for entry, number in enumerate(own)]

    def _fill(self, i: int, entry: int) -> Known | None:
        found = self._images[i, entry] = self._image(i, entry)
        return found

    def _applied(self, i: int, operands: Sequence[Known]) -> Known:
        rule = rule_of(self.plan, i)
        exact = wide = rule.forward(self.system, *[operand.exact for operand in operands])
        if not all(operand.is_plain for operand in operands):
            wide = rule.forward(self.system, *[operand.wide for operand in operands])
        return Known(exact, wide)


def _rounded(error: Error, roundoff: Roundoff, operands: Sequence[Known | None], unrounded: Known) -> Widened:
    """What a gate's own rounding makes of its result, and how much of that it explains."""
    sizes = [operand.wide.size for operand in operands if operand is not None]
    exact, wide = unrounded.exact, unrounded.wide
    own = roundoff.value(error, exact.size, sizes)
    if wide is exact:
        return wide.widened(own), own, own
    return wide.widened(roundoff.value(error, wide.size, sizes)), own, None


def rule_of(plan: Plan, gate: int) -> Rule:
    """The rule of a gate."""
    rule = plan.rules[gate]
    assert rule is not None
    return rule
