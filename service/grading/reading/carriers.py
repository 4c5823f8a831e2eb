"""The files in which answers come: JSON of several makes, CSV, annotations, graphs; each read into one submission."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from ....schema import Annotations, DocumentError, Graph, Limits, read
from ....schema.digest import bytes_digest
from ....schema.jsontypes import is_object
from ....schema.stages.header import judge_header
from ....schema.stages.text import parse
from ..exam import Exam
from ..written import Submission
from .answers import Answers
from .claims import written_claims
from .structure import differences, node_map

#: What one submission may be.
LIMITS = Limits(bytes=256 * 1024, depth=16, nodes=5_000, elements=100_000)

#: Problems that are listed of one file.
MOST_PROBLEMS = 50

#: More places than this in one file are a mistake, or an attack.
MOST_ANSWERS = 10_000

_UNREADABLE = "unreadable"


def read_submission(exam: Exam, data: bytes, by: str | None = None) -> Submission:
    """What a file says, whatever it is; a file that says nothing usable has problems, and never raises."""
    document = bytes_digest(data)
    try:
        found = _read(exam, data)
    except DocumentError as error:
        problems = tuple(problem.model_dump(exclude_none=True) for problem in error.problems[:MOST_PROBLEMS])
        return Submission(document, _UNREADABLE, by, problems=problems)
    return Submission(document, found.carrier, by or found.by, found.written, found.ignored, found.problems)


def own_graph(data: bytes) -> Graph:
    """The graph that a student made; DocumentError for anything else."""
    found = read(data, kind="graph", limits=LIMITS)
    assert isinstance(found, Graph)
    return found


def _read(exam: Exam, data: bytes) -> Submission:
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] not in (b"{", b"\x1f") and _looks_like_csv(text):
        return _answers(exam, "csv", _rows(text))
    if len(data) > LIMITS.bytes and not data.startswith(b"\x1f\x8b"):
        text = data
    value = parse(text, LIMITS)
    match value.get("kind"):
        case "annotations":
            judge_header(value, "annotations")
            return _annotations(exam, Annotations.from_object(value, LIMITS))
        case "graph":
            judge_header(value, "graph")
            return _graph(exam, Graph.from_object(value, LIMITS))
        case None if is_object(value.get("answers")):
            return _answers(exam, "answers", value["answers"].items(), _name(value))
        case None if is_object(value.get("submitted_answers")):
            return _answers(exam, "prairielearn", value["submitted_answers"].items())
        case None:
            return _bare(exam, value)
        case _:
            judge_header(value, "annotations")
            return _problem("grade.not-a-submission", "the file is no submission: hand in answers or annotations")


def _name(value: Mapping[str, Any]) -> str | None:
    by = value.get("by")
    return by if isinstance(by, str) and len(by) <= 256 else None


def _bare(exam: Exam, value: Mapping[str, Any]) -> Submission:
    """Answers without the word: an object of which at least one key is an address of this assignment."""
    found = _answers(exam, "answers", value.items())
    if found.written:
        return found
    return _problem("grade.not-a-submission", 'the file holds no answers: write {"answers": {"grad:x": "-0.60"}}')


def _problem(code: str, message: str, at: str = "") -> Submission:
    return Submission("", _UNREADABLE, problems=({"code": code, "at": at, "message": message},))


def _looks_like_csv(text: bytes) -> bool:
    head = text[:200].decode("utf-8", "replace").splitlines()
    columns = [cell.strip().lower().strip('"') for cell in head[0].split(",")] if head else []
    return "slot" in columns and "answer" in columns


def _rows(text: bytes) -> Iterator[tuple[str, Any]]:
    if len(text) > LIMITS.bytes:
        return
    # Strict reading refuses what would otherwise swallow lines; a field is never longer than a number.
    for row in csv.DictReader(io.StringIO(text.decode("utf-8", "replace"), newline="")):
        fields = {(name or "").strip().lower(): value for name, value in row.items() if isinstance(value, str)}
        if fields.get("slot"):
            yield fields["slot"], fields.get("answer", "")


def _answers(exam: Exam, carrier: str, items: Any, by: str | None = None) -> Submission:
    answers = Answers(exam)
    try:
        for place, (key, value) in enumerate(items):
            if place >= MOST_ANSWERS:
                return _problem("limit.slots", f"more than {MOST_ANSWERS} answers: hand in only what is asked for")
            answers.add(str(key), value)
    except csv.Error as error:
        return _problem("csv.syntax", f"the table cannot be read: {error}")
    return Submission("", carrier, by, answers.written, tuple(answers.ignored), tuple(answers.problems[:MOST_PROBLEMS]))


def _annotations(exam: Exam, document: Annotations) -> Submission:
    if document.graph != exam.digests["graph"]:
        message = "the claims are about another circuit than that of the assignment: hand in claims about this one"
        return _problem("grade.structure-changed", message, "/graph")
    claims = document.nodes
    rounding = document.rounding
    written, ignored = written_claims(exam, claims, rounding, {name: name for name in claims})
    for field in ("values", "seeds"):
        if getattr(document, field):
            ignored.append({"key": field, "why": "input-changed"})
    return Submission("", "annotations", document.by, written, tuple(ignored))


def _graph(exam: Exam, graph: Graph) -> Submission:
    names = node_map(exam.graph, graph)
    if names is None:
        found = differences(exam.graph, graph)[:MOST_PROBLEMS]
        return Submission("", "graph", problems=tuple(found))
    claims = {row["id"]: row for row in graph.nodes}
    written, ignored = written_claims(exam, claims, graph.rounding, names)
    return Submission("", "graph", None, written, tuple(ignored))
