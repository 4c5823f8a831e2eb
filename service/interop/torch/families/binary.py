"""Numbers combined two by two, and three by three."""

import math
from functools import partial
from typing import Any

from ...lowering import Builder, Wire, refuse
from ...lowering.builder import Operand
from ...lowering.shaping import aligned, as_dtype, each, spread, with_axes
from ..calls import call

#: torch's name -> the op, where they mean the same.
BINARY = {
    **dict.fromkeys(("mul", "multiply", "__mul__", "__rmul__"), "mul"),
    **dict.fromkeys(("maximum", "fmax"), "maximum"),
    **dict.fromkeys(("minimum", "fmin"), "minimum"),
    **dict.fromkeys(("atan2", "arctan2"), "atan2"),
    **dict.fromkeys(("eq", "__eq__"), "equal"),
    **dict.fromkeys(("ne", "not_equal", "__ne__"), "not_equal"),
    **dict.fromkeys(("lt", "less", "__lt__"), "less"),
    **dict.fromkeys(("le", "less_equal", "__le__"), "less_equal"),
    **dict.fromkeys(("gt", "greater", "__gt__"), "greater"),
    **dict.fromkeys(("ge", "greater_equal", "__ge__"), "greater_equal"),
    "logaddexp": "logaddexp",
    "logical_and": "logical_and",
}


def _binary(g: Builder, input: Operand, other: Operand, *, op: str) -> Wire:
    return each(g, op, input, other)


for _name, _op in BINARY.items():
    call(_name)(partial(_binary, op=_op))


def scaled(g: Builder, x: Operand, factor: float) -> Operand:
    """x times a number; nothing for 1."""
    return x if factor == 1 else each(g, "mul", g.wire(x), factor)


@call("add", "__add__", "__radd__")
def add(g: Builder, input: Operand, other: Operand, *, alpha: float = 1) -> Wire:
    return each(g, "add", input, scaled(g, other, alpha))


@call("sub", "subtract", "__sub__")
def sub(g: Builder, input: Operand, other: Operand, *, alpha: float = 1) -> Wire:
    return each(g, "sub", input, scaled(g, other, alpha))


@call("rsub", "__rsub__")
def rsub(g: Builder, input: Operand, other: Operand, *, alpha: float = 1) -> Wire:
    return each(g, "sub", other, scaled(g, input, alpha))


@call("div", "divide", "true_divide", "__div__", "__truediv__")
def div(g: Builder, input: Operand, other: Operand, *, rounding_mode: str | None = None) -> Wire:
    quotient = each(g, "div", _floats(g, input), _floats(g, other))
    return quotient if rounding_mode is None else g(rounding_mode, quotient)


@call("__rdiv__", "__rtruediv__")
def rdiv(g: Builder, input: Operand, other: Operand) -> Wire:
    return each(g, "div", other, input)


@call("floor_divide", "__floordiv__")
def floor_divide(g: Builder, input: Operand, other: Operand) -> Wire:
    return g("floor", each(g, "div", _floats(g, input), _floats(g, other)))


def _floats(g: Builder, x: Operand) -> Operand:
    return as_dtype(g, x, "float64") if isinstance(x, Wire) else x


@call("fmod")
def fmod(g: Builder, input: Wire, other: Operand) -> Wire:
    return _rest(g, input, other, "trunc")


@call("remainder", "__mod__")
def remainder(g: Builder, input: Operand, other: Operand) -> Wire:
    return _rest(g, input, other, "floor")


@call("__rmod__")
def rmod(g: Builder, input: Operand, other: Operand) -> Wire:
    return _rest(g, other, input, "floor")


def _rest(g: Builder, x: Operand, y: Operand, rounded: str) -> Wire:
    return each(g, "sub", x, each(g, "mul", g(rounded, each(g, "div", x, y)), y))


@call("pow", "__pow__", "float_power")
def pow_(g: Builder, input: Operand, exponent: Operand) -> Wire:
    return each(g, "pow", input, exponent)


@call("__rpow__")
def rpow(g: Builder, input: Operand, other: Operand) -> Wire:
    return each(g, "pow", other, input)


@call("logaddexp2")
def logaddexp2(g: Builder, input: Wire, other: Wire) -> Wire:
    """log2(2^a + 2^b) = logaddexp(a log 2, b log 2) / log 2."""
    two = math.log(2)
    return g("div", each(g, "logaddexp", g("mul", input, two), g("mul", other, two)), two)


@call("hypot")
def hypot(g: Builder, input: Wire, other: Wire) -> Wire:
    """The norm of the pair: its set of subgradients at (0, 0) is the unit disc, which no square root has."""
    pair = [with_axes(g, wire, (0,)) for wire in _of_one_shape(g, input, other)]
    return g("reduce_l2", g("concat", *pair, axis=0), axes=[0])


def _of_one_shape(g: Builder, *wires: Wire) -> list[Wire]:
    shape = max((wire.shape for wire in aligned(g, wires)), key=len)
    return [spread(g, wire, shape) for wire in aligned(g, wires)]


@call("xlogy", "special.xlogy")
def xlogy(g: Builder, input: Operand, other: Operand) -> Wire:
    return each(g, "mul", input, g("log", other))


@call("special.xlog1py")
def xlog1py(g: Builder, input: Operand, other: Operand) -> Wire:
    return each(g, "mul", input, g("log1p", other))


@call("ldexp")
def ldexp(g: Builder, input: Operand, other: Operand) -> Wire:
    exponent = as_dtype(g, g.wire(other), "float64")
    return each(g, "mul", input, g("exp", g("mul", exponent, math.log(2))))


@call("addcmul")
def addcmul(g: Builder, input: Wire, tensor1: Wire, tensor2: Wire, *, value: float = 1) -> Wire:
    return each(g, "add", input, scaled(g, each(g, "mul", tensor1, tensor2), value))


@call("addcdiv")
def addcdiv(g: Builder, input: Wire, tensor1: Wire, tensor2: Wire, *, value: float = 1) -> Wire:
    return each(g, "add", input, scaled(g, each(g, "div", tensor1, tensor2), value))


@call("lerp")
def lerp(g: Builder, input: Wire, end: Wire, weight: Operand) -> Wire:
    return each(g, "add", input, each(g, "mul", weight, each(g, "sub", end, input)))


@call("where")
def where(g: Builder, input: Any, condition: Any, other: Any) -> Wire:
    """In OpInfo's order, (x, condition, y), or torch's, (condition, x, y): the truth values tell."""
    if isinstance(input, Wire) and input.dtype == "bool":
        input, condition = condition, input  # noqa: A001
    if not isinstance(condition, Wire) or condition.dtype != "bool":
        refuse("where without a condition of truth values")
    return each(g, "where", condition, input, other)
