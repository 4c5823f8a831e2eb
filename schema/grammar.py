"""The texts that are numbers (format.md 6.1). The grammar comes before every conversion: Python's own takes more."""

import math
import re
from fractions import Fraction
from typing import NamedTuple

NONFINITE: dict[str, float] = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

#: One pattern for JSON Schema, which knows no fullmatch.
HEX = r"-?0x[01](\.[0-9a-f]{1,13})?p[+-](0|[1-9][0-9]{0,3})"
DECIMAL = r"(-?)(0|[1-9][0-9]{0,30})(?:\.([0-9]{1,40}))?(?:e([+-]?[0-9]{1,3}))?"
FRACTION = r"(-?(?:0|[1-9][0-9]{0,17}))/([1-9][0-9]{0,17})"

_HEX = re.compile(HEX)
_DECIMAL = re.compile(DECIMAL)
_FRACTION = re.compile(FRACTION)


class Decimal(NamedTuple):
    """A decimal as it is written: ``digits`` times 10 to ``exponent``, the weight of the last digit."""

    digits: int
    exponent: int

    @property
    def value(self) -> Fraction:
        """The rational that is written."""
        return self.digits * self.unit

    @property
    def unit(self) -> Fraction:
        """The weight of the last digit."""
        return Fraction(10) ** self.exponent

    @property
    def significant(self) -> int:
        """How many digits there are from the first to the last that is not zero."""
        return len(str(abs(self.digits)).rstrip("0"))

    @property
    def normalised_exponent(self) -> int:
        """The exponent with one non-zero digit before the point; 0 for zero."""
        return len(str(abs(self.digits))) - 1 + self.exponent if self.digits else 0


def read_decimal(text: str) -> Decimal | None:
    """The decimal that the text writes, if it is one: ``0.20``, ``-5.3e-1``."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    sign, whole, decimals, exponent = match.groups(default="")
    return Decimal(int(sign + whole + decimals), int(exponent or "0") - len(decimals))


def read_fraction(text: str) -> Fraction | None:
    """The rational that the text writes as a fraction, if it is one: ``1/3``."""
    match = _FRACTION.fullmatch(text)
    return Fraction(int(match[1]), int(match[2])) if match else None


def read_hex(text: str) -> Fraction | None:
    """The rational that the text writes as a hexadecimal float, if it is one: ``0x1.8p+0``."""
    if not _HEX.fullmatch(text):
        return None
    mantissa, exponent = text.split("p")
    whole, _, decimals = mantissa.partition(".")
    return int(whole + decimals, 16) * Fraction(2) ** (int(exponent) - 4 * len(decimals))
