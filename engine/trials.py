"""The points at which rules are certified: drawn ones, the same on every machine, and those where numbers end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from random import Random
from typing import Literal

from flint import arb, ctx, fmpq

from ..schema.dtype import FORMATS, LARGEST, round_to, spacing
from .numbers.balls import Balls
from .rule import Rule
from .verify.cauchy import Proof, Refusal, is_beyond, scale_of, slope

#: Precision of true values in bits: enough for the sine of the largest number of every dtype.
BITS = 1400

#: How far beside a point it is looked whether the op still has a value there, as a power of two of the point.
BESIDE = 60

#: Draws per wanted point, for ops that are defined on a part of the line only.
PATIENCE = 8

Place = Literal["inside", "tie", "outside", "beyond"]


class Trial:
    """One op at one point of one dtype, with what is true there."""

    def __init__(self, rule: Rule, dtype: str, operands: Sequence[float]) -> None:
        self.rule, self.dtype = rule, dtype
        self.operands = tuple(operands)

    def __str__(self) -> str:
        return f"{self.rule.name}({', '.join(map(repr, self.operands))}) in {self.dtype}"

    @cached_property
    def exact(self) -> list[fmpq]:
        """The operands as rationals."""
        return [fmpq(*x.as_integer_ratio()) for x in self.operands]

    @cached_property
    def truth(self) -> arb:
        """The value, enclosed; NaN outside the domain."""
        return value_at(self.rule, self.exact)

    @cached_property
    def place(self) -> Place:
        """Where the point lies: inside the domain, on a kink, outside, or where even balls overflow."""
        if self.truth.is_nan():
            return "outside"
        if not self.truth.is_finite() or is_beyond(self.truth):
            return "beyond"
        return "tie" if self.is_tie else "inside"

    @cached_property
    def is_tie(self) -> bool:
        """True if the point lies exactly on the kink."""
        return self.rule.has_kink and bool(self.rule.distance(Balls(), [arb(x) for x in self.exact]) == 0)

    @cached_property
    def proofs(self) -> list[Proof | Refusal]:
        """The derivative by every operand, from the forward rule alone."""
        return [slope(self.rule, self.exact, port) for port in range(len(self.exact))]

    def is_singular(self, port: int) -> bool:
        """True on a kink, outside the domain, and where a neighbour in this operand has no value."""
        return self.place != "inside" or any(value_at(self.rule, x).is_nan() for x in self.beside(port))

    def beside(self, port: int) -> list[list[fmpq]]:
        """The points a little below and above in one operand."""
        step = scale_of(arb(self.exact[port])) / fmpq(2) ** BESIDE
        return [[x + side * step if k == port else x for k, x in enumerate(self.exact)] for side in (-1, 1)]


def value_at(rule: Rule, operands: Sequence[fmpq]) -> arb:
    """The value of an op at exact operands, enclosed."""
    with ctx.workprec(BITS):
        return rule.forward(Balls(), *[arb(x) for x in operands])


def trials(rule: Rule, dtype: str, count: int) -> Iterator[Trial]:
    """The points of one op in one dtype: `count` drawn ones in its domain, those outside among them, and the ends."""
    random = Random(f"chainrule.certify/{rule.name}/{dtype}")
    found = 0
    for _ in range(PATIENCE * count):
        if found == count:
            break
        trial = Trial(rule, dtype, [_drawn(random, dtype) for _ in rule.operands])
        found += trial.place == "inside"
        yield trial
    yield from (Trial(rule, dtype, operands) for operands in ends(dtype, len(rule.operands)))


def ends(dtype: str, operands: int) -> list[tuple[float, ...]]:
    """All combinations of 0, 1, the least and the largest number with both signs, and an ulp beside each."""
    ulps = [-1, 0, 1]
    corners = product(_special(dtype), repeat=operands)
    beside = [(_neighbour(first, ulp, dtype), *others) for first, *others in corners for ulp in ulps]
    return [point for point in dict.fromkeys(beside) if all(map(math.isfinite, point))]


def _special(dtype: str) -> list[float]:
    least, largest = 2.0 ** FORMATS[dtype].smallest, float(LARGEST[dtype])
    return [0.0, *(sign * size for size in (1.0, 2.0, 0.5, least, largest) for sign in (1, -1))]


def _neighbour(x: float, ulps: int, dtype: str) -> float:
    """The number of the dtype that many places above."""
    step = spacing(abs(Fraction(x)), dtype) if x else Fraction(2) ** FORMATS[dtype].smallest
    return round_to(Fraction(x) + ulps * step, dtype) if ulps else x


def _drawn(random: Random, dtype: str) -> float:
    """A number of some size or other: ordinary, small and whole, of any magnitude, or where functions saturate."""
    widest = math.log10(float(LARGEST[dtype]))
    kind = random.choice(("ordinary", "spread", "whole", "magnitude", "saturating"))
    if kind == "whole":
        return float(random.randint(-9, 9))
    size = {
        "ordinary": random.uniform(0.01, 20),
        "spread": 10 ** random.uniform(-6, 2),
        "magnitude": 10 ** random.uniform(-min(30, widest), min(30, widest)),
        "saturating": random.uniform(0, 1.05 * widest * math.log(10)),
    }[kind]
    return round_to(random.choice((1, -1)) * size, dtype)
