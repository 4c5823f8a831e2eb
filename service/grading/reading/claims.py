"""Claims of documents: printed digits as they stand, machine numbers as the sets that they claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....engine.numbers.intervals import Interval
from ....engine.printed.circuit import Cell
from ....engine.printed.claim import Printed, printed
from ....engine.verify.claims import rational
from ....schema import Rounding
from ....schema.address import Address
from ....schema.grammar import read_decimal, read_fraction
from ....schema.jsontypes import is_list
from ....schema.number import Interval as Claimed
from ....schema.number import claimed, exact
from ....schema.tensor import read
from ..exam import Exam
from ..written import Written

#: Decimals that a machine's number has, for whoever counts them.
MACHINE_DECIMALS = 40


def written_claims(
    exam: Exam, nodes: Mapping[str, Any], rounding: Rounding | None, names: Mapping[str, str]
) -> tuple[dict[Cell, Written], list[dict[str, Any]]]:
    """The claims on the nodes of a document by cell, and what of them is not used; `names` are the assignment's."""
    written: dict[Cell, Written] = {}
    ignored: list[dict[str, Any]] = []
    for node, claims in nodes.items():
        name = names.get(node)
        if name not in exam.index:
            ignored.append({"key": node, "why": "unknown"})
            continue
        for address, raw in _addresses(name, claims):
            _take(exam, address, raw, rounding, written, ignored)
    return written, ignored


def _addresses(name: str, claims: Mapping[str, Any]) -> Iterator[tuple[Address, Any]]:
    for field in ("value", "grad"):
        if field in claims:
            yield Address(field, name), claims[field]
    for field in ("local", "downstream"):
        for port, raw in enumerate(claims.get(field) or ()):
            if raw is not None:
                yield Address(field, name, port), raw


def _take(
    exam: Exam,
    address: Address,
    raw: Any,
    rounding: Rounding | None,
    written: dict[Cell, Written],
    ignored: list[dict[str, Any]],
) -> None:
    cells = exam.cells_of(address)
    if cells is None:
        ignored.append({"key": str(address), "why": "unknown"})
        return
    if address.field == "value" and exam.circuit.plan.rules[exam.index[address.node]] is None:
        if _differs(exam, cells, raw):
            ignored.append({"key": str(address), "why": "input-changed"})
        return
    if not all(cell in exam.slot_of for cell in cells):
        ignored.append({"key": str(address), "why": "volunteered"})
    entries = _entries(raw, exam.circuit.plan.dtypes[cells[0].node])
    if len(entries) != len(cells):
        written |= {cell: Written(str(address), refusal="answer.shape") for cell in cells}
        return
    for cell, entry in zip(cells, entries, strict=True):
        if entry is not None:
            written[cell] = _written(entry, rounding, exam)


def _entries(raw: Any, dtype: str) -> list[Any]:
    return list(read(raw, dtype).entries) if is_list(raw) or isinstance(raw, dict) else [raw]


def _written(raw: Any, rounding: Rounding | None, exam: Exam) -> Written:
    if isinstance(raw, str) and (read_decimal(raw) is not None or read_fraction(raw) is not None):
        return Written(raw, printed(raw, exam.form))
    if isinstance(raw, bool):
        return Written(str(raw).lower(), refusal="answer.not-a-number")
    found = claimed(raw, "float64", rounding)
    if not isinstance(found, Claimed):
        return Written(str(raw), refusal="answer.not-a-number")
    interval = Interval(rational(found.low), rational(found.high))
    value = exact(raw, "float64")
    assert not isinstance(value, float)
    text = str(raw)
    unit = interval.high - interval.low
    return Written(text, Printed(text, rational(value), unit, MACHINE_DECIMALS, MACHINE_DECIMALS, fixed=interval))


def _differs(exam: Exam, cells: tuple[Cell, ...], raw: Any) -> bool:
    dtype = exam.circuit.plan.dtypes[cells[0].node]
    entries = _entries(raw, dtype)
    if len(entries) != len(cells):
        return True
    for cell, entry in zip(cells, entries, strict=True):
        truth = exam.truth(cell)
        found = None if entry is None else claimed(entry, dtype)
        if not isinstance(found, Claimed) or truth is None:
            continue
        if truth.gap(Interval(rational(found.low), rational(found.high))) != 0:
            return True
    return False
