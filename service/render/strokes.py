"""Wires of an SVG drawing: level at their ends, a smooth turn between, an arrow where a gate reads them."""

from collections.abc import Iterator, Sequence

from .elements import element, escaped, pixels
from .geometry import ARROW, MARGIN, SPACING, Column, body_of, end_y
from .layers import Item, Layers, Link
from .marks import SIGNS
from .placement import port_offset

WIRE, FAULT = "#6e7781", "#b3121d"


def wires(layers: Layers, columns: Sequence[Column]) -> Iterator[str]:
    """All wires, a path for each piece between two layers."""
    for layer in layers:
        for item in layer:
            yield from _stub(item, columns[item.level])
            for link in item.outgoing:
                yield from _link(link, columns[item.level], columns[link.end.level])


def _stub(item: Item, column: Column) -> Iterator[str]:
    """The level piece under the numbers of a wire, or through a layer that the wire passes."""
    y = MARGIN + item.y
    start = _start(item, column)
    end = column.turn if item.outgoing else column.end
    yield _path(f"M{pixels(start)},{pixels(y)}H{pixels(end)}", WIRE)
    if item.gate and item.gate.is_end:
        yield _arrow(end + ARROW, y, WIRE)
    if len(item.outgoing) > 1:
        yield element("circle", cx=end, cy=y, r=2.6, fill=WIRE)


def _start(item: Item, column: Column) -> float:
    if item.gate is None:
        return column.left
    return column.right if item.gate.is_leaf else column.middle + body_of(item.gate).half_width


def _link(link: Link, before: Column, after: Column) -> Iterator[str]:
    colour = FAULT if link.verdict else WIRE
    y, end = MARGIN + link.start.y, MARGIN + end_y(link)
    middle = (before.turn + after.left) / 2
    tip = _tip(link, after)
    curve = f"C{pixels(middle)},{pixels(y)} {pixels(middle)},{pixels(end)} {pixels(after.left)},{pixels(end)}"
    names = element("title", escaped(f"copies: {', '.join(link.through)}")) if link.through else ""
    yield _path(f"M{pixels(before.turn)},{pixels(y)}{curve}H{pixels(tip)}", colour, names)
    if link.end.gate:
        yield _arrow(tip, end, colour)
    if link.verdict:
        sign = SIGNS[link.verdict]
        yield element("text", sign, x=before.turn, y=(y + end) / 2 - 5, fill=FAULT, font_size=14, font_weight="bold")


def _tip(link: Link, column: Column) -> float:
    """Where a link ends: at the outline of a gate, or where the wire's level piece through a layer begins."""
    if link.end.gate is None:
        return column.left
    return column.middle - body_of(link.end.gate).left_at(port_offset(link, SPACING.port)) - 1


def _path(path: str, colour: str, title: str = "") -> str:
    children = (title,) if title else ()
    return element("path", *children, d=path, fill="none", stroke=colour, stroke_width=1.6)


def _arrow(tip: float, y: float, colour: str) -> str:
    x, top, bottom = pixels(tip - ARROW), pixels(y - ARROW / 2), pixels(y + ARROW / 2)
    return element("path", d=f"M{pixels(tip)},{pixels(y)}L{x},{top}V{bottom}Z", fill=colour)
