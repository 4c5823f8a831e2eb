"""Documents that the tests of this folder start from."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import orjson

from chainrule.schema import DocumentError, Graph, Problem, read

#: The base document of the conformance corpus.
BASE: dict[str, Any] = {
    "chainrule": "1.0",
    "kind": "graph",
    "opset": {"core": 1},
    "nodes": [
        {"id": "x", "op": "input", "value": -2},
        {"id": "y", "op": "input", "value": 5},
        {"id": "z", "op": "input", "value": -4},
        {"id": "q", "op": "add", "inputs": ["x", "y"]},
        {"id": "f", "op": "mul", "inputs": ["q", "z"], "value": -12, "grad": 1},
    ],
    "outputs": [{"node": "f", "seed": 1}],
}

TEXT = orjson.dumps(BASE)


def altered(*, node: Mapping[str, Any] | None = None, at: int = 0, **fields: Any) -> bytes:
    """The base document with other fields, and with other fields on the node at a position."""
    document = deepcopy(BASE) | fields
    if node:
        document["nodes"][at] |= node
    return orjson.dumps(document)


def graph(text: bytes) -> Graph:
    """The graph that the text is."""
    document = read(text)
    assert isinstance(document, Graph)
    return document


def refused(text: bytes, **options: Any) -> list[tuple[str, str]]:
    """Code and place of every problem; empty if the text is read."""
    return [(problem.code, problem.at) for problem in problems(text, **options)]


def messages(text: bytes) -> list[str]:
    """What is said of every problem."""
    return [problem.message for problem in problems(text)]


def problems(text: bytes, **options: Any) -> tuple[Problem, ...]:
    """Every problem; none if the text is read."""
    try:
        read(text, **options)
    except DocumentError as error:
        return error.problems
    return ()
