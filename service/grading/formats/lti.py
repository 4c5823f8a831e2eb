"""A score for LTI Assignment and Grade Services, to be sent by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from ....schema import Grade, UsageError
from ..document import redacted
from ..states import OPEN
from .text import text

MEDIA_TYPE = "application/vnd.ims.lis.v1.score+json"
LONGEST_COMMENT = 2_000

#: What students may read anywhere.
_LEVEL = 3


def lti(grade: Grade, languages: Sequence[str], now: str, *, review: bool = False) -> dict[str, Any]:
    """The score as JSON; `now` is the time of grading: there is no clock in here. `review` keeps open scores back."""
    timestamp = _timestamp(now)
    is_open = review and any(slot.get("state") in OPEN for slot in grade.slots or ())
    fields: dict[str, Any] = {
        "userId": grade.submission.get("by", ""),
        "activityProgress": "Completed",
        "gradingProgress": "PendingManual" if is_open or not grade.gradable else "FullyGraded",
        "timestamp": timestamp,
        "comment": text(redacted(grade, min(_LEVEL, grade.level)), languages)[:LONGEST_COMMENT],
    }
    if grade.score is not None and (most := Fraction(grade.score["max"])) > 0:
        fields |= {"scoreGiven": _number(Fraction(grade.score["points"])), "scoreMaximum": _number(most)}
    return fields


def _number(points: Fraction) -> float | int:
    return int(points) if points.denominator == 1 else float(round(points, 5))


def _timestamp(now: str) -> str:
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise UsageError(f"{now}: expected a time such as 2026-01-31T12:00:00.000+00:00") from None
    if moment.tzinfo is None:
        raise UsageError(f"{now}: the time states no zone: add one, as in +00:00")
    return moment.isoformat(timespec="milliseconds")
