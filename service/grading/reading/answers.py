"""Typed answers as claims: flat or nested, one number or the elements of a tensor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ....engine.printed.circuit import Cell
from ....engine.printed.claim import Form, printed
from ....schema.address import FIELDS, PORTED, Address
from ....schema.jsontypes import is_list, is_object
from ..exam import Exam
from ..written import Written
from .keys import resolved
from .normalise import Rules, normalised

#: Texts from students are kept no longer than this.
LONGEST_RAW = 200


class Answers:
    """Answers collected one after the other; the order does not matter."""

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        form = exam.policy.form
        self._rules = Rules(form.fractions, form.percent, form.decimal_mark)
        self.written: dict[Cell, Written] = {}
        self.ignored: list[dict[str, Any]] = []
        self.problems: list[dict[str, Any]] = []
        self._leaves = {name for name, i in exam.index.items() if exam.circuit.plan.rules[i] is None}

    def add(self, key: str, value: Any) -> None:
        """Take one answer, or all that are nested in it."""
        cell = self._exam.shared.single.get(key)
        if cell is not None and isinstance(value, str) and cell not in self.written:
            self.written[cell] = self._one(value)
            return
        if is_object(value) and key in self._exam.index:
            for field, number in value.items():
                self._add_field(key, field, number)
            return
        address = self._exam.remembered(key, resolved)
        if address is None:
            self.ignored.append({"key": _short(key), "why": "unknown"})
        else:
            self._add_at(address, key, value)

    def _add_field(self, node: str, field: str, number: Any) -> None:
        key = f"{node}.{field}"
        if field in PORTED and is_list(number):
            for port, one in enumerate(number):
                if one is not None:
                    self.add(f"{field}:{node}#{port}", one)
        elif field in FIELDS:
            self.add(f"{field}:{node}", number)
        else:
            self.ignored.append({"key": _short(key), "why": "unknown"})

    def _add_at(self, address: Address, key: str, value: Any) -> None:
        cells = self._exam.cells_of(address) or ()
        if address.field == "value" and address.node in self._leaves:
            self.ignored.append({"key": _short(key), "why": "given"})
            return
        entries = list(_flat(value)) if len(cells) > 1 else [value]
        if any(cell in self.written for cell in cells):
            message = f"{address} is answered twice: keep one answer"
            self.problems.append({"code": "answers.duplicate", "at": _short(key), "message": message})
        elif not all(cell in self._exam.slot_of for cell in cells):
            self.ignored.append({"key": _short(key), "why": "volunteered"})
            self._take(cells, entries)
        else:
            if len(cells) == 1:
                self._exam.shared.place(key, cells[0])
            self._take(cells, entries)

    def _take(self, cells: Sequence[Cell], entries: Sequence[Any]) -> None:
        if len(entries) != len(cells) or (len(cells) == 1 and (is_list(entries[0]) or is_object(entries[0]))):
            raw = _short(str(entries))
            self.written |= {cell: Written(raw, refusal="answer.shape") for cell in cells}
            return
        for cell, entry in zip(cells, entries, strict=True):
            self.written[cell] = self._one(entry)

    def _one(self, value: Any) -> Written:
        """One typed number; a JSON number gets the zeros that it lost."""
        if value is None:
            return Written("")
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return Written(_short(str(value)), refusal="answer.not-a-number")
        if isinstance(value, str):
            found = self._exam.shared.texts.get(value)
            if found is None:
                found = _written(value, value, self._rules, self._exam.form)
                self._exam.shared.name(value, found)
            return found
        return _written(self._padded(value), str(value), self._rules, self._exam.form)

    def _padded(self, number: float) -> str:
        text = repr(number)
        least = self._exam.form.decimals or 0
        if "e" in text or "n" in text or least == 0:
            return text
        whole, _, decimals = text.partition(".")
        decimals = "" if isinstance(number, int) else decimals
        return f"{whole}.{decimals.ljust(least, '0')}"


def _written(text: str, raw: str, rules: Rules, form: Form) -> Written:
    """One typed number."""
    found = normalised(text, rules)
    claim = None if found.text is None else printed(found.text, form, cut=found.cut)
    return Written(_short(raw), claim, found.refusal)


def _flat(value: Any) -> Iterator[Any]:
    """The elements of a nested list, in order; an uneven one gives one entry too few or too many."""
    if not is_list(value):
        yield value
        return
    lengths = {len(part) if is_list(part) else -1 for part in value}
    if len(lengths) > 1:
        return
    for part in value:
        yield from _flat(part)


def _short(text: str) -> str:
    """A text that a student sent, no longer than is worth showing, as text that every format can hold."""
    clean = text.encode("utf-8", "replace").decode()
    return clean if len(clean) <= LONGEST_RAW else clean[: LONGEST_RAW - 1] + "…"
