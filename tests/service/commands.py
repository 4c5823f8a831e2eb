"""The command line in this process, and small documents to give it."""

import io
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chainrule.service.cli import main


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Done:
    """Run `chainrule` with these arguments."""
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    return Done(code, *capsys.readouterr())


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Put these bytes on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def document(*nodes: dict[str, Any], output: str = "f", **header: Any) -> dict[str, Any]:
    """A graph document with these nodes."""
    start = {"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}}
    return {**start, "nodes": list(nodes), "outputs": [{"node": output}], **header}


def write(path: Path, *documents: dict[str, Any]) -> Path:
    """The documents in a file, one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in documents))
    return path


X = {"id": "x", "op": "input", "value": -2}
Y = {"id": "y", "op": "input", "value": 5}
Z = {"id": "z", "op": "input", "value": -4}
Q = {"id": "q", "op": "add", "inputs": ["x", "y"]}
F = {"id": "f", "op": "mul", "inputs": ["q", "z"]}

#: f = (x + y) z without annotations, with right ones, and with one wrong gradient.
BARE = document(X, Y, Z, Q, F)
RIGHT = document(
    X | {"grad": -4}, Y | {"grad": -4}, Z | {"grad": 3}, Q | {"value": 3, "grad": -4}, F | {"value": -12, "grad": 1}
)
WRONG = document(
    X | {"grad": -4}, Y | {"grad": -4}, Z | {"grad": 4}, Q | {"value": 3, "grad": -4}, F | {"value": -12, "grad": 1}
)

#: A printed 0 for a gradient that is not 0: it could stand for either sign.
OPEN = document({"id": "x", "op": "input", "value": "0.1", "grad": "0"}, {"id": "f", "op": "square", "inputs": ["x"]})

#: The only thing wrong is the order; everything is wrong.
UNSORTED = document(F, Q, X, Y, Z)
BROKEN = document({"id": "f", "op": "ngg", "inputs": ["y"]}, {"id": "x", "op": "input", "value": "abc", "q": 1})
