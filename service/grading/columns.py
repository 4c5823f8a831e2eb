"""Right sheets graded as columns: one numeric pass for a class; every other sheet is graded by exact arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ...engine.numbers.intervals import Interval, point
from ...engine.printed.circuit import Cell
from ...engine.printed.claim import Direction, Printed
from ...engine.printed.columns import MARGIN, Booleans, Column, Decided, decide
from ...engine.printed.judgement import Judged, Local
from ...engine.printed.pieces import Pieces, inside
from ...engine.printed.reading import Reading
from ...engine.printed.steps import Tight, Work, predict
from .dependencies import dependencies
from .exam import Exam
from .grading import Graded, Marked, marked, used_claims
from .judging import reading_of, work_decimals
from .score import Earned, Score, score
from .states import Verdicts
from .truths import Truth
from .written import Submission

#: More places of a double's digits than this are judged exactly.
_MOST_DIGITS = 8


class Columns:
    """The numeric pass over the sheets of one assignment."""

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        direction = exam.policy.form.rounding
        self._remembered = Remembered(exam)
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
        reading = reading_of(self._exam, self._direction, decimals)
        claims = [sheets[place] for place in places]
        points = self._exact_points(reading)
        columns, sound = self._columns(claims, reading, points)
        decided = decide(self._exam.circuit, columns, self._exam.given, reading, points.keys())
        true, untrue = self._truths(claims, reading)
        for cell, one in decided.items():
            sound &= one.follows & (true[cell] | untrue[cell])
        found: dict[int, Graded] = {}
        for column in np.flatnonzero(sound).tolist():
            place = places[column]
            sheet = _Right(self._exam, submissions[place], claims[column], reading, decimals, self._remembered)
            found[place] = sheet.graded(column, columns, decided, true)
        return found

    def _columns(
        self, claims: Sequence[Mapping[Cell, Printed]], reading: Reading, points: Mapping[Cell, Interval]
    ) -> tuple[dict[Cell, Column], Booleans]:
        """The claims as columns, and which sheets hold no claim that needs exact arithmetic to be read."""
        sound = np.ones(len(claims), dtype=bool)
        exact: dict[Cell, Booleans] = {}
        columns: dict[Cell, Column] = {}
        for cell in claims[0]:
            own = [sheet[cell] for sheet in claims]
            exact[cell] = self._exact(cell, own, points, exact)
            precise = np.array([_is_precise(claim, reading) for claim in own])
            sound &= exact[cell] | precise
            reads = [claim.read(reading.direction) for claim in own]
            columns[cell] = Column(
                np.array([_float(read.low) for read in reads]),
                np.array([_float(read.high) for read in reads]),
                np.array([_float(claim.value) for claim in own]),
                exact[cell],
            )
        return columns, sound

    def _exact(
        self,
        cell: Cell,
        own: Sequence[Printed],
        points: Mapping[Cell, Interval],
        exact: Mapping[Cell, Booleans],
    ) -> Booleans:
        """Where a claim is the only number that its step gives, all operands being exact themselves."""
        if cell not in points:
            return np.zeros(len(own), dtype=bool)
        found = np.array([claim.value == points[cell].low for claim in own])
        for above in dependencies(self._exam.circuit, self._exam.slot_of.keys() | self._exam.given.keys(), cell):
            if above in exact:
                found &= exact[above]
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

    def _truths(
        self, claims: Sequence[Mapping[Cell, Printed]], reading: Reading
    ) -> tuple[dict[Cell, Booleans], dict[Cell, Booleans]]:
        """Which claims hold the true number beyond doubt, and which do not."""
        true: dict[Cell, Booleans] = {}
        untrue: dict[Cell, Booleans] = {}
        for cell in claims[0]:
            truth = self._exam.truth(cell)
            assert truth is not None
            low, high = _float(truth.low), _float(truth.high)
            margin = MARGIN * max(1.0, abs(low), abs(high))
            reads = [sheet[cell].read(reading.direction) for sheet in claims]
            lows = np.array([_float(read.low) for read in reads])
            highs = np.array([_float(read.high) for read in reads])
            any_sign = (lows < 0) & (highs > 0) & (not truth.low <= 0 <= truth.high)
            is_number = high - low <= margin
            true[cell] = (lows + margin <= low) & (high + margin <= highs) & ~any_sign & is_number
            if truth.is_point:
                true[cell] |= np.array([read.low <= truth.low <= read.high for read in reads]) & ~any_sign
            untrue[cell] = ((highs + margin < low) | (high + margin < lows)) & is_number
        return true, untrue


class _Near(NamedTuple):
    """The numbers of one sheet, and the steps over them."""

    claims: Mapping[Cell, Printed]
    exact: Mapping[Cell, bool]
    steps: Tight
    reading: Reading


class Remembered:
    """What was found out for one sheet and holds for the next: a class writes the same numbers beside each other."""

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        self._steps: dict[object, Pieces] = {}
        self._scores: dict[tuple[Fraction, ...], Score] = {}
        stated = exam.slot_of.keys() | exam.given.keys()
        self._above = {cell: tuple(dependencies(exam.circuit, stated, cell)) for cell in exam.slot_of}

    def step(self, cell: Cell, near: _Near) -> Pieces:
        """What the numbers around a cell give."""
        known = ((near.claims[above].text, near.exact[above]) for above in self._above[cell] if above in near.claims)
        key = (cell, near.reading.direction, *known)
        if key not in self._steps:
            self._steps[key] = predict(near.steps, cell)
        return self._steps[key]

    def score(self, slots: Sequence[Marked]) -> Score:
        """The score of a sheet without carried numbers."""
        key = tuple(one.credit for one in slots)
        if key not in self._scores:
            self._scores[key] = score(self._exam, [Earned(one.slot, one.credit, is_carried=False) for one in slots])
        return self._scores[key]


class _Right:
    """One sheet that follows from beginning to end."""

    def __init__(
        self,
        exam: Exam,
        submission: Submission,
        claims: Mapping[Cell, Printed],
        reading: Reading,
        decimals: int | None,
        remembered: Remembered,
    ) -> None:
        self._exam, self._submission, self._claims = exam, submission, claims
        self._reading, self._decimals, self._remembered = reading, decimals, remembered

    def graded(
        self,
        column: int,
        columns: Mapping[Cell, Column],
        decided: Mapping[Cell, Decided],
        true: Mapping[Cell, Booleans],
    ) -> Graded:
        """The grade: every number is right, or follows from rounded ones."""
        exact = {cell: bool(one.exact[column]) for cell, one in columns.items()}
        steps = Tight(self._exam.circuit, self._operands(exact), (), self._reading)
        near = _Near(self._claims, exact, steps, self._reading)
        cells: dict[Cell, Verdicts] = {}
        for cell, claim in self._claims.items():
            is_true, one = bool(true[cell][column]), decided[cell]
            is_open = not (one.proved[column] or one.consistent[column])
            predicted = self._remembered.step(cell, near) if is_open or not is_true else None
            proved = inside(predicted, self._read(claim)) if is_open else bool(one.proved[column])
            judged = self._judged(claim, predicted, proved=proved)
            state = "correct" if is_true else "rounding-drift"
            truth = Truth("proved" if is_true else "refuted")
            cells[cell] = Verdicts(cell, self._submission.written[cell], judged, truth, state=state)
        return self._whole(cells)

    def _judged(self, claim: Printed, predicted: Pieces, *, proved: bool) -> Judged:
        verdict: Local = "proved" if proved else "consistent"
        form = () if _is_precise(claim, self._reading) else ("zeros-dropped",)
        return Judged(claim, verdict, self._read(claim), predicted, (), form)

    def _read(self, claim: Printed) -> Interval:
        """The set by which a claim is judged: with its zeros where it has too few digits."""
        direction = self._reading.direction
        is_precise = _is_precise(claim, self._reading)
        return claim.read(direction) if is_precise else claim.padded(direction, self._reading.padding)

    def _operands(self, exact: Mapping[Cell, bool]) -> dict[Cell, Interval | None]:
        found: dict[Cell, Interval | None] = dict(self._exam.given)
        for wire, entries in self._exam.circuit.leaves.items():
            found |= {Cell("value", wire, None, entry): number for entry, number in enumerate(entries)}
        for cell, claim in self._claims.items():
            found[cell] = point(claim.value) if exact[cell] else claim.read(self._reading.direction)
        return found

    def _whole(self, cells: Mapping[Cell, Verdicts]) -> Graded:
        exam = self._exam
        slots = tuple(marked(exam, [cells[cell] for cell in slot.cells], slot) for slot in exam.slots)
        read = self._reading.direction, self._decimals
        return Graded(exam, self._submission, *read, cells, slots, (), (), self._remembered.score(slots))


def _is_precise(claim: Printed, reading: Reading) -> bool:
    return claim.is_exact or reading.form.shown_by(claim.decimals, claim.significant)


def _float(number: Any) -> float:
    return int(number.p) / int(number.q)
