"""A circuit as text: values above the wires, gradients below them, as the lecture draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

from .canvas import Canvas, width
from .channel import route
from .circuit import Gate, shown
from .layers import Item, Layers, Link
from .layout import laid_out
from .marks import SIGNS
from .placement import Spacing, port_offset

_SPACING = Spacing(gate=2, wire=1, port=2)
_ARROW = "►"


@dataclass(frozen=True, slots=True)
class _Style:
    """How much room a drawing takes: columns between tracks, before numbers, and whether wires show their names."""

    track: int
    margin: int
    named: bool


#: From roomy to tight; the first one that fits is taken.
_STYLES = (_Style(2, 1, named=True), _Style(1, 0, named=True), _Style(2, 1, named=False), _Style(1, 0, named=False))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a layer begins, its gates end (exclusive), outputs end and get their names, and the tracks begin."""

    left: int
    gates: int
    end: int
    tracks: int


def draw_text(gates: Sequence[Gate], columns: int) -> str | None:
    """The circuit within that many columns; None if it does not fit. Raises Unroutable if wires block each other."""
    layers = laid_out(gates, _SPACING)
    for style in _STYLES:
        lines = _Drawing(layers, style).lines()
        if max(map(width, lines)) <= columns:
            return "\n".join(lines)
    return None


class _Drawing:
    """One drawing in one style."""

    def __init__(self, layers: Layers, style: _Style) -> None:
        self._layers = layers
        self._style = style
        self._canvas = Canvas()
        self._tracks = route(layers, _SPACING.port)
        self._columns = self._measured()

    def _measured(self) -> list[_Columns]:
        measured: list[_Columns] = []
        left = 0
        for layer, tracks in zip(self._layers, self._tracks, strict=True):
            gates = [item.gate for item in layer if item.gate]
            edge = left + (left > 0) + max(map(_gate_width, gates), default=0)
            numbers = max((width(text) for gate in gates for text in self._labels(gate)), default=0)
            end = edge + self._style.margin + numbers + 1
            names = max((width(f"{_ARROW} {gate.name} ") for gate in gates if gate.is_end), default=0)
            measured.append(_Columns(left, edge, end, end + names))
            left = measured[-1].tracks + max(tracks, default=0) * self._style.track + 1
        return measured

    def lines(self) -> list[str]:
        """The rows of the drawing."""
        for layer, columns in zip(self._layers, self._columns, strict=True):
            for item in layer:
                if item.gate:
                    self._gate(item.gate, round(item.y), columns)
        for level, layer in enumerate(self._layers):
            leaving = [item for item in layer if item.outgoing]
            for item, track in zip(leaving, self._tracks[level], strict=True):
                self._wire(item, self._columns[level].tracks + track * self._style.track)
        return self._canvas.lines()

    def _gate(self, gate: Gate, row: int, columns: _Columns) -> None:
        left = columns.gates - _gate_width(gate)
        if gate.is_leaf:
            self._canvas.write(row, left, gate.text)
        else:
            self._box(gate, row, left, columns.gates - 1)
        above, below = self._labels(gate)
        self._canvas.write(row - 1, columns.gates + self._style.margin, above)
        self._canvas.write(row + 1, columns.gates + self._style.margin, below)
        if gate.is_end:
            self._canvas.across(0, row, columns.gates, columns.end - 1)
            self._canvas.write(row, columns.end, f"{_ARROW} {gate.name}")

    def _box(self, gate: Gate, row: int, left: int, right: int) -> None:
        half = max(1, len(gate.operands))
        inside = right - left - 1
        self._canvas.write(row - half, left, f"┌{'─' * inside}┐")
        self._canvas.write(row + half, left, f"└{'─' * inside}┘")
        for between in range(row - half + 1, row + half):
            self._canvas.write(between, left, f"│{' ' * inside}│")
        self._canvas.write(row, left + 1, gate.text)
        self._canvas.write(row, right, "├")

    def _labels(self, gate: Gate) -> tuple[str, str]:
        """What stands above and below the wire of a gate."""
        named = gate.caption if self._style.named and not gate.is_end else ""
        return " = ".join(filter(None, (named, shown(gate.value)))), shown(gate.grad)

    def _wire(self, item: Item, track: int) -> None:
        wire, row = _origin(item), round(item.y)
        rows = [row]
        for link in item.outgoing:
            rows.append(round(link.end.y + port_offset(link, _SPACING.port)))
            self._canvas.across(wire, rows[-1], track, self._end(link))
            if link.end.gate:
                self._canvas.write(rows[-1], self._end(link), SIGNS.get(link.verdict, _ARROW))
        self._canvas.across(wire, row, self._start(item), track)
        self._canvas.down(wire, track, min(rows), max(rows))

    def _start(self, item: Item) -> int:
        columns = self._columns[item.level]
        return columns.gates if item.gate else columns.left

    def _end(self, link: Link) -> int:
        columns = self._columns[link.end.level]
        return columns.gates - _gate_width(link.end.gate) - 1 if link.end.gate else columns.left


def _origin(item: Item) -> int:
    """A number for the wire that an item belongs to."""
    while item.gate is None:
        item = item.incoming[0].start
    return id(item)


def _gate_width(gate: Gate) -> int:
    return width(gate.text) + (1 if gate.is_leaf else 2)
