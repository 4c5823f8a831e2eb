"""Right sheets graded as columns: one numeric pass for a class; every other sheet is graded by exact arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...engine.numbers.intervals import Interval, point
from ...engine.printed.circuit import Cell, Circuit
from ...engine.printed.claim import Direction, Printed
from ...engine.printed.columns import MARGIN, Booleans, Column, Decided, decide
from ...engine.printed.judgement import Judged
from ...engine.printed.pieces import inside
from ...engine.printed.reading import Reading
from ...engine.printed.steps import OwnForm, Tight, Work, needs_other_form, predict
from .dependencies import Table, dependency_table
from .exam import Exam, Slot
from .grading import Graded, Marked, marked, score_of, used_claims
from .judging import reading_of, work_decimals
from .states import Verdicts
from .truths import Truth
from .written import Submission, Written

#: More places of a double's digits than this are judged exactly.
_MOST_DIGITS = 8


class Columns:
    """The numeric pass over the sheets of one assignment."""

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        direction = exam.policy.form.rounding
        self._near = dependency_table(exam.circuit, exam.slot_of.keys() | exam.given.keys())
        self._direction: Direction = "nearest" if direction == "auto" else direction

    def graded(self, submissions: Sequence[Submission]) -> dict[int, Graded]:
        """The grades of the sheets that are right beyond doubt, by their place."""
        if not self._is_plain():
            return {}
        sheets = {place: used_claims(self._exam, one) for place, one in enumerate(submissions) if not one.problems}
        by_decimals: dict[int | None, list[int]] = {}
        for place, claims in sheets.items():
            if self._is_full(claims):
                by_decimals.setdefault(work_decimals(self._exam, claims), []).append(place)
        found: dict[int, Graded] = {}
        for decimals, places in by_decimals.items():
            found |= self._together(submissions, sheets, places, decimals)
        return found

    def _is_plain(self) -> bool:
        """True if every value and gradient is asked for or given: then nothing is elided."""
        known = self._exam.slot_of.keys() | self._exam.given.keys()
        return self._exam.policy.elide and all(cell in known for cell in self._exam.places if cell.port is None)

    def _is_full(self, claims: Mapping[Cell, Printed]) -> bool:
        return len(claims) == len(self._exam.slot_of) and all(
            claim.fixed is None and not claim.cut and claim.significant <= _MOST_DIGITS for claim in claims.values()
        )

    def _together(
        self,
        submissions: Sequence[Submission],
        sheets: Mapping[int, Mapping[Cell, Printed]],
        places: Sequence[int],
        decimals: int | None,
    ) -> dict[int, Graded]:
        """The right ones of sheets whose scratch paper kept the same number of decimals."""
        exam = self._exam
        reading = reading_of(exam, self._direction, decimals)
        distinct = {cell: Distinct.of([sheets[place][cell] for place in places]) for cell in sheets[places[0]]}
        points = self._exact_points(reading)
        columns, sound = self._columns(distinct, reading, points)
        decided = decide(exam.circuit, columns, exam.given, reading, points.keys())
        true: dict[Cell, Booleans] = {}
        for cell, one in decided.items():
            true[cell], untrue = self._truths(cell, distinct[cell], reading)
            sound &= one.follows & (true[cell] | untrue)
        right = _Right(exam, reading, decimals, self._near, columns, decided, true)
        found: dict[int, Graded] = {}
        for column in np.flatnonzero(sound).tolist():
            place = places[column]
            found[place] = right.graded(column, submissions[place], sheets[place])
        return found

    def _columns(
        self, distinct: Mapping[Cell, Distinct], reading: Reading, points: Mapping[Cell, Interval]
    ) -> tuple[dict[Cell, Column], Booleans]:
        """The claims as columns, and which sheets hold no claim that needs exact arithmetic to be read."""
        sound: Booleans = np.array(True)
        exact: dict[Cell, Booleans] = {}
        columns: dict[Cell, Column] = {}
        for cell, own in distinct.items():
            exact[cell] = self._exact(cell, own, points, exact)
            sound = sound & (exact[cell] | own.spread([_is_precise(claim, reading) for claim in own.claims]))
            reads = [claim.read(reading.direction) for claim in own.claims]
            columns[cell] = Column(
                own.spread([_float(read.low) for read in reads]),
                own.spread([_float(read.high) for read in reads]),
                own.spread([_float(claim.value) for claim in own.claims]),
                exact[cell],
            )
        return columns, sound

    def _exact(
        self, cell: Cell, own: Distinct, points: Mapping[Cell, Interval], exact: Mapping[Cell, Booleans]
    ) -> Booleans:
        """Where a claim is the only number that its step gives, all operands being exact themselves."""
        if cell not in points:
            return own.spread([False for _ in own.claims])
        found = own.spread([claim.value == points[cell].low for claim in own.claims])
        for above in self._near[cell]:
            if above in exact:
                found = found & exact[above]
        return found

    def _exact_points(self, reading: Reading) -> Mapping[Cell, Interval]:
        """Cells whose step gives one number, in work arithmetic too, when everything before them is exact."""
        circuit = self._exam.circuit
        operands: dict[Cell, Interval | None] = {cell: self._exam.truth(cell) for cell in self._exam.places}
        for wire, entries in circuit.leaves.items():
            operands |= {Cell("value", wire, None, entry): number for entry, number in enumerate(entries)}
        tight, work = Tight(circuit, operands, (), reading), Work(circuit, operands, (), reading)
        found: dict[Cell, Interval] = {}
        for cell in self._exam.slot_of:
            truth = operands[cell]
            if truth is not None and truth.is_point and predict(tight, cell) == (truth,) == predict(work, cell):
                found[cell] = truth
        return found

    def _truths(self, cell: Cell, own: Distinct, reading: Reading) -> tuple[Booleans, Booleans]:
        """Which claims on a cell hold the true number beyond doubt, and which do not."""
        truth = self._exam.truth(cell)
        assert truth is not None
        low, high = _float(truth.low), _float(truth.high)
        margin = MARGIN * max(1.0, abs(low), abs(high))
        reads = [claim.read(reading.direction) for claim in own.claims]
        lows, highs = np.array([_float(read.low) for read in reads]), np.array([_float(read.high) for read in reads])
        any_sign = (lows < 0) & (highs > 0) & (not truth.low <= 0 <= truth.high)
        is_number = high - low <= margin
        true = (lows + margin <= low) & (high + margin <= highs) & ~any_sign & is_number
        if truth.is_point:
            true |= np.array([read.low <= truth.low <= read.high for read in reads]) & ~any_sign
        untrue = ((highs + margin < low) | (high + margin < lows)) & is_number
        return own.spread(true), own.spread(untrue)


class Distinct(NamedTuple):
    """The claims of a class on one cell: those that differ, and which of them each sheet has."""

    claims: Sequence[Printed]
    which: NDArray[np.intp]

    @classmethod
    def of(cls, claims: Sequence[Printed]) -> Distinct:
        """The claims, each text once."""
        places: dict[str, int] = {}
        index = [places.setdefault(claim.text, len(places)) for claim in claims]
        first = {claim.text: claim for claim in claims}
        return cls([first[text] for text in places], np.array(index, dtype=np.intp))

    def spread(self, found: Any) -> NDArray[Any]:
        """What was found for each distinct claim, for each sheet."""
        return np.asarray(found)[self.which]


class _Right:
    """Sheets that follow from beginning to end, by what was decided of their columns."""

    def __init__(
        self,
        exam: Exam,
        reading: Reading,
        decimals: int | None,
        near: Table,
        columns: Mapping[Cell, Column],
        decided: Mapping[Cell, Decided],
        true: Mapping[Cell, Booleans],
    ) -> None:
        self._exam, self._reading, self._decimals, self._near = exam, reading, decimals, near
        self._exact = {cell: column.exact.tolist() for cell, column in columns.items()}
        self._proved = {cell: one.proved.tolist() for cell, one in decided.items()}
        self._consistent = {cell: one.consistent.tolist() for cell, one in decided.items()}
        self._true = {cell: one.tolist() for cell, one in true.items()}

    def graded(self, column: int, submission: Submission, claims: Mapping[Cell, Printed]) -> Graded:
        """The grade: every number is right, or follows from rounded ones."""
        exam, found = self._exam, dict[Cell, Marked]()
        for cell, claim in claims.items():
            written = submission.written[cell]
            key = self._key(column, cell, written, claim, claims)
            found[cell] = exam.shared.once(key, self._marked, column, cell, written, claims)
        cells = {cell: one.worst for cell, one in found.items()}
        slots = tuple(found[slot.cell] if len(slot.cells) == 1 else self._tensor(slot, cells) for slot in exam.slots)
        read = self._reading.direction, self._decimals
        return Graded(exam, submission, *read, cells, slots, (), (), score_of(exam, slots))

    def _key(
        self, column: int, cell: Cell, written: Written, claim: Printed, claims: Mapping[Cell, Printed]
    ) -> tuple[Any, ...]:
        """What the outcome of a right number depends on: for most the claim, for others all around it."""
        proved, true = self._proved[cell][column], self._true[cell][column]
        key = "column", self._decimals, cell, claim.text, written.raw, proved, true
        if true and (proved or self._consistent[cell][column]):
            return key
        around = [(claims[near].text, self._exact[near][column]) for near in self._near[cell] if near in claims]
        return *key, *around

    def _marked(self, column: int, cell: Cell, written: Written, claims: Mapping[Cell, Printed]) -> Marked:
        is_true, proved, claim = self._true[cell][column], self._proved[cell][column], claims[cell]
        is_open = not (proved or self._consistent[cell][column])
        predicted = predict(Tight(*self._around(column, claims)), cell) if is_open or not is_true else None
        if is_open:
            proved = inside(predicted, self._read(claim))
        form = () if _is_precise(claim, self._reading) else ("zeros-dropped",)
        read = self._read(claim)
        own = () if is_true else self._form_reason(column, cell, claims, read)
        judged = Judged(claim, "proved" if proved else "consistent", read, predicted, own, form)
        state = "correct" if is_true else "rounding-drift"
        verdicts = Verdicts(cell, written, judged, Truth("proved" if is_true else "refuted"), state=state)
        return marked(self._exam, [verdicts], self._exam.slot_of[cell])

    def _tensor(self, slot: Slot, cells: Mapping[Cell, Verdicts]) -> Marked:
        return marked(self._exam, [cells[cell] for cell in slot.cells], slot)

    def _form_reason(self, column: int, cell: Cell, claims: Mapping[Cell, Printed], read: Interval) -> tuple[str, ...]:
        own = OwnForm(*self._around(column, claims))
        return ("other-form",) if needs_other_form(own, cell, read) else ()

    def _around(
        self, column: int, claims: Mapping[Cell, Printed]
    ) -> tuple[Circuit, Mapping[Cell, Interval | None], tuple[int, ...], Reading]:
        """What steps over the numbers of one sheet are made of."""
        operands = {**self._exam.given, **self._exam.circuit.sources}
        for cell, claim in claims.items():
            is_exact = self._exact[cell][column]
            operands[cell] = point(claim.value) if is_exact else claim.read(self._reading.direction)
        return self._exam.circuit, operands, (), self._reading

    def _read(self, claim: Printed) -> Interval:
        """The set by which a claim is judged: with its zeros where it has too few digits."""
        direction = self._reading.direction
        is_precise = _is_precise(claim, self._reading)
        return claim.read(direction) if is_precise else claim.padded(direction, self._reading.padding)


def _is_precise(claim: Printed, reading: Reading) -> bool:
    return claim.is_exact or reading.form.shown_by(claim.decimals, claim.significant)


def _float(number: Any) -> float:
    return int(number.p) / int(number.q)
