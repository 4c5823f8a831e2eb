"""A switch was thrown the wrong way: maximum, minimum, relu, abs."""

from typing import Any

from .declaration import At, misconception


def _loses(xp: Any, at: At) -> Any:
    """1 if the operand is the smaller one, else 0."""
    return xp.side(at.own - at.other, 1, 0)


@misconception("route", gates=("maximum",))
def max_to_loser(xp: Any, at: At) -> Any:
    """The gradient went to the smaller operand.

    Why it is wrong: the output does not move when the smaller operand does.
    In the numbers: the smaller operand has g, the larger one 0.
    Example: max(5, 2) with upstream 2; writing 2 for the operand 2.
    Instead: a max gate is a router: the larger operand gets all of it.
    """
    return _loses(xp, at) * at.up


@misconception("route", gates=("minimum",))
def min_to_loser(xp: Any, at: At) -> Any:
    """The gradient went to the larger operand.

    Why it is wrong: the output does not move when the larger operand does.
    In the numbers: the larger operand has g, the smaller one 0.
    Example: min(5, 2) with upstream 2; writing 2 for the operand 5.
    Instead: a min gate routes the gradient to the smaller operand.
    """
    return (1 - _loses(xp, at)) * at.up


@misconception("route", gates=("maximum", "minimum"))
def max_split(xp: Any, at: At) -> Any:
    """The gradient was split between the operands.

    Why it is wrong: only one operand moves the output.
    In the numbers: the claim is g/2.
    Example: max(5, 2) with upstream 2; writing 1 for both.
    Instead: the operand that won gets all, the other one nothing.
    """
    return at.up / xp.constant(2)


@misconception("route", gates=("maximum", "minimum"))
def max_both(xp: Any, at: At) -> Any:
    """Both operands received the gradient.

    Why it is wrong: that is what an add gate does; a router has one winner.
    In the numbers: the claim is g at the operand that lost.
    Example: max(5, 2) with upstream 2; writing 2 for both.
    Instead: the operand that lost gets 0.
    """
    return at.up


@misconception("route", gates=("relu",))
def relu_pass_through(xp: Any, at: At) -> Any:
    """The gradient passed a closed relu.

    Why it is wrong: for a negative input the output is 0 and stays 0.
    In the numbers: the claim is g where the input is negative.
    Example: relu(-2) with upstream 3; writing 3.
    Instead: a closed gate lets nothing through: 0.
    """
    return at.up


@misconception("route", gates=("relu",))
def relu_value_gate(xp: Any, at: At) -> Any:
    """The gradient was multiplied by the output of the relu.

    Why it is wrong: an open relu has slope 1; it switches and does not scale.
    In the numbers: the claim is out · g.
    Example: relu(5) with upstream 3; writing 15.
    Instead: an open gate passes the gradient unchanged: 3.
    """
    return at.out * at.up


@misconception("route", gates=("relu",))
def relu_gates_on_upstream(xp: Any, at: At) -> Any:
    """The sign of the gradient decided whether the relu is open.

    Why it is wrong: the sign of the input decides; gradients may be negative.
    In the numbers: the claim is max(g, 0).
    Example: relu(5) with upstream -3; writing 0.
    Instead: look at the input: it is positive, so -3 passes.
    """
    return xp.maximum(at.up, xp.constant(0))


@misconception("route", gates=("abs",))
def abs_sign_lost(xp: Any, at: At) -> Any:
    """The slope of abs was taken as 1 on both sides.

    Why it is wrong: left of 0 the size falls when the number grows.
    In the numbers: the claim is g where the input is negative.
    Example: |-2| with upstream 3; writing 3.
    Instead: the slope is -1 there: -3.
    """
    return at.up
