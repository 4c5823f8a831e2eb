"""One gate backward, in any tensor system: what every operand receives of the gradient that reaches the gate."""

from collections.abc import Container, Sequence
from typing import Any

from .rule import Rule
from .shape import SCALAR


def pulled(
    xp: Any, rule: Rule, grad: Any, out: Any, operands: Sequence[Any], unasked: Container[int] = ()
) -> tuple[Any, ...]:
    """Downstream gradients, each of its operand's shape; None toward an operand without gradient.

    Elementwise: upstream times local, summed toward a scalar that was combined with a tensor. Otherwise the pullback.
    Nobody asks for those at the places `unasked`, toward constants: the slope of a power by its exponent may not exist.
    """
    if not rule.elementwise:
        return rule.pull(xp.at(rule), grad, out, operands)
    ports = [None if rule.is_fixed(port) or port in unasked else port for port in range(len(operands))]
    return tuple(None if port is None else _downstream(xp, rule, grad, out, operands, port) for port in ports)


def _downstream(xp: Any, rule: Rule, grad: Any, out: Any, operands: Sequence[Any], port: int) -> Any:
    terms = xp.at(rule).through(rule, port, grad, out, operands)
    shape = xp.shape(terms)
    if xp.shape(operands[port]) == SCALAR and shape != SCALAR:
        return xp.sum(terms, tuple(range(len(shape))))
    return terms
