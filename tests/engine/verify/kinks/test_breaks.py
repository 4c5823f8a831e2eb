"""Where ops jump, or nothing stands for a derivative: no number is called a derivative there, none accepted for one."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.rule import Error, Pattern, Rule, Spot, elementwise

from ..documents import claim, document, verdicts
from ..in_place import put_in_place


@elementwise(pattern=Pattern.SCALER, error=Error(value=0, product=0))
def step(xp: Any, x: Any) -> Any:
    """-1, 0 or 1, with the sign of x."""
    return xp.sign(x)


@step.gradient
def step_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.constant(0)


@step.jump
def step_jump(xp: Any, x: Any) -> Any:
    return x


@elementwise(pattern=Pattern.SCALER)
def both_zero(xp: Any, a: Any, b: Any) -> Any:
    """The sum of a and b, said to have no derivative at (0, 0), as atan2 has none."""
    return a + b


@both_zero.gradient
def both_zero_gradient(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return xp.constant(1), xp.constant(1)


@both_zero.undefined
def both_zero_undefined(a: Spot, b: Spot) -> tuple[bool, bool]:
    origin = a.sign == 0 == b.sign
    return origin, origin


@pytest.fixture
def in_place_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Rule], None]:
    """Runs another rule under the name of a published op."""

    return partial(put_in_place, monkeypatch)


def reasons(graph: Any, wire: str = "x") -> list[str]:
    return claim(cr.verify(graph, detail="all"), wire)["reasons"]


def both(expression: str, claims: dict[str, Any], wire: str = "x", **values: Any) -> tuple[str, str]:
    stated = {f"{name}.grad": number for name, number in claims.items()}
    return verdicts(cr.verify(document(expression, stated, **values), detail="all"), wire)


def test_a_jump_followed_by_convention_is_no_derivative(in_place_of: Callable[[str, Rule], None]) -> None:
    in_place_of("sin", step)
    graph = document("3 * sin(x)", {"x.grad": 0}, x=0)
    assert both("3 * sin(x)", {"x": 0}, x=0) == ("consistent", "undecided")
    assert reasons(graph) == ["convention-only", "no-derivative"]


def test_no_convention_yields_another_slope_at_a_jump(in_place_of: Callable[[str, Rule], None]) -> None:
    in_place_of("sin", step)
    graph = document("sin(x)", {"x.grad": 1}, x=0)
    assert both("sin(x)", {"x": 1}, x=0) == ("refuted", "undecided")
    assert "kink-inadmissible" in reasons(graph)
    assert both("sin(x)", {"x": "NaN"}, x=0) == ("refuted", "refuted")


def test_beside_a_jump_the_derivative_is_one(in_place_of: Callable[[str, Rule], None]) -> None:
    in_place_of("sin", step)
    assert both("sin(x) * y", {"x": 0}, x=1e-300, y=2) == ("proved", "proved")
    assert both("sin(x) * y", {"x": 1}, x=1e-300, y=2) == ("refuted", "refuted")


def test_a_jump_elsewhere_leaves_the_other_branches_alone(in_place_of: Callable[[str, Rule], None]) -> None:
    in_place_of("sin", step)
    assert both("sin(x) + square(y)", {"x": 0, "y": 4}, wire="y", x=0, y=2) == ("proved", "proved")


def test_a_jump_hides_whether_a_product_is_continuous(in_place_of: Callable[[str, Rule], None]) -> None:
    """x sign(x) is abs(x): what no convention yields is wrong by its equation, and may still be a subgradient."""
    in_place_of("sin", step)
    assert both("x * sin(x)", {"x": 1}, x=0) == ("refuted", "undecided")
    assert both("x * sin(x)", {"x": 0}, x=0) == ("consistent", "undecided")


def test_a_jump_below_a_tie_keeps_the_clarke_set_out(in_place_of: Callable[[str, Rule], None]) -> None:
    in_place_of("sin", step)
    assert both("relu(sin(x)) - relu(-sin(x))", {"x": 0}, x=0) == ("consistent", "undecided")


def test_a_jump_in_one_entry_is_told_of_that_entry(in_place_of: Callable[[str, Rule], None]) -> None:
    in_place_of("sin", step)
    graph = cr.parse("sin(x)", x=[1.0, 0.0])
    rows: list[Any] = [dict(row) for row in graph.nodes]
    rows[0]["grad"] = [0, 0]
    stated = type(graph).build(nodes=rows, outputs=[{"node": graph.outputs[0]["node"], "seed": [1, 1]}])
    row = claim(cr.verify(stated, detail="all"), "x")
    assert row["counts"]["global"] == {"proved": 1, "undecided": 1}


def test_a_stated_gradient_between_ends_the_local_doubt(in_place_of: Callable[[str, Rule], None]) -> None:
    in_place_of("sin", step)
    graph = cr.parse("sin(2 * x)", x=0)
    [inner] = [row["id"] for row in graph.nodes if row["op"] == "mul"]
    stated = document("sin(2 * x)", {"x.grad": 0, f"{inner}.grad": 0}, x=0)
    report = cr.verify(stated, detail="all")
    assert verdicts(report, "x") == ("proved", "undecided")
    assert verdicts(report, inner) == ("consistent", "undecided")


@pytest.mark.parametrize("number", [0, 1, 0.5, "NaN", "Infinity", "0.00"])
def test_where_nothing_stands_for_a_derivative_no_number_is_judged(
    in_place_of: Callable[[str, Rule], None], number: Any
) -> None:
    in_place_of("mul", both_zero)
    assert both("x * y", {"x": number}, x=0, y=0) == ("undecided", "undecided")
    assert reasons(document("x * y", {"x.grad": number}, x=0, y=0)) == ["no-derivative"]
    assert both("x * y", {"x": 1}, x=0, y=1) == ("proved", "proved")


@pytest.mark.parametrize(
    ("base", "exponent", "slope", "said"),
    [
        (0, 0, 0, "undecided"),
        (0, 2, 0, "proved"),
        (0, 2, 1, "refuted"),
        (0, 1.5, 0, "proved"),
        (-2, 2, 2.77, "undecided"),
        (2, 2, 2.772588722239781, "proved"),
    ],
)
def test_a_power_has_a_slope_by_its_exponent_where_its_base_allows(
    base: float, exponent: float, slope: float, said: str
) -> None:
    assert both("x ** y", {"y": slope}, wire="y", x=base, y=exponent)[1] == said


@pytest.mark.parametrize("system", ["scalar", "tensor"])
def test_a_power_of_0_by_its_exponent_is_flat_in_every_pass(system: str) -> None:
    zero, two = (0.0, 2.0) if system == "scalar" else ([0.0, 3.0], [2.0, 1.0])
    graph = cr.parse("x ** y", x=zero, y=two)
    if system == "tensor":
        graph = type(graph).build(nodes=graph.nodes, outputs=[{"node": graph.outputs[0]["node"], "seed": [1, 1]}])
    assert np.ravel(cr.backward(graph).grads["y"])[0] == 0


def test_a_constant_exponent_of_0_makes_a_constant() -> None:
    assert both("x ** 0", {"x": 0}, x=0) == ("proved", "proved")
    assert both("x ** 0", {"x": 1}, x=0) == ("refuted", "refuted")


def test_the_base_of_a_power_has_a_slope_where_its_exponent_has_none() -> None:
    assert both("x ** y", {"x": -4}, x=-2, y=2) == ("proved", "proved")
