"""The grade document of a graded submission, and its redaction to a level (grading.md 12 and 13)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, get_type_hints

from ...engine.printed.judgement import predicted
from ...schema import Grade
from ...schema.grade import Handed, Slot
from .amounts import shown
from .diagnose import Diagnosis
from .digits import ends, rounded
from .exam import Exam
from .grading import Graded, Marked, graded
from .messages import Message, messages
from .misconceptions.catalogue import catalogue_digest
from .states import Verdicts
from .written import Submission

#: The level of a grade that shows everything.
FULL = 4

#: The lowest level at which a field of a slot, or of the document, is shown.
SLOT_LEVELS: Mapping[str, int] = {
    "local": 3, "global": 3, "reasons": 3, "read": 3, "diagnosis": 3,
    "predicted": 4, "truth": 4, "gap": 4, "possible": 4,
}  # fmt: skip
DOCUMENT_LEVELS: Mapping[str, int] = {"slots": 1, "roots": 1, "first_error": 2, "systematic": 3}


#: The fields of a slot in the order in which documents write them.
_ORDER = tuple(get_type_hints(Slot))


def grade_of(exam: Exam, submission: Submission) -> Grade:
    """The grade of a submission, problems and all; it never raises for what a student handed in."""
    if submission.problems:
        return _written(_ungradable(exam, submission))
    return grade_of_graded(graded(exam, submission))


def grade_of_graded(found: Graded) -> Grade:
    """The grade document of what grading found out."""
    return _written(_fields(found))


def of_another(grade: Grade, submission: Submission) -> Grade:
    """The grade of a sheet that says the same as one that is graded."""
    own = {
        "submission": _handed(submission),
        "slots": [slot.copy() for slot in grade.slots or ()],
        "messages": [message.copy() for message in grade.messages],
    }
    return grade.model_copy(update=own)


def _written(fields: Mapping[str, Any]) -> Grade:
    """The fields as a document. They are ours, so reading would find nothing; a test reads what is written."""
    return Grade.model_construct(**{"opset": None, "rounding_read": None, **fields})


def _header(exam: Exam, submission: Submission) -> dict[str, Any]:
    return {
        "chainrule": "1.0",
        "kind": "grade",
        "level": FULL,
        "assignment": dict(exam.digests),
        "submission": _handed(submission),
        "grader": {"version": _version(), "catalogue": catalogue_digest()},
        "variant": None if exam.variant is None else dict(exam.variant),
    }


def _handed(submission: Submission) -> Handed:
    by: Handed = {"document": submission.document, "carrier": submission.carrier}
    return by if submission.by is None else {**by, "by": submission.by}


@cache
def _version() -> str:
    return version("chainrule")


def _ungradable(exam: Exam, submission: Submission) -> dict[str, Any]:
    codes = dict.fromkeys(str(problem["code"]) for problem in submission.problems)
    known = [code if code.startswith(("grade.", "answers.")) else "unreadable" for code in codes]
    return {
        **_header(exam, submission),
        "gradable": False,
        "problems": [dict(problem) for problem in submission.problems],
        "score": None,
        "messages": [Message(code, 0, {}).written() for code in dict.fromkeys(known)],
        "ignored": [dict(entry) for entry in submission.ignored],
    }


def _fields(found: Graded) -> dict[str, Any]:
    name = found.exam.circuit.name
    return {
        **_header(found.exam, found.submission),
        "gradable": True,
        "problems": [],
        "rounding_read": found.direction,
        "work_decimals": found.decimals,
        "score": dict(found.score.written),
        "groups": [dict(group) for group in found.score.subtotals],
        "slots": [_slot(found, marked) for marked in found.slots],
        "first_error": None if found.first_error is None else name(found.first_error),
        "roots": [name(cell) for cell in found.roots],
        "systematic": [
            {"code": one.code, "slots": [name(cell) for cell in one.places]}
            | ({} if one.detail is None else {"detail": one.detail})
            for one in found.systematic
        ],
        "messages": messages(found),
        "ignored": [dict(entry) for entry in found.submission.ignored],
    }


def _slot(found: Graded, marked: Marked) -> dict[str, Any]:
    if not marked.stated:
        marked.stated.update(_stated(found, marked))
    return dict(marked.stated)


def _stated(found: Graded, marked: Marked) -> dict[str, Any]:
    worst, exam = marked.worst, found.exam
    fields: dict[str, Any] = {
        "slot": marked.slot.address,
        "claim": _claim(worst),
        "state": marked.state,
        "local": worst.local,
        "global": None if worst.truth is None else worst.truth.verdict,
        "reasons": _reasons(worst, marked),
        "form": [] if worst.judged is None else list(worst.judged.form),
        "points": str(marked.slot.points),
        "credit": str(marked.credit),
        "roots": [exam.circuit.name(cell) for cell in worst.roots],
    }
    if worst.written is not None and worst.written.raw != fields["claim"]:
        fields["raw"] = worst.written.raw
    if len(marked.cells) > 1:
        fields |= {"counts": _counts(marked), "elements": [_element(exam, one) for one in marked.cells]}
    fields |= _findings(exam, worst) if marked.state != "correct" else {}
    return {name: fields[name] for name in _ORDER if name in fields}


def _claim(verdicts: Verdicts) -> str | None:
    written = verdicts.written
    return None if written is None or written.claim is None else written.claim.text


def _reasons(verdicts: Verdicts, marked: Marked) -> list[str]:
    reasons = list(verdicts.judged.reasons) if verdicts.judged is not None else []
    reasons += verdicts.truth.reasons if verdicts.truth is not None else ()
    if marked.guarded:
        reasons.append(f"carry-guard:{marked.guarded}")
    return list(dict.fromkeys(reasons))


def _counts(marked: Marked) -> dict[str, int]:
    states = [one.state for one in marked.cells]
    return {state: states.count(state) for state in dict.fromkeys(states)}


def _element(exam: Exam, verdicts: Verdicts) -> dict[str, Any]:
    return {"slot": exam.circuit.name(verdicts.cell), "claim": _claim(verdicts), "state": verdicts.state}


def _findings(exam: Exam, verdicts: Verdicts) -> dict[str, Any]:
    """What stands only on slots that are not simply right."""
    judged = verdicts.judged
    fields: dict[str, Any] = {"truth": ends(exam.truth(verdicts.cell))}
    if judged is not None:
        gap = None if judged.gap is None else rounded(judged.gap, up=False, digits=6)
        fields |= {"read": ends(judged.read), "predicted": ends(predicted(judged.predicted)), "gap": gap}
    if verdicts.diagnosis is not None:
        fields["diagnosis"] = _diagnosis(verdicts.diagnosis)
    if verdicts.possible:
        fields["possible"] = list(verdicts.possible)
    return fields


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    classes: list[dict[str, Any]] = []
    for one in diagnosis.classes:
        port = {} if one.candidate.port is None else {"port": one.candidate.port}
        classes.append({"codes": list(one.codes), "family": one.family, **port})
    return {"outcome": diagnosis.outcome, "classes": classes, "chance": shown(diagnosis.chance, 6)}


def redacted(grade: Grade, level: int) -> Grade:
    """The grade as it may be shown at a level: the same document without the fields above it."""
    fields = grade.written()
    shown_level = min(level, grade.level)
    fields["level"] = shown_level
    fields["messages"] = [message for message in fields["messages"] if message["level"] <= shown_level]
    for name, least in DOCUMENT_LEVELS.items():
        if least > shown_level:
            fields.pop(name, None)
    if "slots" in fields:
        fields["slots"] = [_redacted_slot(slot, shown_level) for slot in fields["slots"]]
    return _written(fields)


def _redacted_slot(slot: Mapping[str, Any], level: int) -> dict[str, Any]:
    return {name: value for name, value in slot.items() if SLOT_LEVELS.get(name, 1) <= level}
