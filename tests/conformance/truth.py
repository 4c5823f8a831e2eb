"""The truth about a graph to many digits, by mpmath: its own functions, and its own numerical differentiation.

Nothing of the engine is used: no rule, no number system. Leaves and tensor entries are exact; the op is told by name.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import mpmath

from chainrule.schema import Graph

#: Digits that the truth is computed with; cancellation in the graphs here takes less than half of them.
DIGITS = 100


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def _relu(x: Any) -> Any:
    return max(x, mpmath.mpf(0))


#: Op -> what it means, in mpmath's numbers.
MEANING: Mapping[str, Callable[..., Any]] = {
    "identity": mpmath.mpmathify,
    "add": mpmath.fadd,
    "sub": mpmath.fsub,
    "mul": mpmath.fmul,
    "div": mpmath.fdiv,
    "neg": mpmath.fneg,
    "pow": mpmath.power,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sqrt": mpmath.sqrt,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "abs": abs,
    "maximum": max,
    "minimum": min,
    "relu": _relu,
    "tanh": mpmath.tanh,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "sigmoid": _sigmoid,
}


def exact(raw: Any) -> Any:
    """A scalar as the document writes it: a double as it is, a decimal string or a fraction exactly."""
    if isinstance(raw, str) and "x" not in raw:
        number = Fraction(raw)
        return mpmath.mpf(number.numerator) / number.denominator
    return mpmath.mpf(float.fromhex(raw) if isinstance(raw, str) else raw)


def value(graph: Graph, moved: Mapping[str, Any] | None = None) -> Any:
    """The scalar output, with the leaves in `moved` put elsewhere. Call it inside `mpmath.workdps`."""
    numbers: dict[str, Any] = {}
    for node in graph.nodes:
        name = node["id"]
        if moved and name in moved:
            numbers[name] = moved[name]
        elif "inputs" in node:
            numbers[name] = MEANING[node["op"]](*[numbers[operand] for operand in node["inputs"]])
        else:
            numbers[name] = exact(node["value"])
    return numbers[graph.outputs[0]["node"]]


def gradient(graph: Graph, leaf: str) -> Any:
    """d output / d leaf by mpmath's differences at several times the working precision."""
    with mpmath.workdps(DIGITS):
        at = exact(next(node["value"] for node in graph.nodes if node["id"] == leaf))
        return mpmath.diff(lambda x: value(graph, {leaf: x}), at)


def rational(number: Any) -> Fraction:
    """An mpmath number as the rational that it is."""
    sign, mantissa, exponent, _ = number._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent
