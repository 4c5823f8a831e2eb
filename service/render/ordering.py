"""Fewer crossings: items of a layer are sorted by the middle of their neighbours, to and fro, and the best is kept."""

from bisect import bisect_right, insort
from itertools import pairwise

from .layers import Item, Layers, Link

_SWEEPS = 6


def untangle(layers: Layers) -> None:
    """Reorder the items of every layer in place; equal middles keep the order of the operands."""
    best = [list(layer) for layer in layers]
    fewest = _crossings(layers)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        _sweep(layers, forward=sweep % 2 == 0)
        crossings = _crossings(layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    layers[:] = best


def _sweep(layers: Layers, *, forward: bool) -> None:
    ordered = layers if forward else layers[::-1]
    for settled, layer in pairwise(ordered):
        places = _places([settled, layer])
        middles = {id(item): _middle(item, places, forward=forward) for item in layer}
        layer.sort(key=lambda item: middles[id(item)])


def _places(layers: Layers) -> dict[int, float]:
    return {id(item): float(place) for layer in layers for place, item in enumerate(layer)}


def _middle(item: Item, places: dict[int, float], *, forward: bool) -> float:
    links = item.incoming if forward else item.outgoing
    if not links:
        return places[id(item)]
    ends = (places[id(link.start)] if forward else _end(link, places) for link in links)
    return sum(ends) / len(links)


def _end(link: Link, places: dict[int, float]) -> float:
    """Where a link ends, ports told apart."""
    return places[id(link.end)] + link.port / link.ports


def _crossings(layers: Layers) -> int:
    places = _places(layers)
    return sum(_crossings_after(layer, places) for layer in layers)


def _crossings_after(layer: list[Item], places: dict[int, float]) -> int:
    count = 0
    seen: list[float] = []
    for item in layer:
        ends = [_end(link, places) for link in item.outgoing]
        count += sum(len(seen) - bisect_right(seen, end) for end in ends)
        for end in ends:
            insort(seen, end)
    return count
