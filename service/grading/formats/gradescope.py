"""`results.json` of Gradescope's autograder (its documented contract; grading.md 14.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, cast

from ....schema import Assignment, Grade, document_digest
from ....schema.jsontypes import is_list, is_object
from ..amounts import shown
from ..document import redacted
from ..exam import Exam
from ..slots import earned, named
from ..texts import texts
from .markdown import code, escaped, markdown
from .view import SIGNS, Row, remarks, rows, title_of

#: From this level on, tags name misconceptions.
_TAGS = 3


def gradescope(
    grade: Grade,
    exam: Exam,
    languages: Sequence[str] = ("en",),
    *,
    level: int = 4,
    per: Literal["group", "slot"] = "group",
    metadata: Mapping[str, Any] | None = None,
    worked: bool = False,
) -> dict[str, Any]:
    """The results of one submission, shown at a level; `metadata` is the platform's file about the submission.

    `worked` adds a test without points that is shown after grades are published.
    """
    visible = redacted(grade, level)
    results: dict[str, Any] = {
        "score": _score(grade, metadata or {}),
        "output": markdown(visible, exam.assignment, languages),
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": _tests(visible, exam, languages, per),
        "extra_data": {"grade": document_digest(grade), "version": grade.grader["version"]},
    }
    if worked and grade.gradable:
        title = texts(languages[0]).word("report.worked")
        output = markdown(grade, exam.assignment, languages)
        results["tests"].append({"name": title, "output": output, "visibility": "after_published"})
    return results


def _score(grade: Grade, metadata: Mapping[str, Any]) -> float:
    """The score; what cannot be graded keeps the last score of the earlier submissions, for it uses no attempt."""
    if grade.score is not None:
        return float(shown(Fraction(grade.score["points"])))
    return previous_score(metadata)


def previous_score(metadata: Mapping[str, Any]) -> float:
    """The score of the last earlier submission that has one, else 0."""
    earlier = metadata.get("previous_submissions")
    for entry in reversed(earlier if is_list(earlier) else []):
        score = entry.get("score") if is_object(entry) else None
        try:
            return float(cast(Any, score))
        except (TypeError, ValueError):
            continue
    return 0.0


def _tests(grade: Grade, exam: Exam, languages: Sequence[str], per: str) -> list[dict[str, Any]]:
    found = {row.address: row for row in rows(grade)}
    groups: dict[str, list[str]] = {}
    for slot in exam.slots:
        groups.setdefault(slot.group, []).append(slot.address)
    points = {slot.address: slot.points for slot in exam.slots}
    amounts = {one["slot"]: earned(one) for one in grade.slots or ()}
    if grade.level < 1 or not grade.gradable:
        return []
    if per == "slot":
        return [
            _test(f"{n}.{k}", address, [found[address]], amounts[address], points[address], grade, languages)
            for n, addresses in enumerate(groups.values(), 1)
            for k, address in enumerate(addresses, 1)
        ]
    totals = {group["id"]: (Fraction(group["points"]), Fraction(group["max"])) for group in grade.groups or ()}
    return [
        _test(
            str(n),
            _group_title(exam.assignment, name, languages),
            [found[a] for a in addresses],
            *totals[name],
            grade,
            languages,
        )
        for n, (name, addresses) in enumerate(groups.items(), 1)
    ]


def _test(
    number: str,
    name: str,
    shown_rows: Sequence[Row],
    points: Fraction,
    most: Fraction,
    grade: Grade,
    languages: Sequence[str],
) -> dict[str, Any]:
    test: dict[str, Any] = {
        "score": float(shown(points)),
        "max_score": float(shown(most)),
        "number": number,
        "name": name,
        "status": "passed" if points >= most else "failed",
        "output": _output(shown_rows, languages),
        "visibility": "visible",
    }
    tags = _codes(grade, {row.address for row in shown_rows})
    return test | ({"tags": tags} if tags else {})


def _output(shown_rows: Sequence[Row], languages: Sequence[str]) -> str:
    lines: list[str] = []
    for language in languages:
        words = texts(language)
        for row in shown_rows:
            claim = code(row.claim) if row.claim else "–"
            told = " ".join(remarks(row, words, code, escaped)) or escaped(words.word(f"state.{row.state}"))
            lines.append(f"- {SIGNS[row.state]} {escaped(words.slot(row.address))}: {claim}. {told}")
    return "\n".join(lines)


def _codes(grade: Grade, addresses: set[str]) -> list[str]:
    if grade.level < _TAGS:
        return []
    return sorted({code for slot in grade.slots or () if slot["slot"] in addresses for code in named(slot)})


def _group_title(assignment: Assignment, name: str, languages: Sequence[str]) -> str:
    group = next((one for one in assignment.groups or () if one.id == name), None)
    return " / ".join(dict.fromkeys(title_of(group.title if group else None, name, language) for language in languages))
