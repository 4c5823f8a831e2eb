"""The number was right in the head and wrong on paper. Tested on the digits, not by formulas."""

from typing import Any

from .declaration import Kind, misconception


@misconception("surface", Kind.SURFACE)
def decimal_slip(xp: Any, claim: Any) -> Any:
    """The decimal point stands one or two places off.

    Why it is wrong: the digits are right, the size is not.
    In the numbers: the claim divided by 10, 100, 0.1 or 0.01 is right.
    Example: 0.36350306 written for 0.036350306.
    Instead: compare the size of the result with that of its factors.
    """
    return []


@misconception("surface", Kind.SURFACE)
def digit_swap(xp: Any, claim: Any) -> Any:
    """Two neighbouring digits changed places.

    Why it is wrong: it is another number.
    In the numbers: the claim with two neighbouring digits exchanged is right.
    Example: 0.53 written as 0.35.
    Instead: read the number again digit by digit when you copy it.
    """
    return []


@misconception("surface", Kind.SURFACE)
def value_for_grad(xp: Any, claim: Any) -> Any:
    """The value of the wire stands where its gradient belongs.

    Why it is wrong: the value says what the wire carries forward, the gradient how the objective answers it.
    In the numbers: the claim is the number that stands above the same wire.
    Example: value 0.37 above the wire, and 0.37 below it.
    Instead: compute the gradient from the gate that reads the wire.
    """
    return []


@misconception("surface", Kind.SURFACE)
def copied_from(xp: Any, claim: Any) -> Any:
    """A number from another place of the sheet stands here.

    Why it is wrong: each wire has its own number.
    In the numbers: the claim is printed, with at least three digits, at an earlier place that is no neighbour.
    Example: the gradient of w5 written for w6.
    Instead: check from which line the number was copied.
    """
    return []


@misconception("surface", Kind.SURFACE)
def local_has_upstream(xp: Any, claim: Any) -> Any:
    """The upstream gradient is already multiplied into the local one.

    Why it is wrong: the local gradient belongs to the gate alone, whatever arrives from above.
    In the numbers: the claim is L·g where L was asked for.
    Example: local gradient 3, upstream 2; writing 6.
    Instead: d out / d in of this one gate: 3.
    """
    return []


@misconception("surface", Kind.SURFACE)
def grad_in_local_slot(xp: Any, claim: Any) -> Any:
    """A gradient of the objective stands where a local gradient was asked for.

    Why it is wrong: the local gradient belongs to the gate alone.
    In the numbers: the claim is the gradient that the sheet states for the operand.
    Example: x's gradient is -0.60; writing -0.60 as the local gradient at x.
    Instead: d out / d in of this one gate.
    """
    return []
