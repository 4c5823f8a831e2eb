"""The grammar: which syntax trees are nodes of a graph, and of which op. Everything else is refused by name."""

import ast
from collections.abc import Sequence

from .calls import call_form
from .form import Constant, Form, Refused, Wire, gate

_SIGNS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("add", "+"),
    ast.Sub: ("sub", "-"),
    ast.Mult: ("mul", "*"),
    ast.Div: ("div", "/"),
    ast.Pow: ("pow", "**"),
    ast.MatMult: ("matmul", "@"),
    ast.USub: ("neg", "-"),
    ast.Not: ("logical_not", "not"),
    ast.Lt: ("less", "<"),
    ast.LtE: ("less_equal", "<="),
    ast.Gt: ("greater", ">"),
    ast.GtE: ("greater_equal", ">="),
    ast.Eq: ("equal", "=="),
    ast.NotEq: ("not_equal", "!="),
}
_REFUSALS: dict[type[ast.AST], str] = {
    ast.Attribute: "attribute access is not read; write the number, or give it a name",
    ast.Subscript: "subscripts are not read; give the entry a name of its own",
    ast.Lambda: "a lambda is not read; write the expression itself",
    ast.NamedExpr: ":= is not read; write a statement NAME = expression before",
    ast.JoinedStr: "strings are no operands",
    ast.ListComp: "comprehensions are not read; write the terms out",
    ast.GeneratorExp: "comprehensions are not read; write the terms out",
    ast.Tuple: "several values in one place are not read; name them one by one",
    ast.Starred: "operands are written one by one, without a star",
    ast.FloorDiv: "// is not read; no op rounds a quotient down",
    ast.Mod: "% is not read; no op gives a remainder",
    ast.BitXor: "^ is not read; a power is written **",
    ast.Or: "or is not read; write not (not a and not b)",
}


def form_of(tree: ast.expr) -> Form:
    """What `tree` is in a graph."""
    match tree:
        case ast.Name(id=name):
            return Wire(name)
        case ast.Constant(value=value):
            return Constant(tree) if type(value) in (int, float) else Refused("only numbers and names are operands")
        case ast.List():
            return Constant(tree)
        case ast.Call():
            return call_form(tree)
        case _:
            return _operation(tree)


def _operation(tree: ast.expr) -> Form:
    match tree:
        case ast.BinOp(op=sign, left=left, right=right):
            return _operator(sign, (left, right))
        case ast.UnaryOp(op=sign, operand=operand):
            return _operator(sign, (operand,))
        case ast.BoolOp(op=ast.And(), values=values):
            return gate("logical_and", "and", values, folded=True)
        case ast.BoolOp(op=sign, values=values):
            return _refused(sign, values)
        case ast.IfExp(test=condition, body=body, orelse=otherwise):
            return gate("where", "if", (condition, body, otherwise))
        case ast.Compare(ops=[sign], left=left, comparators=[right]):
            return _operator(sign, (left, right))
        case ast.Compare(left=left, comparators=others):
            return Refused("chained comparisons are not read; join two with and", (left, *others))
        case _:
            return _refused(tree)


def _operator(sign: ast.AST, operands: Sequence[ast.expr]) -> Form:
    if type(sign) not in _SIGNS:
        return _refused(sign, operands)
    op, written = _SIGNS[type(sign)]
    return gate(op, written, operands)


def _refused(what: ast.AST, operands: Sequence[ast.expr] = ()) -> Refused:
    return Refused(_REFUSALS.get(type(what), f"{type(what).__name__} is not read in an expression"), operands)
