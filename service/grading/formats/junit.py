"""A class as JUnit XML: one suite a submission, one case a number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import quoteattr

from ....schema import Grade
from ..exam import Exam
from ..states import OPEN, ROOTS
from ..texts import Texts, texts
from .view import Row, remarks, rows

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(grades: Sequence[Grade], exam: Exam, languages: Sequence[str] = ("en",)) -> str:
    """All grades as one XML document."""
    words = texts(languages[0])
    suites = "\n".join("\n".join(_suite(grade, exam, words)) for grade in grades)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suites}\n</testsuites>\n'


def attribute(text: str) -> str:
    """A text as an attribute with its quotes; what XML 1.0 cannot hold becomes U+FFFD."""
    return quoteattr(_FORBIDDEN.sub("\ufffd", text), {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


def _suite(grade: Grade, exam: Exam, words: Texts) -> Iterator[str]:
    assignment = exam.assignment
    name = assignment.id if "by" not in grade.submission else f"{assignment.id}.{grade.submission['by']}"
    found = list(rows(grade))
    failures = sum(row.state in ROOTS for row in found)
    skipped = sum(row.state in OPEN for row in found)
    errors = int(not grade.gradable)
    counts = f'tests="{len(found) + errors}" failures="{failures}" skipped="{skipped}" errors="{errors}"'
    yield f"<testsuite name={attribute(name)} {counts}>"
    yield "<properties>"
    yield from (f"<property name={attribute(key)} value={attribute(value)}/>" for key, value in _properties(grade))
    yield "</properties>"
    if not grade.gradable:
        message = "; ".join(str(problem["message"]) for problem in grade.problems)
        yield f'<testcase classname={attribute(assignment.id)} name="submission" time="0">'
        yield f"<error message={attribute(message)}/></testcase>"
    groups = {slot.address: slot.group for slot in exam.slots}
    for row in found:
        classname = f"{assignment.id}.{groups[row.address]}"
        place = f'classname={attribute(classname)} name={attribute(row.address)} time="0"'
        yield f"<testcase {place}>{_result(row, words)}</testcase>"
    yield "</testsuite>"


def _properties(grade: Grade) -> Iterator[tuple[str, str]]:
    if grade.score is not None:
        yield "score", grade.score["shown"]
        yield "max", grade.score["max"]
    yield "assignment", grade.assignment["document"]
    yield "submission", grade.submission["document"]
    yield "version", grade.grader["version"]


def _result(row: Row, words: Texts) -> str:
    message = " ".join(remarks(row, words)) or words.word(f"state.{row.state}")
    if row.state in ROOTS:
        return f"<failure type={attribute(row.state)} message={attribute(message)}/>"
    if row.state in OPEN:
        return f"<skipped message={attribute(message)}/>"
    return ""
