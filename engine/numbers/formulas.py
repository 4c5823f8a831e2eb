"""Formulas: a rule run on names prints itself, so the catalogue cannot drift from the code."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from .protocol import IRRATIONAL

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)


@dataclass(frozen=True, slots=True)
class Term:
    """A printed expression and how tightly its outermost operator binds."""

    text: str
    binds: int = ATOM

    def __add__(self, other: "Term | int") -> "Term":
        return Term(f"{self.text} + {_at(other, SUM)}", SUM)

    def __radd__(self, other: int) -> "Term":
        return term(other) + self

    def __sub__(self, other: "Term | int") -> "Term":
        return Term(f"{self.text} - {_at(other, PRODUCT)}", SUM)

    def __rsub__(self, other: int) -> "Term":
        return term(other) - self

    def __mul__(self, other: "Term | int") -> "Term":
        return Term(f"{_at(self, PRODUCT)} * {_at(other, SIGN)}", PRODUCT)

    def __rmul__(self, other: int) -> "Term":
        return term(other) * self

    def __truediv__(self, other: "Term | int") -> "Term":
        return Term(f"{_at(self, PRODUCT)} / {_at(other, POWER)}", PRODUCT)

    def __rtruediv__(self, other: int) -> "Term":
        return term(other) / self

    def __neg__(self) -> "Term":
        return Term(self.text[1:], SIGN) if self.binds == SIGN else Term(f"-{_at(self, SIGN)}", SIGN)

    def __abs__(self) -> "Term":
        return Term(f"abs({self.text})")


def term(number: Term | int | Fraction) -> Term:
    """A number as a term, in decimals where a double is meant; a term as itself."""
    if isinstance(number, Term):
        return number
    if number < 0:
        return -term(-number)
    if number == int(number):
        return Term(str(int(number)))
    if number == Fraction(float(number)):
        return Term(repr(float(number)))
    return Term(f"{number.numerator}/{number.denominator}", PRODUCT)


def _at(number: Term | int, least: int) -> str:
    """The text, in brackets where its operator binds less tightly than its place needs."""
    printed = term(number)
    return printed.text if printed.binds >= least else f"({printed.text})"


@dataclass(frozen=True, slots=True)
class Formulas:
    """Printed expressions in the syntax of `parse`, piecewise slopes spelt out in words."""

    def constant(self, number: Term | int | Fraction) -> Term:
        return term(number)

    def pi(self) -> Term:
        return Term("pi")

    def hypot(self, a: Term | int, b: Term) -> Term:
        return self.sqrt(self.square(a) + self.square(b))

    def square(self, x: Term | int) -> Term:
        number = term(x).text
        return term(int(number) ** 2) if number.isdigit() else Term(f"{_at(x, ATOM)}**2", POWER)

    def __getattr__(self, name: str) -> Callable[..., Term]:
        if name not in NAMED:
            raise AttributeError(name)
        return partial(_call, name)

    def gaussian(self, x: Term) -> Term:
        return self.exp(-self.square(x))

    def rsqrt(self, x: Term) -> Term:
        return 1 / self.sqrt(x)

    def sigmoid(self, x: Term) -> Term:
        return 1 / (1 + self.exp(-x))

    def pow(self, base: Term, exponent: Term) -> Term:
        return Term(f"{_at(base, ATOM)}**{_at(exponent, ATOM)}", POWER)

    def power_slope(self, base: Term, exponent: Term) -> Term:
        return exponent * self.pow(base, exponent - 1)

    def exponent_slope(self, base: Term, power: Term) -> Term:
        return power * self.log(base)

    def side(self, guard: Term, below: Term | int, above: Term | int) -> Term:
        low, high = term(below).text, term(above).text
        ends = sorted((below, above)) if isinstance(below, int) and isinstance(above, int) else (low, high)
        kind = f"[{ends[0]}, {ends[1]}]" if ends[0] != low or isinstance(below, int) else f"{low} to {high}"
        return Term(f"{low} if {guard.text} < 0, {high} if {guard.text} > 0, at 0 any of {kind}", SUM)

    def where(self, condition: Term, a: Term | int, b: Term | int) -> Term:
        return Term(f"where({condition.text}, {term(a).text}, {term(b).text})")


def _call(name: str, *operands: Term | int) -> Term:
    return Term(f"{name}({', '.join(term(operand).text for operand in operands)})")


#: Functions whose names are those of ops.
NAMED = IRRATIONAL | {"maximum", "minimum", "sign", "floor", "ceil", "round", "trunc", "equal", "less", "less_equal"}
