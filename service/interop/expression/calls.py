"""Calls: a function of the op set, or a constant that no plain literal can say."""

import ast

from .form import Constant, Form, Refused, gate
from .names import FOLDED, MODULES, nearest, op_of, rule_of

_LEAVES = frozenset({"input", "param"})


def call_form(call: ast.Call) -> Form:
    """What a call is in a graph."""
    name = _function_name(call.func)
    if name is None:
        return Refused("only a function's name can be called", call.args)
    if name == "const":
        return _constant(call)
    if name in _LEAVES:
        return Refused(f"{name} is no function; a leaf is written as its name", call.args)
    if rule_of(op_of(name)) is None:
        known = nearest(name)
        return Refused(f"no function is called {name}; nearest: {', '.join(known)}", call.args, nearest=known)
    attributes = [(keyword.arg or "**", keyword.value) for keyword in call.keywords]
    return gate(op_of(name), name, call.args, attributes, folded=name in FOLDED)


def _function_name(function: ast.expr) -> str | None:
    match function:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in MODULES:
            return name
        case _:
            return None


def _constant(call: ast.Call) -> Form:
    match call:
        case ast.Call(args=[literal], keywords=[]):
            return Constant(literal)
        case ast.Call(args=[literal], keywords=[ast.keyword(arg="dtype", value=ast.Constant(value=str(dtype)))]):
            return Constant(literal, dtype)
        case _:
            return Refused('a constant is written const(NUMBER) or const(NUMBER, dtype="int64")')
