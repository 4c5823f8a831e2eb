"""The points at which rules are certified: drawn ones, the same on every machine, and those where numbers end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import cycle, islice, product
from random import Random
from typing import Any, Literal

import numpy as np
from flint import arb, ctx, fmpq

from ...schema.dtype import FORMATS, LARGEST, round_to, spacing
from ..attributes import Attribute
from ..dtypes import comparison, logical
from ..numbers.arrays import Arrays
from ..numbers.balls import Balls
from ..rule import Rule, Spot
from ..verify.cauchy import Proof, Refusal, is_beyond, scale_of, slope

#: Precision of true values in bits: enough for the sine of the largest number of every dtype.
BITS = 1400

#: How far beside a point it is looked whether the op still has a value there, as a power of two of the point.
BESIDE = 60

#: Draws per wanted point, for ops that are defined on a part of the line only.
PATIENCE = 8

FIXED = Refusal("no gradient flows toward this operand")

Place = Literal["inside", "tie", "break", "outside", "beyond"]

#: Where an op has a value in the formats.
VALUED: tuple[Place, ...] = ("inside", "tie", "break")


class Trial:
    """One op at one point of one dtype, with what is true there."""

    def __init__(self, rule: Rule, dtype: str, operands: Sequence[float]) -> None:
        self.rule, self.dtype = rule, dtype
        self.operands = tuple(operands)

    def __str__(self) -> str:
        return f"{spelt(self.rule)}({', '.join(map(repr, self.operands))}) in {self.dtype}"

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
        """Where the point lies: inside the domain, on a kink, where nothing stands for a derivative, outside, or
        where even balls overflow."""
        if self.truth.is_nan():
            return "outside"
        if not self.truth.is_finite() or is_beyond(self.truth):
            return "beyond"
        return "tie" if self.is_tie else "break" if self.is_break else "inside"

    @cached_property
    def is_tie(self) -> bool:
        """True if the point lies exactly on the kink."""
        return self.rule.has_kink and bool(self._distance(self.exact) == 0)

    @cached_property
    def is_near(self) -> bool:
        """True if floats see the kink, or its other side, where the point only lies beside it."""
        if not self.rule.has_kink:
            return False
        exact, seen = (
            self._distance(self.exact),
            float(self.rule.distance(Arrays(), [np.float64(x) for x in self.operands])),
        )
        return (exact > 0, exact < 0) != (seen > 0, seen < 0)

    def _distance(self, operands: Sequence[fmpq]) -> arb:
        with ctx.workprec(BITS):
            return self.rule.distance(Balls(), [arb(x) for x in operands])

    def stays_tied(self, port: int) -> bool:
        """True if the point stays on the kink when this operand moves."""
        return all(bool(self._distance(operands) == 0) for operands in self.beside(port))

    @cached_property
    def is_break(self) -> bool:
        """True if the value jumps here, or if there is no derivative by any operand."""
        jump = self.rule.to_jump(Balls(), [arb(x) for x in self.exact])
        spots = [Spot((x > 0) - (x < 0), varies=False) for x in self.exact]
        return (jump is not None and bool(jump == 0)) or all(self.rule.lacking(spots))

    @cached_property
    def proofs(self) -> list[Proof | Refusal]:
        """The derivative by every operand toward which gradients flow, from the forward rule alone."""
        return [slope(self.rule, self.exact, k) if k in self.slots else FIXED for k in range(len(self.exact))]

    @cached_property
    def slots(self) -> list[int]:
        """The operands toward which gradients flow."""
        return slots(self.rule)

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
        trial = Trial(rule, dtype, fitting(rule, [_drawn(random, dtype) for _ in range(arity(rule))]))
        found += trial.place == "inside"
        yield trial
    points = (fitting(rule, point) for point in ends(dtype, min(arity(rule), 2), arity(rule)))
    yield from (Trial(rule, dtype, operands) for operands in dict.fromkeys(points))


#: Operands that a gate of any number of them is certified with.
VARIADIC = 3


def arity(rule: Rule) -> int:
    """The number of operands that an op is certified with: all of them, and three where there may be any number."""
    return VARIADIC if rule.variadic else len(rule.operands)


def slots(rule: Rule) -> list[int]:
    """The operands toward which gradients flow."""
    return [port for port in range(arity(rule)) if not rule.is_fixed(port)]


def fitting(rule: Rule, point: Sequence[float]) -> tuple[float, ...]:
    """A point with truth values, 0 and 1, in the places of conditions, masks and logic."""
    return tuple(float(x > 0) if _is_truth(rule, port) else x for port, x in enumerate(point))


def _is_truth(rule: Rule, port: int) -> bool:
    return rule.dtype is logical or (rule.is_fixed(port) and rule.dtype is not comparison)


def variants(rule: Rule) -> list[Rule]:
    """The rule with its attributes filled in, in all ways that are certified: defaults, other numbers, other words."""
    return [rule.bound(stated) for stated in attribute_sets(rule)]


def attribute_sets(rule: Rule) -> list[dict[str, Any]]:
    """What nodes may state: the defaults; every real alone if none has a default; all reals; every other word."""
    reals = [name for name, attribute in rule.attributes.items() if attribute.type == "real"]
    others: dict[str, Any] = {name: f"{k}/4" for k, name in enumerate(reals, start=1)}
    words: list[dict[str, Any]] = [
        {name: word} for name, attribute in rule.attributes.items() for word in _words(attribute)
    ]
    nothing: list[dict[str, Any]] = [] if words else [{}]
    bare = bool(reals) and all(rule.attributes[name].default is None for name in reals)
    alone = [{name: others[name]} for name in reals] if bare else nothing
    return [*alone, *([others] if others else []), *words]


def _words(attribute: Attribute) -> Sequence[str]:
    return ("float64", "int64", "bool") if attribute.type == "dtype" else attribute.values


def spelt(rule: Rule) -> str:
    """The op's name, with the attributes that are not its defaults."""
    stated = {name: rule.attributes[name] for name, value in rule.values.items() if value is not None}
    listed = [f"{n}={a.write(rule.values[n])}" for n, a in stated.items() if not a.is_default(rule.values[n])]
    return f"{rule.name}[{', '.join(listed)}]" if listed else rule.name


def ends(dtype: str, operands: int, places: int | None = None) -> list[tuple[float, ...]]:
    """All combinations of 0, 1, the least and the largest number with both signs, and an ulp beside each.

    Where there are more `places` than operands that are combined, the operands come again in turn.
    """
    ulps = [-1, 0, 1]
    corners = product(_special(dtype), repeat=operands)
    beside = [(_neighbour(first, ulp, dtype), *others) for first, *others in corners for ulp in ulps]
    points = [tuple(islice(cycle(point), places or operands)) for point in beside]
    return [point for point in dict.fromkeys(points) if all(map(math.isfinite, point))]


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
