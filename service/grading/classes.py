"""A class: many submissions of one assignment, graded together; one that breaks the grader spoils no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...schema import Assignment, ChainruleError, DocumentError, Grade, graph_digest
from ...schema.collector import collector_off
from ...schema.digest import bytes_digest
from .columns import Columns
from .document import grade_of, grade_of_graded, of_another
from .exam import Exam, exam_of
from .grading import Graded
from .own import Differs, own_exam
from .reading.carriers import MOST_PROBLEMS, own_graph, read_submission
from .variants import variant_values
from .written import Submission


@dataclass(frozen=True)
class Handed:
    """What one student handed in: the bytes of a file, and whose it is."""

    data: bytes
    by: str | None = None
    #: What the file is called in messages.
    name: str = ""


class Grader:
    """Grades submissions of one assignment; what they share is made once.

    With a `secret`, every student has a variant of their own; with `values` all have one, drawn elsewhere.
    """

    def __init__(
        self, assignment: Assignment, secret: bytes | None = None, values: Mapping[str, str] | None = None
    ) -> None:
        self._assignment, self._secret, self._values = assignment, secret, values
        self._own: dict[str, Exam] = {}
        self._exams: dict[tuple[tuple[str, str], ...] | None, Exam] = {}
        if secret is None:
            self._exam(values)

    def exam(self, by: str | None) -> Exam:
        """The assignment as this student has it."""
        if self._secret is None:
            return self._exam(self._values)
        return self._exam(variant_values(self._assignment, by or "", self._secret))

    def grade(self, handed: Handed) -> Grade:
        """The grade of one submission, whatever it is."""
        return self.grades([handed])[0]

    def grades(self, class_: Iterable[Handed]) -> list[Grade]:
        """The grades of a class in the order in which it was handed in; right sheets are judged as columns."""
        with collector_off():
            read = [self.sheet(handed) for handed in class_]
            found: dict[int, Grade] = {}
            for exam in {id(exam): exam for exam, _ in read}.values():
                places = [place for place, (own, _) in enumerate(read) if own is exam]
                found |= dict(zip(places, _graded_together(exam, [read[place][1] for place in places]), strict=True))
            return [found[place] for place in range(len(read))]

    def sheet(self, handed: Handed) -> tuple[Exam, Submission]:
        """The assignment as this student has it, and what was handed in; one's own graph is the graph that counts."""
        exam = self.exam(handed.by)
        if self._assignment.mode != "own":
            return exam, self._read(handed)
        try:
            own = own_graph(handed.data)
            digest = graph_digest(own)
            if digest not in self._own:
                self._own[digest] = own_exam(self._assignment, own)
        except (DocumentError, Differs) as error:
            return exam, _refused(handed, error)
        return self._own[digest], read_submission(self._own[digest], handed.data, handed.by)

    def _exam(self, variant: Mapping[str, str] | None) -> Exam:
        key = None if variant is None else tuple(sorted(variant.items()))
        if key not in self._exams:
            self._exams[key] = exam_of(self._assignment, variant)
        return self._exams[key]

    def _read(self, handed: Handed) -> Submission:
        exam = self.exam(handed.by)
        try:
            return read_submission(exam, handed.data, handed.by)
        except Exception as error:
            return _broken(handed.data, handed.by, error)


def _graded_together(exam: Exam, submissions: Sequence[Submission]) -> list[Grade]:
    """The grades of sheets on one graph: sheets that say the same are graded once."""
    first: dict[object, int] = {}
    like = [first.setdefault(_said(submission, place), place) for place, submission in enumerate(submissions)]
    distinct = list(first.values())
    grades = dict(zip(distinct, _distinct(exam, [submissions[place] for place in distinct]), strict=True))
    return [
        grades[own] if own == place else _alike(exam, grades[own], submissions[place]) for place, own in enumerate(like)
    ]


def _alike(exam: Exam, grade: Grade, submission: Submission) -> Grade:
    """The grade of a sheet that says what another one says; where the grader broke on that one it tries again."""
    return of_another(grade, submission) if grade.gradable else _one(exam, submission, None)


def _said(submission: Submission, place: int) -> object:
    """What a sheet says: the same typed texts at the same places are one object each. Others are like no other."""
    if submission.problems or submission.ignored:
        return place
    return submission.carrier, tuple(submission.written), tuple(map(id, submission.written.values()))


def _distinct(exam: Exam, submissions: Sequence[Submission]) -> list[Grade]:
    """Those that are plainly right as columns, all others one by one."""
    quick: Mapping[int, Graded] = Columns(exam).graded(submissions) if len(submissions) > 1 else {}
    return [_one(exam, submission, quick.get(place)) for place, submission in enumerate(submissions)]


def _one(exam: Exam, submission: Submission, quick: Graded | None) -> Grade:
    try:
        return grade_of(exam, submission) if quick is None else grade_of_graded(quick)
    except ChainruleError:
        raise
    except Exception as error:
        return grade_of(exam, _broken(submission.document.encode(), submission.by, error, submission.document))


def _refused(handed: Handed, error: DocumentError | Differs) -> Submission:
    """What is no graph of the assignment's function."""
    if isinstance(error, DocumentError):
        problems = tuple(problem.model_dump(exclude_none=True) for problem in error.problems[:MOST_PROBLEMS])
        return Submission(bytes_digest(handed.data), "unreadable", handed.by, problems=problems)
    problem = {"code": "grade.function-differs", "at": "", "message": str(error)}
    return Submission(bytes_digest(handed.data), "graph", handed.by, problems=(problem,))


def _broken(data: bytes, by: str | None, error: Exception, document: str | None = None) -> Submission:
    """A submission on which the grader itself failed: no score, no attempt used, and a line to report."""
    message = f"this is a defect of the grader ({type(error).__name__}): please report it with this file"
    problem = {"code": "grade.defect", "at": "", "message": message}
    return Submission(document or bytes_digest(data), "unreadable", by, problems=(problem,))
