"""Exact feasibility of linear constraints: phase 1 of the simplex method over rationals (verification.md 8.4).

Proves what it says and assumes nothing but FLINT's rationals: a feasible system comes with a point, an infeasible one
with multipliers that show the contradiction (Farkas). Bland's rule keeps it from cycling; the inverse of the basis is
kept and columns are priced as they stand, so that many columns over few rows are cheap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flint import fmpq

#: Rows and variables of the largest system that is solved.
ROWS, COLUMNS = 64, 4096

#: A linear expression: variable -> coefficient. Also a column: row -> coefficient.
Linear = Mapping[int, fmpq]

ZERO, ONE = fmpq(0), fmpq(1)


class TooLarge(ArithmeticError):
    """The system has more rows or variables than are solved exactly."""


class Solution(NamedTuple):
    """A point that obeys every constraint, or None; then the constraints with a multiplier contradict each other."""

    point: tuple[fmpq, ...] | None
    multipliers: tuple[fmpq, ...]

    @property
    def conflict(self) -> list[int]:
        """The constraints that contradict each other; none if there is a point."""
        return [row for row, multiplier in enumerate(self.multipliers) if multiplier != 0]


@dataclass
class Constraints:
    """Linear constraints over variables that are all at least 0; rows are numbered in the order they were added."""

    variables: int = 0
    _rows: list[tuple[Linear, int, fmpq]] = field(default_factory=list[tuple[Linear, int, fmpq]])

    def variable(self) -> int:
        """A new variable."""
        self.variables += 1
        return self.variables - 1

    def at_most(self, expression: Linear, right: fmpq) -> int:
        """expression <= right; the number of the row."""
        return self._add(expression, 1, right)

    def at_least(self, expression: Linear, right: fmpq) -> int:
        """expression >= right; the number of the row."""
        return self._add(expression, -1, right)

    def equal(self, expression: Linear, right: fmpq) -> int:
        """expression = right; the number of the row."""
        return self._add(expression, 0, right)

    def solve(self) -> Solution:
        """A point, or a contradiction; TooLarge beyond `ROWS` or `COLUMNS`."""
        if len(self._rows) > ROWS or self.variables > COLUMNS:
            raise TooLarge(f"{len(self._rows)} rows, {self.variables} variables")
        columns: list[dict[int, fmpq]] = [{} for _ in range(self.variables)]
        for row, (expression, slack, _) in enumerate(self._rows):
            for variable, coefficient in expression.items():
                if coefficient != 0:
                    columns[variable][row] = coefficient
            if slack:
                columns.append({row: fmpq(slack)})
        found = feasible(columns, [right for _, _, right in self._rows])
        return found if found.point is None else Solution(found.point[: self.variables], ())

    def _add(self, expression: Linear, slack: int, right: fmpq) -> int:
        self._rows.append((expression, slack, right))
        return len(self._rows) - 1


def feasible(columns: Sequence[Linear], right: Sequence[fmpq]) -> Solution:
    """A point x >= 0 with sum of x_j column_j = right, or multipliers y: y . column_j <= 0 for all j, y . right > 0."""
    signs = [-1 if number < 0 else 1 for number in right]
    turned = [{row: signs[row] * number for row, number in column.items()} for column in columns]
    tableau = _Basis(turned, [sign * number for sign, number in zip(signs, right, strict=True)])
    prices = tableau.run()
    if prices is None:
        return Solution(tableau.point(), ())
    return Solution(None, tuple(sign * price for sign, price in zip(signs, prices, strict=True)))


class _Basis:
    """The current basis: which column stands in each row (artificial ones from `len(columns)` on), and its inverse."""

    def __init__(self, columns: Sequence[Linear], right: Sequence[fmpq]) -> None:
        rows = range(len(right))
        self.columns, self.levels = columns, list(right)
        self.basis = [len(columns) + row for row in rows]
        self.inverse = [[ONE if row == other else ZERO for other in rows] for row in rows]

    def run(self) -> list[fmpq] | None:
        """Pivot until no artificial level is left (None), or none can be lowered (the prices that show it)."""
        while any(self.levels[row] != 0 for row in self._artificial()):
            prices = self._prices()
            entering = self._entering(prices)
            if entering is None:
                return prices
            self._pivot(entering)
        return None

    def point(self) -> tuple[fmpq, ...]:
        """The levels of all columns."""
        found = [ZERO] * len(self.columns)
        for column, level in zip(self.basis, self.levels, strict=True):
            if column < len(found):
                found[column] = level
        return tuple(found)

    def _artificial(self) -> list[int]:
        return [row for row, column in enumerate(self.basis) if column >= len(self.columns)]

    def _prices(self) -> list[fmpq]:
        prices = [ZERO] * len(self.basis)
        for row in self._artificial():
            prices = [price + number for price, number in zip(prices, self.inverse[row], strict=True)]
        return prices

    def _entering(self, prices: Sequence[fmpq]) -> int | None:
        """Bland's rule: the first column that lowers what is left of the artificial ones."""
        for j, column in enumerate(self.columns):
            if sum((prices[row] * number for row, number in column.items()), ZERO) > 0:
                return j
        return None

    def _pivot(self, entering: int) -> None:
        column = self.columns[entering].items()
        change = [sum((line[row] * number for row, number in column), ZERO) for line in self.inverse]
        ratios = [
            (self.levels[row] / step, self.basis[row], row) for row, step in enumerate(change) if step > 0
        ]  # never empty: what is left of the artificial levels cannot fall without end
        level, _, leaving = min(ratios)
        scaled = [number / change[leaving] for number in self.inverse[leaving]]
        for row, step in enumerate(change):
            if row != leaving and step != 0:
                line = self.inverse[row]
                self.inverse[row] = [number - step * own for number, own in zip(line, scaled, strict=True)]
                self.levels[row] -= step * level
        self.inverse[leaving], self.levels[leaving], self.basis[leaving] = scaled, level, entering
