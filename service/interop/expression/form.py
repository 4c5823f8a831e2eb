"""What a piece of an expression can be in a graph."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from .names import rule_of


@dataclass(frozen=True, slots=True)
class Gate:
    """An op over operands, folded to the left where there are more of them than the op takes; literals by attribute."""

    op: str
    written: str
    operands: Sequence[ast.expr]
    attributes: Sequence[tuple[str, ast.expr]] = ()


@dataclass(frozen=True, slots=True)
class Wire:
    """A name: a leaf, or a wire that was named before."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: a number, or numbers in nested lists; `dtype` if the author gave one."""

    literal: ast.expr
    dtype: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """What no graph has; its operands are still looked at, so that all problems are found at once."""

    message: str
    operands: Sequence[ast.expr] = ()
    code: str = "import.unsupported"
    nearest: tuple[str, ...] = ()


Form = Gate | Wire | Constant | Refused


def gate(
    op: str,
    written: str,
    operands: Sequence[ast.expr],
    attributes: Sequence[tuple[str, ast.expr]] = (),
    *,
    folded: bool = False,
) -> Gate | Refused:
    """The gate, unless the op set lacks the op or it takes another number of operands, or other attributes."""
    rule = rule_of(op)
    if rule is None:
        return Refused(f"{written} needs the op {op}, which this op set does not have", operands)
    for name, _ in attributes:
        if name not in rule.attributes:
            return Refused(f"{written} has no attribute {name}", operands)
    if rule.accepts(len(operands)) or (folded and len(operands) > len(rule.operands)):
        return Gate(op, written, operands, attributes)
    least, most = rule.least, len(rule.operands)
    many = f"at least {least}" if folded or rule.variadic else str(least) if least == most else f"{least} to {most}"
    takes = f"{many} operand{'' if many == '1' else 's'}"
    return Refused(f"{written} takes {takes}, not {len(operands)}", operands, code="op.arity")
