"""Source: a rule run on names prints itself as Python, so that an executor's kernels are the rule and no second one.

Every operation stands in brackets and constants are the doubles that `floats` takes, so a printed kernel rounds as the
rule does. The functions that it calls by name are those of `floats.FUNCTIONS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from .floats import FUNCTIONS


@dataclass(frozen=True, slots=True)
class Code:
    """A printed expression that is one operand wherever it stands."""

    text: str

    def __add__(self, other: Code | int) -> Code:
        return Code(f"({self.text} + {code(other).text})")

    def __radd__(self, other: int) -> Code:
        return code(other) + self

    def __sub__(self, other: Code | int) -> Code:
        return Code(f"({self.text} - {code(other).text})")

    def __rsub__(self, other: int) -> Code:
        return code(other) - self

    def __mul__(self, other: Code | int) -> Code:
        return Code(f"({self.text} * {code(other).text})")

    def __rmul__(self, other: int) -> Code:
        return code(other) * self

    def __truediv__(self, other: Code | int) -> Code:
        return Code(f"({self.text} / {code(other).text})")

    def __rtruediv__(self, other: int) -> Code:
        return code(other) / self

    def __neg__(self) -> Code:
        return Code(f"(-{self.text})")

    def __abs__(self) -> Code:
        return Code(f"abs({self.text})")


def code(number: Code | int | float) -> Code:
    """A number as the double that it is; an expression as itself."""
    if isinstance(number, Code):
        return number
    written = repr(float(number))
    return Code(f"({written})") if written.startswith("-") else Code(written)


@dataclass(frozen=True, slots=True)
class Source:
    """Printed Python; the weight of the upper branch at a tie is the name `share`."""

    def constant(self, number: int | Fraction) -> Code:
        return code(float(number))

    def pi(self) -> Code:
        return code(math.pi)

    def square(self, x: Code) -> Code:
        return x * x

    def side(self, guard: Code, below: Code | int, above: Code | int) -> Code:
        return _call("side", guard, below, above, Code("share"))

    def logaddexp(self, a: Code, b: Code) -> Code:
        # Beside 0 nothing cancels: no more digits than a double has are needed.
        return _call("log_of_exponentials" if b == code(0.0) else "logaddexp", a, b)

    def __getattr__(self, name: str) -> Callable[..., Code]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        return partial(_call, name)


def _call(name: str, *operands: Code | int) -> Code:
    return Code(f"{name}({', '.join(code(operand).text for operand in operands)})")
