"""From a file to a document that was read strictly, against onnx loading and checking the same graph."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

import chainrule

from .circuits import document, wide
from .pairs import paired
from .peers import onnx_file
from .row import Row


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """100,000 rows with value and gradient each; the peer's file holds the graph without them."""
    circuit = wide(int(100_000 * scale))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "wide.cr.json"
        path.write_bytes(orjson.dumps(document(circuit, annotated=True)))
        peer = onnx_file(circuit, Path(folder) / "wide.onnx")
        measured = peer and paired(lambda: chainrule.load(path), peer, rounds=rounds)
        yield Row("loading", "rows with value and grad", len(circuit), {"onnx load and check": measured})
