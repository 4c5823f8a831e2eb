"""From a file to a document that was read strictly, against onnx loading and checking the same graph."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

import chainrule
from chainrule.engine.edges import Edges
from chainrule.engine.levels import levels_of
from chainrule.engine.plan import plan
from chainrule.engine.program import Gates, program_of

from .circuits import Circuit, chain, document, network, wide
from .pairs import FULL_RUN, paired
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
    for name, graph in _graphs(scale, full=rounds >= FULL_RUN):
        yield from _ordering(name, graph, rounds=rounds)


def _graphs(scale: float, *, full: bool) -> Iterator[tuple[str, Circuit]]:
    """What is put in order: a million nodes in a full run only."""
    for size in (100_000, 1_000_000) if full else (100_000,):
        some = max(20, int(size * scale))
        yield f"wide random, {size:,}", wide(some)
        yield f"chain, {size:,}", chain(some)
        if full:
            yield f"network 16-16-16-1 unrolled, {size:,}", network(max(1, some // 1_126))


def _ordering(name: str, circuit: Circuit, *, rounds: int) -> Iterator[Row]:
    """Levels, kernels and runs of a graph, against a graph library that builds it and sorts it.

    Either side starts from what it takes: ours from arrays, as column files hold them, or from operands row by row.
    """
    made = plan(chainrule.load(orjson.dumps(document(circuit))))
    told = made.rules, Edges.of(made.operands), made.dtypes, made.trained, made.reaching
    gates = Gates.of(*told)
    edges = [(operand, gate) for gate, read in enumerate(made.operands) for operand in read]
    peer = sorted_by_rustworkx(len(circuit), edges)

    def from_rows() -> None:
        program_of(Gates.of(made.rules, Edges.of(made.operands), *told[2:]))

    works = {
        "order and levels, from arrays": lambda: levels_of(gates.edges),
        "levels, kernels and runs, from arrays": lambda: program_of(gates),
        "the same, from rows": from_rows,
    }
    for work, task in works.items():
        measured = peer and paired(task, peer, rounds=rounds)
        yield Row("ordering", f"{name}: {work}", len(circuit), {"rustworkx, build and sort": measured})
