"""The short way through stages 4 and 5, for graphs whose rows hold nothing but ids, ops and JSON numbers.

Most rows of large graphs are plain. One tight pass judges them and lays out the structure at once; anything else,
wrong or only unusual, is left to the stages. So this pass need not know what is wrong, but it MUST NOT accept what
the stages refuse; a property test compares the two.
"""

from functools import cache
from typing import Any

from ..node import LEAVES
from ..opset import core_ops
from ..structure import Structure

_PLAIN = frozenset({"id", "op", "inputs", "value", "grad"})
_EDGES = frozenset({*_PLAIN, "local", "downstream"})
_OUTPUT = frozenset({"node", "seed"})

#: An identifier of at most so many ASCII characters is an id of one segment.
_SEGMENT = 64


def plain_structure(rows: list[Any], outputs: list[Any], *, fan_in: int, opset: int) -> Structure | None:
    """The structure of a float64 graph of plain rows without any problem; None if the stages must judge it."""
    try:
        index, operands, graded = _rows(rows, fan_in, gates_without_attributes(opset))
        positions = _outputs(outputs, index, graded)
    except (_NotPlain, KeyError, TypeError, AttributeError):
        # Python's own errors: a field that is missing or of another type, an operand that is no earlier node.
        return None
    return Structure(list(index), index, [row["op"] for row in rows], operands, ["float64"] * len(rows), positions)


class _NotPlain(Exception):
    """Something that the stages must judge."""


@cache
def gates_without_attributes(opset: int) -> frozenset[str]:
    """The ops that take operands and make one tensor, without attributes."""
    return frozenset(
        name
        for name, op in core_ops().items()
        if name not in LEAVES and op.outputs == 1 and not op.attrs and op.since <= opset
    )


def _rows(rows: list[Any], fan_in: int, gates: frozenset[str]) -> tuple[dict[str, int], list[tuple[int, ...]], bool]:
    """Positions by id, operands by position, and whether any gradient is stated. Kept as one loop for its speed."""
    index: dict[str, int] = {}
    operands: list[tuple[int, ...]] = []
    graded = False
    for i, row in enumerate(rows):
        keys = row.keys()
        if not keys <= _PLAIN:
            graded = _edges(row, graded)
        name: str = row["id"]
        inputs: list[str] = row.get("inputs", ())
        if row["op"] in gates:
            if len(inputs) > fan_in or type(inputs) is not list:
                raise _NotPlain
        else:
            _leaf(row)
        operands.append(tuple([index[operand] for operand in inputs]))
        if "value" in keys and (type(value := row["value"]) is not float and type(value) is not int):
            raise _NotPlain
        if "grad" in keys:
            graded = True
            if type(value := row["grad"]) is not float and type(value) is not int:
                raise _NotPlain
        if not name.isidentifier() or not name.isascii() or len(name) > _SEGMENT:
            raise _NotPlain
        index[name] = i
    if len(index) != len(rows):
        raise _NotPlain
    return index, operands, graded


def _leaf(row: dict[str, Any]) -> None:
    """A leaf has no operands, nothing on them, and a constant has a value."""
    if row["op"] not in LEAVES or any(row.get(name, []) != [] for name in ("inputs", "local", "downstream")):
        raise _NotPlain
    if row["op"] == "const" and "value" not in row:
        raise _NotPlain


def _edges(row: dict[str, Any], graded: bool) -> bool:
    """Judge `local` and `downstream`; whether a gradient is stated by now."""
    if not row.keys() <= _EDGES:
        raise _NotPlain
    width = len(row.get("inputs", ()))
    for name in ("local", "downstream"):
        entries: list[Any] | None = row.get(name)
        if name in row and (type(entries) is not list or len(entries) != width):
            raise _NotPlain
        for entry in entries or ():
            if type(entry) is not float and type(entry) is not int and entry is not None:
                raise _NotPlain
    return graded or "downstream" in row


def _outputs(outputs: list[Any], index: dict[str, int], graded: bool) -> list[int]:
    positions = [index[output["node"]] for output in outputs]
    seeds = [output["seed"] for output in outputs if "seed" in output]
    if len(set(positions)) != len(positions) or not all(output.keys() <= _OUTPUT for output in outputs):
        raise _NotPlain
    if len(seeds) not in (0, len(outputs)) or (graded and not seeds and len(outputs) > 1):
        raise _NotPlain
    if not all(type(seed) is float or type(seed) is int for seed in seeds):
        raise _NotPlain
    return positions
