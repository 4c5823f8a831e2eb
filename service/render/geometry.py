"""Where everything of an SVG drawing stands, in pixels: columns of gates, their numbers, channels for wires."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from unicodedata import east_asian_width

from .circuit import Gate, shown
from .layers import Item, Layers, Link
from .placement import Spacing, port_offset

FONT = 15
MARGIN = 14
ARROW = 7
SPACING = Spacing(gate=30, wire=14, port=20)

_RADIUS = 17
_GAP = 6
_NARROW = frozenset(" .,:;'|!ijl-[]()/")
_WIDE = frozenset("mwMW%@=+<>×✗")
_LEAST_CHANNEL, _MOST_CHANNEL = 20, 80


def text_width(text: str, size: float = FONT) -> float:
    """About the width of `text` in a common sans-serif font; rather too much than too little."""
    return size * sum(map(_character_width, text))


def _character_width(char: str) -> float:
    if east_asian_width(char) in "WF":
        return 1.0
    return 0.36 if char in _NARROW else 0.88 if char in _WIDE else 0.6


def label(gate: Gate) -> str:
    """What stands above the wire: the value, with the wire's name in front where it has one of its own."""
    return " = ".join(filter(None, ("" if gate.is_end else gate.caption, shown(gate.value))))


@dataclass(frozen=True, slots=True)
class Body:
    """The outline of a gate, a circle drawn out to a pill; or of a leaf's name with the space after it."""

    half_width: float
    half_height: float
    radius: float

    def left_at(self, offset: float) -> float:
        """How far left of the middle the outline is, at a height above or below it."""
        bend = max(0.0, abs(offset) - (self.half_height - self.radius))
        return self.half_width - self.radius + sqrt(max(0.0, self.radius**2 - bend**2))


def body_of(gate: Gate) -> Body:
    """The outline that holds a gate's text and ports."""
    if gate.is_leaf:
        return Body(text_width(gate.text) / 2 + _GAP / 2, _RADIUS, 0)
    ports = (len(gate.operands) - 1) * SPACING.port / 2
    return Body(max(_RADIUS, text_width(gate.text) / 2 + 8), max(_RADIUS, ports + 8), _RADIUS)


@dataclass(frozen=True, slots=True)
class Column:
    """A layer from left to right: gates stand around `middle` and end before `right`, then come their numbers.

    Wires that leave the drawing end at `end`, their names follow; the others turn after `turn`.
    """

    left: float
    middle: float
    right: float
    numbers: float
    end: float
    turn: float


def columns_of(layers: Layers) -> list[Column]:
    """The columns of all layers, each as wide as its widest gate and number."""
    columns: list[Column] = []
    left = float(MARGIN)
    for layer in layers:
        gates = [item.gate for item in layer if item.gate]
        half = max((body_of(gate).half_width for gate in gates), default=0.0)
        numbers = max((text_width(text) for gate in gates for text in (label(gate), shown(gate.grad))), default=0.0)
        right = left + 2 * half
        end = right + 2 * _GAP + numbers
        names = max((_name_width(gate) for gate in gates), default=0.0)
        columns.append(Column(left, left + half, right, right + _GAP, end, end + names))
        left = columns[-1].turn + _channel(layer)
    return columns


def _name_width(gate: Gate) -> float:
    """Room for the arrow and the name of an output."""
    return 3 * ARROW + text_width(gate.name) if gate.is_end else 0.0


def _channel(layer: Iterable[Item]) -> float:
    """Room for the wires after a layer: steep ones need more."""
    steepest = max((abs(end_y(link) - link.start.y) for item in layer for link in item.outgoing), default=0.0)
    return min(_MOST_CHANNEL, _LEAST_CHANNEL + steepest / 4)


def end_y(link: Link) -> float:
    """The height at which a link ends: at its port."""
    return link.end.y + port_offset(link, SPACING.port)
