"""How an op is declared: one block of named functions that every number system runs.

A rule says its value, its local gradients, and where it has a kink; it never says in which numbers.
The first argument of each function is the number system (``xp``): floats, arrays, complexes, rationals,
balls, intervals or formulas (``engine/numbers``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from inspect import Parameter, getdoc, signature
from types import MappingProxyType
from typing import Any, cast

#: A function of a number system and numbers of that system.
Formula = Callable[..., Any]


class Pattern(Enum):
    """What a gate does with the gradient that reaches it, in the lecture's words."""

    DISTRIBUTOR = "hands its gradient on to every operand"
    ROUTER = "sends its gradient to the operand that won"
    SWITCHER = "gives each operand its gradient times the other operand"
    SCALER = "multiplies its gradient by one number"


@dataclass(frozen=True, slots=True)
class Error:
    """Rounding constants in units of roundoff u (verification.md 5.3 and ops.md 10).

    ``value``: the float kernel is within ``value * u`` of the rounded truth; 0 means exact.
    ``relative``, ``absolute``: the computed local gradient d is within ``(relative |d| + absolute(v)) u``;
    ``absolute`` holds the coefficients of 1, \\|v\\| and v² at the output v, where the formula cancels.
    ``logarithm``: units of |log(first operand)| |d| besides, where a form that rounds its exponent is as good a rule.
    ``product``: 1 if multiplying the local gradient by the upstream gradient rounds, 0 if d is always -1, 0 or 1.
    """

    value: int = 1
    relative: int = 0
    absolute: tuple[int, int, int] = (0, 0, 0)
    logarithm: int = 0
    product: int = 1


#: Share of the upper branch at a tie, by convention (ops.md 7).
Shares = Mapping[str, Fraction]

LOWER, MIDDLE, UPPER = Fraction(0), Fraction(1, 2), Fraction(1)


def shares(*, zero: Fraction, torch: Fraction, jax: Fraction, first: Fraction) -> Shares:
    """The share of the upper branch under each named convention; ``split`` is always one half."""
    return MappingProxyType({"zero": zero, "torch": torch, "jax": jax, "first": first, "split": MIDDLE})


@dataclass(slots=True)
class Rule:
    """One op: its name, operands and functions. Complete once its gradient is declared."""

    name: str
    summary: str
    operands: tuple[str, ...]
    forward: Formula
    pattern: Pattern
    error: Error
    at_kink: Shares | None
    composite: bool
    since: int
    _local: Formula | None = field(default=None, repr=False)
    _guard: Formula | None = field(default=None, repr=False)

    def gradient(self, function: Formula) -> Formula:
        """Declare the local gradients: ``function(xp, out, *operands)`` returns d out / d operand for each."""
        if self._local is not None:
            raise TypeError(f"{self.name} has two gradient rules: {self._local.__name__} and {function.__name__}")
        self._local = function
        return function

    def guard(self, function: Formula) -> Formula:
        """Declare the kink: ``function(xp, *operands)`` is zero exactly where the op has no derivative."""
        if self.at_kink is None:
            raise TypeError(f"{self.name} declares a guard but not what each convention takes at the kink")
        self._guard = function
        return function

    def local(self, system: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """d out / d operand for every operand, in the numbers of `system`."""
        if self._local is None:
            raise TypeError(f"{self.name} has no gradient rule")
        gradients = self._local(system, out, *operands)
        # An interval is a tuple too, of its two ends.
        return cast(tuple[Any, ...], gradients) if type(gradients) is tuple else (gradients,)

    def distance(self, system: Any, operands: Sequence[Any]) -> Any:
        """The guard's value: its sign tells the branch, zero is a tie. Only for rules with a kink."""
        if self._guard is None:
            raise TypeError(f"{self.name} has no kink")
        return self._guard(system, *operands)

    @property
    def has_kink(self) -> bool:
        """True if the op has points without a derivative inside its domain."""
        return self._guard is not None


def elementwise(
    *,
    pattern: Pattern,
    error: Error | None = None,
    at_kink: Shares | None = None,
    composite: bool = False,
    since: int = 1,
) -> Callable[[Formula], Rule]:
    """Declare an op that works entry by entry; the decorated function is its forward rule."""

    def declare(forward: Formula) -> Rule:
        return Rule(
            name=forward.__name__.rstrip("_"),
            summary=(getdoc(forward) or "").splitlines()[0],
            operands=_operand_names(forward),
            forward=forward,
            pattern=pattern,
            error=error or Error(),
            at_kink=at_kink,
            composite=composite,
            since=since,
        )

    return declare


def _operand_names(forward: Formula) -> tuple[str, ...]:
    names = tuple(signature(forward).parameters.values())[1:]
    return tuple(name.name for name in names if name.kind is Parameter.POSITIONAL_OR_KEYWORD)
