"""One mistake behind a whole backward pass."""

from typing import Any

from .declaration import Kind, misconception


@misconception("seed", Kind.SHEET)
def seed_not_one(xp: Any, seed: Any) -> Any:
    """The backward pass began with another number than the seed.

    Why it is wrong: the gradient of the objective with respect to itself is 1.
    In the numbers: every gradient is the right one times the same factor.
    Example: starting with f = -12; every gradient is -12 times too large.
    Instead: start with 1 at the output.
    """
    return []


@misconception("sign", Kind.SHEET)
def descent_sign(xp: Any, seed: Any) -> Any:
    """Every gradient has the other sign.

    Why it is wrong: the gradient points to where the objective grows; descent steps have the minus, gradients do not.
    In the numbers: every gradient is minus the right one.
    Example: -4, -4, 3 written as 4, 4, -3.
    Instead: keep the minus for the update: w - η·dL/dw.
    """
    return []


@misconception("order", Kind.SHEET)
def updated_params_in_backward(xp: Any, seed: Any) -> Any:
    """The backward pass used weights that were already updated.

    Why it is wrong: all gradients belong to one point; the update comes after all of them are known.
    In the numbers: the gradients follow from w - η·dL/dw in the place of w, for one learning rate.
    Example: a hidden gradient through w5 = 0.3589 where the forward pass used 0.40.
    Instead: finish the backward pass with the old weights, then update all of them.
    """
    return []
