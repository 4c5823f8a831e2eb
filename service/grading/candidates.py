"""What a wrong number would be under each misconception, from the student's own numbers (grading.md 10.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from ...engine.numbers.intervals import Interval, Intervals, point
from ...engine.numbers.protocol import Outside, Undecided
from ...engine.printed.circuit import ZERO, Cell, Uses
from ...engine.printed.pieces import hull
from ...engine.printed.sheet import Sheet
from ...engine.printed.steps import PRECISION, Tight
from .misconceptions.catalogue import of_kind
from .misconceptions.declaration import At, Fork, Kind, Misconception, Pull, Step

#: The arithmetic of candidates: tight, and undecided at a kink.
SYSTEM = Intervals(None, PRECISION)

#: Two mistakes at once are looked for at wires with at most so many branches.
MOST_PORTS = 3

ONE = point(SYSTEM.constant(1).low)


class Candidate(NamedTuple):
    """A number that somebody with this misconception writes."""

    code: str
    family: str
    numbers: Interval
    #: The gate and the operand where it happens; None for forks and forward steps.
    gate: int | None = None
    port: int | None = None


class Branch(NamedTuple):
    """What one operand of one gate sends to a wire."""

    gate: int
    port: int
    sent: Interval


def branches(sheet: Sheet, steps: Tight, wire: int, entry: int) -> list[Branch] | None:
    """All that arrives at a wire, in the order of the gates; None if some of it is the whole line."""
    found: list[Branch] = []
    for use in sheet.circuit.uses[wire]:
        for port in use.ports:
            sent = steps.sent(Uses(use.gate, (port,)), entry)
            if sent is None:
                return None
            found.append(Branch(use.gate, port, hull(sent)))
    return found


def candidates(sheet: Sheet, cell: Cell, steps: Tight | None = None) -> Iterator[Candidate]:
    """One mistake at one place, all other branches right."""
    taken = steps or sheet.tight
    match cell.field:
        case "value":
            yield from _forward(sheet, cell)
        case "grad":
            yield from _at_wire(sheet, taken, cell)
        case "downstream":
            yield from _slots(sheet, taken, Branch(cell.node, cell.port or 0, ZERO), cell.entry, ZERO, None)
        case _:
            yield from _slots(sheet, taken, Branch(cell.node, cell.port or 0, ZERO), cell.entry, ZERO, ONE)


def double_candidates(sheet: Sheet, cell: Cell) -> Iterator[Candidate]:
    """One code at two operands, and one code together with a lost sign; only where few branches meet."""
    if cell.field != "grad":
        return
    found = branches(sheet, sheet.tight, cell.node, cell.entry)
    if found is None or len(found) > MOST_PORTS:
        return
    seed = sheet.circuit.seed(cell.node, cell.entry)
    wrong = [list(_wrong(sheet, sheet.tight, branch, cell.entry, None)) for branch in found]
    for place, branch in enumerate(found):
        rest = reduce(add, (other.sent for i, other in enumerate(found) if i != place), seed)
        for code, number in wrong[place]:
            yield Candidate(code.code, code.family, rest - number, branch.gate, branch.port)
    yield from _at_two(found, wrong, seed)


def _at_two(
    found: Sequence[Branch], wrong: Sequence[Sequence[tuple[Misconception, Interval]]], seed: Interval
) -> Iterator[Candidate]:
    for i in range(len(found)):
        for k in range(i + 1, len(found)):
            rest = reduce(add, (other.sent for n, other in enumerate(found) if n not in (i, k)), seed)
            for code, number in wrong[i]:
                for other, also in wrong[k]:
                    if code.code == other.code:
                        yield Candidate(code.code, code.family, rest + number + also, found[i].gate, found[i].port)


def _at_wire(sheet: Sheet, steps: Tight, cell: Cell) -> Iterator[Candidate]:
    found = branches(sheet, steps, cell.node, cell.entry)
    if found is None:
        return
    seed = sheet.circuit.seed(cell.node, cell.entry)
    for place, branch in enumerate(found):
        rest = reduce(add, (other.sent for i, other in enumerate(found) if i != place), seed)
        yield from _slots(sheet, steps, branch, cell.entry, rest, None)
    if len(found) > 1:
        yield from _forks(_fork(sheet, found), seed)


def _slots(
    sheet: Sheet, steps: Tight, branch: Branch, entry: int, rest: Interval, up: Interval | None
) -> Iterator[Candidate]:
    if not steps.works_by_entry(branch.gate):
        for code, number in _pulled(sheet, steps, branch, entry):
            yield Candidate(code.code, code.family, rest + number, branch.gate, branch.port)
        return
    for code, number in _wrong(sheet, steps, branch, entry, up):
        yield Candidate(code.code, code.family, rest + number, branch.gate, branch.port)


def _pulled(sheet: Sheet, steps: Tight, branch: Branch, entry: int) -> Iterator[tuple[Misconception, Interval]]:
    """What each code for gates on tensors sends to one entry of an operand."""
    rule, right = sheet.circuit.plan.rules[branch.gate], steps.pulled(branch.gate, branch.port)
    around = steps.around(branch.gate)
    if rule is None or right is None or around is None:
        return
    is_mean = rule.values.get("reduction", "mean") == "mean"
    pull = Pull(rule.name, branch.port, right, *around, is_mean)
    for code in of_kind(Kind.TENSOR):
        if code.concerns(rule.name):
            for numbers in _tensors(code.formula, pull):
                if numbers.size == right.size:
                    yield code, numbers.flat[entry]


def _tensors(formula: Callable[..., Any], pull: Pull) -> list[Any]:
    return list(_numbers(formula, pull))


def _wrong(
    sheet: Sheet, steps: Tight, branch: Branch, entry: int, up: Interval | None
) -> Iterator[tuple[Misconception, Interval]]:
    """What each code that applies sends in place of the right contribution."""
    at = _place(sheet, steps, branch, entry, up)
    if at is None:
        return
    for code in of_kind(Kind.SLOT):
        if code.concerns(at.op, at.port):
            for number in _numbers(code.formula, at):
                yield code, number


def _place(sheet: Sheet, steps: Tight, branch: Branch, entry: int, up: Interval | None) -> At | None:
    plan, gate = sheet.circuit.plan, branch.gate
    rule = plan.rules[gate]
    assert rule is not None
    if not steps.works_by_entry(gate) or plan.shapes[plan.operands[gate][branch.port]] != plan.shapes[gate]:
        return None
    operands = [_operand(sheet, wire, entry) for wire in plan.operands[gate]]
    out = _operand(sheet, gate, entry)
    local = _local(sheet, steps, branch, entry, claimed=up is None)
    upstream = sheet.operands.get(Cell("grad", gate, None, entry)) if up is None else up
    if out is None or local is None or upstream is None or any(number is None for number in operands):
        return None
    other = operands[1 - branch.port] if len(operands) == 2 else None
    return At(rule.name, operands[branch.port], other, out, local, upstream, branch.port, operands)


def _operand(sheet: Sheet, wire: int, entry: int) -> Interval | None:
    return sheet.operands.get(Cell("value", wire, None, entry if sheet.circuit.size(wire) > 1 else 0))


def _local(sheet: Sheet, steps: Tight, branch: Branch, entry: int, *, claimed: bool) -> Interval | None:
    cell = Cell("local", branch.gate, branch.port, entry)
    if claimed and cell in sheet.operands:
        return sheet.operands[cell]
    pieces = steps.local(branch.gate, branch.port, entry)
    return None if pieces is None else hull(pieces)


def _fork(sheet: Sheet, found: Sequence[Branch]) -> Fork:
    """The branches, with those that some order of the backward pass takes last or first."""
    gates = {branch.gate for branch in found}
    above = {gate: sheet.circuit.above(gate) & gates for gate in gates}
    below = set[int]().union(*above.values())
    return Fork(
        [branch.sent for branch in found],
        [branch.sent for branch in found if not above[branch.gate]],
        [branch.sent for branch in found if branch.gate not in below],
    )


def _forks(fork: Fork, seed: Interval) -> Iterator[Candidate]:
    for code in of_kind(Kind.FORK):
        for number in _numbers(code.formula, fork):
            yield Candidate(code.code, code.family, seed + number)


def _forward(sheet: Sheet, cell: Cell) -> Iterator[Candidate]:
    rule = sheet.circuit.plan.rules[cell.node]
    operands = [_operand(sheet, wire, cell.entry) for wire in sheet.circuit.plan.operands[cell.node]]
    if rule is None or not sheet.tight.works_by_entry(cell.node) or any(number is None for number in operands):
        return

    def compute(*numbers: Any) -> Any:
        return rule.forward(SYSTEM, *numbers)

    for code in of_kind(Kind.VALUE):
        if code.concerns(rule.name):
            for number in _numbers(code.formula, Step(operands, compute)):
                yield Candidate(code.code, code.family, number)


def _numbers(formula: Callable[..., Any], at: Any) -> list[Interval]:
    """What a formula gives; nothing where its own numbers allow none."""
    try:
        found = formula(SYSTEM, at)
    except (Outside, Undecided, ZeroDivisionError):
        return []
    return list(found) if isinstance(found, list) else [found]  # pyright: ignore[reportUnknownArgumentType]
