"""Attempts: the grader is stateless, so the caller says which one this is, and when (grading.md 18)."""

from __future__ import annotations

from datetime import datetime

from ...schema import UsageError
from .exam import Exam

#: What is shown beyond the attempts that are allowed: the score and nothing else.
LIMITED = 0


def allowed_level(exam: Exam, level: int, attempt: int | None, last_at: str | None, now: str | None) -> int:
    """The level that an attempt may show: the one asked for, or the score alone where the policy allows no more."""
    rules = exam.policy.attempts
    if attempt is not None and rules.max is not None and attempt > rules.max:
        return LIMITED
    if rules.cooldown_s is None or last_at is None or now is None:
        return level
    return LIMITED if (_moment(now) - _moment(last_at)).total_seconds() < rules.cooldown_s else level


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text}: expected a time such as 2026-01-31T12:00:00+00:00") from None
    if moment.tzinfo is None:
        raise UsageError(f"{text}: the time states no zone: add one, as in +00:00")
    return moment
