"""Gates that saturate."""

from typing import Any

from ..rule import Error, Pattern, elementwise


@elementwise(pattern=Pattern.SCALER, error=Error(value=6, relative=3, absolute=(0, 6, 0)), composite=True)
def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(-x)), a gate that collapses four: its local gradient is (1 - s) s."""
    return xp.sigmoid(x)


@sigmoid.gradient
def sigmoid_gradient(xp: Any, out: Any, x: Any) -> Any:
    return (1 - out) * out


@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=3, absolute=(2, 0, 8)))
def tanh(xp: Any, x: Any) -> Any:
    """The hyperbolic tangent of x."""
    return xp.tanh(x)


@tanh.gradient
def tanh_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 - xp.square(out)
