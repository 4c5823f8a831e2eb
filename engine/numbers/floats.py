"""Python floats: the quick way for scalars. Where Python raises, the caller falls back to `arrays`, which is IEEE."""

import math
import sys
from dataclasses import dataclass

_NORMAL = sys.float_info.min


@dataclass(frozen=True, slots=True)
class Floats:
    """binary64 scalars; `share` is the weight of the upper branch at a tie."""

    share: float = 0.0

    def constant(self, number: int) -> float:
        return float(number)

    def square(self, x: float) -> float:
        return x * x

    def sqrt(self, x: float) -> float:
        return math.sqrt(x)

    def exp(self, x: float) -> float:
        return math.exp(x)

    def log(self, x: float) -> float:
        return math.log(x)

    def sin(self, x: float) -> float:
        return math.sin(x)

    def cos(self, x: float) -> float:
        return math.cos(x)

    def tanh(self, x: float) -> float:
        return math.tanh(x)

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

    def side(self, guard: float, below: int, above: int) -> float:
        if guard > 0:
            return float(above)
        if guard < 0:
            return float(below)
        return below + self.share * (above - below) if guard == 0 else math.nan
