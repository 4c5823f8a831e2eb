"""`chainrule grade`: what sheets are worth, where they went wrong, and what to look at."""

import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from cyclopts import Parameter

from ...schema import Assignment, ChainruleError, Grade, UsageError, read
from ...schema.jsontypes import is_object
from ..amounts import counted
from ..atomic import replacing
from . import exits
from .printing import print_error
from .progress import progress

Form = Literal["text", "json", "md", "html", "junit", "csv", "csv-wide", "gradescope", "prairielearn", "lti"]


def run(
    assignment: str,
    *submissions: Annotated[
        str,
        Parameter(
            help="Answers (JSON, CSV), annotations, or graphs; files, folders, *.jsonl with one a line, or -.",
            allow_leading_hyphen=True,
        ),
    ],
    to: Annotated[Form, Parameter(help="What to write.")] = "text",
    output: Annotated[
        str | None, Parameter(name=("-o", "--output"), help="Write to this file, or one file each to this folder.")
    ] = None,
    level: Annotated[
        int, Parameter(help="0: score; 1: states; 2: first error; 3: diagnosis; 4: everything, the truth included.")
    ] = 4,
    lang: Annotated[str, Parameter(help="Languages of texts, joined by commas: en, ko.")] = "en",
    fail_under: Annotated[float | None, Parameter(help="Exit with 1 below this per cent, and only then.")] = None,
    summary: Annotated[str | None, Parameter(help="Write what the class did to this file; it holds no names.")] = None,
    share: Annotated[bool, Parameter(negative="", help="In the summary, mask what few students did.")] = False,
    student: Annotated[str | None, Parameter(help="Whose the one submission is.")] = None,
    variant_secret: Annotated[str | None, Parameter(help="File with the secret by which variants are drawn.")] = None,
    attempt: Annotated[int | None, Parameter(help="Which attempt this is; beyond the policy's, level 0.")] = None,
    last_at: Annotated[str | None, Parameter(help="Time of the attempt before (ISO 8601).")] = None,
    now: Annotated[str | None, Parameter(help="Time of this one (ISO 8601): the grader has no clock.")] = None,
    metadata: Annotated[
        str | None, Parameter(help="Gradescope's submission_metadata.json, or PrairieLearn's data.json.")
    ] = None,
    per: Annotated[
        Literal["group", "slot"], Parameter(help="Gradescope: a test for each group, or each slot.")
    ] = "group",
    worked_solution: Annotated[
        bool, Parameter(negative="", help="Gradescope: add the worked solution, shown after grades are published.")
    ] = False,
    bom: Annotated[bool, Parameter(negative="", help="CSV: begin with a byte order mark.")] = False,
) -> int:
    """Grade submissions of an assignment by the chain rule applied to the student's own numbers.

    Exit code 0: nothing refuted or open; 1: a number is refuted; 2: something cannot be graded; 3: something is open.

    For example:

    chainrule grade neuron.cr.json answers/ --to html --output reports
    """
    from ..grading.attempts import allowed_level
    from ..grading.classes import Grader
    from ..grading.formats.prairielearn import variant_of
    from ..grading.handing import handed_in
    from ..grading.reports import Options
    from ..grading.statistics import class_summary
    from ..grading.texts import languages_of

    if not 0 <= level <= 4:
        raise UsageError(f"{level} is no level: levels are 0 to 4")
    task, about = _assignment(assignment), _metadata(metadata)
    values = variant_of(about, task) if to == "prairielearn" and variant_secret is None else None
    grader = Grader(task, _secret(variant_secret), values)
    handed = list(handed_in(submissions, student))
    unread = [one for one in handed if isinstance(one, ChainruleError)]
    for error in unread:
        print_error(error)
    sheets = [one for one in handed if not isinstance(one, ChainruleError)]
    with progress(f"grading {counted(len(sheets), 'sheet')}", lines=True):
        grades = grader.grades(sheets)
    shown_level = allowed_level(grader.exam(None if variant_secret is None else student), level, attempt, last_at, now)
    options = Options(to, shown_level, languages_of(lang), now, per, about, worked_solution, bom)
    exam_of = [grader.sheet(sheet)[0] for sheet in sheets]
    _write(
        [(sheet.name, grade, exam) for sheet, grade, exam in zip(sheets, grades, exam_of, strict=True)], options, output
    )
    if worked_solution:
        print("chainrule: the worked solution is visible after grades are published", file=sys.stderr)
    if summary is not None:
        _to_file(Path(summary), orjson.dumps(class_summary(grades, share=share), option=orjson.OPT_INDENT_2) + b"\n")
    codes = [_code(grade, fail_under) for grade in grades]
    return exits.worst([*codes, *(exits.CANNOT_JUDGE for _ in unread)])


def _assignment(path: str) -> Assignment:
    data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    found = read(data, source=path, kind="assignment")
    assert isinstance(found, Assignment)
    return found


def _secret(path: str | None) -> bytes | None:
    return None if path is None else Path(path).read_bytes().strip()


def _metadata(path: str | None) -> dict[str, Any]:
    if path is None or not Path(path).exists():
        return {}
    found: Any = orjson.loads(Path(path).read_bytes())
    return found if is_object(found) else {}


def _write(graded: Sequence[tuple[str, Grade, Any]], options: Any, output: str | None) -> None:
    from ..grading.reports import ENDINGS, TOGETHER, class_report, one_report

    folder = output is not None and (Path(output).is_dir() or output.endswith("/"))
    if not folder and (options.form in TOGETHER or len(graded) == 1):
        grades = [grade for _, grade, _ in graded]
        if not graded:
            return
        exam = graded[0][2]
        data = one_report(grades[0], exam, options) if len(graded) == 1 else class_report(grades, exam, options)
        _out(data, output)
        return
    if output is None:
        raise UsageError(
            f"{len(graded)} submissions make {len(graded)} files of {options.form}: give --output a folder"
        )
    Path(output).mkdir(parents=True, exist_ok=True)
    for name, (_, grade, exam) in zip(_names([name for name, _, _ in graded]), graded, strict=True):
        _to_file(Path(output) / f"{name}{ENDINGS[options.form]}", one_report(grade, exam, options))


def _names(names: Sequence[str]) -> Iterator[str]:
    """File names of submissions: each of its own, with nothing in it that a path could be made of."""
    seen: dict[str, int] = {}
    for name in names:
        stem = "".join(char if char.isalnum() or char in "-_." else "_" for char in Path(name).name).lstrip(".")
        stem = stem.removesuffix(".gz").removesuffix(".json").removesuffix(".cr").removesuffix(".csv") or "submission"
        count = seen[stem] = seen.get(stem, 0) + 1
        yield stem if count == 1 else f"{stem}-{count}"


def _out(data: bytes, output: str | None) -> None:
    if output is None or output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        _to_file(Path(output), data)


def _to_file(path: Path, data: bytes) -> None:
    with replacing(path) as stream:
        stream.write(data)


def _code(grade: Grade, fail_under: float | None) -> int:
    from ..grading.states import OPEN, ROOTS

    if not grade.gradable or grade.score is None:
        return exits.CANNOT_JUDGE
    if fail_under is not None:
        return exits.REFUTED if Fraction(grade.score["percent"]) < Fraction(str(fail_under)) else exits.NOTHING_AGAINST
    states = {slot.get("state") for slot in grade.slots or ()}
    if states & set(ROOTS):
        return exits.REFUTED
    is_open = states & set(OPEN) or any(slot.get("local") == "undecided" for slot in grade.slots or ())
    return exits.UNDECIDED if is_open else exits.NOTHING_AGAINST
