"""What was handed in, from the grade that was made of it: a grade holds all claims."""

from __future__ import annotations

from typing import Any

import orjson

from ...schema import Assignment, Grade, UsageError
from .classes import Grader, Handed
from .exam import Exam
from .reading.carriers import read_submission
from .slots import answer
from .written import Submission


def handed_of(grade: Grade) -> Handed:
    """The submission that a grade holds; UsageError for a grade that shows none of it."""
    if grade.level < 1 or (grade.gradable and grade.slots is None):
        raise UsageError(f"{grade.submission.get('by', 'a grade')}: shows no claims: take the full grade, of level 4")
    answers: dict[str, Any] = {slot["slot"]: answer(slot) for slot in grade.slots or ()}
    for slot in grade.slots or ():
        for element in slot.get("elements", ()):
            answers.pop(slot["slot"], None)
            answers[element["slot"]] = element["claim"]
    return Handed(orjson.dumps({"answers": answers}), grade.submission.get("by"))


def grader_of(grade: Grade, assignment: Assignment) -> Grader:
    """The grader that made the grade: of the assignment, or of the student's variant of it."""
    if assignment.mode == "own":
        raise UsageError(f"{assignment.id}: a grade of a student's own graph does not hold it: grade the graph again")
    return Grader(assignment, values=grade.variant)


def exam_and_submission(grade: Grade, assignment: Assignment) -> tuple[Exam, Submission]:
    """The assignment as this student had it, and the sheet."""
    handed, exam = handed_of(grade), grader_of(grade, assignment).exam(None)
    return exam, read_submission(exam, handed.data, handed.by)
