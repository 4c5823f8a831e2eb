"""`draw`: a graph as a picture, in characters or as SVG."""

from typing import Literal

from ...engine.check import check
from ...schema import Graph, Report, UsageError
from .channel import Unroutable
from .circuit import Gate, gates_of, shown
from .listing import listing
from .marks import MEANINGS, SIGNS, Marks, marks_of
from .svg import draw_svg
from .text import draw_text

_COLUMNS = 120
_MOST_TEXT_GATES = 60
_MOST_SVG_GATES = 400
_LEGEND = "above each wire its value, below it its gradient"


def draw(
    graph: Graph,
    *,
    format: Literal["text", "svg"] = "text",  # noqa: A002 the name that the command has
    fold: bool = True,
    report: Report | None = None,
) -> str:
    """The circuit of a graph: gates from left to right, the value above each wire and the gradient below it.

    `text` is a picture in box characters within 120 columns, or a table of nodes where the picture does not fit;
    `svg` is one self-contained file. With `fold`, scalar constants stand inside the gates that read them ("+1") and
    copies are left out. A `report` marks numbers that are refuted (✗), undecided (?) or carried from a wrong one (!).
    Raises UsageError for another format, and for a graph that is too large for SVG; DocumentError for a graph that
    breaks a rule of its ops.
    """
    check(graph)
    marks = marks_of(report)
    gates = gates_of(graph, marks, fold=fold)
    if format == "text":
        return "\n".join([*_text(graph, gates, marks), *_notes(gates, marks)]) + "\n"
    if format != "svg":
        raise UsageError(f"{format} is no format of a drawing; formats are text and svg")
    if len(gates) > _MOST_SVG_GATES:
        raise UsageError(f"{len(gates):,} gates are too many for a picture (at most {_MOST_SVG_GATES}); draw text")
    return draw_svg(gates, _title(graph), _description(gates), [*_legend(gates), *_notes(gates, marks)])


def _title(graph: Graph) -> str:
    outputs = ", ".join(output["node"] for output in graph.outputs)
    return (graph.meta or {}).get("title") or (graph.meta or {}).get("source") or f"Circuit of {outputs}"


def _description(gates: list[Gate]) -> str:
    """The picture in words: every gate with what it reads, its value and its gradient."""
    return "; ".join(_sentence(gate, gates) for gate in gates)


def _sentence(gate: Gate, gates: list[Gate]) -> str:
    operands = ", ".join(gates[wire.source].id for wire in gate.operands)
    made = f" = {gate.text} of {operands}" if operands else ""
    value = f", value {shown(gate.value)}" if gate.value else ""
    grad = f", gradient {shown(gate.grad)}" if gate.grad else ""
    return f"{gate.id}{made}{value}{grad}"


def _text(graph: Graph, gates: list[Gate], marks: Marks) -> list[str]:
    if len(gates) <= _MOST_TEXT_GATES:
        try:
            picture = draw_text(gates, _COLUMNS)
        except Unroutable:
            picture = None
        if picture is not None:
            return [picture, "", *_legend(gates)]
    return [listing(graph, marks)]


def _legend(gates: list[Gate]) -> list[str]:
    return [_LEGEND] if any(gate.value or gate.grad for gate in gates) else []


def _notes(gates: list[Gate], marks: Marks) -> list[str]:
    """What the picture marks or leaves out, in words."""
    copies = [
        f"{', '.join(wire.through)}: copies of {gates[wire.source].id} on its wire to {gate.id}"
        for gate in gates
        for wire in gate.operands
        if wire.through
    ]
    return copies + [f"{SIGNS[kind]} {MEANINGS[kind]}: {field} of {node}" for (node, field), kind in marks.items()]
