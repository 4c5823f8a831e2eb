"""One gate on float numbers: its value, its local gradients, and what its dtype makes of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..schema.number import round_to
from .numbers.arrays import Arrays
from .numbers.floats import Floats
from .rule import Rule

#: A wire's number in the float passes: a Python float for a scalar, a float64 array for a tensor.
Number = Any

FLOATS, ARRAYS = Floats(), Arrays()


def evaluate(rule: Rule, scalar: bool, operands: Sequence[Number]) -> Number:
    """One gate's value; scalars where Python's floats raise are computed again by the IEEE rules of arrays."""
    if not rule.elementwise:
        value = rule.value(ARRAYS, list(map(np.asarray, operands)))
        return float(value) if scalar else value
    if not scalar:
        return rule.forward(ARRAYS, *map(np.asarray, operands))
    try:
        return rule.forward(FLOATS, *operands)
    except (ArithmeticError, ValueError):
        return float(rule.forward(ARRAYS, *map(np.float64, operands)))


def rounded(number: Number, dtype: str) -> Number:
    """A computed float64 number in the wire's own dtype."""
    if dtype == "float64" or dtype not in _NARROW:
        return number
    return _narrowed(number, dtype) if isinstance(number, np.ndarray) else round_to(number, dtype)


_NARROW = {"float32": np.float32, "float16": np.float16, "bfloat16": np.float32}


def _narrowed(array: Any, dtype: str) -> Any:
    if dtype == "bfloat16":
        flat = [round_to(float(entry), dtype) for entry in array.ravel()]
        return np.array(flat, dtype=np.float64).reshape(array.shape)
    return array.astype(_NARROW[dtype]).astype(np.float64)


def local_gradients(
    rule: Rule, scalar: bool, out: Number, operands: Sequence[Number], kinks: str
) -> tuple[Number, ...]:
    """d out / d operand at these numbers; where Python's floats raise, by the IEEE rules of arrays."""
    share = share_of(rule, kinks)
    if not scalar:
        return rule.local(Arrays(share), out, [np.asarray(operand) for operand in operands])
    try:
        return rule.local(Floats(share), out, operands)
    except (ArithmeticError, ValueError):
        return tuple(map(float, rule.local(Arrays(share), np.float64(out), [np.float64(x) for x in operands])))


def share_of(rule: Rule, kinks: str) -> float:
    """The weight of the upper branch at a tie under a convention; 0 where there is no tie."""
    return float(rule.at_kink[kinks]) if rule.at_kink else 0.0
