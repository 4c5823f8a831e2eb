"""Python floats: the quick way for scalars. Where Python raises, the caller falls back to `arrays`, which is IEEE.

The functions of rules stand by themselves, for executors call them by name (`engine/executors/`).
"""

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .kernels import SPLIT, TAIL, log_of_sum

_NORMAL = sys.float_info.min
_LN2 = math.log(2.0)


def square(x: float) -> float:
    """x * x."""
    return x * x


def rsqrt(x: float) -> float:
    """1 / sqrt(x)."""
    return 1.0 / math.sqrt(x)


def logaddexp(a: float, b: float) -> float:
    """log(exp(a) + exp(b)); where that is near 0, in more digits than a double has."""
    found = log_of_exponentials(a, b)
    return log_of_sum(a, b) if abs(found) < -max(a, b) / 2 else found


def log_of_exponentials(a: float, b: float) -> float:
    """log(exp(a) + exp(b)), whose digits cancel where both are negative and the result is near 0."""
    if a == b:
        return a + _LN2
    more, less = (a, b) if a > b else (b, a)
    return more + math.log1p(math.exp(less - more))


def gaussian(x: float) -> float:
    """exp(-x²)."""
    if abs(x) > TAIL:
        return 0.0
    # The square of the first half of the digits is exact: rounding x * x would be amplified by x * x.
    scaled = SPLIT * x
    half = scaled - (scaled - x)
    return math.exp(-half * half) * math.exp((half - x) * (half + x))


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x))."""
    small = math.exp(-abs(x))
    return (1.0 if x >= 0 else small) / (1.0 + small)


def power_slope(base: float, exponent: float) -> float:
    """d base**exponent / d base."""
    if exponent == 0:
        return 0.0
    power = math.pow(base, exponent) if base != 0 else 0.0
    # exponent - 1 rounds, which a power amplifies by log(base); the quotient does not need it.
    return exponent * power / base if _NORMAL <= abs(power) < math.inf else exponent * math.pow(base, exponent - 1)


def exponent_slope(base: float, power: float) -> float:
    """d base**exponent / d exponent, from the power."""
    if base == 0 and power < math.inf:
        return 0.0
    return power * math.log(base) if base > 0 else math.nan


def maximum(a: float, b: float) -> float:
    """The larger; NaN if one is."""
    return a if a >= b or a != a else b


def minimum(a: float, b: float) -> float:
    """The smaller; NaN if one is."""
    return a if a <= b or a != a else b


def side(guard: float, below: float, above: float, share: float) -> float:
    """The slope of the branch that the guard tells, at a tie the share of the upper one between them."""
    if guard > 0:
        return float(above)
    if guard < 0:
        return float(below)
    return below * (1.0 - share) + above * share if guard == 0 else math.nan


def sign(x: float) -> float:
    """-1, 0 or 1."""
    return float((x > 0) - (x < 0)) if x == x else x


# Python's integers have no -0.0, which IEEE rounds to.


def floor(x: float) -> float:
    """The largest integer not above x."""
    return math.copysign(math.floor(x), x)


def ceil(x: float) -> float:
    """The smallest integer not below x."""
    return math.copysign(math.ceil(x), x)


def nearest(x: float) -> float:
    """The nearest integer, of two the even one."""
    return math.copysign(round(x), x)


def trunc(x: float) -> float:
    """The integer part."""
    return math.copysign(math.trunc(x), x)


def equal(a: float, b: float) -> float:
    """1 if a = b, else 0."""
    return float(a == b)


def less(a: float, b: float) -> float:
    """1 if a < b, else 0."""
    return float(a < b)


def less_equal(a: float, b: float) -> float:
    """1 if a <= b, else 0."""
    return float(a <= b)


def where(condition: float, a: float, b: float) -> float:
    """a unless the condition is 0."""
    return a if condition else b


_OWN = (
    *(square, rsqrt, logaddexp, log_of_exponentials, gaussian, sigmoid, power_slope, exponent_slope),
    *(maximum, minimum, side, sign, floor, ceil, trunc, equal, less, less_equal, where),
)

_OF_MATH = (
    *("hypot", "sqrt", "exp", "log", "log2", "log10", "log1p", "expm1", "erf", "erfc", "sin", "cos", "tan"),
    *("asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "pow"),
)

#: The functions of the protocol by name; `side` takes the share as its last argument.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in _OF_MATH},
    **{function.__name__: function for function in _OWN},
    "round": nearest,
}


@dataclass(frozen=True, slots=True)
class Floats:
    """binary64 scalars; `share` is the weight of the upper branch at a tie."""

    share: float = 0.0

    def constant(self, number: int | Fraction) -> float:
        return float(number)

    def pi(self) -> float:
        return math.pi

    def side(self, guard: float, below: float, above: float) -> float:
        return side(guard, below, above, self.share)

    hypot = staticmethod(math.hypot)
    sqrt = staticmethod(math.sqrt)
    exp = staticmethod(math.exp)
    log = staticmethod(math.log)
    log2 = staticmethod(math.log2)
    log10 = staticmethod(math.log10)
    log1p = staticmethod(math.log1p)
    expm1 = staticmethod(math.expm1)
    erf = staticmethod(math.erf)
    erfc = staticmethod(math.erfc)
    sin = staticmethod(math.sin)
    cos = staticmethod(math.cos)
    tan = staticmethod(math.tan)
    asin = staticmethod(math.asin)
    acos = staticmethod(math.acos)
    atan = staticmethod(math.atan)
    atan2 = staticmethod(math.atan2)
    sinh = staticmethod(math.sinh)
    cosh = staticmethod(math.cosh)
    tanh = staticmethod(math.tanh)
    asinh = staticmethod(math.asinh)
    acosh = staticmethod(math.acosh)
    atanh = staticmethod(math.atanh)
    pow = staticmethod(math.pow)
    square = staticmethod(square)
    rsqrt = staticmethod(rsqrt)
    logaddexp = staticmethod(logaddexp)
    gaussian = staticmethod(gaussian)
    sigmoid = staticmethod(sigmoid)
    power_slope = staticmethod(power_slope)
    exponent_slope = staticmethod(exponent_slope)
    maximum = staticmethod(maximum)
    minimum = staticmethod(minimum)
    sign = staticmethod(sign)
    floor = staticmethod(floor)
    ceil = staticmethod(ceil)
    trunc = staticmethod(trunc)
    equal = staticmethod(equal)
    less = staticmethod(less)
    less_equal = staticmethod(less_equal)
    where = staticmethod(where)
    round = staticmethod(nearest)
