"""Literal trees as the values of constants: numbers, and numbers in nested lists."""

import ast
from collections.abc import Callable

from ....schema import Raw
from ....schema.tensor import NEGATIVE_ZERO, write
from .literals import Literals, double, exact

#: What a constant or a leaf holds: a number as a document writes it, or nested lists of them.
Value = Raw | list["Value"]


class NotALiteral(Exception):
    """`tree` is not a number where only a number can stand; the message says why."""

    def __init__(self, tree: ast.expr, message: str) -> None:
        super().__init__(message)
        self.tree = tree


def value_of(tree: ast.expr, written: Callable[[ast.expr], str], literals: Literals) -> Value:
    """The value that a literal tree denotes; `written` gives the text of a number. Raises NotALiteral.

    Recursion is safe here: the guards keep brackets and signs shallow.
    """
    match tree:
        case ast.List(elts=entries):
            return [value_of(entry, written, literals) for entry in entries]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as number):
            return _negated(_number(number, written, literals))
        case ast.Constant(value=bool() | str() as value):
            return value
        case ast.Constant():
            return _number(tree, written, literals)
        case _:
            raise NotALiteral(tree, "only numbers can stand here; write the entries as digits")


def as_written(value: Value) -> Value:
    """A value from Python as a document writes it: NaN, the infinities and negative zero become text."""
    return [as_written(entry) for entry in value] if isinstance(value, list) else write((), [value])


def all_integers(value: Value) -> bool:
    """True if every number in nested lists was written as an integer."""
    if isinstance(value, list):
        return all(all_integers(entry) for entry in value)
    return type(value) is int


def _number(tree: ast.Constant, written: Callable[[ast.expr], str], literals: Literals) -> Raw:
    if type(tree.value) not in (int, float):
        raise NotALiteral(tree, "only numbers can stand here; write the entries as digits")
    try:
        return exact(written(tree)) if literals == "exact" else double(written(tree))
    except ValueError as error:
        raise NotALiteral(tree, str(error)) from error


def _negated(number: Raw) -> Raw:
    if isinstance(number, str):
        return f"-{number}"
    return NEGATIVE_ZERO if number == 0 and isinstance(number, float) else -number
