"""The library's functions of grading, twins of the verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from ...schema import Assignment, Document, Grade, Report, read
from ...schema import dump as _dump
from .classes import Grader, Handed
from .document import redacted
from .lint import lint as _lint
from .regrade import Regraded
from .regrade import regrade as _regrade

#: A document as people have it: a path, the bytes of a file, its fields, or the document itself.
Source = str | Path | bytes | Mapping[str, Any] | Document


def grade(
    assignment: Source,
    submission: Source | Sequence[Source],
    *,
    by: str | Sequence[str] | None = None,
    level: int = 4,
    secret: bytes | None = None,
) -> Any:
    """The grade of one submission, or a list of grades for a list of them, which are graded as columns.

    A submission is an `answers` object, CSV, annotations, or the assignment's graph with the student's numbers in it;
    what cannot be read has a grade too, that says why. `by` says whose it is; `level` how much the grade shows (0 the
    score, 4 everything); with a `secret` each student has a variant. Raises for an assignment that cannot be judged.
    """
    grader = Grader(_assignment(assignment), secret)
    if isinstance(submission, Sequence) and not isinstance(submission, (str, bytes)):
        names = list(by) if by is not None and not isinstance(by, str) else [None] * len(submission)
        handed = [Handed(_bytes(one), name) for one, name in zip(submission, names, strict=True)]
        return [redacted(found, level) for found in grader.grades(handed)]
    return redacted(grader.grade(Handed(_bytes(submission), by if isinstance(by, str) else None)), level)


def lint(assignment: Source, *, suggest: bool = False, seed: int = 0) -> Report:
    """What an exercise cannot tell apart, and with `suggest` inputs that tell more apart."""
    return _lint(_assignment(assignment), suggest=suggest, seed=seed)


def regrade(grades: Sequence[Source], assignment: Source, *, allow_lower: bool = False) -> list[Regraded]:
    """Old grades, graded again under an assignment as it is now; no score falls unless `allow_lower`."""
    old = [_read(one, "grade") for one in grades]
    return _regrade([one for one in old if isinstance(one, Grade)], _assignment(assignment), allow_lower=allow_lower)


def _assignment(source: Source) -> Assignment:
    found = _read(source, "assignment")
    assert isinstance(found, Assignment)
    return found


def _read(source: Source, kind: str) -> Document:
    if isinstance(source, Document):
        return source if source.kind == kind else read(_dump(source), kind=kind)
    return read(_bytes(source), source=str(source) if isinstance(source, (str, Path)) else None, kind=kind)


def _bytes(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, Document):
        return _dump(source)
    return orjson.dumps(source) if isinstance(source, Mapping) else Path(source).read_bytes()
