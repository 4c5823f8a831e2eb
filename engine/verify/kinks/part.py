"""A part of a graph: some wires, what hangs between them and the outputs, and what determines the values there.

Gradients of these wires are the same in the part as in the whole: all that they send anything to is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ...plan import Plan, plan
from ...shape import size


@dataclass(frozen=True)
class Part:
    """`places`: position in the whole -> position in the part; `above` are the wires with all their consumers."""

    plan: Plan
    places: Mapping[int, int]
    above: frozenset[int]

    @cached_property
    def origins(self) -> list[int]:
        """Position in the part -> position in the whole."""
        return list(self.places)


def part_of(whole: Plan, wires: Iterable[int], most: int) -> Part | None:
    """The part above these wires; None if it has more than `most` scalar operations."""
    above = _above(whole, wires)
    needed = _with_operands(whole, above)
    if sum(size(whole.shapes[i]) for i in needed if whole.rules[i] is not None) > most:
        return None
    kept = [output for output, place in zip(whole.graph.outputs, whole.outputs, strict=True) if place in needed]
    rows = [whole.graph.nodes[i] for i in needed]
    made = plan(whole.graph.with_nodes(rows, outputs=kept))
    return Part(made, {i: k for k, i in enumerate(needed)}, frozenset(above))


def _above(whole: Plan, wires: Iterable[int]) -> set[int]:
    """The wires, and all that depends on them and reaches an output."""
    found = {wire for wire in wires if whole.reaching[wire]}
    for gate in whole.gates:
        if whole.reaching[gate] and any(k in found for k in whole.operands[gate]):
            found.add(gate)
    return found


def _with_operands(whole: Plan, wires: Iterable[int]) -> list[int]:
    """The wires and everything beneath them, in order."""
    found = set(wires)
    for i in range(len(whole.ids) - 1, -1, -1):
        if i in found:
            found.update(whole.operands[i])
    return sorted(found)
