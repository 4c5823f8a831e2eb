"""Python floats: the quick way for scalars. Where Python raises, the caller falls back to `arrays`, which is IEEE."""

import math
import sys
from dataclasses import dataclass
from fractions import Fraction

from .kernels import SPLIT, TAIL, log_of_sum

_NORMAL = sys.float_info.min


@dataclass(frozen=True, slots=True)
class Floats:
    """binary64 scalars; `share` is the weight of the upper branch at a tie."""

    share: float = 0.0

    def constant(self, number: int | Fraction) -> float:
        return float(number)

    def pi(self) -> float:
        return math.pi

    def hypot(self, a: float, b: float) -> float:
        return math.hypot(a, b)

    def square(self, x: float) -> float:
        return x * x

    def sqrt(self, x: float) -> float:
        return math.sqrt(x)

    def exp(self, x: float) -> float:
        return math.exp(x)

    def log(self, x: float) -> float:
        return math.log(x)

    def log2(self, x: float) -> float:
        return math.log2(x)

    def log10(self, x: float) -> float:
        return math.log10(x)

    def log1p(self, x: float) -> float:
        return math.log1p(x)

    def expm1(self, x: float) -> float:
        return math.expm1(x)

    def rsqrt(self, x: float) -> float:
        return 1.0 / math.sqrt(x)

    def logaddexp(self, a: float, b: float) -> float:
        if a == b:
            return a + _LN2
        more, less = (a, b) if a > b else (b, a)
        found = more + math.log1p(math.exp(less - more))
        return log_of_sum(a, b) if abs(found) < -more / 2 else found

    def erf(self, x: float) -> float:
        return math.erf(x)

    def erfc(self, x: float) -> float:
        return math.erfc(x)

    def gaussian(self, x: float) -> float:
        if abs(x) > TAIL:
            return 0.0
        # The square of the first half of the digits is exact: rounding x * x would be amplified by x * x.
        scaled = SPLIT * x
        half = scaled - (scaled - x)
        return math.exp(-half * half) * math.exp((half - x) * (half + x))

    def sin(self, x: float) -> float:
        return math.sin(x)

    def cos(self, x: float) -> float:
        return math.cos(x)

    def tan(self, x: float) -> float:
        return math.tan(x)

    def asin(self, x: float) -> float:
        return math.asin(x)

    def acos(self, x: float) -> float:
        return math.acos(x)

    def atan(self, x: float) -> float:
        return math.atan(x)

    def atan2(self, y: float, x: float) -> float:
        return math.atan2(y, x)

    def sinh(self, x: float) -> float:
        return math.sinh(x)

    def cosh(self, x: float) -> float:
        return math.cosh(x)

    def tanh(self, x: float) -> float:
        return math.tanh(x)

    def asinh(self, x: float) -> float:
        return math.asinh(x)

    def acosh(self, x: float) -> float:
        return math.acosh(x)

    def atanh(self, x: float) -> float:
        return math.atanh(x)

    def sigmoid(self, x: float) -> float:
        small = math.exp(-abs(x))
        return (1.0 if x >= 0 else small) / (1.0 + small)

    def pow(self, base: float, exponent: float) -> float:
        return math.pow(base, exponent)

    def power_slope(self, base: float, exponent: float) -> float:
        if not exponent:
            return 0.0
        power = math.pow(base, exponent) if base else 0.0
        # exponent - 1 rounds, which a power amplifies by log(base); the quotient does not need it.
        return exponent * power / base if _NORMAL <= abs(power) < math.inf else exponent * math.pow(base, exponent - 1)

    def exponent_slope(self, base: float, power: float) -> float:
        if base == 0 and power < math.inf:
            return 0.0
        return power * math.log(base) if base > 0 else math.nan

    def maximum(self, a: float, b: float) -> float:
        return a if a >= b or a != a else b

    def minimum(self, a: float, b: float) -> float:
        return a if a <= b or a != a else b

    def side(self, guard: float, below: float, above: float) -> float:
        if guard > 0:
            return float(above)
        if guard < 0:
            return float(below)
        return below * (1.0 - self.share) + above * self.share if guard == 0 else math.nan

    def sign(self, x: float) -> float:
        return float((x > 0) - (x < 0)) if x == x else x

    def floor(self, x: float) -> float:
        return float(math.floor(x))

    def ceil(self, x: float) -> float:
        return float(math.ceil(x))

    def round(self, x: float) -> float:
        return float(round(x))

    def trunc(self, x: float) -> float:
        return float(math.trunc(x))

    def equal(self, a: float, b: float) -> float:
        return float(a == b)

    def less(self, a: float, b: float) -> float:
        return float(a < b)

    def less_equal(self, a: float, b: float) -> float:
        return float(a <= b)

    def where(self, condition: float, a: float, b: float) -> float:
        return a if condition else b


_LN2 = math.log(2.0)
