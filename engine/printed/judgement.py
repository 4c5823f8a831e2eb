"""The local verdict on one printed number (grading.md 4.4, 4.5 and 5.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from flint import fmpq

from ..numbers.intervals import Interval, point
from .claim import Printed
from .pieces import Pieces, distance, hull, inside, meets_at_outer_end
from .reading import Reading

Local = Literal["proved", "consistent", "undecided", "refuted"]


@dataclass(frozen=True)
class Judged:
    """What is said of one claim by the numbers around it."""

    claim: Printed
    verdict: Local
    #: The set that was read from the digits, and the one that the step predicts (None: the whole line).
    read: Interval
    predicted: Pieces
    reasons: tuple[str, ...] = ()
    #: How the digits came to be accepted where they are too few: with their zeros, or as they are shown.
    form: tuple[str, ...] = ()
    #: Distance between what is claimed and what may be, in half units of the claim.
    gap: fmpq | None = None
    #: The set with which later steps may go on.
    operand: Interval | None = None


def judge(claim: Printed, tight: Pieces, work: Callable[[], Pieces], reading: Reading, allowance: fmpq) -> Judged:
    """The verdict on a claim whose step gives `tight`, or `work` with unwritten results rounded.

    `allowance` is what computing the step in the document's dtype explains.
    """
    if claim.is_exact or claim.fixed is not None or reading.form.shown_by(claim.decimals, claim.significant):
        found = _compared(claim, claim.read(reading.direction), tight, work, allowance)
        return replace(found, operand=_exact(claim, tight, work) or found.read)
    padded = _compared(claim, claim.padded(reading.direction, reading.padding), tight, work, allowance)
    found = _short(claim, padded, work, reading, allowance)
    if found.verdict == "refuted":
        # No step tells what stands behind a wrong number: its zeros may have been left out.
        return replace(found, operand=padded.read)
    return replace(found, operand=_exact(claim, tight, work) or short_operand(claim, work(), reading))


def short_operand(claim: Printed, work: Pieces, reading: Reading) -> Interval:
    """The numbers that may stand behind a claim of too few digits: its own, and those that its step can give."""
    own, shown = point(claim.value), claim.read(reading.direction)
    for piece in (shown,) if work is None else work:
        near = piece.widened(reading.slack)
        if near.gap(shown) == 0:
            own = own.hull(Interval(max(near.low, shown.low), min(near.high, shown.high)))
    return own


def _compared(claim: Printed, read: Interval, tight: Pieces, work: Callable[[], Pieces], allowance: fmpq) -> Judged:
    if tight is None:
        return Judged(claim, "undecided", read, None, ("uninformative",))
    if (other := _misses_exactly(claim, tight, work)) is not None:
        return Judged(claim, "refuted", read, tight, ("disagrees",), gap=_half_units(other, claim))
    if inside(tight, read):
        return Judged(claim, "proved", read, tight)
    if distance(tight, read) == 0:
        # Who meets only the outer end has rounded a half towards 0: right, but few people do.
        return Judged(claim, "consistent", read, tight, ("boundary",) if meets_at_outer_end(tight, read) else ())
    possible = work()
    away = distance(possible, read)
    if away == 0:
        return Judged(claim, "consistent", read, tight, ("work-rounding",))
    if away <= allowance:
        return Judged(claim, "consistent", read, tight, ("rounding-explains",))
    return Judged(claim, "refuted", read, possible, ("disagrees",), gap=_half_units(away, claim))


def _misses_exactly(claim: Printed, tight: Pieces, work: Callable[[], Pieces]) -> fmpq | None:
    """How far a claim is from the only number that its step can give, where that number has no more digits than it.

    Nobody rounds such a number, whichever way they round: the closed ends of wider readings do not count.
    """
    if tight is None or claim.unit == 0 or claim.fixed is not None or claim.is_display or not _is_one(tight):
        return None
    number = tight[0].low
    if (number / claim.unit).q != 1 or number == claim.value or work() != tight:
        return None
    return abs(number - claim.value)


def _is_one(pieces: Pieces) -> bool:
    return pieces is not None and len(pieces) == 1 and pieces[0].is_point


def _half_units(away: fmpq, claim: Printed) -> fmpq | None:
    return away / claim.half_unit if claim.unit else None


def _short(claim: Printed, padded: Judged, work: Callable[[], Pieces], reading: Reading, allowance: fmpq) -> Judged:
    """A claim of too few digits: right with its zeros, right as far as it goes, or wrong however it is read."""
    if padded.verdict != "refuted":
        return replace(padded, form=("zeros-dropped",))
    shown = claim.read(reading.direction)
    away = distance(work(), shown)
    if away > allowance or _misses_exactly(claim, padded.predicted, work) is not None:
        away = max(away, _misses_exactly(claim, padded.predicted, work) or away)
        return replace(padded, read=shown, gap=_half_units(away, claim))
    one_short = reading.form.lacking(claim.decimals, claim.significant) <= 1
    holds_zero = shown.low <= 0 <= shown.high
    form = "low-precision" if one_short and not holds_zero else "uninformative"
    return Judged(claim, "undecided", shown, padded.predicted, (), (form,))


def _exact(claim: Printed, tight: Pieces, work: Callable[[], Pieces]) -> Interval | None:
    """The number itself where nothing else can stand behind its digits."""
    number = point(claim.value)
    return number if tight == (number,) and work() == (number,) else None


def predicted(pieces: Pieces) -> Interval | None:
    """The hull of a predicted set."""
    return None if pieces is None else hull(pieces)
