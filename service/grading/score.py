"""Points in exact fractions: credits, groups with what they drop and cap, the total (grading.md 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from .amounts import amount, shown
from .exam import NO_GROUP, Exam, Slot


@dataclass(frozen=True)
class Earned:
    """What one slot earned, and how much of it was carried from an earlier error."""

    slot: Slot
    credit: Fraction
    is_carried: bool

    @property
    def points(self) -> Fraction:
        """Points of the slot."""
        return self.slot.points * self.credit

    @property
    def lost(self) -> Fraction:
        """Points that were not earned."""
        return self.slot.points - self.points


@dataclass(frozen=True)
class Subtotal:
    """Points of one group."""

    id: str
    points: Fraction
    most: Fraction
    is_bonus: bool = False


@dataclass(frozen=True)
class Score:
    """The total and its parts."""

    points: Fraction
    most: Fraction
    groups: tuple[Subtotal, ...]

    @property
    def percent(self) -> Fraction:
        """The share in hundredths; all of it where nothing can be earned."""
        return 100 * self.points / self.most if self.most else Fraction(100)

    @cached_property
    def written(self) -> Mapping[str, str]:
        """The score as a grade states it."""
        return {
            "points": str(self.points),
            "max": str(self.most),
            "shown": shown(self.points),
            "percent": shown(self.percent),
        }

    @cached_property
    def subtotals(self) -> Sequence[Mapping[str, str]]:
        """The groups as a grade states them."""
        return [{"id": group.id, "points": str(group.points), "max": str(group.most)} for group in self.groups]


def score(exam: Exam, earned: Sequence[Earned]) -> Score:
    """The score of a sheet."""
    ids = [group.id for group in exam.assignment.groups or ()]
    ids += [NO_GROUP] if any(one.slot.group == NO_GROUP for one in earned) and NO_GROUP not in ids else []
    groups = tuple(_subtotal(exam, name, [one for one in earned if one.slot.group == name]) for name in ids)
    most = sum((group.most for group in groups if not group.is_bonus), Fraction(0))
    points = sum((group.points for group in groups), Fraction(0))
    has_bonus = any(group.is_bonus for group in groups)
    return Score(points if has_bonus else min(points, most), most, groups)


def _subtotal(exam: Exam, name: str, earned: Sequence[Earned]) -> Subtotal:
    rules = next((group for group in exam.assignment.groups or () if group.id == name), None)
    kept = _without_lowest(earned, rules.drop_lowest or 0 if rules else 0)
    most = sum((one.slot.points for one in kept), Fraction(0))
    own = sum((one.points for one in kept if not one.is_carried), Fraction(0))
    carried = sum((one.points for one in kept if one.is_carried), Fraction(0))
    points = own + min(carried, amount(exam.policy.carry.cap) * most)
    if rules is not None and rules.cap is not None:
        cap = amount(rules.cap)
        points, most = min(points, cap), min(most, cap)
    return Subtotal(name, points, most, bool(rules and rules.bonus))


def _without_lowest(earned: Sequence[Earned], count: int) -> Sequence[Earned]:
    """All slots but those on which most was lost; of equals, those whose addresses come last."""
    if not count:
        return earned
    dropped = {one.slot.address for one in sorted(earned, key=_by_loss)[:count]}
    return [one for one in earned if one.slot.address not in dropped]


def _by_loss(one: Earned) -> tuple[Fraction, str]:
    return -one.lost, one.slot.address
