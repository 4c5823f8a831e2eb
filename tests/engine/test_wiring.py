"""Rules run on wires: every operation draws a gate, and the gates compute what the rule does."""

from fractions import Fraction

import numpy as np
import pytest

from chainrule.engine.numbers.protocol import Outside
from chainrule.engine.numbers.tensors import array, flat
from chainrule.engine.registry import OPS
from chainrule.engine.wiring import Part, WireTensors, Wiring, is_double


def leaves(wiring: Wiring, *numbers: float) -> list[Part]:
    made: list[Part] = []
    for k, number in enumerate(numbers):
        place = wiring.wire({"id": f"x{k}", "op": "input", "value": number}, None, (), "float64")
        made.append(Part(place, wiring))
    return made


def drawn(wiring: Wiring) -> list[str]:
    return [rule.name for rule in wiring.rules if rule is not None]


def test_arithmetic_on_parts_draws_gates() -> None:
    wiring = Wiring(100)
    a, b = leaves(wiring, 3, 4)
    found = -(a * b) + 1 / a - b
    assert drawn(wiring) == ["mul", "neg", "div", "add", "sub"]
    assert wiring.number(found.place) == -12 + 1 / 3 - 4


def test_functions_of_the_system_are_gates_of_that_name() -> None:
    wiring = Wiring(100)
    [a] = leaves(wiring, 0.5)
    wiring.exp(wiring.tanh(a))
    assert drawn(wiring) == ["tanh", "exp"]
    assert len(wiring.inner) == 2


def test_equal_constants_are_one_wire() -> None:
    wiring = Wiring(100)
    assert wiring.constant(Fraction(1, 3)) is wiring.constant(Fraction(1, 3))
    assert wiring.rows[0] == {"id": "0", "op": "const", "value": "1/3"}
    wiring.dtype = "float32"
    assert wiring.constant(Fraction(1, 3)) is not wiring.part(1)
    assert wiring.dtypes[1] == "float32"


def test_a_constant_that_no_fraction_of_the_format_says_is_a_double_or_a_quotient() -> None:
    wiring = Wiring(100)
    wiring.constant(Fraction(2) ** 80)
    assert wiring.rows[-1].get("value") == 2.0**80
    wiring.constant(Fraction(2**80, 3**30))
    assert drawn(wiring) == ["div"]
    with pytest.raises(Outside, match="no constant that a document can state"):
        wiring.constant(Fraction(3**80, 7))


def test_doubles_are_told_from_other_rationals() -> None:
    assert is_double(Fraction(1, 2**30))
    assert not is_double(Fraction(1, 3))
    assert not is_double(Fraction(10) ** 400)


def test_more_gates_than_were_allowed_are_refused() -> None:
    wiring = Wiring(3)
    a, b = leaves(wiring, 1, 2)
    c = a + b
    with pytest.raises(Outside, match="more than 3 parts"):
        c + a


def test_minus_infinity_hides_what_it_is_added_to_and_loses_every_comparison() -> None:
    wiring = Wiring(100)
    [a] = leaves(wiring, 1)
    hidden = wiring.constant(-np.inf)
    assert a + hidden is hidden
    assert hidden - a is hidden
    assert wiring.maximum(a, hidden) is a
    assert wiring.exp(hidden) is wiring.constant(Fraction(0))
    with pytest.raises(Outside, match="mul of minus infinity"):
        a * hidden


def test_an_elementwise_op_is_one_gate_an_entry_whatever_its_rule_computes() -> None:
    wiring = Wiring(100)
    x = array(leaves(wiring, 1, 2, 3), (3,))
    made = WireTensors(wiring).run(OPS["gelu"].bound({}), [x])
    assert drawn(wiring) == ["gelu"] * 3
    assert made.shape == (3,)


def test_a_matrix_product_is_its_products_and_sums() -> None:
    wiring = Wiring(100)
    a, b = array(leaves(wiring, 1, 2), (1, 2)), array(leaves(wiring, 3, 4), (2, 1))
    [made] = flat(OPS["matmul"].forward(WireTensors(wiring), a, b))
    assert sorted(drawn(wiring)) == ["add", "mul", "mul"]
    assert wiring.number(made.place) == 11


def test_the_largest_over_an_axis_is_one_maximum_after_the_other() -> None:
    wiring = Wiring(100)
    x = array(leaves(wiring, 1, 5, 2), (3,))
    [made] = flat(OPS["reduce_max"].bound({}).forward(WireTensors(wiring), x))
    assert drawn(wiring) == ["maximum", "maximum"]
    assert wiring.number(made.place) == 5


def test_a_name_of_no_op_is_no_function_of_the_system() -> None:
    assert getattr(Wiring(10), "fuses", False) is False
