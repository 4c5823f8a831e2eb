"""Stage 5: what a document states twice about the shape of a wire, and tensors in files (format.md 7)."""

from collections.abc import Iterator
from typing import Any

from ..dtype import DEFAULT_DTYPE, is_floating
from ..jsontypes import is_object
from ..node import LEAVES, Node, Output
from ..structure import Structure
from ..tensor import shape_of
from .blobs import judge_blob
from .findings import Findings, Path

Stated = tuple[Path, Any]


def judge_shapes(
    rows: list[Node], outputs: list[Output], structure: Structure, dtype: str | None, found: Findings
) -> None:
    """Compare every two statements about the shape of one wire, and judge blobs; ``dtype`` is the document's."""
    known = [known_shape(row) for row in rows]
    for i, row in enumerate(rows):
        if found.truncated:
            return
        for path, raw in _tensors(row):
            at = ("nodes", i, *path)
            wire = _wire(i, row, path, structure)
            if is_object(raw):
                judge_blob(at, raw, row["id"], _dtype(wire, path, structure, dtype), found)
            if wire is not None:
                _compare(at, shape_of(raw), known[wire], row["id"], structure.ids[wire], found)
    for k, output in enumerate(outputs):
        position = structure.index.get(output["node"])
        if "seed" in output and position is not None:
            at = ("outputs", k, "seed")
            judge_blob(at, output["seed"], output["node"], structure.dtypes[position], found, finite=True)
            _compare(at, shape_of(output["seed"]), known[position], output["node"], output["node"], found)


def known_shape(row: Node) -> tuple[int, ...] | None:
    """The shape that the row states of its wire, if it states one."""
    if "shape" in row:
        return tuple(row["shape"])
    for _, raw in _own(row):
        return shape_of(raw)
    return () if row["op"] in LEAVES else None


def _own(row: Node) -> Iterator[Stated]:
    """The tensors that have the shape of the node's own wire."""
    if "value" in row:
        yield ("value",), row["value"]
    if row["op"] in LEAVES and "value" not in row and "shape" not in row:
        return
    if "grad" in row:
        yield ("grad",), row["grad"]
    yield from _entries(row, "local")


def _tensors(row: Node) -> Iterator[Stated]:
    if "value" in row:
        yield ("value",), row["value"]
    if "grad" in row:
        yield ("grad",), row["grad"]
    yield from _entries(row, "local")
    yield from _entries(row, "downstream")


def _entries(row: Node, name: str) -> Iterator[Stated]:
    for k, raw in enumerate(row.get(name, [])):
        if raw is not None:
            yield (name, k), raw


def _wire(i: int, row: Node, path: Path, structure: Structure) -> int | None:
    """The node whose shape a tensor must have: the row's own, or for `downstream` the operand's."""
    if path[0] != "downstream":
        return i
    inputs, port = row.get("inputs", []), path[1]
    return structure.index.get(inputs[port]) if isinstance(port, int) and port < len(inputs) else None


def _dtype(wire: int | None, path: Path, structure: Structure, default: str | None) -> str:
    """The dtype of a tensor: that of the wire, or the document's for what is no value on a wire without gradient."""
    dtype = structure.dtypes[wire] if wire is not None else ""
    return dtype if path[0] == "value" or is_floating(dtype) else default or DEFAULT_DTYPE


def _compare(
    at: Path, shape: tuple[int, ...], known: tuple[int, ...] | None, who: str, wire: str, found: Findings
) -> None:
    if known is not None and shape != known:
        message = (
            f"{who}: {at[2]} has the shape {list(shape)}, but {wire} has the shape {list(known)}: mend one of them"
        )
        found.add("shape.mismatch", at, message, node=who)
