"""Activations: those that are made of a few gates, and those with arguments."""

from fractions import Fraction
from typing import Any

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import along, as_dtype, axis_of, each, piece, reshaped
from ..calls import call, demand_float64
from .elementwise import bounded

F = "nn.functional."

SIXTH = Fraction(1, 6)


@call("gelu", F + "gelu")
def gelu(g: Builder, input: Wire, *, approximate: str = "none") -> Wire:
    return g("gelu", input, approximate=approximate)


@call("relu6", F + "relu6")
def relu6(g: Builder, input: Wire) -> Wire:
    return bounded(g, input, 0, 6)


@call("hardtanh", F + "hardtanh")
def hardtanh(g: Builder, input: Wire, min_val: float = -1.0, max_val: float = 1.0) -> Wire:
    return bounded(g, input, min_val, max_val)


@call("hardsigmoid", F + "hardsigmoid")
def hardsigmoid(g: Builder, input: Wire) -> Wire:
    return g("hard_sigmoid", input, alpha=SIXTH)


@call("leaky_relu", F + "leaky_relu")
def leaky_relu(g: Builder, input: Wire, negative_slope: float = 0.01) -> Wire:
    return g("leaky_relu", input, alpha=negative_slope)


@call("rrelu", F + "rrelu")
def rrelu(g: Builder, input: Wire, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Wire:
    if training and lower != upper:
        refuse("rrelu in training: the slopes that were drawn are not known")
    return g("leaky_relu", input, alpha=(lower + upper) / 2)


@call("elu", F + "elu")
def elu(g: Builder, input: Wire, alpha: float = 1.0) -> Wire:
    return g("elu", input, alpha=alpha)


@call("celu", F + "celu")
def celu(g: Builder, input: Wire, alpha: float = 1.0) -> Wire:
    """alpha elu(x / alpha), whose slopes meet at 0."""
    if alpha == 1:
        return g("elu", input)
    return g("mul", g("elu", g("div", input, alpha)), alpha)


@call("softplus", F + "softplus")
def softplus(g: Builder, input: Wire, beta: float = 1, threshold: float = 20) -> Wire:
    steep = input if beta == 1 else g("mul", input, beta)
    curve = g("softplus", steep) if beta == 1 else g("div", g("softplus", steep), beta)
    return each(g, "where", each(g, "greater", steep, threshold), input, curve)


@call("mish", F + "mish")
def mish(g: Builder, input: Wire) -> Wire:
    return g("mul", input, g("tanh", g("softplus", input)))


@call(F + "tanhshrink")
def tanhshrink(g: Builder, input: Wire) -> Wire:
    return g("sub", input, g("tanh", input))


@call("softshrink", F + "softshrink")
def softshrink(g: Builder, input: Wire, lambd: float = 0.5) -> Wire:
    return g("sub", input, bounded(g, input, -lambd, lambd))


@call("hardshrink", F + "hardshrink")
def hardshrink(g: Builder, input: Wire, lambd: float = 0.5) -> Wire:
    return each(g, "where", each(g, "greater", g("abs", input), lambd), input, 0)


@call("threshold", F + "threshold")
def threshold_(g: Builder, input: Wire, threshold: float, value: float) -> Wire:
    return each(g, "where", each(g, "greater", input, threshold), input, value)


@call("glu", F + "glu")
def glu(g: Builder, input: Wire, dim: int = -1) -> Wire:
    axis = axis_of(dim, input.rank)
    half = input.shape[axis] // 2
    first, second = piece(g, input, axis, 0, half), piece(g, input, axis, half, 2 * half)
    return g("mul", first, g("sigmoid", second))


@call("prelu", F + "prelu")
def prelu(g: Builder, input: Wire, weight: Wire) -> Wire:
    """Several slopes stand along axis 1."""
    many = weight.shape not in ((), (1,)) and input.rank > 1
    return g("prelu", input, along(g, weight, input, 1)) if many else each(g, "prelu", input, weight)


@call("softmax", F + "softmax", "special.softmax")
def softmax(g: Builder, input: Wire, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Wire:
    return _along_axis(g, "softmax", input, dim, dtype)


@call("log_softmax", F + "log_softmax", "special.log_softmax")
def log_softmax(g: Builder, input: Wire, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Wire:
    return _along_axis(g, "log_softmax", input, dim, dtype)


@call(F + "softmin")
def softmin(g: Builder, input: Wire, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Wire:
    return _along_axis(g, "softmax", g("neg", input), dim, dtype)


def _along_axis(g: Builder, op: str, x: Wire, dim: int, dtype: Any) -> Wire:
    demand_float64(dtype)
    if not all(x.shape):
        return g("identity", x)
    row = reshaped(g, as_dtype(g, x, "float64"), x.shape or (1,))
    return reshaped(g, g(op, row, axis=axis_of(dim, x.rank)), x.shape)
