"""Tracks between two layers of a text drawing: which column each wire takes to go up or down."""

from collections.abc import Sequence
from dataclasses import dataclass

from .layers import Item, Layers, Link
from .placement import port_offset

#: How often a layer is moved apart before its wires count as unroutable.
_TRIES = 40


class Unroutable(Exception):
    """The wires between two layers block each other in a ring; `nets` are those of the ring and what waits for it."""

    def __init__(self, nets: Sequence["Net"]) -> None:
        super().__init__(f"{len(nets)} wires block each other")
        self.nets = nets


@dataclass(frozen=True, slots=True)
class Net:
    """One wire in a channel: the row where it comes from and the rows where it goes."""

    start: int
    ends: tuple[int, ...]

    @property
    def top(self) -> int:
        """The highest row that it touches."""
        return min(self.start, *self.ends)

    @property
    def bottom(self) -> int:
        """The lowest row that it touches."""
        return max(self.start, *self.ends)

    @property
    def is_straight(self) -> bool:
        """True if it needs no track."""
        return self.top == self.bottom

    def meets(self, other: "Net") -> bool:
        """True if the two would touch in one track."""
        return self.top <= other.bottom and other.top <= self.bottom


def route(layers: Layers, port: float) -> list[list[int]]:
    """Tracks for the wires that leave each layer; gates are lowered by a row where wires would block each other."""
    return [_routed(layer, after, port) for layer, after in zip(layers, [*layers[1:], []], strict=True)]


def _routed(layer: Sequence[Item], after: Sequence[Item], port: float) -> list[int]:
    for _ in range(_TRIES):
        try:
            return tracks_of(nets_of(layer, port))
        except Unroutable as blocked:
            _lower(after, {net.start for net in blocked.nets}, port)
    return tracks_of(nets_of(layer, port))


def _lower(layer: Sequence[Item], rows: set[int], port: float) -> None:
    """Move the lowest item that has a wire coming in on one of the rows, and all below it, down by a row."""
    places = [place for place, item in enumerate(layer) if any(_row(link, port) in rows for link in item.incoming)]
    for item in layer[places[-1] :]:
        item.y += 1


def _row(link: Link, port: float) -> int:
    """The row on which a link ends."""
    return round(link.end.y + port_offset(link, port))


def nets_of(layer: Sequence[Item], port: float) -> list[Net]:
    """The wires that leave a layer."""
    return [Net(round(item.y), tuple(_row(link, port) for link in item.outgoing)) for item in layer if item.outgoing]


def tracks_of(nets: Sequence[Net]) -> list[int]:
    """A track for every net, counted from the left; straight ones get 0 and do not use it.

    A net that starts on the row where another one ends has to turn first. Raises Unroutable if that is a ring.
    """
    tracks = [0] * len(nets)
    done: list[int] = []
    waiting = sorted((place for place, net in enumerate(nets) if not net.is_straight), key=lambda p: _turn(nets[p]))
    while waiting:
        place = next((p for p in waiting if not any(_first(nets[q], nets[p]) for q in waiting if q != p)), None)
        if place is None:
            raise Unroutable([nets[p] for p in waiting])
        blocking = (tracks[q] for q in done if nets[q].meets(nets[place]) or _first(nets[q], nets[place]))
        tracks[place] = 1 + max(blocking, default=-1)
        waiting.remove(place)
        done.append(place)
    return tracks


def _first(net: Net, other: Net) -> bool:
    """True if `net` has to turn left of `other`, because `other` ends on the row where `net` starts."""
    return net.start in other.ends


def _turn(net: Net) -> tuple[bool, int]:
    """Order that avoids crossings: of wires that go down the lowest turns first, of those that go up the highest."""
    goes_down = net.bottom > net.start
    return goes_down, -net.start if goes_down else net.start
