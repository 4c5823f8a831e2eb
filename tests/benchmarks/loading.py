"""From a file to a document that was read strictly, against onnx loading and checking the same graph."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

import chainrule
from chainrule.engine.plan import plan
from chainrule.engine.program import program_of

from .circuits import Circuit, document, wide
from .pairs import paired
from .peers import onnx_file, sorted_by_rustworkx
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
        columns = Path(folder) / "wide.cr.safetensors"
        chainrule.dump(chainrule.load(path), columns)
        by_rows = paired(lambda: chainrule.load(columns), lambda: chainrule.load(path), rounds=rounds)
        by_onnx = peer and paired(lambda: chainrule.load(columns), peer, rounds=rounds)
        peers = {"onnx load and check": by_onnx, "our rows": by_rows}
        yield Row("loading", "columns with value and grad", len(circuit), peers)
        yield from _ordering(circuit, rounds=rounds)


def _ordering(circuit: Circuit, *, rounds: int) -> Iterator[Row]:
    """Levels, kernels and runs of a graph, against a graph library that builds it and sorts it."""
    graph = chainrule.load(orjson.dumps(document(circuit)))
    made = plan(graph)
    arguments = made.rules, made.operands, made.dtypes, made.trained, made.reaching
    edges = [(operand, gate) for gate, read in enumerate(made.operands) for operand in read]
    peer = sorted_by_rustworkx(len(circuit), edges)
    measured = peer and paired(lambda: program_of(*arguments), peer, rounds=rounds)
    yield Row("ordering", "levels, kernels and runs", len(circuit), {"rustworkx, build and sort": measured})
