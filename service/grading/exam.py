"""An assignment made ready: its circuit, the numbers asked for in the order of work, and the policy as numbers.

It is made once for all who answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, cast

from ...engine.numbers.intervals import Interval
from ...engine.printed.circuit import Cell, Circuit
from ...engine.printed.claim import Form, printed
from ...engine.printed.truths import Truths
from ...schema import Assignment, DocumentError, Graph, Node, UsageError, canonical, document_digest, graph_digest, read
from ...schema.address import Address, expanded, read_address
from ...schema.digest import bytes_digest
from ...schema.policy import Policy
from .amounts import amount
from .shared import Shared

#: Credit of each state where the policy says nothing else (grading.md 7).
CREDITS: Mapping[str, Fraction] = {
    "missing": Fraction(0),
    "invalid": Fraction(0),
    "not-checked": Fraction(0),
    "uninformative": Fraction(0),
    "low-precision": Fraction(4, 5),
    "correct": Fraction(1),
    "carried": Fraction(1),
    "rounding-drift": Fraction(1),
    "disconnected": Fraction(1),
    "slip": Fraction(1, 4),
    "wrong": Fraction(0),
}

#: The group of slots that name none.
NO_GROUP = "all"

#: Keys of answers that are remembered.
_MOST_KEYS = 10_000


@dataclass(frozen=True)
class Slot:
    """A place where the assignment asks for a number, or for a tensor of them."""

    address: str
    cells: tuple[Cell, ...]
    points: Fraction
    group: str

    @property
    def cell(self) -> Cell:
        """The only cell, or the first one of a tensor."""
        return self.cells[0]


class Exam:
    """An assignment on one graph: that of the document, or a student's variant of it."""

    def __init__(self, assignment: Assignment, variant: Mapping[str, str] | None = None) -> None:
        self.assignment, self.variant = assignment, variant
        graph = with_values(assignment.circuit, variant or {})
        #: In canonical order, so that the order in which nodes are written changes nothing.
        self.graph: Graph = _graph(canonical(graph))
        self.circuit = Circuit(self.graph)
        self.truths = Truths(self.circuit)
        self._keys: dict[str, Address | None] = {}
        self._cells: dict[Address, tuple[Cell, ...] | None] = {}
        self.index = {name: place for place, name in enumerate(self.circuit.plan.ids)}
        #: What is found out for one sheet and holds for others.
        self.shared = Shared(self.circuit, self._counted)
        #: The assignment of which this is a student's own graph, and the points at which the functions agree.
        self._original: Assignment | None = None
        self.agrees_at: Sequence[str] = ()
        self._refuse_what_cannot_be_judged()

    def stands_for(self, original: Assignment, points: Sequence[str]) -> None:
        """Say that this is `original` on a student's own graph, which agrees with it at these points."""
        self._original, self.agrees_at = original, points

    def truth(self, cell: Cell) -> Interval | None:
        """An enclosure of the true number; None if it is no finite number."""
        return self.truths.of(cell)

    @property
    def policy(self) -> Policy:
        """The policy with its defaults."""
        return self.assignment.rules

    @cached_property
    def form(self) -> Form:
        """What a claim should show."""
        return Form(self.policy.form.min_decimals, self.policy.form.min_sigfigs)

    @cached_property
    def credits(self) -> Mapping[str, Fraction]:
        """Credit of every state."""
        stated = {state: amount(raw) for state, raw in (self.policy.credits or {}).items()}
        return {**CREDITS, **stated}

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """What names the assignment in a grade."""
        policy = self.policy.model_dump_json().encode()
        return {
            "id": self.assignment.id,
            "document": document_digest(self._original or self.assignment),
            "graph": graph_digest(self.graph),
            "policy": bytes_digest(policy),
        }

    @cached_property
    def places(self) -> Mapping[Cell, int]:
        """The place of every cell in the order of work."""
        return {cell: place for place, cell in enumerate(self.circuit.cells())}

    @cached_property
    def given(self) -> Mapping[Cell, Interval]:
        """Numbers that the task shows: the set that their digits claim, or the engine's enclosure."""
        found: dict[Cell, Interval] = {}
        for entry in self.assignment.given or ():
            for cell in self._cells_of(entry.slot):
                truth = self.truth(cell)
                shown = truth if entry.shown == "exact" else printed(entry.shown, self.form).read("nearest")
                if shown is not None:
                    found[cell] = shown
        return found

    @cached_property
    def shown(self) -> Mapping[Cell, str]:
        """Given numbers and the values of leaves as the task prints them."""
        rows = self.graph.nodes
        leaves = {cell: rows[cell.node].get("value") for cell in self.circuit.sources}
        plain = {cell: str(value) for cell, value in leaves.items() if not isinstance(value, (list, dict))}
        texts = {cell: entry.shown for entry in self.assignment.given or () for cell in self._cells_of(entry.slot)}
        return plain | {cell: text for cell, text in texts.items() if text != "exact"}

    @cached_property
    def slots(self) -> Sequence[Slot]:
        """All that is asked for, in the order of work; of two entries that match a number the later one counts."""
        asked: dict[Address, tuple[Fraction, str]] = {}
        for entry in self.assignment.slots or ():
            points = amount(1 if entry.points is None else entry.points)
            for address in self._addresses(entry.slot):
                earlier = asked.pop(address, (points, NO_GROUP))
                asked[address] = (points, entry.group or earlier[1])
        slots = [Slot(str(address), self._expanded(address), *worth) for address, worth in asked.items()]
        return sorted(
            (slot for slot in slots if not all(cell in self.given for cell in slot.cells)),
            key=_by_place(self.places),
        )

    @cached_property
    def asked(self) -> Sequence[Cell]:
        """The cells that are asked for, in the order of work."""
        return [cell for cell in self.places if cell in self.slot_of]

    @cached_property
    def slot_of(self) -> Mapping[Cell, Slot]:
        """The slot that asks for a cell."""
        return {cell: slot for slot in self.slots for cell in slot.cells}

    def _counted(self) -> Mapping[Cell, Any]:
        """The cells that count on a sheet: those asked for, and all where the policy uses what is volunteered."""
        return self.places if self.policy.volunteered == "use" else self.slot_of

    def remembered(self, key: str, resolve: Callable[[str, Exam], Address | None]) -> Address | None:
        """What a key of an answer means; the keys of a class are the same on every sheet."""
        if key not in self._keys:
            if len(self._keys) >= _MOST_KEYS:
                self._keys.clear()
            self._keys[key] = resolve(key, self)
        return self._keys[key]

    def cells_of(self, address: Address) -> tuple[Cell, ...] | None:
        """The cells of an address; None if the graph has no such number."""
        if address not in self._cells:
            if len(self._cells) >= _MOST_KEYS:
                self._cells.clear()
            self._cells[address] = self._found_cells(address)
        return self._cells[address]

    def _found_cells(self, address: Address) -> tuple[Cell, ...] | None:
        if address.node not in self.index:
            return None
        node = self.index[address.node]
        operands = self.circuit.plan.operands[node]
        if (address.port is not None) != (address.field in ("local", "downstream")):
            return None
        if address.port is not None and address.port >= len(operands):
            return None
        wire = operands[address.port] if address.field == "downstream" and address.port is not None else node
        entries = _entries(self.circuit.plan.shapes[wire], address.element)
        return None if entries is None else tuple(Cell(address.field, node, address.port, entry) for entry in entries)

    def _addresses(self, text: str) -> Iterator[Address]:
        address = read_address(text)
        assert address is not None
        yield from expanded(address, self.graph.structure)

    def _cells_of(self, text: str) -> Iterator[Cell]:
        for address in self._addresses(text):
            yield from self._expanded(address)

    def _expanded(self, address: Address) -> tuple[Cell, ...]:
        cells = self.cells_of(address)
        if cells is None:
            raise UsageError(f"{self.assignment.id}: {address} is outside the shape of its wire")
        return cells

    def _refuse_what_cannot_be_judged(self) -> None:
        """Slots without a finite truth, all of them at once."""
        found = [
            f"{self.assignment.id}: {self.circuit.name(cell)} has no finite true number: change the inputs"
            for slot in self.slots
            for cell in slot.cells
            if cell not in self.places or self.truth(cell) is None
        ]
        if found:
            raise UsageError("\n".join(found))


