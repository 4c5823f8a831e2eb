"""Grades made again under an assignment as it is now, with what changed and why (grading.md 19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...schema import Assignment, Grade
from ...schema.grade import Slot
from .classes import Grader
from .handed import grader_of, handed_of
from .slots import codes

#: What names the cause of a change: the digests that a grade states.
_CAUSES = ("assignment", "policy", "grader", "catalogue")


@dataclass(frozen=True)
class Change:
    """One slot that came out differently: its states, credits and named codes before and after."""

    slot: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Regraded:
    """One grade and the one that takes its place; the old one where the score would fall and may not."""

    old: Grade
    new: Grade
    changes: tuple[Change, ...]
    causes: tuple[str, ...]
    #: The new score if it is lower and was held back.
    lower: Fraction | None = None

    @property
    def is_held(self) -> bool:
        """True if the score would have fallen, and may not."""
        return self.lower is not None

    @property
    def by(self) -> str:
        """Whose it is."""
        return self.old.submission.get("by", "")

    @property
    def gain(self) -> Fraction:
        """Points that the new grade gives more."""
        return points(self.new) - points(self.old)


def regrade(grades: Sequence[Grade], assignment: Assignment, *, allow_lower: bool = False) -> list[Regraded]:
    """Every grade made again from the claims that it holds, in the same order."""
    graders: dict[str, Grader] = {}
    new: list[Grade] = []
    for grade in grades:
        handed, variant = handed_of(grade), str(sorted((grade.variant or {}).items()))
        if variant not in graders:
            graders[variant] = grader_of(grade, assignment)
        new.append(graders[variant].grade(handed))
    return [_compared(old, _named(found, old), allow_lower=allow_lower) for old, found in zip(grades, new, strict=True)]


def points(grade: Grade) -> Fraction:
    """Points of a grade; 0 for one that could not be given."""
    return Fraction(grade.score["points"]) if grade.score is not None else Fraction(0)


def _named(new: Grade, old: Grade) -> Grade:
    """The new grade of the old submission."""
    return new.model_copy(update={"submission": old.submission, "ignored": old.ignored})


def _compared(old: Grade, new: Grade, *, allow_lower: bool) -> Regraded:
    if not old.gradable:
        return Regraded(old, old, (), ())
    changes = tuple(_changes(old, new))
    causes = tuple(_causes(old, new))
    if points(new) < points(old) and not allow_lower:
        return Regraded(old, old, changes, causes, points(new))
    return Regraded(old, new, changes, causes)


def _changes(old: Grade, new: Grade) -> Iterable[Change]:
    before = {slot["slot"]: _summary(slot) for slot in old.slots or ()}
    after = {slot["slot"]: _summary(slot) for slot in new.slots or ()}
    for address in [*before, *(address for address in after if address not in before)]:
        if before.get(address) != after.get(address):
            yield Change(address, before.get(address, {}), after.get(address, {}))


def _summary(slot: Slot) -> dict[str, Any]:
    """What counts as a change: state, credit, points, and what explains the number."""
    return {"state": slot["state"], "credit": slot["credit"], "points": slot["points"], "codes": codes(slot)}


def _causes(old: Grade, new: Grade) -> Iterable[str]:
    digests = [
        {
            **grade.assignment,
            "assignment": grade.assignment["document"],
            "grader": grade.grader["version"],
            **grade.grader,
        }
        for grade in (old, new)
    ]
    return [name for name in _CAUSES if digests[0].get(name) != digests[1].get(name)]


def summary(found: Sequence[Regraded]) -> dict[str, int]:
    """How many scores rose, fell, were held, or stayed."""
    counts = {"rose": 0, "fell": 0, "held": 0, "stayed": 0}
    for one in found:
        what = "held" if one.is_held else "rose" if one.gain > 0 else "fell" if one.gain < 0 else "stayed"
        counts[what] += 1
    return counts
