"""A circuit that numbers are asked about: its plan, its exact sources, and the numbers that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import NamedTuple

from flint import fmpq

from ...schema import Graph
from ..numbers.intervals import Interval, point
from ..plan import Plan, plan
from ..shape import size
from ..verify.known import Known, leaf_entries, seed_entries

#: The two ends of every mixture of branches where a guard is, or may be, 0.
SHARES = (fmpq(0), fmpq(1))

ZERO = point(fmpq(0))


class Cell(NamedTuple):
    """One number of a circuit: a field of a node, the operand's index for local and downstream, the entry."""

    field: str
    node: int
    port: int | None = None
    entry: int = 0


class Uses(NamedTuple):
    """How one gate reads a wire: through these operands."""

    gate: int
    ports: tuple[int, ...]


class Circuit:
    """A graph laid out for grading. What is computed here is computed once for all who answer."""

    def __init__(self, graph: Graph) -> None:
        self.plan: Plan = plan(graph)

    @cached_property
    def uses(self) -> Sequence[Sequence[Uses]]:
        """For every wire the gates that read it and reach an output, in the order of the forward pass."""
        found: list[dict[int, list[int]]] = [{} for _ in self.plan.ids]
        for gate in self.plan.gates:
            if self.plan.reaching[gate]:
                for port, operand in enumerate(self.plan.operands[gate]):
                    found[operand].setdefault(gate, []).append(port)
        return [[Uses(gate, tuple(ports)) for gate, ports in wire.items()] for wire in found]

    def above(self, wire: int) -> frozenset[int]:
        """The wires from which a wire is made, directly or through others."""
        return self._ancestors[wire]

    @cached_property
    def _ancestors(self) -> Sequence[frozenset[int]]:
        found: list[frozenset[int]] = []
        for operands in self.plan.operands:
            found.append(frozenset(operands).union(*(found[operand] for operand in operands)))
        return found

    @cached_property
    def leaves(self) -> dict[int, list[Interval | None]]:
        """The exact values of the leaves, by position."""
        leaves = (i for i, rule in enumerate(self.plan.rules) if rule is None)
        return {i: [known.exact if known else None for known in leaf_entries(self.plan, i)] for i in leaves}

    @cached_property
    def sources(self) -> Mapping[Cell, Interval | None]:
        """The exact values of the leaves, by cell."""
        leaves = self.leaves.items()
        return {Cell("value", wire, None, entry): one for wire, entries in leaves for entry, one in enumerate(entries)}

    @cached_property
    def seeds(self) -> dict[int, list[Interval]]:
        """The exact seeds of the outputs, by position."""
        return {
            position: [_exact(known) for known in seed_entries(self.plan, place)]
            for place, position in enumerate(self.plan.outputs)
        }

    def seed(self, wire: int, entry: int) -> Interval:
        """The seed of a wire: 0 for what is no output."""
        seeds = self.seeds.get(wire)
        return ZERO if seeds is None else seeds[entry if len(seeds) > 1 else 0]

    def seeded(self, seeds: Mapping[int, Interval]) -> Circuit:
        """The same circuit with other seeds, as somebody may have begun the backward pass."""
        other = copy(self)
        other.__dict__["seeds"] = {wire: [number] for wire, number in seeds.items()}
        return other

    def size(self, wire: int) -> int:
        """How many entries a wire has."""
        return size(self.plan.shapes[wire])

    def cells(self) -> Sequence[Cell]:
        """Every number of the circuit in the order of work: forward, then for each node from the end backward."""
        return self._all_cells

    @cached_property
    def _all_cells(self) -> Sequence[Cell]:
        return tuple(self._listed_cells())

    def _listed_cells(self) -> Iterator[Cell]:
        for i, rule in enumerate(self.plan.rules):
            if rule is not None:
                yield from (Cell("value", i, None, entry) for entry in range(self.size(i)))
        for i in range(len(self.plan.ids) - 1, -1, -1):
            if self.plan.trained[i]:
                yield from (Cell("grad", i, None, entry) for entry in range(self.size(i)))
            yield from self._port_cells(i)

    def _port_cells(self, gate: int) -> Iterator[Cell]:
        rule = self.plan.rules[gate]
        for field in ("local", "downstream"):
            if rule is None or (field == "local" and not rule.elementwise):
                continue
            for port, operand in enumerate(self.plan.operands[gate]):
                if self.plan.trained[operand] and not rule.is_fixed(port):
                    count = self.size(gate if field == "local" else operand)
                    yield from (Cell(field, gate, port, entry) for entry in range(count))

    def name(self, cell: Cell) -> str:
        """The address of a cell: `grad:x1`, `local:f#0`, `value:W[0,1]`."""
        wire = (
            self.plan.operands[cell.node][cell.port] if cell.field == "downstream" and cell.port is not None else None
        )
        shape = self.plan.shapes[cell.node if wire is None else wire]
        port = "" if cell.port is None else f"#{cell.port}"
        return f"{cell.field}:{self.plan.ids[cell.node]}{port}{_bracket(shape, cell.entry)}"


def _exact(known: Known | None) -> Interval:
    return ZERO if known is None else known.exact


def _bracket(shape: Sequence[int], entry: int) -> str:
    if not shape:
        return ""
    index: list[int] = []
    for extent in reversed(shape):
        entry, place = divmod(entry, extent)
        index.insert(0, place)
    return f"[{','.join(map(str, index))}]"