def with_values(graph: Graph, values: Mapping[str, str]) -> Graph:
    """The graph with other values of some leaves."""
    if not values:
        return graph
    nodes = [{**row, "value": values[row["id"]]} if row["id"] in values else row for row in graph.nodes]
    return graph.with_nodes(cast(list[Node], nodes))


def _graph(data: bytes) -> Graph:
    graph = read(data, kind="graph")
    assert isinstance(graph, Graph)
    return graph


def _by_place(places: Mapping[Cell, int]) -> Callable[[Slot], tuple[int, str]]:
    def key(slot: Slot) -> tuple[int, str]:
        return places.get(slot.cell, len(places)), slot.address

    return key


def _entries(shape: Sequence[int], index: Sequence[int] | None) -> list[int] | None:
    count = 1
    for extent in shape:
        count *= extent
    if index is None:
        return list(range(count))
    if len(index) != len(shape) or any(place >= extent for place, extent in zip(index, shape, strict=True)):
        return None
    entry = 0
    for place, extent in zip(index, shape, strict=True):
        entry = entry * extent + place
    return [entry]


def exam_of(assignment: Assignment, variant: Mapping[str, str] | None = None) -> Exam:
    """The assignment made ready; DocumentError or UsageError with all that keeps it from being judged."""
    try:
        return Exam(assignment, variant)
    except DocumentError as error:
        moved = [problem.model_copy(update={"at": f"/graph{problem.at}"}) for problem in error.problems]
        raise DocumentError(moved, truncated=error.truncated, source=error.source) from None
