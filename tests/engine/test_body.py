"""Bodies of composites: drawn between shapes, run in any numbers, forward and backward."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import fmpq

from chainrule.engine.body import Board, Wire, applied, body_of, component, composite
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.numbers.rationals import Rationals
from chainrule.engine.numbers.tensors import Tensors, array, flat
from chainrule.engine.ops.arithmetic import add, mul, square
from chainrule.engine.ops.arrangement import slice_
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Pattern
from chainrule.engine.shape import ShapeFault


@composite(pattern=Pattern.SCALER)
def affine_square(g: Board, x: Wire, w: Wire) -> Wire:
    """(w x + 1/3)², with a gate that nothing reads."""
    g(mul, x, x)
    return g(square, g(add, g(mul, w, x), Fraction(1, 3)))


def steps(rule: Any, *shapes: tuple[int, ...]) -> list[str]:
    body = body_of(rule, shapes)
    return [step.rule.name if step.rule else "constant" for step in body.steps[len(shapes) :]]


def test_what_nothing_outside_sees_is_not_in_the_body() -> None:
    assert steps(affine_square, (), ()) == ["mul", "constant", "add", "square"]


def test_a_body_is_drawn_once_for_equal_shapes() -> None:
    assert body_of(affine_square, ((2,), (2,))) is body_of(affine_square, ((2,), (2,)))
    assert body_of(affine_square, ((2,), (2,))) is not body_of(affine_square, ((3,), (3,)))


def test_value_and_gradient_are_the_body_s() -> None:
    x, w = np.array(2.0), np.array(5.0)
    body = body_of(affine_square, ((), ()))
    out = 10 + 1 / 3
    assert body.value(Arrays(), [x, w]) == pytest.approx(out * out, rel=1e-15)
    to_x, to_w = body.pull(Arrays(), np.array(1.0), [x, w])
    assert (float(to_x), float(to_w)) == (pytest.approx(2 * out * 5, rel=1e-15), pytest.approx(2 * out * 2, rel=1e-15))


def test_constants_are_exact_where_numbers_are() -> None:
    system = Tensors(Rationals())
    x, w = (array([fmpq(n)], ()) for n in (2, 5))
    [made] = flat(body_of(affine_square, ((), ())).value(system, [x, w]))
    assert made == fmpq(31, 3) ** 2


def test_a_wire_that_is_read_twice_receives_both_gradients() -> None:
    @composite(pattern=Pattern.SCALER)
    def doubled(g: Board, x: Wire) -> Wire:
        """x * x + x."""
        return g(add, g(mul, x, x), x)

    [received] = body_of(doubled, ((),)).pull(Arrays(), np.array(1.0), [np.array(3.0)])
    assert received == 7


def test_an_operand_that_is_not_read_receives_zeros_of_its_shape() -> None:
    @composite(pattern=Pattern.SCALER)
    def first(g: Board, x: Wire, y: Wire) -> Wire:
        """The square of the first operand."""
        return g(square, x)

    _, received = body_of(first, ((), (2, 3))).pull(Arrays(), np.array(1.0), [np.array(3.0), np.ones((2, 3))])
    assert received.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_a_tuple_has_one_output_a_component_and_a_component_only_what_it_needs() -> None:
    rule, shapes = OPS["lstm_cell"], ((1, 2), (1, 1), (1, 1), (4, 2), (4, 1), (4,), (4,))
    whole = body_of(rule, shapes)
    assert (whole.is_tuple, len(whole.outputs)) == (True, 2)
    memory = body_of(component(rule, 1), shapes)
    assert (memory.is_tuple, len(memory.outputs)) == (False, 1)
    # The new memory needs neither the output gate nor the last tanh.
    assert len(memory.steps) < len(whole.steps)
    assert component(rule, 1) is component(rule, 1)


def test_attributes_that_are_not_given_have_their_defaults() -> None:
    board = Board([(3,)])
    wire = board(slice_, Wire(0, (3,)), starts=(1,), ends=(3,))
    assert wire.shape == (2,)
    assert board.steps[wire.step].rule is not None


def test_what_does_not_fit_inside_is_a_fault_of_the_shapes() -> None:
    with pytest.raises(ShapeFault):
        body_of(OPS["mse_loss"].bound({}), ((2,), (3,)))


def test_an_op_is_applied_entry_by_entry_or_whole() -> None:
    assert applied(Arrays(), OPS["neg"], [np.array([1.0, 2.0])]).tolist() == [-1, -2]
    assert applied(Arrays(), OPS["matmul"], [np.eye(2), np.ones((2, 1))]).tolist() == [[1], [1]]
