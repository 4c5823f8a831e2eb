"""PrairieLearn: `results.json` of its external grader, and what a question's `server.py` fills in (grading.md 14.2)."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from fractions import Fraction
from typing import Any

import orjson

from ....schema import Assignment, Grade
from ....schema.jsontypes import is_object
from ..amounts import shown
from ..document import redacted
from ..exam import Exam
from ..slots import earned
from ..texts import texts
from .text import text
from .view import remarks, rows, title_of

#: The platform refuses more than 1 MB; far below it, what matters least goes first.
LARGEST = 200_000


def prairielearn(
    grade: Grade, exam: Exam, languages: Sequence[str] = ("en",), *, level: int = 4, largest: int = LARGEST
) -> dict[str, Any]:
    """The results of one submission; one that cannot be graded is invalid, and uses no attempt."""
    if not grade.gradable or grade.score is None:
        return {"gradable": False, "format_errors": _problems(grade)}
    for shown_level in range(level, -1, -1):
        results = _results(redacted(grade, shown_level), exam, languages)
        if len(orjson.dumps(results)) <= largest:
            return results
    return {**_results(redacted(grade, 0), exam, languages), "output": ""}


def _problems(grade: Grade) -> list[str]:
    return [f"{problem['at'] or '/'}: {problem['message']}" for problem in grade.problems] or ["unreadable"]


def _results(grade: Grade, exam: Exam, languages: Sequence[str]) -> dict[str, Any]:
    assert grade.score is not None
    title = title_of(exam.assignment.title, exam.assignment.id, languages[0])
    return {
        "gradable": True,
        "score": _share(grade),
        "message": title,
        "output": text(grade, languages),
        "images": [],
        "tests": _tests(grade, languages),
    }


def _share(grade: Grade) -> float:
    assert grade.score is not None
    most = Fraction(grade.score["max"])
    share = Fraction(grade.score["points"]) / most if most else Fraction(1)
    return float(shown(min(max(share, Fraction(0)), Fraction(1)), 6))


def _tests(grade: Grade, languages: Sequence[str]) -> list[dict[str, Any]]:
    words = [texts(language) for language in languages]
    found: list[dict[str, Any]] = []
    for row in rows(grade):
        slot = next(one for one in grade.slots or () if one["slot"] == row.address)
        most = Fraction(slot["points"])
        found.append(
            {
                "name": row.address,
                "description": " / ".join(word.slot(row.address) for word in words),
                "points": float(shown(earned(slot))),
                "max_points": float(shown(most)),
                "message": " / ".join(word.word(f"state.{row.state}") for word in words),
                "output": "\n".join(remark for word in words for remark in remarks(row, word)),
            }
        )
    return found


def fill_element(data: MutableMapping[str, Any], grade: Grade, languages: Sequence[str] = ("en",)) -> None:
    """Put a grade into the `data` of a question: `partial_scores` and `format_errors`, by the names of its answers."""
    words = texts(languages[0])
    if not grade.gradable:
        data.setdefault("format_errors", {})["answers"] = "; ".join(_problems(grade))
        return
    names = _names(data.get("submitted_answers", {}))
    for row in rows(grade):
        slot = next(one for one in grade.slots or () if one["slot"] == row.address)
        name = names.get(row.address, row.address)
        if row.state == "invalid":
            data.setdefault("format_errors", {})[name] = " ".join(remarks(row, words))
            continue
        data.setdefault("partial_scores", {})[name] = {
            "score": float(shown(Fraction(slot["credit"]), 6)),
            "weight": float(shown(Fraction(slot["points"]))),
            "feedback": " ".join(remarks(row, words)) or words.word(f"state.{row.state}"),
        }


def _names(answers: Mapping[str, Any]) -> dict[str, str]:
    return {name.strip(): name for name in answers}


def variant_of(data: Mapping[str, Any], assignment: Assignment) -> dict[str, str] | None:
    """The leaf values of a variant, from the `params` of the platform's `data.json`; None where it names none."""
    params: Any = data.get("params")
    inputs = assignment.variants.inputs if assignment.variants is not None else {}
    found = {name: str(value) for name, value in params.items() if name in inputs} if is_object(params) else {}
    return found or None
