"""Gates that saturate, and what is made of them."""

from fractions import Fraction
from typing import Any, Literal

from ..body import Board, Wire
from ..rule import Error, Pattern, elementwise
from .arithmetic import add, div, mul, neg, pow_, reciprocal, sqrt
from .exponential import erf, exp, logaddexp
from .piecewise import abs_


@elementwise(pattern=Pattern.SCALER, error=Error(value=6, relative=3, absolute=(0, 6, 0)))
def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(-x)), a gate that collapses four: its local gradient is (1 - s) s."""
    return xp.sigmoid(x)


@sigmoid.gradient
def sigmoid_gradient(xp: Any, out: Any, x: Any) -> Any:
    return (1 - out) * out


@sigmoid.body
def sigmoid_body(g: Board, x: Wire) -> Wire:
    return g(reciprocal, g(add, 1, g(exp, g(neg, x))))


# XLA's tanh is 7 units of 2^-53 off near 1, and no more than 4 of single precision (measured).
@elementwise(pattern=Pattern.SCALER, error=Error(value=4, relative=3, absolute=(2, 0, 8), double=4))
def tanh(xp: Any, x: Any) -> Any:
    """The hyperbolic tangent of x."""
    return xp.tanh(x)


@tanh.gradient
def tanh_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 - xp.square(out)


@elementwise(pattern=Pattern.SCALER, error=Error(value=5, relative=8))
def softplus(xp: Any, x: Any) -> Any:
    """log(1 + exp(x)): a smooth relu, whose slope is the sigmoid."""
    return xp.logaddexp(x, xp.constant(0))


@softplus.gradient
def softplus_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.sigmoid(x)


@softplus.body
def softplus_body(g: Board, x: Wire) -> Wire:
    return g(logaddexp, x, 0)


@elementwise(pattern=Pattern.SCALER, error=Error(value=5, relative=8))
def log_sigmoid(xp: Any, x: Any) -> Any:
    """The logarithm of the sigmoid, precise where that is near 0 or 1."""
    return -xp.logaddexp(-x, xp.constant(0))


@log_sigmoid.gradient
def log_sigmoid_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.sigmoid(-x)


@log_sigmoid.body
def log_sigmoid_body(g: Board, x: Wire) -> Wire:
    return g(neg, g(softplus, g(neg, x)))


@elementwise(pattern=Pattern.SCALER, error=Error(value=8, relative=8, absolute=(2, 8, 0)))
def silu(xp: Any, x: Any) -> Any:
    """x times its sigmoid."""
    return x * xp.sigmoid(x)


@silu.gradient
def silu_gradient(xp: Any, out: Any, x: Any) -> Any:
    return xp.sigmoid(x) * (1 + x * xp.sigmoid(-x))


@silu.body
def silu_body(g: Board, x: Wire) -> Wire:
    return g(mul, x, g(sigmoid, x))


#: The constants of gelu's approximation are these doubles (ops.md 6).
SCALE, CUBE = Fraction(0.7978845608028654), Fraction(0.044715)

HALF = Fraction(1, 2)


@elementwise(pattern=Pattern.SCALER, error=Error(value=8, operands=3, relative=8, absolute=(8, 0, 0)))
def gelu(xp: Any, x: Any, *, approximate: Literal["none", "tanh"] = "none") -> Any:
    """x times the share of normal samples below x, or an approximation of that by the hyperbolic tangent."""
    if approximate == "none":
        return x * (xp.erfc(-x * xp.sqrt(xp.constant(HALF))) / 2)
    return x * xp.sigmoid(2 * _bent(xp, x))


def _bent(xp: Any, x: Any) -> Any:
    """What the approximation takes the hyperbolic tangent of: (1 + tanh(y)) / 2 is the sigmoid of 2 y."""
    return xp.constant(SCALE) * (x + xp.constant(CUBE) * x * xp.square(x))


@gelu.gradient
def gelu_gradient(xp: Any, out: Any, x: Any, *, approximate: str) -> Any:
    if approximate == "none":
        root = xp.sqrt(xp.constant(HALF))
        bell = xp.gaussian(x * root) / xp.sqrt(2 * xp.pi())
        return xp.erfc(-x * root) / 2 + x * bell
    bent = 2 * _bent(xp, x)
    # Where the slope of the sigmoid is 0, so are its products with powers of x that overflow on their own.
    weighted = xp.sigmoid(bent) * xp.sigmoid(-bent) * x
    return xp.sigmoid(bent) + xp.constant(2 * SCALE) * (weighted + xp.constant(3 * CUBE) * (weighted * x * x))


@gelu.body
def gelu_body(g: Board, x: Wire, *, approximate: str) -> Wire:
    half = g(mul, HALF, x)
    if approximate == "none":
        return g(mul, half, g(add, 1, g(erf, g(div, x, g(sqrt, 2)))))
    bent = g(mul, SCALE, g(add, x, g(mul, CUBE, g(pow_, x, 3))))
    return g(mul, half, g(add, 1, g(tanh, bent)))


@elementwise(pattern=Pattern.SCALER, error=Error(value=3, relative=6, absolute=(1, 0, 0)))
def softsign(xp: Any, x: Any) -> Any:
    """x / (1 + abs(x)); smooth at 0, where the kink of abs is multiplied by 0."""
    return x / (1 + abs(x))


@softsign.gradient
def softsign_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 1 / xp.square(1 + abs(x))


@softsign.body
def softsign_body(g: Board, x: Wire) -> Wire:
    return g(div, x, g(add, 1, g(abs_, x)))
