"""From simulated sheets to grades: the assignment of a circuit, and the claims of a sheet."""

import json
from collections.abc import Mapping
from typing import Any

from chainrule.engine.printed.claim import printed
from chainrule.schema import read
from chainrule.schema.address import read_address
from chainrule.service.grading.exam import Exam, exam_of
from chainrule.service.grading.grading import Graded, graded
from chainrule.service.grading.written import Submission, Written

ALL = ({"slot": "value:*"}, {"slot": "grad:*"})


def exam(graph: Mapping[str, Any], form: Mapping[str, Any], slots: Any = ALL, **policy: Any) -> Exam:
    """An assignment that asks for every number of a graph, unless `slots` say which."""
    document = {"chainrule": "1.0", "kind": "assignment", "id": "test", "graph": graph, "slots": list(slots)}
    return exam_of(read(json.dumps({**document, "policy": {"form": form, **policy}}).encode()))


def grade(exam: Exam, claims: Mapping[str, str]) -> Graded:
    """The grade of these numbers."""
    written = {}
    for address, text in claims.items():
        (cell,) = exam.cells_of(read_address(address))
        written[cell] = Written(text, printed(text, exam.form))
    return graded(exam, Submission("sha256:" + "0" * 64, "answers", None, written))


def form_of(habit: str, decimals: int) -> dict[str, Any]:
    """What is asked of a student with this habit."""
    if habit == "sigfigs":
        return {"min_sigfigs": decimals}
    return {"min_decimals": 2 if habit == "calculator" else decimals}
