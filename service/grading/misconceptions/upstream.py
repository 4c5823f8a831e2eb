"""The chain was cut: the local gradient stands alone."""

from typing import Any

from .declaration import At, misconception


@misconception("upstream-forgotten")
def local_only(xp: Any, at: At) -> Any:
    """The local gradient was written down as the gradient.

    Why it is wrong: it says how this gate answers its input, not how the objective does.
    In the numbers: the claim is d out / d in, whatever arrives from above.
    Example: f = 3q with dL/df = 2; writing dL/dq = 3.
    Instead: multiply the local gradient by the upstream gradient: 3 · 2 = 6.
    """
    return at.local
