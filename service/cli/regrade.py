"""`chainrule regrade`: old grades under an assignment as it is now, and what changed."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ...schema import Assignment, DocumentError, Grade, document_digest, dump, read, read_lines
from ..amounts import counted
from ..atomic import replacing
from . import exits
from .progress import progress


def run(
    *grades: Annotated[str, Parameter(help="Grade documents, full ones of level 4: files, or *.jsonl.")],
    assignment: Annotated[str, Parameter(help="The assignment as it is now.")],
    allow_lower: Annotated[bool, Parameter(negative="", help="Let scores fall.")] = False,
    to: Annotated[
        Literal["text", "csv", "prairielearn-csv", "json"], Parameter(help="What to write of the changes.")
    ] = "text",
    output: Annotated[
        str | None, Parameter(name=("-o", "--output"), help="Folder for the new grades, named by their digests.")
    ] = None,
) -> int:
    """Grade the claims of old grades again and say whose score changes, where, and why. Old grades stay as they are.

    Exit code 0: nothing changed; 1: a score would fall and may not; 2: unreadable; 3: scores rose only.

    For example:

    chainrule regrade grades.cr.jsonl --assignment neuron.cr.json
    """
    from ..grading.regrade import regrade, summary

    found = read(Path(assignment).read_bytes(), source=assignment, kind="assignment")
    assert isinstance(found, Assignment)
    old = [grade for path in grades for grade in _grades(path)]
    with progress(f"grading {counted(len(old), 'sheet')} again", lines=True):
        again = regrade(old, found, allow_lower=allow_lower)
    _print(again, to)
    for one in again if output is not None else ():
        folder = Path(str(output))
        folder.mkdir(parents=True, exist_ok=True)
        name = document_digest(one.new).removeprefix("sha256:")[:16]
        with replacing(folder / f"{name}.cr.json") as stream:
            stream.write(dump(one.new))
    counts = summary(again)
    if to == "text":
        print(", ".join(f"{count} {what}" for what, count in counts.items()))
    if counts["held"] or counts["fell"]:
        return exits.REFUTED if counts["held"] else exits.NOTHING_AGAINST
    return exits.UNDECIDED if counts["rose"] else exits.NOTHING_AGAINST


def _grades(path: str) -> list[Grade]:
    data = Path(path).read_bytes()
    if not path.endswith(".jsonl"):
        found = read(data, source=path, kind="grade")
        assert isinstance(found, Grade)
        return [found]
    grades: list[Grade] = []
    for _, line in read_lines(data, source=path, kind="grade"):
        if isinstance(line, DocumentError):
            raise line
        assert isinstance(line, Grade)
        grades.append(line)
    return grades


def _print(again: Any, to: str) -> None:
    from ..grading.formats.changes import changes_csv, changes_json, changes_text, prairielearn_csv

    writers = {"text": changes_text, "csv": changes_csv, "json": changes_json, "prairielearn-csv": prairielearn_csv}
    sys.stdout.write(writers[to](again))
