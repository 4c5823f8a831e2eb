"""Inputs with which an exercise would tell more mistakes apart, looked for by climbing from its own (grading.md 21)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction

from ...schema import UsageError
from .exam import Exam
from .trials import Trials

#: How many inputs are tried: a count and no time, so that one seed has one answer.
_TRIES = 40

#: The numbers that inputs are drawn from.
_GRID = tuple(Fraction(n, 2) for n in range(-8, 9) if n)

#: Mistakes that are invisible, silent and ambiguous, and characters to write: what comes first counts more.
Cost = tuple[int, ...]


def suggested(exam: Exam, seed: int) -> str | None:
    """The best inputs that were found, in words; None if none are better than the exercise's own."""
    dice, names = random.Random(seed), _inputs(exam)
    best, values = _cost(Trials(exam)), dict[str, str]()
    for _ in range(_TRIES if names else 0):
        changed = dice.sample(names, dice.randint(1, len(names)))
        tried = {**values, **{name: str(dice.choice(_GRID)) for name in changed}}
        found = _tried(exam, tried, best)
        if found < best:
            best, values = found, tried
    if not values:
        return None
    listed = ", ".join(f"{name}={values[name]}" for name in names if name in values)
    return f"with {listed} only {best[0]} mistakes are invisible and {best[1]} silent"


def _inputs(exam: Exam) -> list[str]:
    return [
        row["id"]
        for row in exam.graph.nodes
        if row["op"] in ("input", "param") and not isinstance(row.get("value"), list)
    ]


def _tried(exam: Exam, values: Mapping[str, str], best: Cost) -> Cost:
    try:
        return _cost(Trials(Exam(exam.assignment, values)), best)
    except UsageError:
        return best


def _cost(trials: Trials, best: Cost | None = None) -> Cost:
    """What an exercise costs; it is not counted to the end as soon as it is more than the best."""
    invisible, silent, ambiguous = sum(not trial.is_visible for trial in trials.trials), 0, 0
    for trial in trials.trials:
        if best is not None and (invisible, silent, ambiguous) > best[:3]:
            break
        if trial.is_visible:
            outcome = trials.outcome(trial)
            silent, ambiguous = silent + (outcome == "silent"), ambiguous + (outcome == "ambiguous")
    return invisible, silent, ambiguous, trials.digits
