"""The picture of the error by step, as text and as SVG."""

import json
import math
from dataclasses import replace
from xml.etree import ElementTree

import pytest

import chainrule as cr
from chainrule.engine.plan import plan
from chainrule.engine.verify.differences.error_curve import ErrorCurve, error_curve
from chainrule.service.render.error_plot import error_plot


def curve(expression: str, x: float, claim: float, name: str = "x") -> ErrorCurve:
    made = plan(cr.parse(expression, {name: x}))
    return error_curve(made, made.ids.index(name), 0, claim)


def test_a_right_claim_is_a_v_of_stars() -> None:
    lines = error_plot(curve("f = x * x * x", 2.0, 12.0)).splitlines()
    area = [line[8:] for line in lines if "│" in line[:8] or "┤" in line[:8]]
    columns = {column: row for row, line in enumerate(area) for column, sign in enumerate(line) if sign in "*#"}
    heights = [columns[column] for column in sorted(columns)]
    lowest = heights.index(max(heights))
    assert 0 < lowest < len(heights) - 1
    assert "order 2.0" in lines[-1]
    assert all(len(line) <= 120 for line in lines)


def test_a_wrong_claim_is_said_to_fall_with_order_one() -> None:
    assert "a right one: 2" in error_plot(curve("f = x * x * x", 2.0, 12.1))


def test_a_kink_is_drawn_and_named() -> None:
    text = error_plot(curve("f = relu(x - 1) * x", 1.001, 1.002))
    assert "crosses a kink" in text
    assert "|" in text.splitlines()[5]


def test_where_differences_cannot_tell_the_plot_says_why() -> None:
    assert "differences cannot tell" in error_plot(curve("f = relu(x)", 0.0, 0.0))


def test_a_linear_function_is_exact_within_noise() -> None:
    assert "exact within noise" in error_plot(curve("f = 3 * x", 2.0, 3.0))


def test_the_svg_is_well_formed_and_self_contained() -> None:
    drawn = error_plot(curve("f = relu(x - 1) * x", 1.001, 1.002), format="svg")
    root = ElementTree.fromstring(drawn)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "rect", "path", "text", "circle", "polyline"}
    assert "href" not in drawn


def test_a_wire_s_name_is_escaped() -> None:
    named = replace(curve("f = x * x", 2.0, 4.0), wire="<w&>")
    assert "&lt;w&amp;&gt;" in error_plot(named, format="svg")


@pytest.mark.parametrize(
    ("expression", "x", "claim"),
    [
        ("f = log(x)", -1.0, 1.0),
        ("f = x * x", 1e-320, 0.0),
        ("f = x * x", 2.0, math.inf),
        ("f = exp(x)", 1e3, math.nan),
    ],
)
def test_numbers_that_cannot_be_drawn_are_left_out(expression: str, x: float, claim: float) -> None:
    found = curve(expression, x, claim)
    assert "step h" in error_plot(found)
    ElementTree.fromstring(error_plot(found, format="svg"))
    json.dumps(found.written(), allow_nan=False)
