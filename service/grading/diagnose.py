"""From candidates to a diagnosis: which explain the number, which of them are one, what may be said (10.6, 10.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Any, Literal

from ...engine.numbers.intervals import Interval
from ...engine.printed.circuit import Cell
from ...engine.printed.judgement import Judged, predicted
from ...engine.printed.sheet import Sheet
from .candidates import Candidate, candidates, double_candidates
from .elided import elided_candidates
from .misconceptions.catalogue import families, prior
from .surface import surface_candidates

Outcome = Literal["unique", "family", "possible", "one-of", "none"]

#: With a larger share of the wrong numbers explained by some code, a match is worded as a question.
CHANCE = Fraction(1, 30)

#: More classes than this say nothing.
MOST_CLASSES = 3

#: Candidate evaluations that one submission may cost.
BUDGET = 20_000

#: Endpoints that agree to this share of their size are one number.
_ONE = Fraction(1, 10**9)


@dataclass(frozen=True)
class Class:
    """Codes that give the same number here."""

    codes: tuple[str, ...]
    family: str
    candidate: Candidate

    @property
    def families(self) -> set[str]:
        """The families of its codes."""
        return {families()[code] for code in self.codes}


@dataclass(frozen=True)
class Diagnosis:
    """What explains a wrong number, and how sure one may be of it."""

    outcome: Outcome
    classes: tuple[Class, ...]
    chance: Fraction

    @property
    def is_named(self) -> bool:
        """True if one cause may be told as such."""
        return self.outcome in ("unique", "family")

    @property
    def is_surface(self) -> bool:
        """True if the number was right and only written wrongly."""
        return self.outcome == "unique" and self.classes[0].family == "surface"


NOTHING = Diagnosis("none", (), Fraction(0))


class Diagnoser:
    """Diagnoses the numbers of one sheet within one budget."""

    def __init__(self, sheet: Sheet, *, either_way: bool = False) -> None:
        self._sheet, self._either_way = sheet, either_way
        self._left = BUDGET

    @property
    def is_spent(self) -> bool:
        """True if the budget ended before all was tried."""
        return self._left <= 0

    def of(self, cell: Cell, judged: Judged) -> Diagnosis:
        """The diagnosis of a refuted number; one of too few digits is first taken with its zeros."""
        found, last = NOTHING, None
        for read in (*self._reads(judged), judged.read):
            if read != last:
                found, last = self._of(cell, replace(judged, read=read)), read
            if found.classes:
                return found
        return found

    def _reads(self, judged: Judged) -> Iterator[Interval]:
        """The sets in which the number is looked for, both ways of rounding where the sheet does not tell which."""
        claim, reading = judged.claim, self._sheet.reading
        direction = "any" if self._either_way else reading.direction
        if not claim.is_exact and not reading.form.shown_by(claim.decimals, claim.significant):
            yield claim.padded(direction, reading.padding)
        yield claim.read(direction)

    def _of(self, cell: Cell, judged: Judged) -> Diagnosis:
        tried = self._tried(candidates, cell)
        found = _matching(tried, judged) + list(surface_candidates(self._sheet, cell, judged))
        for more in (double_candidates, elided_candidates):
            if not found and not self.is_spent:
                found = _matching(self._tried(more, cell), judged)
        return _concluded(found, _chance(tried, judged))

    def explains(self, cell: Cell, judged: Judged) -> tuple[str, ...]:
        """The codes that match a number in tight arithmetic."""
        found = _matching(self._tried(candidates, cell), judged)
        return tuple(dict.fromkeys(candidate.code for candidate in found))

    def _tried(self, make: Callable[[Sheet, Cell], Iterator[Candidate]], cell: Cell) -> Sequence[Candidate]:
        """The candidates that the budget allows; those that hang on nothing but the step are remembered."""
        memory = self._sheet.memory
        if memory is None or make is elided_candidates:
            return self._counted(make(self._sheet, cell))
        key = make.__name__, *memory.around(cell, self._sheet.tokens)
        if key not in memory.notes:
            found = self._counted(make(self._sheet, cell))
            if not self.is_spent:
                memory.notes[key] = found
            return found
        return self._counted(iter(memory.notes[key]))

    def _counted(self, found: Iterator[Candidate]) -> list[Candidate]:
        counted = list(islice(found, self._left))
        self._left -= len(counted)
        return counted


def _matching(tried: Sequence[Candidate], judged: Judged) -> list[Candidate]:
    return [found for found in tried if found.numbers.gap(judged.read) == 0 and not _is_vacuous(found.numbers, judged)]


def _is_vacuous(numbers: Interval, judged: Judged) -> bool:
    """True if the set is so wide that it would match anything."""
    tight = predicted(judged.predicted)
    middle = (tight.low + tight.high) / 2 if tight else judged.claim.value
    most = max(
        8 * _width(judged.read), 4 * _width(tight) if tight else 0, max(abs(judged.claim.value), abs(middle)) / 10
    )
    return _width(numbers) > most


def _width(numbers: Interval) -> Any:
    return numbers.high - numbers.low


def _chance(tried: Sequence[Candidate], judged: Judged) -> Fraction:
    """The share of wrong numbers near the right one that some code would explain."""
    tight = predicted(judged.predicted)
    if tight is None:
        return Fraction(0)
    middle = (tight.low + tight.high) / 2
    reach = 2 * max(abs(middle), 0 * middle + 1)
    around, half = Interval(middle - reach, middle + reach), _width(judged.read) / 2
    if abs(judged.claim.value) > around.size:
        # Far away the digits of a claim count by their number: one without its point claims no less than one with it.
        half = half * around.size / abs(judged.claim.value)
    covered, end = 0 * reach, around.low
    for candidate in sorted(tried, key=_low):
        if _is_vacuous(candidate.numbers, judged):
            continue
        low, high = max(candidate.numbers.low - half, end), min(candidate.numbers.high + half, around.high)
        if high > low:
            covered, end = covered + high - low, high
    share = covered / (2 * reach)
    return Fraction(int(share.p), int(share.q))


def _low(candidate: Candidate) -> Any:
    return candidate.numbers.low


def _concluded(found: Sequence[Candidate], chance: Fraction) -> Diagnosis:
    classes = tuple(sorted(_classes(found), key=_rank))
    if not classes or len(classes) > MOST_CLASSES:
        return Diagnosis("none", classes, chance)
    one_family = len({family for found in classes for family in found.families}) == 1
    if len(classes) > 1 and not one_family:
        return Diagnosis("one-of", classes, chance)
    if chance > CHANCE:
        return Diagnosis("possible", classes, chance)
    return Diagnosis("unique" if len(classes) == 1 else "family", classes, chance)


def _rank(one: Class) -> tuple[Any, int]:
    return _width(one.candidate.numbers), prior(one.codes[0])


def _classes(found: Sequence[Candidate]) -> list[Class]:
    classes: list[Class] = []
    for candidate in sorted(found, key=_prior):
        place = next((i for i, one in enumerate(classes) if _is_same(one.candidate, candidate)), None)
        if place is None:
            classes.append(Class((candidate.code,), candidate.family, candidate))
        elif candidate.code not in classes[place].codes:
            classes[place] = replace(classes[place], codes=(*classes[place].codes, candidate.code))
    return classes


def _prior(candidate: Candidate) -> int:
    return prior(candidate.code)


def _is_same(one: Candidate, other: Candidate) -> bool:
    if "surface" in (one.family, other.family):
        return one.code == other.code
    return all(
        abs(a - b) * _ONE.denominator <= max(abs(a), abs(b)) for a, b in zip(one.numbers, other.numbers, strict=True)
    )


def ranked(diagnosis: Diagnosis, told: Sequence[Diagnosis]) -> Diagnosis:
    """The same diagnosis with the classes first that explain more numbers of the sheet."""

    def key(one: Class) -> tuple[int, Any, int]:
        others = sum(any(set(one.codes) & set(also.codes) for also in other.classes) for other in told)
        return -others, *_rank(one)

    return replace(diagnosis, classes=tuple(sorted(diagnosis.classes, key=key)))
