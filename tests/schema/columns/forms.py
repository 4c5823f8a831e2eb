"""One small graph in both forms, and files taken apart."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import orjson

from chainrule.schema import DocumentError, Graph, Problem, read
from chainrule.schema.columns import pack
from chainrule.schema.container import Stored, open_header
from chainrule.schema.limits import DEFAULT, Limits
from chainrule.schema.number_faults import Fault

BASE: dict[str, Any] = {
    "chainrule": "1.0",
    "kind": "graph",
    "opset": {"core": 1},
    "nodes": [
        {"id": "x", "op": "input", "value": -2.5},
        {"id": "y", "op": "input", "value": 5.0},
        {"id": "z", "op": "input", "value": -4.0},
        {"id": "q", "op": "add", "inputs": ["x", "y"]},
        {"id": "f", "op": "mul", "inputs": ["q", "z"], "value": -10.0, "grad": 1.0},
    ],
    "outputs": [{"node": "f", "seed": 1.0}],
}


def graph(content: bytes) -> Graph:
    """The graph of a file in either form."""
    found = read(content)
    assert isinstance(found, Graph)
    return found


def changed(**fields: Any) -> bytes:
    """The small graph with other fields on its last node, in JSON."""
    document = deepcopy(BASE)
    document["nodes"][4] |= fields
    return orjson.dumps(document)


def packed() -> bytes:
    """The small graph in columns."""
    return pack(graph(orjson.dumps(BASE)))


def parts(content: bytes) -> tuple[dict[str, str], dict[str, Stored]]:
    """Metadata and tensors of a sound file."""
    opened = open_header(content)
    assert not isinstance(opened, Fault)
    tensors: Mapping[str, Stored] | Fault = opened.tensors()
    assert not isinstance(tensors, Fault)
    return dict(opened.metadata), dict(tensors)


def refused(content: bytes, *, kind: str | None = None, limits: Limits = DEFAULT) -> Problem:
    """The problem for which a file is refused."""
    try:
        read(content, kind=kind, limits=limits)
    except DocumentError as error:
        return error.problems[0]
    raise AssertionError("the file was read")
