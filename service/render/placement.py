"""Heights: every item as near to the middle of its neighbours as order and spacing allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf

from .layers import Item, Layers, Link

_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Spacing:
    """Half the height that a one-operand gate and a passing wire need, and the distance of ports."""

    gate: float
    wire: float
    port: float

    def half(self, item: Item) -> float:
        """Half of the height that belongs to an item alone."""
        if item.gate is None:
            return self.wire
        return self.gate + max(0, len(item.gate.operands) - 1) * self.port / 2

    def between(self, above: Item, below: Item) -> int:
        """Least distance of neighbours in a layer."""
        return ceil(self.half(above) + self.half(below))


def port_offset(link: Link, port: float) -> float:
    """How far below the middle of its gate a link ends."""
    return (link.port - (link.ports - 1) / 2) * port


def place(layers: Layers, spacing: Spacing) -> None:
    """Set the y of every item, in whole units, the topmost at 0."""
    for layer in layers:
        _settle(layer, [0.0] * len(layer), spacing)
    for sweep in range(_SWEEPS):
        ahead = sweep % 2 == 0
        for layer in layers if ahead else reversed(layers):
            _settle(layer, [_wish(item, spacing, ahead=ahead) for item in layer], spacing)
    for chain in _chains(layers):
        _straighten(chain, _slack(chain, layers, spacing), spacing)
    top = min(item.y - ceil(spacing.half(item)) for layer in layers for item in layer)
    for layer in layers:
        for item in layer:
            item.y -= top


def _chains(layers: Layers) -> list[list[Item]]:
    """Every wire that passes layers: its items from the first passed layer to the last."""
    firsts = [item for layer in layers for item in layer if item.gate is None and item.incoming[0].start.gate]
    chains: list[list[Item]] = []
    for item in firsts:
        chains.append([item])
        while (after := next((link.end for link in item.outgoing if link.end.gate is None), None)) is not None:
            chains[-1].append(after)
            item = after
    return chains


def _slack(chain: Sequence[Item], layers: Layers, spacing: Spacing) -> tuple[float, float]:
    """The heights at which a wire could pass all its layers without touching its neighbours."""
    lowest, highest = -inf, inf
    for item in chain:
        layer = layers[item.level]
        place = layer.index(item)
        if place > 0:
            lowest = max(lowest, layer[place - 1].y + spacing.between(layer[place - 1], item))
        if place + 1 < len(layer):
            highest = min(highest, layer[place + 1].y - spacing.between(item, layer[place + 1]))
    return lowest, highest


def _straighten(chain: Sequence[Item], slack: tuple[float, float], spacing: Spacing) -> None:
    """Let a wire pass all its layers at one height: that of its start or its end if there is room."""
    lowest, highest = slack
    if lowest > highest:
        return
    start = chain[0].incoming[0].start.y
    end = next(link.end.y + port_offset(link, spacing.port) for link in chain[-1].outgoing)
    fitting = [y for y in (start, end) if lowest <= y <= highest]
    height = fitting[0] if fitting else min(max(end, lowest), highest)
    for item in chain:
        item.y = height


def _wish(item: Item, spacing: Spacing, *, ahead: bool) -> float:
    before = [link.start.y - port_offset(link, spacing.port) for link in item.incoming]
    after = [link.end.y + port_offset(link, spacing.port) for link in item.outgoing]
    wishes = (before or after) if ahead else (after or before)
    return sum(wishes) / len(wishes) if wishes else item.y


def _settle(layer: Sequence[Item], wishes: Sequence[float], spacing: Spacing) -> None:
    """Least squares under the order: neighbours that would overlap are pooled (isotonic regression)."""
    offsets = [0.0]
    for above, below in pairwise(layer):
        offsets.append(offsets[-1] + spacing.between(above, below))
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        pools.append((wish - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (upper, m), (lower, n) = pools[-2:]
            pools[-2:] = [((upper * m + lower * n) / (m + n), m + n)]
    heights = [round(height) for height, count in pools for _ in range(count)]
    for item, height, offset in zip(layer, heights, offsets, strict=True):
        item.y = height + offset
