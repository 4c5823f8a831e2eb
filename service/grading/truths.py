"""The global verdict on a claim: is it the true number, to the digits shown (grading.md 6)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ...engine.numbers.intervals import Interval
from ...engine.printed.circuit import Cell
from ...engine.printed.claim import Printed
from ...engine.printed.reading import Reading
from ...engine.printed.truths import BITS, Truths

Global = Literal["proved", "undecided", "refuted"]


class Truth(NamedTuple):
    """The verdict, with its reasons."""

    verdict: Global
    reasons: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """True unless the claim is known to differ from the truth."""
        return self.verdict != "refuted"


def truth_of(truths: Truths, cell: Cell, claim: Printed, reading: Reading) -> Truth:
    """Whether the set that the digits claim holds the true number; at a kink, one of the admissible ones."""
    claimed = claim.read(reading.direction)
    for bits in BITS:
        truth = truths.of(cell, bits)
        if truth is None:
            return Truth("undecided", ("uninformative",))
        if truth.gap(claimed) != 0:
            return Truth("refuted")
        if claimed.holds(truth):
            return _holding(claimed, truth)
        if _has_width(truth):
            return Truth("proved", ("kink-admissible",))
    return Truth("undecided", ("boundary",))


def _holding(claimed: Interval, truth: Interval) -> Truth:
    holds_any_sign = claimed.low < 0 < claimed.high and not truth.low <= 0 <= truth.high
    return Truth("undecided", ("uninformative",)) if holds_any_sign else Truth("proved")


def _has_width(truth: Interval) -> bool:
    """True if the truth is a set: enclosures of one number are far narrower."""
    return (truth.high - truth.low) * 2**64 > truth.size
