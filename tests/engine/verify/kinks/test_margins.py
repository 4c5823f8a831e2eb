"""How far an input may move until a gate meets its kink."""

import math

import numpy as np

import chainrule as cr
from chainrule.engine.plan import leaf_numbers, plan
from chainrule.engine.verify.kinks.margins import Margin, margins


def along(expression: str, **values: float) -> list[Margin | None]:
    """The margin along each leaf, in the order of the nodes."""
    made = plan(cr.parse(expression, values))
    leaves = [i for i, rule in enumerate(made.rules) if rule is None and made.trained[i]]
    return margins(made, leaf_numbers(made), [{i: 1.0} for i in leaves])


def test_the_margin_is_in_units_of_the_input_along_each_direction() -> None:
    x, y = along("relu(2*x - 6) + abs(y)", x=1, y=-5)
    assert x is not None
    assert y is not None
    assert (x.distance, y.distance) == (2.0, 5.0)


def test_the_margin_follows_a_curve_to_the_kink() -> None:
    [found] = along("relu(square(x) - 2)", x=1)
    assert found is not None
    assert math.isclose(found.distance, math.sqrt(2) - 1, rel_tol=1e-12)


def test_the_margin_is_0_at_a_tie_and_none_where_no_guard_moves() -> None:
    assert along("relu(x)", x=0) == [Margin(1, 0.0)]
    assert along("relu(x) * y", x=1, y=2)[1] is None
    assert along("x * y", x=1, y=2) == [None, None]


def test_the_margin_of_a_tensor_is_that_of_its_nearest_entry() -> None:
    made = plan(cr.parse("relu(x)", x=[3.0, -0.5, 2.0]))
    [found] = margins(made, leaf_numbers(made), [{0: np.ones(3)}])
    assert found == Margin(1, 0.5)
