"""What of a graph is drawn: gates, and the wires that they make."""

import re
from dataclasses import dataclass
from typing import Any

from ...schema import Graph, Node
from .folding import Folding, Operand
from .marks import SIGNS, Marks, worse
from .numbers import short
from .symbols import folded_symbol, symbol
from .words import cut, printable

_LONGEST_CAPTION = 24


@dataclass(frozen=True, slots=True)
class Entry:
    """A number on a wire as it is shown; `verdict` is "" unless a report finds fault with it."""

    text: str
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Wire:
    """How a gate reads one operand: the gate that makes it, copies on the way, what is found of the edge."""

    source: int
    through: tuple[str, ...] = ()
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """A leaf or a gate, with the wire that it makes.

    `text` is what stands in it: the symbol of a gate, the name or number of a leaf. `caption` is a gate's own name.
    """

    id: str
    text: str
    caption: str
    is_leaf: bool
    is_output: bool
    is_read: bool
    operands: tuple[Wire, ...]
    value: Entry | None
    grad: Entry | None

    @property
    def name(self) -> str:
        """What the wire is called where it leaves the drawing."""
        return self.caption or self.id

    @property
    def is_end(self) -> bool:
        """True if the wire leaves the drawing: an output that no gate reads."""
        return self.is_output and not self.is_read


def shown(entry: Entry | None) -> str:
    """A number with the sign of its verdict, so that no finding is told by colour alone."""
    return " ".join(filter(None, (SIGNS.get(entry.verdict), entry.text))) if entry else ""


def gates_of(graph: Graph, marks: Marks, *, fold: bool) -> list[Gate]:
    """Everything that is drawn, in topological order. What a report finds fault with is never folded away."""
    outputs = {output["node"] for output in graph.outputs}
    kept = outputs | {node for node, _ in marks} if fold else {row["id"] for row in graph.nodes}
    folding = Folding(graph.nodes, kept)
    rows = folding.drawn()
    places = {row["id"]: place for place, row in enumerate(rows)}
    read = {operand.source for row in rows for operand in folding.operands(row)}
    return [
        _gate(row, folding, places, marks, is_output=row["id"] in outputs, is_read=row["id"] in read) for row in rows
    ]


def _gate(row: Node, folding: Folding, places: dict[str, int], marks: Marks, *, is_output: bool, is_read: bool) -> Gate:
    operands = folding.operands(row)
    wires = (Wire(places[operand.source], operand.through, _edge_verdict(row, operand, marks)) for operand in operands)
    caption = _caption(row)
    number = _constant(row, folding) if not operands else None
    return Gate(
        id=row["id"],
        text=caption or number or "" if not operands else _symbol(row, folding),
        caption="" if not operands else caption,
        is_leaf=not operands,
        is_output=is_output,
        is_read=is_read,
        operands=tuple(wires),
        value=_entry(row, "value", marks) if caption or number is None else None,
        grad=_entry(row, "grad", marks),
    )


def _constant(row: Node, folding: Folding) -> str | None:
    """The number that a leaf without a name of its own shows instead."""
    if row["id"] in folding.constants:
        return folding.constants[row["id"]]
    return short(row.get("value")) if row["op"] == "const" else None


def _symbol(row: Node, folding: Folding) -> str:
    place = folding.folded_place(row)
    return symbol(row["op"]) if place is None else folded_symbol(row["op"], folding.constant(row, place), place)


def _caption(row: Node) -> str:
    """The label, or the id unless it only repeats the op."""
    if "label" in row:
        return cut(printable(row["label"]), _LONGEST_CAPTION)
    is_automatic = row["op"] not in ("input", "param") and re.fullmatch(rf"{row['op']}(\.\d+)?", row["id"])
    return "" if is_automatic else cut(row["id"], _LONGEST_CAPTION)


def _edge_verdict(row: Node, operand: Operand, marks: Marks) -> str:
    fields = (f"local[{operand.place}]", f"downstream[{operand.place}]")
    return worse(marks.get((row["id"], field), "") for field in fields)


def _entry(row: Node, field: str, marks: Marks) -> Entry | None:
    claim: Any = row.get(field)
    return None if claim is None else Entry(short(claim), marks.get((row["id"], field), ""))
