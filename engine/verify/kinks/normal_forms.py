"""Guards in normal form: polynomials in what they are made of, so that an identity between them is seen as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq

from ...numbers.protocol import Outside
from ..claims import rational
from .weights import ONE

#: A coordinate, or any number inside a cone: a wire's entry (port -1), or a slot's: gate, port, entry.
Node = tuple[int, int, int]

#: Polynomials with more terms than this, or of higher degree, are taken as unknowns of their own.
TERMS, DEGREE = 64, 16


class Polynomial:
    """A polynomial over unknowns, kept so that equal functions of them are equal: monomial -> coefficient."""

    __slots__ = ("terms", "unknowns")

    def __init__(self, terms: Mapping[tuple[int, ...], fmpq], unknowns: dict[Any, int]) -> None:
        self.terms = {monomial: number for monomial, number in terms.items() if number != 0}
        self.unknowns = unknowns
        if len(self.terms) > TERMS or any(len(monomial) > DEGREE for monomial in self.terms):
            raise Outside("a polynomial that is too large")

    @property
    def key(self) -> frozenset[tuple[tuple[int, ...], fmpq]]:
        """What equal polynomials have in common."""
        return frozenset(self.terms.items())

    def unknown(self, key: Any) -> Polynomial:
        """The unknown of this key."""
        return Polynomial({(self.unknowns.setdefault(key, len(self.unknowns)),): ONE}, self.unknowns)

    def __add__(self, other: Polynomial | fmpq | int) -> Polynomial:
        terms = dict(self.terms)
        for monomial, number in self._of(other).terms.items():
            terms[monomial] = terms.get(monomial, fmpq(0)) + number
        return Polynomial(terms, self.unknowns)

    def __mul__(self, other: Polynomial | fmpq | int) -> Polynomial:
        terms: dict[tuple[int, ...], fmpq] = {}
        for monomial, number in self._of(other).terms.items():
            for own, factor in self.terms.items():
                product = tuple(sorted(monomial + own))
                terms[product] = terms.get(product, fmpq(0)) + number * factor
        return Polynomial(terms, self.unknowns)

    def __neg__(self) -> Polynomial:
        return self * -1

    def __sub__(self, other: Polynomial | fmpq | int) -> Polynomial:
        return self + -self._of(other)

    def __rsub__(self, other: fmpq | int) -> Polynomial:
        return -self + other

    def __truediv__(self, other: Polynomial | int) -> Polynomial:
        divisor = self._of(other)
        number = divisor.terms.get((), fmpq(0))
        if len(divisor.terms) == 1 and number != 0:
            return self * (1 / number)
        return self * self.unknown(("reciprocal", divisor.key))

    def __rtruediv__(self, other: int) -> Polynomial:
        return self._of(other) / self

    def __abs__(self) -> Polynomial:
        raise Outside("an absolute value is no polynomial")

    __radd__ = __add__
    __rmul__ = __mul__

    def _of(self, other: Polynomial | fmpq | int) -> Polynomial:
        return other if isinstance(other, Polynomial) else Polynomial({(): fmpq(other)}, self.unknowns)


class Polynomials:
    """The system of polynomials; a gate with any other function in it is an unknown of its own: `Outside`."""

    def constant(self, number: int | Fraction) -> fmpq:
        """A rational."""
        return rational(number)

    def square(self, x: Polynomial) -> Polynomial:
        """x * x."""
        return x * x

    def pow(self, base: Polynomial, exponent: Polynomial) -> Polynomial:
        """A power with a small natural number as exponent."""
        number = exponent.terms.get((), fmpq(0))
        if len(exponent.terms) != 1 or number.q != 1 or not 0 < number <= DEGREE:
            raise Outside("a power that is no polynomial")
        power = base
        for _ in range(int(number.p) - 1):
            power = power * base
        return power

    def __getattr__(self, name: str) -> Any:
        raise Outside(f"{name} is no polynomial")


@dataclass(frozen=True, slots=True)
class Branch:
    """The system that says which slopes a gate has on one side of its guard."""

    sign: int

    def constant(self, number: int | Fraction) -> fmpq:
        """A rational."""
        return rational(number)

    def side(self, guard: Any, below: Any, above: Any) -> Any:
        """The slope on that side."""
        return above if self.sign > 0 else below

    def __getattr__(self, name: str) -> Any:
        raise Outside(f"a slope with {name} in it")
