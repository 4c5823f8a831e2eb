"""On which numbers a number follows (grading.md 8)."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping
from weakref import WeakKeyDictionary

from ...engine.printed.circuit import Cell, Circuit, Uses

Table = Mapping[Cell, tuple[Cell, ...]]

#: Tables by circuit and by what is stated; sheets of a class mostly state the same.
_tables: WeakKeyDictionary[Circuit, dict[frozenset[Cell], Table]] = WeakKeyDictionary()

#: More tables of one circuit than this are forgotten together.
_MOST_TABLES = 100


def dependency_table(circuit: Circuit, stated: Collection[Cell]) -> Table:
    """The dependencies of every value, every gradient and each stated slot, in the order of work."""
    tables = _tables.setdefault(circuit, {})
    slots = frozenset(cell for cell in stated if cell.port is not None)
    if slots not in tables:
        if len(tables) >= _MOST_TABLES:
            tables.clear()
        cells = (cell for cell in circuit.cells() if cell.port is None or cell in slots)
        tables[slots] = {cell: tuple(dependencies(circuit, slots, cell)) for cell in cells}
    return tables[slots]


def dependencies(circuit: Circuit, stated: Container[Cell], cell: Cell) -> Iterator[Cell]:
    """The numbers from which one is computed: those `stated` in the place of a step, or the operands of the step."""
    plan = circuit.plan
    match cell.field:
        case "value":
            for wire in plan.operands[cell.node]:
                yield _entry(circuit, "value", wire, cell.entry)
        case "local":
            yield from _around_gate(circuit, cell.node, cell.entry)
        case "downstream":
            yield from _slot(circuit, stated, cell.node, cell.port or 0, cell.entry)
        case _:
            for use in circuit.uses[cell.node]:
                yield from _sent(circuit, stated, use, cell.entry)


def _entry(circuit: Circuit, field: str, wire: int, entry: int) -> Cell:
    return Cell(field, wire, None, entry if circuit.size(wire) > 1 else 0)


def _around_gate(circuit: Circuit, gate: int, entry: int) -> Iterator[Cell]:
    yield _entry(circuit, "value", gate, entry)
    for wire in circuit.plan.operands[gate]:
        yield _entry(circuit, "value", wire, entry)


def _slot(circuit: Circuit, stated: Container[Cell], gate: int, port: int, entry: int) -> Iterator[Cell]:
    local = Cell("local", gate, port, entry)
    if local in stated:
        yield local
    elif _slope_needs_values(circuit, gate):
        yield from _around_gate(circuit, gate, entry)
    yield _entry(circuit, "grad", gate, entry)


def _slope_needs_values(circuit: Circuit, gate: int) -> bool:
    """False where the local gradient is the same everywhere."""
    rule = circuit.plan.rules[gate]
    return rule is not None and rule.name not in ("identity", "add", "sub", "neg")


def _sent(circuit: Circuit, stated: Container[Cell], use: Uses, entry: int) -> Iterator[Cell]:
    operand = circuit.plan.operands[use.gate][use.ports[0]]
    one = circuit.plan.shapes[operand] == circuit.plan.shapes[use.gate]
    for port in use.ports:
        sent = Cell("downstream", use.gate, port, entry)
        if sent in stated:
            yield sent
            continue
        for own in [entry] if one else range(circuit.size(use.gate)):
            yield from _slot(circuit, stated, use.gate, port, own)
