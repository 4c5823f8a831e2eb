"""One submission graded: verdicts, diagnoses, states, roots, credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...engine.numbers.intervals import Interval
from ...engine.printed.circuit import Cell
from ...engine.printed.claim import Direction, Printed
from ...engine.printed.judgement import Judged
from ...engine.printed.sheet import Sheet
from ...engine.printed.steps import OwnForm, needs_other_form
from .amounts import amount
from .carry import guard
from .diagnose import Diagnoser, Diagnosis, ranked
from .exam import Exam, Slot
from .judging import Judging, judged_sheet
from .misconceptions.catalogue import families
from .score import Earned, Score, score
from .states import ROOTS, WORST_FIRST, Verdicts, nearest_roots, needs_unknown, state_without_roots
from .systematic import Systematic, systematic
from .ties import inadmissible
from .truths import Truth, truth_of
from .written import Submission, Written


@dataclass(frozen=True)
class Marked:
    """One slot: the verdicts of its cells, its state, what it earns and why not more."""

    slot: Slot
    cells: tuple[Verdicts, ...]
    credit: Fraction
    #: The letter of the guard that took carried credit away.
    guarded: str | None = None
    #: How the grade document states it, once it was asked, and what is said of it beside which other numbers; sheets
    #: of a class share slots that are alike.
    stated: dict[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)
    told: dict[tuple[str, ...], Any] = field(default_factory=dict[tuple[str, ...], Any], compare=False, repr=False)

    @property
    def state(self) -> str:
        """The state of the worst element."""
        return self.worst.state

    @cached_property
    def earned(self) -> tuple[int, int, bool]:
        """The credit, and whether it was carried."""
        return self.credit.numerator, self.credit.denominator, self.state == "carried"

    @cached_property
    def is_silent(self) -> bool:
        """True for a number of which nothing has to be said."""
        worst = self.worst
        remarks = worst.judged is None or worst.judged.form or worst.truth is None or worst.truth.reasons
        return worst.state == "correct" and not remarks and not self.guarded

    @cached_property
    def worst(self) -> Verdicts:
        """The element that decides."""
        return self.cells[0] if len(self.cells) == 1 else min(self.cells, key=_badness)


@dataclass(frozen=True)
class Graded:
    """Everything that grading found out about one submission."""

    exam: Exam
    submission: Submission
    #: How the sheet was rounded, and to how many decimals scratch paper kept numbers.
    direction: Direction
    decimals: int | None
    cells: Mapping[Cell, Verdicts]
    slots: tuple[Marked, ...]
    roots: tuple[Cell, ...]
    systematic: tuple[Systematic, ...]
    score: Score
    is_spent: bool = False
    #: The judged sheet; None for a sheet that was judged as one column of many.
    sheet: Sheet | None = None

    @property
    def operands(self) -> Mapping[Cell, Interval | None]:
        """The sets with which steps went on."""
        return {} if self.sheet is None else self.sheet.operands

    @property
    def first_error(self) -> Cell | None:
        """The first root in the order of work."""
        return self.roots[0] if self.roots else None


def _badness(verdicts: Verdicts) -> tuple[int, int]:
    return WORST_FIRST.index(verdicts.state), verdicts.cell.entry


def graded(exam: Exam, submission: Submission) -> Graded:
    """The grade of a submission that can be graded: its problems are empty."""
    claims = used_claims(exam, submission)
    judging = judged_sheet(exam, claims)
    diagnoser = Diagnoser(judging.sheet, either_way=judging.either_way)
    cells = _stated(exam, submission, judging, diagnoser)
    roots = tuple(cell for cell, verdicts in cells.items() if verdicts.state in ROOTS)
    cells = _rooted(exam, judging, cells, roots)
    slots = tuple(_marked(exam, judging, cells, slot) for slot in exam.slots)
    told = systematic(exam, judging, cells, roots)
    total = score_of(exam, slots)
    read = judging.direction, judging.decimals
    return Graded(exam, submission, *read, cells, slots, roots, told, total, diagnoser.is_spent, judging.sheet)


def used_claims(exam: Exam, submission: Submission) -> dict[Cell, Printed]:
    """The claims that count, in the order of work: those asked for, and others where the policy uses them."""
    counted = exam.places if exam.policy.volunteered == "use" else exam.asked
    written = submission.written
    return {cell: one.claim for cell in counted if (one := written.get(cell)) is not None and one.claim is not None}


def score_of(exam: Exam, slots: Sequence[Marked]) -> Score:
    """The score of a sheet; sheets that earn the same have the same."""
    states = tuple([one.earned for one in slots])
    return exam.shared.once(("score", states), _scored, exam, slots)


def _scored(exam: Exam, slots: Sequence[Marked]) -> Score:
    return score(exam, [Earned(one.slot, one.credit, one.state == "carried") for one in slots])


def _stated(exam: Exam, submission: Submission, judging: Judging, diagnoser: Diagnoser) -> dict[Cell, Verdicts]:
    """Verdicts and states of all cells that are asked for or used, apart from what depends on roots."""
    unknown = needs_unknown(judging.sheet) if judging.sheet.unknown else set[Cell]()
    asked = [cell for cell in exam.places if cell in exam.slot_of or cell in judging.sheet.judged]
    found: dict[Cell, Verdicts] = {}
    for cell in asked:
        key = _shared_key(cell, submission.written.get(cell), judging)
        if key is None or cell in unknown:
            found[cell] = _stated_one(exam, cell, submission, judging, diagnoser, cell in unknown)
        else:
            found[cell] = exam.shared.once(key, _stated_one, exam, cell, submission, judging, diagnoser, False)
    if judging.direction == "nearest":
        for cell, verdicts in inadmissible(exam, found).items():
            assert verdicts.judged is not None
            found[cell] = replace(verdicts, diagnosis=diagnoser.of(cell, verdicts.judged))
    told = [one.diagnosis for one in found.values() if one.diagnosis is not None]
    return {cell: _with_rank(one, told) for cell, one in found.items()}


def _shared_key(cell: Cell, written: Written | None, judging: Judging) -> tuple[Any, ...] | None:
    """What the verdicts on a number depend on that needs no diagnosis; None where it depends on more."""
    sheet = judging.sheet
    judged, outcome = sheet.judged.get(cell), sheet.outcomes.get(cell)
    if judged is None or not outcome or written is None or written.claim is None or written.claim.fixed is not None:
        return None
    if judged.verdict == "refuted" or _is_by_a_hair(judged, judging):
        return None
    return "verdicts", judging.direction, judging.decimals, outcome, written.raw


def _stated_one(
    exam: Exam, cell: Cell, submission: Submission, judging: Judging, diagnoser: Diagnoser, unknown: bool
) -> Verdicts:
    verdicts = _verdicts(exam, cell, submission.written.get(cell), judging, diagnoser)
    return replace(verdicts, state=state_without_roots(verdicts, unknown))


def _with_rank(verdicts: Verdicts, told: Sequence[Diagnosis]) -> Verdicts:
    if verdicts.diagnosis is None:
        return verdicts
    return replace(verdicts, diagnosis=ranked(verdicts.diagnosis, told))


def _verdicts(exam: Exam, cell: Cell, written: Written | None, judging: Judging, diagnoser: Diagnoser) -> Verdicts:
    judged = judging.sheet.judged.get(cell)
    if judged is None:
        return Verdicts(cell, written)
    truth = _truth(exam, cell, judged.claim, judging)
    found = Verdicts(cell, written, judged, truth)
    if judged.verdict == "refuted" and not truth.is_right:
        return replace(found, diagnosis=diagnoser.of(cell, judged))
    if _is_by_a_hair(judged, judging):
        return replace(found, possible=diagnoser.explains(cell, judged))
    return found


def _is_by_a_hair(judged: Judged, judging: Judging) -> bool:
    """True if a number follows only by a rounding that few people do; those who cut digits off meet boundaries."""
    return "work-rounding" in judged.reasons or ("boundary" in judged.reasons and not judging.either_way)


def _truth(exam: Exam, cell: Cell, claim: Printed, judging: Judging) -> Truth:
    if claim.fixed is not None:
        return truth_of(exam.truths, cell, claim, judging.sheet.reading)
    key = "truth", cell, claim.text, claim.cut, judging.direction
    return exam.shared.once(key, truth_of, exam.truths, cell, claim, judging.sheet.reading)


def _rooted(
    exam: Exam, judging: Judging, cells: Mapping[Cell, Verdicts], roots: Sequence[Cell]
) -> dict[Cell, Verdicts]:
    """States that depend on roots: what follows from a wrong number is carried, else its digits drifted."""
    above: Mapping[Cell, tuple[Cell, ...]] = nearest_roots(judging.sheet, roots) if roots else {}
    found: dict[Cell, Verdicts] = {}
    for cell, verdicts in cells.items():
        if verdicts.state == "follows":
            if above.get(cell):
                verdicts = replace(_with_form(verdicts, judging.sheet.own), state="carried", roots=above[cell])
            else:
                key, own = _shared_key(cell, verdicts.written, judging), judging.sheet.own
                verdicts = (
                    exam.shared.once(("drift", *key), _drifted, verdicts, own) if key else _drifted(verdicts, own)
                )
        found[cell] = verdicts
    return found


def _drifted(verdicts: Verdicts, own: OwnForm) -> Verdicts:
    return replace(_with_form(verdicts, own), state="rounding-drift")


def _with_form(verdicts: Verdicts, own: OwnForm) -> Verdicts:
    """The reason for which verification refutes what a grade accepts, where it is the way the step is written."""
    judged = verdicts.judged
    if judged is None or judged.reasons or not needs_other_form(own, verdicts.cell, judged.read):
        return verdicts
    return replace(verdicts, judged=replace(judged, reasons=("other-form",)))


def _marked(exam: Exam, judging: Judging, cells: Mapping[Cell, Verdicts], slot: Slot) -> Marked:
    if len(slot.cells) == 1 and cells[slot.cell].state in ("correct", "rounding-drift"):
        verdicts = cells[slot.cell]
        key = _shared_key(slot.cell, verdicts.written, judging)
        if key is not None:
            return exam.shared.once(("marked", verdicts.state, *key), marked, exam, [verdicts], slot)
    parts = [cells[cell] for cell in slot.cells]
    guards = {part.cell: guard(exam, judging.sheet, cells, part.cell) for part in parts if part.state == "carried"}
    return marked(exam, parts, slot, guards)


def marked(
    exam: Exam, parts: Sequence[Verdicts], slot: Slot, guards: Mapping[Cell, str | None] | None = None
) -> Marked:
    """One slot with its credit; `guards` say which carried numbers earn nothing."""
    guards = guards or {}
    shares = [_credit(exam, part, guards.get(part.cell)) for part in parts]
    if len(shares) == 1:
        credit = shares[0]
    else:
        credit = min(shares) if exam.policy.elements == "all" else sum(shares, Fraction(0)) / len(shares)
    return Marked(slot, tuple(parts), credit, next(filter(None, guards.values()), None))


def _credit(exam: Exam, verdicts: Verdicts, guarded: str | None) -> Fraction:
    split = exam.policy.split
    if split is None or verdicts.judged is None or verdicts.truth is None:
        return Fraction(0) if guarded else exam.credits[verdicts.state]

    method = verdicts.judged.verdict != "refuted" and not guarded
    accuracy = verdicts.truth.is_right or verdicts.state == "rounding-drift"
    return amount(split.method) * method + amount(split.accuracy) * accuracy


def shadow(graded: Graded, root: Cell) -> list[Cell]:
    """The carried cells that have a root among their nearest."""
    return [cell for cell, verdicts in graded.cells.items() if root in verdicts.roots]


def codes_of(diagnosis: Diagnosis | None) -> tuple[str, ...]:
    """The codes of a diagnosis that may be counted as observed."""
    if diagnosis is None or not diagnosis.is_named:
        return ()
    return tuple(code for one in diagnosis.classes for code in one.codes if code in families())
