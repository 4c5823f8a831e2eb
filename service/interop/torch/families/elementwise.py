"""One number in, one number out: functions that mean the same here, and those that are made of a few gates."""

import math
from functools import partial
from typing import Any

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import as_dtype, each, reshaped
from ..calls import call, demand_float64

#: torch's name -> the op, where they mean the same.
UNARY = {
    **dict.fromkeys(("abs", "absolute"), "abs"),
    **dict.fromkeys(("neg", "negative", "__neg__"), "neg"),
    **dict.fromkeys(("asin", "arcsin"), "asin"),
    **dict.fromkeys(("acos", "arccos"), "acos"),
    **dict.fromkeys(("atan", "arctan"), "atan"),
    **dict.fromkeys(("asinh", "arcsinh"), "asinh"),
    **dict.fromkeys(("acosh", "arccosh"), "acosh"),
    **dict.fromkeys(("atanh", "arctanh"), "atanh"),
    **dict.fromkeys(("sign", "sgn"), "sign"),
    **dict.fromkeys(("trunc", "fix"), "trunc"),
    **dict.fromkeys(("relu", "nn.functional.relu"), "relu"),
    **dict.fromkeys(("sigmoid", "special.expit", "nn.functional.sigmoid"), "sigmoid"),
    **dict.fromkeys(("tanh", "nn.functional.tanh"), "tanh"),
    **dict.fromkeys(("erf", "special.erf"), "erf"),
    **dict.fromkeys(("erfc", "special.erfc"), "erfc"),
    **dict.fromkeys(("log1p", "special.log1p"), "log1p"),
    **dict.fromkeys(("expm1", "special.expm1"), "expm1"),
    **dict.fromkeys(("silu", "nn.functional.silu"), "silu"),
    **dict.fromkeys(("selu", "nn.functional.selu"), "selu"),
    **dict.fromkeys(("hardswish", "nn.functional.hardswish"), "hard_swish"),
    **dict.fromkeys(("log_sigmoid", "nn.functional.logsigmoid"), "log_sigmoid"),
    **{
        name: name for name in ("exp", "log", "log2", "log10", "sqrt", "rsqrt", "square", "reciprocal", "floor", "ceil")
    },
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "logical_not")},
    "nn.functional.softsign": "softsign",
    "detach": "stop_gradient",
}


def _unary(g: Builder, input: Wire, *, op: str) -> Wire:
    return each(g, op, input)


for _name, _op in UNARY.items():
    call(_name)(partial(_unary, op=_op))


@call(
    "clone",
    "alias",
    "contiguous",
    "positive",
    "__pos__",
    "conj",
    "conj_physical",
    "real",
    "resolve_conj",
    "resolve_neg",
)
def copied(g: Builder, input: Wire, **ignored: Any) -> Wire:
    return g("identity", input)


@call("double")
def double(g: Builder, input: Wire) -> Wire:
    return as_dtype(g, input, "float64") if not input.floats else g("identity", input)


@call("to", "type")
def to(g: Builder, input: Wire, dtype: Any = None, *ignored: Any, copy: bool = False) -> Wire:
    demand_float64(dtype)
    return double(g, input)


@call("exp2", "special.exp2")
def exp2(g: Builder, input: Wire) -> Wire:
    return g("exp", g("mul", input, math.log(2)))


@call("deg2rad")
def deg2rad(g: Builder, input: Wire) -> Wire:
    return g("mul", input, math.pi / 180)


@call("rad2deg")
def rad2deg(g: Builder, input: Wire) -> Wire:
    return g("mul", input, 180 / math.pi)


@call("frac")
def frac(g: Builder, input: Wire) -> Wire:
    return g("sub", input, g("trunc", input))


@call("round", "special.round")
def round_(g: Builder, input: Wire, *, decimals: int = 0) -> Wire:
    if decimals == 0:
        return g("round", input)
    scale = 10.0 ** abs(decimals)
    there, back = ("mul", "div") if decimals > 0 else ("div", "mul")
    return g(back, g("round", g(there, input, scale)), scale)


@call("logit", "special.logit")
def logit(g: Builder, input: Wire, eps: float | None = None) -> Wire:
    x = input if eps is None else g("clip", input, min=eps, max=1 - eps)
    return g("sub", g("log", x), g("log1p", g("neg", x)))


@call("sinc", "special.sinc")
def sinc(g: Builder, input: Wire) -> Wire:
    """sin(pi x)/(pi x), and 1 at 0: the quotient is formed where it has a divisor, so that no NaN comes back."""
    origin = each(g, "equal", input, 0)
    turn = g("mul", each(g, "where", origin, 1, input), math.pi)
    return each(g, "where", origin, 1, g("div", g("sin", turn), turn))


@call("special.entr")
def entr(g: Builder, input: Wire) -> Wire:
    return g("neg", g("mul", input, g("log", input)))


@call("special.ndtr")
def ndtr(g: Builder, input: Wire) -> Wire:
    return g("mul", 0.5, g("erfc", g("div", g("neg", input), math.sqrt(2))))


@call("special.log_ndtr")
def log_ndtr(g: Builder, input: Wire) -> Wire:
    return g("log", ndtr(g, input))


@call("nan_to_num")
def nan_to_num(
    g: Builder,
    input: Wire,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Wire:
    largest = float(np.finfo(np.float64).max)
    finite = each(g, "where", g("equal", input, input), input, 0.0 if nan is None else nan)
    above = each(g, "greater", input, largest)
    below = each(g, "less", input, -largest)
    bounded = each(g, "where", above, largest if posinf is None else posinf, finite)
    return each(g, "where", below, -largest if neginf is None else neginf, bounded)


@call("clamp", "clip")
def clamp(g: Builder, input: Wire, min: Any = None, max: Any = None) -> Wire:
    if not isinstance(min, Wire) and not isinstance(max, Wire):
        return bounded(g, input, min, max)
    above = input if min is None else each(g, "maximum", input, min)
    return above if max is None else each(g, "minimum", above, max)


@call("clamp_min")
def clamp_min(g: Builder, input: Wire, min: Any) -> Wire:
    return clamp(g, input, min)


@call("clamp_max")
def clamp_max(g: Builder, input: Wire, max: Any) -> Wire:
    return clamp(g, input, None, max)


def bounded(g: Builder, x: Wire, low: float | None, high: float | None) -> Wire:
    """x within bounds, either of which may be absent or infinite."""
    low = None if low is None or low == -math.inf else low
    high = None if high is None or high == math.inf else high
    if low is None and high is None:
        return g("identity", x)
    if low is not None and high is not None and low > high:
        refuse(f"a lower bound {low} above the upper bound {high}")
    return g("clip", x, min=low, max=high)


@call("atleast_1d")
def atleast_1d(g: Builder, input: Wire) -> Wire:
    return reshaped(g, input, input.shape or (1,))


@call("atleast_2d")
def atleast_2d(g: Builder, input: Wire) -> Wire:
    return reshaped(g, input, (1,) * (2 - input.rank) + input.shape)


@call("atleast_3d")
def atleast_3d(g: Builder, input: Wire) -> Wire:
    filled = {0: (1, 1, 1), 1: (1, *input.shape, 1), 2: (*input.shape, 1)}
    return reshaped(g, input, filled.get(input.rank, input.shape))
