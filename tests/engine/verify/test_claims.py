"""Claims: the set of reals that a machine number stands for."""

import math
import sys
from fractions import Fraction

from flint import fmpq
from hypothesis import example, given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.plan import plan
from chainrule.engine.verify.claims import around, claims_of


def midpoint(a: float, b: float) -> fmpq:
    middle = (Fraction(a) + Fraction(b)) / 2
    return fmpq(middle.numerator, middle.denominator)


@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: abs(number) < sys.float_info.max))
@example(0.0)
@example(-0.0)
@example(1.0)
@example(2.0**-1074)
@example(-(2.0**1023))
def test_a_double_claims_all_reals_up_to_the_midpoints_with_its_neighbours(number: float) -> None:
    low, high = around(number)
    assert low == midpoint(math.nextafter(number, -math.inf), number)
    assert high == midpoint(number, math.nextafter(number, math.inf))


def test_claims_come_in_the_order_of_the_nodes_and_of_their_fields() -> None:
    graph = cr.annotate(cr.parse("f = x*y", x=2, y=3))
    rows = [dict(node) for node in graph.nodes]
    rows[-1]["downstream"] = [None, rows[-1]["downstream"][1]]
    made = plan(graph.with_nodes(rows))
    product = next(i for i, rule in enumerate(made.rules) if rule is not None)
    found = [(claim.field, claim.port) for claim in claims_of(made) if claim.node == product]
    assert found[:4] == [("value", None), ("grad", None), ("local", 0), ("local", 1)]
    assert found[4:] == [("downstream", 1)]
