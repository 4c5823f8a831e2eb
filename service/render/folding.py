"""What a drawing leaves out: constants go into the gates that read them, copies become marks on their wire."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ...schema import Node
from .numbers import short
from .symbols import takes_constant

#: Ops that copy their operand.
_COPIES = frozenset({"identity"})


class Operand(NamedTuple):
    """A drawn operand: its place among the gate's inputs, the wire that is read, and the copies on the way."""

    place: int
    source: str
    through: tuple[str, ...]


class Folding:
    """The rows of a graph and what of them is drawn; nodes in `kept` are never left out."""

    def __init__(self, rows: Sequence[Node], kept: Collection[str]) -> None:
        self._rows = rows
        self.constants: dict[str, str] = {}
        self._copied: dict[str, str] = {}
        for row in rows:
            if row["id"] not in kept:
                self._fold(row)

    def _fold(self, row: Node) -> None:
        constant = self._constant(row)
        if constant:
            self.constants[row["id"]] = constant
        elif row["op"] in _COPIES:
            self._copied[row["id"]] = row.get("inputs", [])[0]

    def _constant(self, row: Node) -> str | None:
        """The number on a wire that is computed from scalar constants only, if it can be told."""
        operands = row.get("inputs", [])
        value = row.get("value")
        if row["op"] in ("input", "param") or not all(operand in self.constants for operand in operands):
            return None
        if row["op"] == "neg":
            return f"-{self.constants[operands[0]]}"
        return None if value is None or isinstance(value, list | dict) else short(value)

    def operands(self, row: Node) -> list[Operand]:
        """The operands of a gate that are drawn as wires."""
        folded = self.folded_place(row)
        inputs = [] if row["id"] in self.constants else row.get("inputs", [])
        return [Operand(place, *self._source(wire)) for place, wire in enumerate(inputs) if place != folded]

    def folded_place(self, row: Node) -> int | None:
        """Which operand becomes part of the gate's symbol: the only constant one."""
        sources = [self._source(operand)[0] for operand in row.get("inputs", [])]
        places = [place for place, source in enumerate(sources) if source in self.constants]
        return places[0] if takes_constant(row["op"]) and len(places) == 1 else None

    def constant(self, row: Node, place: int) -> str:
        """The number on a constant operand."""
        return self.constants[self._source(row.get("inputs", [])[place])[0]]

    def drawn(self) -> list[Node]:
        """The rows to draw; a constant that some gate cannot take in is drawn as a leaf."""
        plain = [row for row in self._rows if row["id"] not in self.constants and row["id"] not in self._copied]
        shown = {row["id"] for row in plain} | {operand.source for row in plain for operand in self.operands(row)}
        return [row for row in self._rows if row["id"] in shown]

    def _source(self, wire: str) -> tuple[str, tuple[str, ...]]:
        through: list[str] = []
        while wire in self._copied:
            through.append(wire)
            wire = self._copied[wire]
        return wire, tuple(through)
