"""Formulas: a rule run on names prints itself, so the catalogue cannot drift from the code."""

from dataclasses import dataclass

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
        return Term(f"-{_at(self, SIGN)}", SIGN)

    def __abs__(self) -> "Term":
        return Term(f"abs({self.text})")


def term(number: Term | int) -> Term:
    """A number as a term; a term as itself."""
    if isinstance(number, Term):
        return number
    return Term(str(number), ATOM if number >= 0 else SIGN)


def _at(number: Term | int, least: int) -> str:
    """The text, in brackets where its operator binds less tightly than its place needs."""
    printed = term(number)
    return printed.text if printed.binds >= least else f"({printed.text})"


@dataclass(frozen=True, slots=True)
class Formulas:
    """Printed expressions in the syntax of `parse`, piecewise slopes spelt out in words."""

    def constant(self, number: int) -> Term:
        return term(number)

    def square(self, x: Term) -> Term:
        return Term(f"{_at(x, ATOM)}**2", POWER)

    def sqrt(self, x: Term) -> Term:
        return Term(f"sqrt({x.text})")

    def exp(self, x: Term) -> Term:
        return Term(f"exp({x.text})")

    def log(self, x: Term) -> Term:
        return Term(f"log({x.text})")

    def sin(self, x: Term) -> Term:
        return Term(f"sin({x.text})")

    def cos(self, x: Term) -> Term:
        return Term(f"cos({x.text})")

    def tanh(self, x: Term) -> Term:
        return Term(f"tanh({x.text})")

    def sigmoid(self, x: Term) -> Term:
        return 1 / (1 + self.exp(-x))

    def pow(self, base: Term, exponent: Term) -> Term:
        return Term(f"{_at(base, ATOM)}**{_at(exponent, ATOM)}", POWER)

    def power_slope(self, base: Term, exponent: Term) -> Term:
        return exponent * self.pow(base, exponent - 1)

    def exponent_slope(self, base: Term, power: Term) -> Term:
        return power * self.log(base)

    def maximum(self, a: Term, b: Term) -> Term:
        return Term(f"maximum({a.text}, {b.text})")

    def minimum(self, a: Term, b: Term) -> Term:
        return Term(f"minimum({a.text}, {b.text})")

    def side(self, guard: Term, below: int, above: int) -> Term:
        least, most = sorted((below, above))
        return Term(f"{below} if {guard.text} < 0, {above} if {guard.text} > 0, at 0 any of [{least}, {most}]", SUM)
