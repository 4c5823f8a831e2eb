"""How far a faithful computation may land from the exact result (verification.md 5.3): the only tolerance there is.

Bounds are rationals for the referee; `local` has the same formulas over float arrays.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from flint import fmpq

from ...schema.number import HALF_SUBNORMAL, UNIT_ROUNDOFF
from ..numbers.intervals import Interval
from ..rule import Error
from .claims import rational
from .decimals import nearby

#: Covers the terms of second order.
SLACK = fmpq(101, 100)

#: Room for other realisations of the same rule, in running bounds (verification.md 5.6).
REALISATIONS = 4

#: Functions of the libraries are within these many units; what is off by more is made of several.
ONE_STEP = 4

#: Below this share of its scale a rounding allowance still says something about a claim (verification.md 2.3).
INFORMATIVE = {
    "float64": fmpq(1, 2**10),
    "float32": fmpq(1, 2**10),
    "float16": fmpq(1, 2**5),
    "bfloat16": fmpq(1, 2**2),
}


@dataclass(frozen=True, slots=True)
class Roundoff:
    """Roundoff of one dtype: of a stored number, inside an op that accumulates wider, and half the least subnormal."""

    storage: fmpq
    inside: fmpq
    least: fmpq

    def value(self, error: Error, size: fmpq, operands: Sequence[fmpq]) -> fmpq:
        """Allowance of a forward result of this size, from operands of these sizes."""
        if error.value == 0:
            return fmpq(0)
        inside = (error.value - 1) * size + error.besides(operands)
        # A kernel of several steps may underflow in a factor of an operand, as silu does in the sigmoid of x.
        underflow = self.least * (1 + sum(operands)) if error.value > ONE_STEP else self.least
        return SLACK * (self.storage * size + self.inside * inside + error.kernels(size)) + underflow

    def local(self, error: Error, size: fmpq, out: fmpq, first: Interval) -> fmpq:
        """Allowance of a local gradient of this size at an output of size `out` and a first operand `first`."""
        if error.is_exact():
            return fmpq(0)
        logarithm = fmpq(*log_size(first).as_integer_ratio()) * size if error.logarithm else fmpq(0)
        derivative = error.slope(size, out, first.size) + error.logarithm * logarithm
        return SLACK * self.inside * derivative + self.least

    def product_of(self, size: fmpq) -> fmpq:
        """Allowance of one rounded product of this size."""
        return SLACK * self.storage * size + self.least

    def total(self, terms: fmpq, count: int) -> fmpq:
        """Allowance of adding `count` terms whose sizes add up to `terms`."""
        return SLACK * max(count - 1, 0) * self.storage * terms + (self.least if count > 1 else 0)


#: No double's logarithm is larger than this.
LARGEST_LOG = 746.0


def log_size(interval: Interval) -> float:
    """A bound of |log x| over an interval: its largest at the ends, never more than any double's."""
    sizes = [nearby(end) for end in (abs(interval).low, interval.size)]
    logs = [abs(math.log(size)) if 0 < size < math.inf else LARGEST_LOG for size in sizes]
    return min(max(logs), LARGEST_LOG)


def roundoff(dtype: str, accumulate: str | None) -> Roundoff:
    """The roundoff of a dtype whose ops accumulate in `accumulate` (its own roundoff where that is not stated)."""
    return Roundoff(
        storage=rational(UNIT_ROUNDOFF[dtype]),
        inside=rational(UNIT_ROUNDOFF[accumulate or dtype]),
        least=rational(HALF_SUBNORMAL[dtype]),
    )
