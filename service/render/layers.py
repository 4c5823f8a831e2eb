"""Gates in layers: levels by longest path, with a dummy item wherever a wire passes a layer.

So wires run between gates and never through them. The method is that of Sugiyama, Tagawa and Toda (1981).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .circuit import Gate

#: A leaf whose first gate is farther away stands just before that gate: long wires are hard to follow.
_LONGEST_LEAF_WIRE = 2


@dataclass(slots=True, eq=False)
class Item:
    """A gate in its layer, or (`gate` is None) the place where a wire passes the layer."""

    level: int
    gate: Gate | None = None
    y: float = 0.0
    incoming: list["Link"] = field(default_factory=list["Link"])
    outgoing: list["Link"] = field(default_factory=list["Link"])


@dataclass(slots=True, eq=False)
class Link:
    """A piece of a wire between neighbouring layers; at a gate it ends at one of `ports` ports, the first on top."""

    start: Item
    end: Item
    port: int = 0
    ports: int = 1
    verdict: str = ""
    through: tuple[str, ...] = ()


#: Layers from left to right, each from top to bottom.
Layers = list[list[Item]]


def layers_of(gates: Sequence[Gate]) -> Layers:
    """The items of every layer, linked, in the order of a walk from the outputs along the operands."""
    levels = _levels(gates)
    items = [Item(level, gate) for level, gate in zip(levels, gates, strict=True)]
    passing: dict[tuple[int, int], Item] = {}
    for item in items:
        for port, wire in enumerate(item.gate.operands if item.gate else ()):
            start = _reach(items[wire.source], wire.source, item.level, passing)
            ports = len(item.gate.operands) if item.gate else 1
            _connect(Link(start, item, port, ports, wire.verdict, wire.through))
    return _walked(items, max(levels) + 1)


def _levels(gates: Sequence[Gate]) -> list[int]:
    levels: list[int] = []
    first_use: dict[int, int] = {}
    for gate in gates:
        levels.append(1 + max((levels[wire.source] for wire in gate.operands), default=-1))
        for wire in gate.operands:
            first_use[wire.source] = min(levels[-1], first_use.get(wire.source, levels[-1]))
    for place, use in first_use.items():
        if gates[place].is_leaf and use > _LONGEST_LEAF_WIRE:
            levels[place] = use - 1
    return levels


def _reach(item: Item, wire: int, level: int, passing: dict[tuple[int, int], Item]) -> Item:
    """The item of the wire in the layer before `level`; made, with those on the way, where it is not there yet."""
    for between in range(item.level + 1, level):
        key = (wire, between)
        if key not in passing:
            passing[key] = Item(between)
            _connect(Link(item, passing[key]))
        item = passing[key]
    return item


def _connect(link: Link) -> None:
    link.start.outgoing.append(link)
    link.end.incoming.append(link)


def _walked(items: Sequence[Item], count: int) -> Layers:
    """Items by layer as a depth-first walk meets them, operands in order: a tree gets no crossing at all."""
    layers: Layers = [[] for _ in range(count)]
    pending = [item for item in reversed(items) if not item.outgoing]
    met: set[int] = set()
    while pending:
        item = pending.pop()
        if id(item) not in met:
            met.add(id(item))
            layers[item.level].append(item)
            pending.extend(link.start for link in reversed(item.incoming))
    return layers
