"""Graphs with functions, that the tests of calls, boxes and expansion start from."""

from typing import Any

import orjson

from .documents import BASE

Row = dict[str, Any]

#: 1 / (1 + exp(-t)), as one gate.
SIGMOID: Row = {
    "params": ["t"],
    "nodes": [
        {"id": "one", "op": "const", "value": 1},
        {"id": "n", "op": "neg", "inputs": ["t"]},
        {"id": "e", "op": "exp", "inputs": ["n"]},
        {"id": "d", "op": "add", "inputs": ["e", "one"]},
        {"id": "y", "op": "reciprocal", "inputs": ["d"]},
    ],
    "outputs": ["y"],
}

#: Two results of one operand.
PAIR: Row = {
    "params": ["a"],
    "nodes": [{"id": "b", "op": "neg", "inputs": ["a"]}, {"id": "c", "op": "exp", "inputs": ["b"]}],
    "outputs": ["b", "c"],
}


def body(*nodes: Row, params: list[str] | None = None, outputs: list[str] | None = None, **fields: Any) -> Row:
    """A function of `a` whose output is its last node, unless it is said otherwise."""
    return {"params": params or ["a"], "nodes": list(nodes), "outputs": outputs or [nodes[-1]["id"]], **fields}


def node(name: str, op: str, *inputs: str, **fields: Any) -> Row:
    """One row."""
    return {"id": name, "op": op, "inputs": list(inputs), **fields}


def got(name: str, operand: str, index: int, **fields: Any) -> Row:
    """A component of a tuple."""
    return node(name, "get", operand, attrs={"index": index}, **fields)


def calling(*rows: Row, functions: dict[str, Any], outputs: list[str] | None = None, **fields: Any) -> bytes:
    """A document whose input is x, with these rows behind it."""
    nodes = [{"id": "x", "op": "input", "value": -2}, *rows]
    ends = [{"node": name} for name in outputs or [rows[-1]["id"]]]
    return orjson.dumps(BASE | {"nodes": nodes, "outputs": ends, "functions": functions, **fields})
