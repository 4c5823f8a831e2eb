"""Per-student variants: inputs drawn with a secret, the same whenever they are asked for (grading.md 20)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256

from ...engine.numbers.intervals import Interval
from ...schema import Assignment, UsageError
from .exam import Exam, exam_of

#: The shortest secret that is one.
LEAST_SECRET = 16

#: Draws that are tried for one student.
MOST_DRAWS = 64

_WORDS = 4
_SPAN = 2**64


def variant_values(assignment: Assignment, student: str, secret: bytes) -> dict[str, str]:
    """The leaf values of a student's variant; UsageError where no draw gives an exercise that can be judged."""
    inputs = _choices(assignment, secret)
    base = exam_of(assignment)
    for counter in range(MOST_DRAWS):
        values = {
            leaf: str(choices[drawn(secret, assignment.id, student, leaf, counter, len(choices))])
            for leaf, choices in inputs.items()
        }
        if _is_fair(assignment, values, base):
            return values
    raise UsageError(f"{assignment.id}: none of {MOST_DRAWS} draws gives {student} an exercise that can be judged")


def drawn(secret: bytes, assignment: str, student: str, leaf: str, counter: int, count: int) -> int:
    """An index below `count`, by HMAC-SHA-256, without any choice being likelier than another."""
    lines = ["chainrule.variant.1", assignment, student, leaf, str(counter)]
    fair = count * (_SPAN // count)
    suffix = 0
    while True:
        text = "\n".join([*lines, *([str(suffix)] if suffix else [])])
        block = hmac.new(secret, text.encode(), sha256).digest()
        words = [int.from_bytes(block[8 * k : 8 * k + 8], "big") for k in range(_WORDS)]
        found = next((word for word in words if word < fair), None)
        if found is not None:
            return found % count
        suffix += 1


def _choices(assignment: Assignment, secret: bytes) -> Mapping[str, Sequence[object]]:
    if len(secret) < LEAST_SECRET:
        raise UsageError(
            f"the secret has {len(secret)} bytes: use at least {LEAST_SECRET}, from a source of randomness"
        )
    if assignment.variants is None:
        raise UsageError(f"{assignment.id}: the assignment declares no variants")
    return assignment.variants.inputs


def _is_fair(assignment: Assignment, values: Mapping[str, str], base: Exam) -> bool:
    """True if every number exists, none sits at a kink, and none became 0 that is not 0 in the base assignment."""
    try:
        exam = Exam(assignment, values)
    except UsageError:
        return False
    for slot in exam.slots:
        for cell in slot.cells:
            truth, usual = exam.truth(cell), base.truth(cell)
            if truth is None or usual is None or _is_set(truth):
                return False
            if truth.size == 0 and usual.size != 0:
                return False
    return True


def _is_set(truth: Interval) -> bool:
    """True if the number is a set of slopes: at a kink."""
    return (truth.high - truth.low) * 2**64 > truth.size
