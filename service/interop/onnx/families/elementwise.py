"""Numbers one by one, and two by two."""

from functools import partial, reduce

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.builder import NUMPY
from ...lowering.shaping import as_dtype, each
from ..calls import Lowered, Node, node

#: ONNX's name -> the op, where they mean the same.
SAME = {
    **{name: name.lower() for name in ("Add", "Sub", "Mul", "Pow", "Neg", "Exp", "Log", "Sqrt", "Abs", "Reciprocal")},
    **{name: name.lower() for name in ("Tanh", "Sigmoid", "Relu", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh")},
    **{name: name.lower() for name in ("Cosh", "Asinh", "Acosh", "Atanh", "Sign", "Floor", "Ceil", "Round", "Erf")},
    "Softplus": "softplus",
    "Softsign": "softsign",
    "PRelu": "prelu",
    "Where": "where",
    "Equal": "equal",
    "Less": "less",
    "LessOrEqual": "less_equal",
    "Greater": "greater",
    "GreaterOrEqual": "greater_equal",
    "And": "logical_and",
    "Not": "logical_not",
    "Identity": "identity",
    "HardSwish": "hard_swish",
}


def _same(g: Builder, n: Node, *, op: str) -> Wire:
    return each(g, op, *n.wires())


for _name, _op in SAME.items():
    node(_name)(partial(_same, op=_op))


@node("Div")
def div(g: Builder, n: Node) -> Wire:
    a, b = n.wires()
    if a.known is not None and b.known is not None and not a.floats and not b.floats:
        return g.constant(np.trunc(a.known / b.known), a.dtype)
    return each(g, "div", a, b)


@node("Or", "Xor")
def joined(g: Builder, n: Node) -> Wire:
    a, b = n.wires()
    if n.op == "Xor":
        return each(g, "not_equal", as_dtype(g, a, "float64"), as_dtype(g, b, "float64"))
    neither = each(g, "logical_and", g("logical_not", a), g("logical_not", b))
    return g("logical_not", neither)


@node("Mod")
def mod(g: Builder, n: Node) -> Wire:
    """fmod: x - trunc(x/y) y; else with floor, as Python has it."""
    a, b = n.wires()
    if a.floats and not n.attrs.get("fmod"):
        refuse("Mod of floats with the divisor's sign, which has a rule of its own at infinities")
    rounded = "trunc" if n.attrs.get("fmod") else "floor"
    quotient = each(g, "div", as_dtype(g, a, "float64"), as_dtype(g, b, "float64"))
    rest = each(g, "sub", as_dtype(g, a, "float64"), each(g, "mul", g(rounded, quotient), as_dtype(g, b, "float64")))
    return rest if a.floats else as_dtype(g, rest, a.dtype)


@node("Max", "Min")
def extreme(g: Builder, n: Node) -> Wire:
    op = "maximum" if n.op == "Max" else "minimum"
    first, *others = n.wires()
    return reduce(partial(_each_of, g, op), others, first) if others else g("identity", first)


def _each_of(g: Builder, op: str, a: Wire, b: Wire) -> Wire:
    return each(g, op, a, b)


@node("Sum", "Mean")
def total(g: Builder, n: Node) -> Wire:
    wires = n.wires()
    whole = wires[0] if len(wires) == 1 else reduce(partial(_each_of, g, "add"), wires)
    if n.op == "Mean" and len(wires) > 1:
        return g("mul", whole, 1 / len(wires))
    return whole if len(wires) > 1 else g("identity", whole)


@node("Clip")
def clip(g: Builder, n: Node) -> Wire:
    """Constant bounds are attributes; a lower bound above the upper one gives the upper one everywhere."""
    x, low, high = n.wire(0), n.optional(1), n.optional(2)
    if any(bound is not None and bound.known is None for bound in (low, high)):
        above = x if low is None else each(g, "maximum", x, low)
        return above if high is None else each(g, "minimum", above, high)
    bounds = [
        None if bound is None or bound.known is None else float(np.ravel(bound.known)[0]) for bound in (low, high)
    ]
    small, large = (None if bound is None or np.isinf(bound) else bound for bound in bounds)
    if small is not None and large is not None and small > large:
        small = large
    return g("identity", x) if small is None and large is None else g("clip", x, min=small, max=large)


@node("LeakyRelu")
def leaky_relu(g: Builder, n: Node) -> Wire:
    return g("leaky_relu", n.wire(0), alpha=n.attrs.get("alpha", 0.01))


@node("Elu")
def elu(g: Builder, n: Node) -> Wire:
    return g("elu", n.wire(0), alpha=n.attrs.get("alpha", 1.0))


@node("Celu")
def celu(g: Builder, n: Node) -> Wire:
    alpha = float(n.attrs.get("alpha", 1.0))
    return g("mul", g("elu", g("div", n.wire(0), alpha)), alpha)


@node("Selu")
def selu(g: Builder, n: Node) -> Wire:
    """ONNX's defaults are numbers of float32."""
    alpha = n.attrs.get("alpha", float(np.float32(1.6732632423543772)))
    gamma = n.attrs.get("gamma", float(np.float32(1.0507009873554805)))
    return g("selu", n.wire(0), alpha=alpha, gamma=gamma)


@node("Gelu")
def gelu(g: Builder, n: Node) -> Wire:
    return g("gelu", n.wire(0), approximate=n.attrs.get("approximate", "none"))


@node("Swish")
def swish(g: Builder, n: Node) -> Wire:
    alpha, x = float(n.attrs.get("alpha", 1.0)), n.wire(0)
    return g("silu", x) if alpha == 1 else g("mul", x, g("sigmoid", g("mul", x, alpha)))


@node("Mish")
def mish(g: Builder, n: Node) -> Wire:
    return g("mul", n.wire(0), g("tanh", g("softplus", n.wire(0))))


@node("HardSigmoid")
def hard_sigmoid(g: Builder, n: Node) -> Wire:
    return g("hard_sigmoid", n.wire(0), alpha=n.attrs.get("alpha", 0.2), beta=n.attrs.get("beta", 0.5))


@node("ThresholdedRelu")
def thresholded(g: Builder, n: Node) -> Wire:
    x = n.wire(0)
    return each(g, "where", each(g, "greater", x, float(n.attrs.get("alpha", 1.0))), x, 0.0)


@node("Shrink")
def shrink(g: Builder, n: Node) -> Wire:
    x, bias, bound = n.wire(0), float(n.attrs.get("bias", 0.0)), float(n.attrs.get("lambd", 0.5))
    below = each(g, "where", each(g, "less", x, -bound), g("add", x, bias), 0.0)
    return each(g, "where", each(g, "greater", x, bound), g("sub", x, bias), below)


@node("Cast", "CastLike")
def cast(g: Builder, n: Node) -> Wire:
    """Any floating dtype is float64 here; what is narrowed to integers no gradient leaves."""
    x = n.wire(0)
    dtype = n.wire(1).dtype if n.op == "CastLike" else n.attrs["to"]
    if dtype not in NUMPY:
        refuse(f"{n.op} to {dtype}")
    if x.dtype == dtype:
        return g("identity", x)
    return as_dtype(g, x, dtype)


@node("IsNaN", "IsInf")
def odd(g: Builder, n: Node) -> Wire:
    x = n.wire(0)
    if n.op == "IsNaN":
        return g("not_equal", x, x)
    if not (n.attrs.get("detect_negative", 1) and n.attrs.get("detect_positive", 1)):
        return each(g, "equal", x, -np.inf if n.attrs.get("detect_negative", 1) else np.inf)
    return each(g, "equal", g("abs", x), np.inf)


@node("Dropout")
def dropout(g: Builder, n: Node) -> Lowered:
    """In inference, or at ratio 0, a copy; the mask of a training run is not known."""
    training = n.numbers(2)
    ratio = n.numbers(1)
    if training is not None and bool(training) and (ratio is None or float(ratio)):
        refuse("Dropout in training: the mask that was drawn is not known")
    mask = g.constant(np.ones(n.wire(0).shape, dtype=np.bool_)) if n.reads(1) else None
    return [g("identity", n.wire(0)), mask]
