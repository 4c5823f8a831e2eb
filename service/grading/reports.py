"""Grades in the format that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from ...schema import Grade, UsageError, dump
from .document import redacted
from .exam import Exam
from .formats.gradescope import gradescope
from .formats.html import html
from .formats.junit import junit
from .formats.lti import lti
from .formats.markdown import markdown
from .formats.prairielearn import prairielearn
from .formats.tables import long_table, wide_table
from .formats.text import text

Format = Literal[
    "text", "json", "md", "html", "junit", "csv", "csv-wide", "gradescope", "prairielearn", "lti"
]  # fmt: skip

#: Formats that hold a whole class in one file; of the others one file holds one grade.
TOGETHER = ("text", "json", "junit", "csv", "csv-wide")

#: How the files of a format end.
ENDINGS: Mapping[str, str] = {
    "text": ".txt", "json": ".cr.json", "md": ".md", "html": ".html", "junit": ".xml", "csv": ".csv",
    "csv-wide": ".csv", "gradescope": ".json", "prairielearn": ".json", "lti": ".json",
}  # fmt: skip


@dataclass(frozen=True)
class Options:
    """How reports are written."""

    form: Format = "text"
    level: int = 4
    languages: Sequence[str] = ("en",)
    now: str | None = None
    per: Literal["group", "slot"] = "group"
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    worked: bool = False
    bom: bool = False


def one_report(grade: Grade, exam: Exam, options: Options) -> bytes:
    """One grade as a file of its format."""
    match options.form:
        case "gradescope":
            results = gradescope(
                grade, exam, options.languages, level=options.level, per=options.per, metadata=options.metadata,
                worked=options.worked,
            )  # fmt: skip
            return _json(results)
        case "prairielearn":
            return _json(prairielearn(grade, exam, options.languages, level=options.level))
        case "lti":
            if options.now is None:
                raise UsageError("an LTI score states the time of grading, and there is no clock in here: give --now")
            return _json(lti(grade, options.languages, options.now))
        case "md":
            return markdown(redacted(grade, options.level), exam.assignment, options.languages).encode()
        case "html":
            return html(redacted(grade, options.level), exam, options.languages).encode()
        case _:
            return class_report([grade], exam, options)


def class_report(grades: Sequence[Grade], exam: Exam, options: Options) -> bytes:
    """The grades of a class in one file."""
    shown = [redacted(grade, options.level) for grade in grades]
    mark = "\ufeff" if options.bom else ""
    match options.form:
        case "text":
            return "\n".join(text(grade, options.languages) for grade in shown).encode()
        case "json":
            return dump(shown[0]) if len(shown) == 1 else b"".join(dump(one, indent=False) + b"\n" for one in shown)
        case "junit":
            return junit(shown, exam, options.languages).encode()
        case "csv":
            return (mark + long_table(shown, exam)).encode()
        case "csv-wide":
            return (mark + wide_table(shown, exam)).encode()
        case _:
            raise UsageError(f"a file of {options.form} holds one grade: give --output a folder")


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"
