"""Local and upstream gradient met in another way than by multiplication."""

from typing import Any

from .declaration import UNSCALED, At, misconception


@misconception("product", but=UNSCALED)
def add_local_upstream(xp: Any, at: At) -> Any:
    """Local and upstream gradient were added.

    Why it is wrong: along one path gradients multiply; they add where paths meet.
    In the numbers: the claim is L + g.
    Example: L = 3, g = 2; writing 5.
    Instead: multiply: 3 · 2 = 6.
    """
    return at.local + at.up


@misconception("product", but=UNSCALED)
def divide_by_local(xp: Any, at: At) -> Any:
    """The upstream gradient was divided by the local gradient.

    Why it is wrong: the chain rule multiplies; dividing undoes the gate instead of passing it.
    In the numbers: the claim is g / L.
    Example: L = 4, g = 2; writing 0.5.
    Instead: multiply: 4 · 2 = 8.
    """
    return at.up / at.local
