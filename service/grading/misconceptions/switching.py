"""The operands of a product or quotient changed places."""

from typing import Any

from .declaration import At, misconception


@misconception("switch", gates=("mul",))
def mul_not_switched(xp: Any, at: At) -> Any:
    """The operand itself was multiplied with the upstream gradient.

    Why it is wrong: how far x·y moves when x does is told by y.
    In the numbers: the claim is own operand times g.
    Example: x = 3, y = -4, upstream 1; writing 3 for x.
    Instead: a multiply gate switches its operands: x gets -4.
    """
    return at.own * at.up


@misconception("switch", gates=("mul",))
def mul_both(xp: Any, at: At) -> Any:
    """Both operands were multiplied with the upstream gradient.

    Why it is wrong: the operand whose gradient is asked for is not a factor of it.
    In the numbers: the claim is x·y·g.
    Example: x = 3, y = -4, upstream 1; writing -12 for x.
    Instead: only the other operand counts: -4.
    """
    return at.own * at.other * at.up


@misconception("switch", gates=("div",), ports=(0,))
def div_swapped(xp: Any, at: At) -> Any:
    """The numerator was treated as the denominator.

    Why it is wrong: a/b is a straight line in a, with slope 1/b.
    In the numbers: the claim is -b/a² times g.
    Example: 6 / 2 with upstream 1; writing -0.06 for the numerator.
    Instead: the numerator gets g/b = 0.5.
    """
    return -(at.other / xp.square(at.own)) * at.up
