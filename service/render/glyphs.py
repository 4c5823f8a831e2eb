"""Gates, names and numbers of an SVG drawing."""

from collections.abc import Iterator, Sequence

from .circuit import Entry, Gate, shown
from .elements import element, escaped
from .geometry import ARROW, FONT, MARGIN, Column, body_of, label, text_width
from .layers import Layers

QUIET = "#59636e"
_INK, _VALUE, _GRADIENT = "#1f2328", "#116329", "#b3121d"
_GATE_FILL, _GATE_EDGE = "#eef4fc", "#33547d"
_MARKED = {"refuted": "#ffc9c2", "undecided": "#ffe9a8", "carried": "#ffdfb8", "right": "#d5efda"}


def gates(layers: Layers, columns: Sequence[Column]) -> Iterator[str]:
    """All gates and leaves, each with the numbers on its wire."""
    for layer, column in zip(layers, columns, strict=True):
        for item in layer:
            if item.gate:
                y = MARGIN + item.y
                yield from _leaf(item.gate, column, y) if item.gate.is_leaf else _gate(item.gate, column, y)
                yield from _numbers(item.gate, column, y)


def text(x: float, y: float, content: str, colour: str, size: float = FONT, **attributes: str) -> str:
    """Text from a document, with its base line at `y`."""
    return element("text", escaped(content), x=x, y=y, fill=colour, font_size=size, **attributes)


def _leaf(gate: Gate, column: Column, y: float) -> Iterator[str]:
    yield text(column.right - 5, y + FONT / 3, gate.text, _INK, font_weight="bold", text_anchor="end")


def _gate(gate: Gate, column: Column, y: float) -> Iterator[str]:
    body = body_of(gate)
    yield element(
        "rect",
        x=column.middle - body.half_width,
        y=y - body.half_height,
        width=2 * body.half_width,
        height=2 * body.half_height,
        rx=body.radius,
        fill=_GATE_FILL,
        stroke=_GATE_EDGE,
        stroke_width=1.4,
    )
    yield text(column.middle, y + FONT / 3, gate.text, _INK, text_anchor="middle")


def _numbers(gate: Gate, column: Column, y: float) -> Iterator[str]:
    above, below = y - FONT / 2, y + FONT * 1.2
    name = label(gate).removesuffix(shown(gate.value))
    yield from _number(name, gate.value, column.numbers, above, _VALUE)
    yield from _number("", gate.grad, column.numbers, below, _GRADIENT)
    if gate.is_end:
        yield text(column.end + 2 * ARROW, y + FONT / 3, gate.name, _INK, font_weight="bold")


def _number(name: str, entry: Entry | None, x: float, y: float, colour: str) -> Iterator[str]:
    """A number with the name of its wire in front; one that a report marks stands on a coloured ground."""
    content = shown(entry)
    if entry and entry.verdict:
        wide = text_width(name + content) + 4
        yield element("rect", x=x - 3, y=y - FONT + 1, width=wide, height=FONT + 4, rx=3, fill=_MARKED[entry.verdict])
    if name or content:
        # A blank at the end of a tspan may be dropped: it stands in front of what follows.
        bare = name.rstrip()
        spans = (element("tspan", escaped(bare), fill=QUIET) if name else "", escaped(name[len(bare) :] + content))
        yield element("text", *spans, x=x, y=y, fill=colour, font_size=FONT)
