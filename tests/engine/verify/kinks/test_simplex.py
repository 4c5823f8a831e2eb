"""The exact simplex against brute force over bases, and its certificates against arithmetic."""

from itertools import combinations

import pytest
from flint import fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.verify.kinks.simplex import COLUMNS, ROWS, Constraints, TooLarge, feasible

small = st.integers(-3, 3)
systems = st.integers(1, 3).flatmap(
    lambda rows: st.tuples(
        st.lists(st.lists(small, min_size=rows, max_size=rows), min_size=1, max_size=5),
        st.lists(small, min_size=rows, max_size=rows),
    )
)
System = tuple[list[list[int]], list[int]]


def brute(columns: list[list[int]], right: list[int]) -> bool:
    """A feasible system has a basic point: some linearly independent columns, alone, at levels >= 0."""
    rows = len(right)
    if not any(right):
        return True
    for count in range(1, rows + 1):
        for chosen in combinations(columns, count):
            matrix = fmpq_mat([[fmpq(column[row]) for column in chosen] for row in range(rows)])
            if matrix.rank() == count and _levels_are_right(matrix, right):
                return True
    return False


def _levels_are_right(matrix: fmpq_mat, right: list[int]) -> bool:
    across = matrix.transpose()
    target = fmpq_mat([[fmpq(number)] for number in right])
    levels = (across * matrix).solve(across * target)
    return matrix * levels == target and all(levels[row, 0] >= 0 for row in range(matrix.ncols()))


def sparse(column: list[int]) -> dict[int, fmpq]:
    return {row: fmpq(number) for row, number in enumerate(column) if number}


@settings(max_examples=300, deadline=None)
@given(systems)
def test_the_answer_is_that_of_brute_force_and_carries_its_proof(system: System) -> None:
    columns, right = system
    found = feasible([sparse(column) for column in columns], [fmpq(number) for number in right])
    assert (found.point is not None) == brute(columns, right)
    if found.point is not None:
        assert all(level >= 0 for level in found.point)
        for row, number in enumerate(right):
            total = sum((level * column[row] for level, column in zip(found.point, columns, strict=True)), fmpq(0))
            assert total == number
    else:
        for column in columns:
            assert sum((y * a for y, a in zip(found.multipliers, column, strict=True)), fmpq(0)) <= 0
        assert sum((y * b for y, b in zip(found.multipliers, right, strict=True)), fmpq(0)) > 0


def test_a_system_on_which_a_naive_rule_cycles_ends() -> None:
    rows = [[1, -2, 1], [-1, 2, -1], [2, 1, -3], [1, 1, 1]]
    constraints = Constraints()
    x = [constraints.variable() for _ in range(3)]
    for row in rows[:3]:
        constraints.at_most(dict(zip(x, map(fmpq, row), strict=True)), fmpq(0))
    constraints.equal(dict(zip(x, map(fmpq, rows[3]), strict=True)), fmpq(1))
    assert constraints.solve().point is not None


def test_the_conflict_names_the_rows_that_contradict_each_other() -> None:
    constraints = Constraints()
    x, y = constraints.variable(), constraints.variable()
    low = constraints.at_least({x: fmpq(1)}, fmpq(2))
    constraints.at_most({y: fmpq(1)}, fmpq(7))
    high = constraints.at_most({x: fmpq(1)}, fmpq(1))
    found = constraints.solve()
    assert found.point is None
    assert found.conflict == [low, high]


def test_a_weight_that_is_off_by_one_part_in_a_googol_is_seen() -> None:
    tiny = fmpq(1, 10**100)
    for right, expected in ((fmpq(1), True), (1 + tiny, False)):
        constraints = Constraints()
        x, y = constraints.variable(), constraints.variable()
        constraints.equal({x: fmpq(1), y: fmpq(1)}, fmpq(1))
        constraints.at_least({x: fmpq(1)}, right)
        assert (constraints.solve().point is not None) == expected


def test_no_constraint_at_all_is_obeyed() -> None:
    assert Constraints().solve().point == ()


def test_beyond_its_size_it_says_so() -> None:
    wide = Constraints(variables=COLUMNS + 1)
    tall = Constraints(variables=1)
    for _ in range(ROWS + 1):
        tall.at_most({0: fmpq(1)}, fmpq(1))
    for constraints in (wide, tall):
        with pytest.raises(TooLarge):
            constraints.solve()
