"""The size is right and the sign is not."""

from typing import Any

from .declaration import At, misconception


@misconception("sign")
def sign_slip(xp: Any, at: At) -> Any:
    """A minus sign was lost, or one too many was written.

    Why it is wrong: the sign says in which direction the objective moves.
    In the numbers: the claim is minus what the gate sends.
    Example: -1 · 0.53 written as 0.53.
    Instead: count the minus signs of the factors; an odd number gives a minus.
    """
    return -(at.local * at.up)


@misconception("sign", gates=("sub",), ports=(1,))
def sub_sign_lost(xp: Any, at: At) -> Any:
    """The subtrahend received the gradient without its minus.

    Why it is wrong: when b grows, a - b falls.
    In the numbers: the claim is g where it should be -g.
    Example: d = a - b with upstream 2; writing 2 for b.
    Instead: the second operand of a subtraction gets -g.
    """
    return at.up


@misconception("sign", gates=("div",), ports=(1,))
def div_den_sign(xp: Any, at: At) -> Any:
    """The minus of the denominator's slope is missing.

    Why it is wrong: when b grows, a / b shrinks.
    In the numbers: the claim is +a/b² times g.
    Example: 6 / 2 with upstream 1; writing 1.5 for the denominator.
    Instead: d(a/b)/db = -a/b².
    """
    return at.other / xp.square(at.own) * at.up


@misconception("sign", gates=("reciprocal",))
def reciprocal_sign_dropped(xp: Any, at: At) -> Any:
    """The minus of the reciprocal's slope is missing.

    Why it is wrong: 1/a falls where a grows.
    In the numbers: the claim is g/a².
    Example: 1/1.37 with upstream 1; writing 0.53.
    Instead: d(1/a)/da = -1/a².
    """
    return at.up / xp.square(at.own)


@misconception("sign", gates=("sin", "cos"))
def trig_sign(xp: Any, at: At) -> Any:
    """The sign of the slope of sine or cosine is turned round.

    Why it is wrong: the slope of sin is cos and that of cos is -sin.
    In the numbers: the claim is minus the right one.
    Example: cos at a = 1 with upstream 1; writing 0.84.
    Instead: d sin a = cos a, d cos a = -sin a.
    """
    return -(at.local * at.up)
