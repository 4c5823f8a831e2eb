"""Intervals of one number go a shorter way, and come to what all intervals come to."""

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from chainrule.engine.numbers.intervals import Interval, Intervals, point

rationals = st.fractions(max_denominator=10**6).map(lambda number: fmpq(number.numerator, number.denominator))


def wide(number: fmpq) -> Interval:
    """The same interval with ends that are equal, and not one object."""
    return Interval(number, number + fmpq(0))


@pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul])
@given(a=rationals, b=rationals, c=rationals)
def test_a_point_combines_with_anything_as_every_interval_does(
    op: Callable[[Any, Any], Interval], a: fmpq, b: fmpq, c: fmpq
) -> None:
    other = Interval(min(b, c), max(b, c))
    assert op(point(a), other) == op(wide(a), other)
    assert op(other, point(a)) == op(other, wide(a))
    assert op(point(a), point(b)) == op(wide(a), wide(b))


@given(rationals)
def test_a_point_has_the_size_the_sign_and_the_square_of_its_number(a: fmpq) -> None:
    assert point(a).size == wide(a).size == abs(a)
    assert (-point(a), abs(point(a))) == (-wide(a), abs(wide(a)))
    assert Intervals().square(point(a)) == Intervals().square(wide(a)) == point(a * a)
    if a != 0:
        assert 1 / point(a) == 1 / wide(a) == point(1 / a)


def test_a_point_that_outgrows_the_widest_number_becomes_an_interval_around_it() -> None:
    large = Fraction(10**700 + 1, 3**1400)
    number = fmpq(large.numerator, large.denominator)
    product = point(number) * point(number)
    assert product.low < number * number < product.high
    assert product == wide(number) * wide(number)
