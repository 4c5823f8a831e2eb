"""FPBench's expressions over their boxes: enclosures hold the truth, and so do the bars of finite differences."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from flint import fmpq

from chainrule.engine.numbers.intervals import Interval
from chainrule.engine.plan import plan, seed_numbers
from chainrule.engine.verify.differences.estimates import differences, leaf_points
from chainrule.engine.verify.equations import from_inputs
from chainrule.schema import Graph

from .fpbench import Core, cores
from .truth import DIGITS, gradient, rational, value

CORES = pytest.mark.parametrize("core", cores(), ids=[f"{core.suite}: {core.name}" for core in cores()])

#: The truth is known to so many digits; an enclosure that is a point holds it if it lies that close.
KNOWN = Fraction(1, 10**50)

#: Precision of the enclosures in bits.
BITS = 128

FEW, MANY = 20, 1000


@CORES
def test_enclosures_and_bars_hold_the_truth_at_a_few_points(core: Core) -> None:
    outside, missed, bars = held(core, FEW)
    assert outside == []
    assert missed <= max(1, bars // 1000)


@pytest.mark.slow
@CORES
def test_enclosures_and_bars_hold_the_truth_at_a_thousand_points(core: Core) -> None:
    outside, missed, bars = held(core, MANY)
    assert outside == []
    assert missed <= bars / 1000


def held(core: Core, points: int) -> tuple[list[str], int, int]:
    """Enclosures that do not hold the truth, the number of bars that do not, and of all bars."""
    outside: list[str] = []
    missed = bars = 0
    for graph in core.graphs(points):
        truth = {leaf: gradient(graph, leaf) for leaf in core.box}
        outside.extend(_outside(graph, truth))
        for covers in _bars(graph, truth):
            bars += 1
            missed += not covers
    return outside, missed, bars


def _outside(graph: Graph, truth: dict[str, Any]) -> Iterator[str]:
    made = plan(graph)
    equations = from_inputs(made, BITS)
    with mpmath.workdps(DIGITS):
        wanted = [("value", made.outputs[0], value(graph))]
    wanted += [("grad", made.ids.index(leaf), derivative) for leaf, derivative in truth.items()]
    for field, wire, number in wanted:
        known = (equations.values if field == "value" else equations.gradients).of(wire)[0]
        assert known is not None
        if not _holds(known.exact, rational(number)):
            yield f"{field} of {made.ids[wire]}: {known.exact} does not hold {number}"


def _holds(enclosure: Interval, number: Fraction) -> bool:
    slack = abs(number) * KNOWN
    low, high = (fmpq(end.numerator, end.denominator) for end in (number - slack, number + slack))
    return enclosure.low <= high and low <= enclosure.high


def _bars(graph: Graph, truth: dict[str, Any]) -> Iterator[bool]:
    made = plan(graph)
    for seen in differences(made, leaf_points(made), seed_numbers(made)):
        yield seen.because is not None or abs(seen.value - float(truth[made.ids[seen.leaf]])) <= seen.bar
