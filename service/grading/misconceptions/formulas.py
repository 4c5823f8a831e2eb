"""A local gradient with another formula than that of the gate."""

from typing import Any

from .declaration import At, misconception


@misconception("formula", gates=("exp",))
def exp_power_rule(xp: Any, at: At) -> Any:
    """The power rule was applied to the exponential.

    Why it is wrong: in e^a the variable is the exponent, not the base.
    In the numbers: the claim is a·g or a·e^(a-1)·g.
    Example: e^a at a = -1 with upstream 1; writing -1 or -0.14.
    Instead: the slope of e^a is e^a: 0.37.
    """
    return [at.own * at.up, at.own * xp.exp(at.own - 1) * at.up]


@misconception("formula", gates=("log",))
def log_base(xp: Any, at: At) -> Any:
    """The logarithm was taken to base 10.

    Why it is wrong: log is the natural logarithm here, with slope 1/a.
    In the numbers: the claim is g/(a·ln 10).
    Example: a = 2 with upstream 1; writing 0.217.
    Instead: 1/2 = 0.5.
    """
    return at.up / (at.own * xp.log(xp.constant(10)))


@misconception("formula", gates=("sigmoid",))
def sigmoid_s_only(xp: Any, at: At) -> Any:
    """The factor 1 - s is missing.

    Why it is wrong: the slope of the sigmoid is (1 - s)·s; s alone is that of the exponential.
    In the numbers: the claim is s·g.
    Example: s = 0.73 with upstream 1; writing 0.73.
    Instead: (1 - 0.73)·0.73 = 0.20.
    """
    return at.out * at.up


@misconception("formula", gates=("sigmoid",))
def sigmoid_1ms_only(xp: Any, at: At) -> Any:
    """The factor s is missing.

    Why it is wrong: the slope of the sigmoid is (1 - s)·s.
    In the numbers: the claim is (1 - s)·g.
    Example: s = 0.73 with upstream 1; writing 0.27.
    Instead: (1 - 0.73)·0.73 = 0.20.
    """
    return (1 - at.out) * at.up


@misconception("formula", gates=("sigmoid",))
def sigmoid_plus(xp: Any, at: At) -> Any:
    """(1 + s)·s stands where (1 - s)·s belongs.

    Why it is wrong: the sigmoid flattens towards 1, so its slope falls to 0 there.
    In the numbers: the claim is s(1 + s)·g.
    Example: s = 0.73 with upstream 1; writing 1.26.
    Instead: (1 - 0.73)·0.73 = 0.20.
    """
    return (1 + at.out) * at.out * at.up


@misconception("formula", gates=("tanh",))
def tanh_not_squared(xp: Any, at: At) -> Any:
    """The square of the output is missing.

    Why it is wrong: the slope of tanh is 1 - t².
    In the numbers: the claim is (1 - t)·g.
    Example: t = 0.5 with upstream 1; writing 0.5.
    Instead: 1 - 0.25 = 0.75.
    """
    return (1 - at.out) * at.up


@misconception("formula", gates=("tanh",))
def tanh_as_sigmoid(xp: Any, at: At) -> Any:
    """The slope of the sigmoid was used for tanh.

    Why it is wrong: tanh runs from -1 to 1 and has the slope 1 - t².
    In the numbers: the claim is t(1 - t)·g.
    Example: t = 0.5 with upstream 1; writing 0.25.
    Instead: 1 - 0.25 = 0.75.
    """
    return (1 - at.out) * at.out * at.up
