"""The gate was skipped: the upstream gradient went through it unchanged."""

from typing import Any

from .declaration import CURVED, At, misconception


@misconception("local-forgotten", gates=("mul", "div", "neg", *CURVED), but=("exp",))
def upstream_only(xp: Any, at: At) -> Any:
    """The upstream gradient was passed on unchanged.

    Why it is wrong: this gate scales what passes it; only add gates hand gradients on as they are.
    In the numbers: the claim is the gradient of the gate's output.
    Example: f = 3q with dL/df = 2; writing dL/dq = 2.
    Instead: multiply by the gate's local gradient: 3 · 2 = 6.
    """
    return at.up


@misconception("local-forgotten", gates=("exp",))
def exp_is_one(xp: Any, at: At) -> Any:
    """The exponential was given the slope 1.

    Why it is wrong: its slope is its output, and that is 1 only at 0.
    In the numbers: the claim is the gradient of the gate's output.
    Example: e^a at a = -1 with upstream -0.53; writing -0.53.
    Instead: multiply by the output: 0.37 · (-0.53) = -0.20.
    """
    return at.up
