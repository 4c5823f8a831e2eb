"""Declared surrogates: the backward rule that a node states in place of the derivative (format.md 4.7).

A surrogate is a rule of its own: the forward rule of the op, and another pullback. Every pass and every method that
follows gradient rules follows it; methods that look at the function alone see the derivative, and are not asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from math import ceil
from typing import Any

from ..schema import Node
from ..schema.number import exact
from .rule import Error, Rule

#: Rules with a surrogate that are kept; more than any network has.
_REMEMBERED = 4096


def declared(rule: Rule, node: Node) -> Rule:
    """The rule with the pullback that the node declares; the rule itself where it declares none."""
    stated = node.get("surrogate")
    if stated is None or not rule.elementwise:
        return rule
    numbers = [Fraction(exact(stated[name], "float64")) for name in ("factor", "low", "high") if name in stated]
    return _with_pullback(rule, str(stated["rule"]), tuple(numbers))


@lru_cache(_REMEMBERED)
def _with_pullback(rule: Rule, kind: str, numbers: tuple[Fraction, ...]) -> Rule:
    if kind == "scale":
        [factor] = numbers
        return replace(
            rule, _local=partial(_scaled, rule, factor), error=_scaled_error(rule.error, factor), surrogate=True
        )
    if kind == "clip":
        low, high = numbers
        return replace(rule, limits=(low, high), surrogate=True)
    error = replace(rule.error, relative=0, absolute=(0, 0, 0), logarithm=0, product=0)
    kinkless = replace(rule, at_kink=None, _guard=None, _jump=None, _undefined=None)
    return replace(kinkless, _local=_straight, error=error, surrogate=True)


def _straight(xp: Any, out: Any, x: Any) -> Any:
    """As if the gate were a copy."""
    return xp.constant(1)


def _scaled(rule: Rule, factor: Fraction, xp: Any, out: Any, *operands: Any) -> tuple[Any, ...]:
    """A multiple of the derivative."""
    slopes: Sequence[Any] = rule.local(xp, out, operands)
    return tuple(None if slope is None else _times(xp, slope, factor) for slope in slopes)


def _times(xp: Any, slope: Any, factor: Fraction) -> Any:
    scaled = slope * xp.constant(factor.numerator)
    return scaled if factor.denominator == 1 else scaled / xp.constant(factor.denominator)


def _scaled_error(error: Error, factor: Fraction) -> Error:
    """The constants of the op, with the roundings of the factor besides."""
    size = ceil(abs(factor))
    constant, linear, quadratic = (size * number for number in error.absolute)
    return replace(error, relative=error.relative + 3, absolute=(constant, linear, quadratic), product=1)


def below(rules: Sequence[Rule | None], operands: Sequence[Sequence[int]]) -> list[bool]:
    """For every wire, whether its gradient passes through a gate whose pullback is declared, and no derivative."""
    found = [False] * len(operands)
    for i in range(len(operands) - 1, -1, -1):
        rule = rules[i]
        if found[i] or (rule is not None and rule.surrogate):
            for operand in operands[i]:
                found[operand] = True
    return found


def limited(number: Any, limits: tuple[Fraction, Fraction] | None, clip: Any) -> Any:
    """What a gate sends, within the limits that it declares; `clip` is the number system's."""
    return number if limits is None or number is None else clip(number, float(limits[0]), float(limits[1]))


def clamp(number: float, low: float, high: float) -> float:
    """A double within limits; NaN stays what it is."""
    if number < low:
        return low
    return high if number > high else number  # noqa: FURB136 `min` may lose a NaN


def problem_of(rule: Rule, node: Node, operands: int) -> str | None:
    """Why a declared surrogate cannot be run; None if it can."""
    stated: Mapping[str, Any] = node.get("surrogate", {})
    if stated["rule"] == "function":
        return (
            f"declares the function {stated['fn']} as its backward rule, which this version does not run: leave it out"
        )
    if not rule.elementwise:
        return (
            f"declares a surrogate on {rule.name}, which works on whole tensors: declare it on an identity node behind"
        )
    if stated["rule"] == "straight-through" and operands != 1:
        return f"declares straight-through with {operands} operands; it takes one"
    if stated["rule"] == "clip" and exact(stated["low"], "float64") > exact(stated["high"], "float64"):
        return "declares a clip whose low is above its high: exchange them"
    return None
