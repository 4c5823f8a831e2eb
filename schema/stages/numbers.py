"""Stage 4: every number and tensor of a graph against the dtype of its wire (format.md 5 to 7)."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..dtype import DEFAULT_DTYPE, ITEMSIZE, is_floating
from ..jsontypes import is_list, is_object
from ..limits import Limits
from ..node import LEAVES
from ..number_faults import Fault
from ..pointer import pointer
from ..problem import Problem, Problems
from ..tensor import shape_of
from ..tensor_faults import Position, tensor_faults
from ..wording import shown
from .fields import row_dtype, row_name

Path = tuple[str | int, ...]


class Numbers:
    """Judges numbers one after the other, and counts the bytes of all tensors."""

    def __init__(self, limits: Limits, problems: Problems) -> None:
        self._limits = limits
        self._problems = problems
        self._bytes = 0

    @property
    def truncated(self) -> bool:
        """Whether more problems were found than are kept: a reason to stop looking."""
        return self._problems.truncated

    def tensor(self, raw: Any, position: Position, path: Path, who: str) -> None:
        """Judge one number or tensor that stands at ``path``."""
        sound = True
        for at, fault in tensor_faults(raw, position, self._limits):
            sound = False
            self._add(fault, (*path, *at), who, _found(raw, at))
            if self._problems.truncated:
                return
        if sound and isinstance(raw, (list, dict)):
            self.count(shape_of(raw), position.dtype, path, who)

    def claims(self, raw: Any, position: Position, path: Path, who: str, operands: Sequence[Position] = ()) -> None:
        """Judge ``local`` or ``downstream``: one number, tensor or null for each operand.

        ``operands``: the positions of the first entries, where they are not all ``position``.
        """
        if not is_list(raw):
            self._add(Fault("field.type", "an array parallel to inputs is expected"), path, who, raw)
            return
        for k, claim in enumerate(raw):
            if claim is not None and not self._problems.truncated:
                self.tensor(claim, operands[k] if k < len(operands) else position, (*path, k), who)

    def count(self, shape: Iterable[int], dtype: str | None, path: Path, who: str) -> None:
        """Add the bytes of a stated tensor; say so once when all of them are too many."""
        before, most = self._bytes, self._limits.tensor_bytes
        self._bytes += math.prod(shape) * ITEMSIZE[dtype or DEFAULT_DTYPE]
        if before <= most < self._bytes:
            fault = Fault("limit.tensor_bytes", f"the tensors up to here need more than {most} bytes: raise the limit")
            self._add(fault, path, who, None)

    def _add(self, fault: Fault, path: Path, who: str, found: Any) -> None:
        before = 4 if path[0] == "functions" else 2
        field = ".".join(map(str, path[before:])) or str(path[-1])
        says = f"{field} says {shown(found)}" if found is not None else field
        node = None if who == "the document" else who
        message = f"{who}: {says}; {fault.expected}"
        self._problems.add(Problem(code=fault.code, at=pointer(path), message=message, node=node))


def _found(raw: Any, at: Path) -> Any:
    for step in at:
        raw = raw[step]
    return raw


def judge_numbers(rows: list[Any], path: Path, default: str | None, numbers: Numbers) -> None:
    """Judge the numbers of every row that is an object, in the list at ``path``."""
    dtypes = dict(_dtypes(rows, default))
    for i, row in enumerate(rows):
        if numbers.truncated:
            return
        if is_object(row):
            _judge_row(row_name(row, i), row, (*path, i), dtypes, default, numbers)


def judge_seeds(rows: list[Any], outputs: Any, default: str | None, numbers: Numbers) -> None:
    """Judge the seeds of the outputs."""
    dtypes = dict(_dtypes(rows, default))
    for k, output in enumerate(outputs if is_list(outputs) else ()):
        if is_object(output) and "seed" in output:
            node = output.get("node")
            dtype = dtypes.get(node) if isinstance(node, str) else None
            position = Position(dtype if dtype and is_floating(dtype) else default, finite=True)
            numbers.tensor(output["seed"], position, ("outputs", k, "seed"), "the document")


def _dtypes(rows: list[Any], default: str | None) -> Iterator[tuple[str, str]]:
    for row in rows:
        if is_object(row) and isinstance(row.get("id"), str):
            yield row["id"], _sound_dtype(row, default)


def _sound_dtype(row: dict[str, Any], default: str | None) -> str:
    """The dtype of the wire; a stated one that is none is a problem already, and judged as the default."""
    dtype: Any = row_dtype(row, default)
    return dtype if isinstance(dtype, str) and dtype in ITEMSIZE else default or DEFAULT_DTYPE


def _judge_row(
    who: str, row: dict[str, Any], path: Path, dtypes: dict[str, str], default: str | None, numbers: Numbers
) -> None:
    dtype = _sound_dtype(row, default)
    leaf = row.get("op") in LEAVES
    gradient = Position(_gradient_dtype(dtype, default), gaps=True)
    if "value" in row:
        numbers.tensor(row["value"], Position(dtype, gaps=not leaf), (*path, "value"), who)
    elif leaf and _is_shape(row.get("shape")):
        numbers.count(row["shape"], dtype, (*path, "shape"), who)
    if "grad" in row:
        numbers.tensor(row["grad"], gradient, (*path, "grad"), who)
    if "local" in row:
        numbers.claims(row["local"], gradient, (*path, "local"), who)
    if "downstream" in row:
        operands = _operand_positions(row, dtypes, default)
        numbers.claims(row["downstream"], gradient, (*path, "downstream"), who, operands)


def _gradient_dtype(dtype: str, default: str | None) -> str:
    """A number that is stated where there is no gradient has the document's dtype."""
    return dtype if is_floating(dtype) else default or DEFAULT_DTYPE


def _operand_positions(row: dict[str, Any], dtypes: dict[str, str], default: str | None) -> list[Position]:
    inputs = row.get("inputs")
    names = [name for name in inputs if isinstance(name, str)] if is_list(inputs) else []
    return [Position(_gradient_dtype(dtypes.get(name, ""), default), gaps=True) for name in names]


def _is_shape(shape: Any) -> bool:
    return is_list(shape) and all(type(size) is int for size in shape)
