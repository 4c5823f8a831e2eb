"""A graph as a table: one gate a line, for graphs that are too large for a picture in characters."""

from collections.abc import Sequence

from ...schema import Graph, Node
from .canvas import width
from .circuit import Entry, shown
from .marks import Marks
from .numbers import short
from .words import cut

_HEADINGS = ("node", "gate", "value", "gradient")
_LONGEST = (32, 40, 24, 24)


def listing(graph: Graph, marks: Marks) -> str:
    """Every node of the graph with its operands, value and gradient."""
    rows = [_HEADINGS, *(_cells(row, marks) for row in graph.nodes)]
    widths = [max(width(cells[column]) for cells in rows) for column in range(len(_HEADINGS))]
    return "\n".join(_line(cells, widths) for cells in rows)


def _cells(row: Node, marks: Marks) -> tuple[str, ...]:
    operands = row.get("inputs", [])
    gate = f"{row['op']}({', '.join(operands)})" if operands else row["op"]
    cells = (row["id"], gate, _number(row, "value", marks), _number(row, "grad", marks))
    return tuple(cut(cell, longest) for cell, longest in zip(cells, _LONGEST, strict=True))


def _number(row: Node, field: str, marks: Marks) -> str:
    if field not in row:
        return ""
    return shown(Entry(short(row[field]), marks.get((row["id"], field), "")))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (size - width(cell)) for cell, size in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
