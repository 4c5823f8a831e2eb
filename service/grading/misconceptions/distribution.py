"""An add gate did something to the gradient; it only hands it on."""

from typing import Any

from .declaration import At, misconception


@misconception("distribute", gates=("add",))
def add_multiplies(xp: Any, at: At) -> Any:
    """The other summand was multiplied in.

    Why it is wrong: that is a multiply gate; in a sum the other operand does not matter.
    In the numbers: the claim is other operand times g.
    Example: 5 + 2 with upstream -4; writing -8 for the first.
    Instead: an add gate hands the gradient on unchanged: -4.
    """
    return at.other * at.up


@misconception("distribute", gates=("add",))
def add_splits(xp: Any, at: At) -> Any:
    """The gradient was divided between the summands.

    Why it is wrong: each summand moves the sum by as much as it moves itself.
    In the numbers: the claim is g/2.
    Example: 5 + 2 with upstream -4; writing -2 for both.
    Instead: both get all of it: -4.
    """
    return at.up / xp.constant(2)
