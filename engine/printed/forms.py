"""The ways in which people write a local gradient or a value besides the op's own rule (grading.md 5.2).

All agree wherever the output is the op of its operands; with rounded numbers they differ. An op that is not here has
its own rule as its only form.
"""

from collections.abc import Mapping
from typing import Any

from ..rule import Formula


def _quotient_over_square(xp: Any, out: Any, a: Any, b: Any) -> Any:
    return -(a / xp.square(b))


def _reciprocal_of_input(xp: Any, out: Any, a: Any) -> Any:
    return -(1 / xp.square(a))


def _reciprocal_mixed(xp: Any, out: Any, a: Any) -> Any:
    return -(out / a)


def _sqrt_of_input(xp: Any, out: Any, a: Any) -> Any:
    return 1 / (2 * xp.sqrt(a))


def _exp_of_input(xp: Any, out: Any, a: Any) -> Any:
    return xp.exp(a)


def _sigmoid_of_input(xp: Any, out: Any, a: Any) -> Any:
    s = xp.sigmoid(a)
    return (1 - s) * s


def _sigmoid_by_gates(xp: Any, out: Any, a: Any) -> Any:
    e = xp.exp(-a)
    return e / xp.square(1 + e)


def _tanh_of_input(xp: Any, out: Any, a: Any) -> Any:
    return 1 - xp.square(xp.tanh(a))


def _tanh_by_cosh(xp: Any, out: Any, a: Any) -> Any:
    return 1 / xp.square((xp.exp(a) + xp.exp(-a)) / xp.constant(2))


def _power_by_output(xp: Any, out: Any, base: Any, exponent: Any) -> Any:
    return exponent * out / base


def _exponent_of_inputs(xp: Any, out: Any, base: Any, exponent: Any) -> Any:
    return xp.exponent_slope(base, xp.pow(base, exponent))


#: Op -> port -> forms of the local gradient besides the rule's own, each of (xp, output, operands).
GRADIENTS: Mapping[str, Mapping[int, tuple[Formula, ...]]] = {
    "div": {1: (_quotient_over_square,)},
    "reciprocal": {0: (_reciprocal_of_input, _reciprocal_mixed)},
    "sqrt": {0: (_sqrt_of_input,)},
    "exp": {0: (_exp_of_input,)},
    "sigmoid": {0: (_sigmoid_of_input, _sigmoid_by_gates)},
    "tanh": {0: (_tanh_of_input, _tanh_by_cosh)},
    "pow": {0: (_power_by_output,), 1: (_exponent_of_inputs,)},
}


def _sigmoid_through_exp(xp: Any, a: Any) -> Any:
    return 1 / (1 + xp.exp(-a))


def _sigmoid_over_exp(xp: Any, a: Any) -> Any:
    e = xp.exp(a)
    return e / (1 + e)


def _tanh_through_exp(xp: Any, a: Any) -> Any:
    e, inverse = xp.exp(a), xp.exp(-a)
    return (e - inverse) / (e + inverse)


def _tanh_through_one_exp(xp: Any, a: Any) -> Any:
    e = xp.exp(2 * a)
    return (e - 1) / (e + 1)


def _tanh_through_sigmoid(xp: Any, a: Any) -> Any:
    return 2 * xp.sigmoid(2 * a) - 1


#: Op -> ways to compute its value in steps, each of (xp, operands); they count in work arithmetic.
VALUES: Mapping[str, tuple[Formula, ...]] = {
    "sigmoid": (_sigmoid_through_exp, _sigmoid_over_exp),
    "tanh": (_tanh_through_exp, _tanh_through_one_exp, _tanh_through_sigmoid),
}
