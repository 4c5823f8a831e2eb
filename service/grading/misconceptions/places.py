"""The right formula with the wrong number in it: output for input, or input for output."""

from typing import Any

from .declaration import At, misconception


@misconception("place", gates=("reciprocal", "div", "square", "pow", "log", "sqrt"))
def out_for_in(xp: Any, at: At) -> Any:
    """The output was put into the local gradient where the input belongs.

    Why it is wrong: the slope of this gate is taken at its input.
    In the numbers: -1/out², -a/out², 2·out, n·outⁿ⁻¹, 1/out times g.
    Example: f = 1/1.0498 = 0.953; writing -1/0.953² = -1.101.
    Instead: -1/1.0498² = -0.907.
    """
    slope = _slope_at_output(xp, at)
    return [] if slope is None else slope * at.up


def _slope_at_output(xp: Any, at: At) -> Any:
    match at.op, at.port:
        case "reciprocal", _:
            return -(1 / xp.square(at.out))
        case "div", 1:
            return -(at.other / xp.square(at.out))
        case "square", _:
            return 2 * at.out
        case "pow", 0:
            return at.other * xp.pow(at.out, at.other - 1)
        case "sqrt", _:
            return 1 / (2 * xp.sqrt(at.out))
        case "log", _:
            return 1 / at.out
        case _:
            return None


@misconception("place", gates=("sigmoid",))
def sigmoid_at_input(xp: Any, at: At) -> Any:
    """(1 - s)·s was computed with the input in place of s.

    Why it is wrong: s is what the gate puts out.
    In the numbers: the claim is a(1 - a)·g.
    Example: input 1, output 0.73; writing 0.
    Instead: (1 - 0.73)·0.73 = 0.20.
    """
    return (1 - at.own) * at.own * at.up


@misconception("place", gates=("tanh",))
def tanh_at_input(xp: Any, at: At) -> Any:
    """1 - t² was computed with the input in place of t.

    Why it is wrong: t is what the gate puts out.
    In the numbers: the claim is (1 - a²)·g.
    Example: input 0.88, output 0.71; writing 0.23.
    Instead: 1 - 0.71² = 0.50.
    """
    return (1 - xp.square(at.own)) * at.up
