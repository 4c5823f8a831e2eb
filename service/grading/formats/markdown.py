"""A grade as Markdown; what the student wrote stands inside code spans and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ....schema import Assignment, Grade
from ..texts import Texts, plain, texts
from .view import SIGNS, general, remarks, rows, score_line, title_of

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&$])")


def markdown(grade: Grade, assignment: Assignment, languages: Sequence[str] = ("en",)) -> str:
    """Heading, score, first error, a table of the numbers."""
    return "\n\n".join("\n".join(_lines(grade, assignment, texts(language))) for language in languages) + "\n"


def code(text: str) -> str:
    """A text as a code span: more backticks around it than stand in it; a pipe would end the cell of a table."""
    clean = plain(text).replace("\n", " ").replace("|", "¦")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", clean)), default=0) + 1)
    padding = " " if clean.startswith("`") or clean.endswith("`") else ""
    return f"{fence}{padding}{clean or ' '}{padding}{fence}"


def escaped(text: str) -> str:
    """A text of ours, or an id, with the marks of Markdown escaped."""
    return _SPECIAL.sub(r"\\\1", plain(text))


def _lines(grade: Grade, assignment: Assignment, words: Texts) -> Iterator[str]:
    yield f"## {escaped(title_of(assignment.title, assignment.id, words.language))}"
    yield ""
    yield f"**{escaped(score_line(grade, words))}**"
    yield ""
    for message in general(grade):
        yield f"- {words.say(message, code, escaped)}"
    for problem in grade.problems:
        yield f"- {code(problem['at'] or '/')}: {escaped(problem['message'])}"
    heads = [words.word(f"report.{name}") for name in ("slot", "claim", "state", "points", "remark")]
    if grade.slots:
        yield ""
        yield f"| {' | '.join(escaped(head) for head in heads)} |"
        yield "|" + "---|" * len(heads)
    for row in rows(grade):
        state = f"{SIGNS[row.state]} {escaped(words.word(f'state.{row.state}'))}"
        claim = code(row.claim) if row.claim else "–"
        remark = " ".join(remarks(row, words, code, escaped))
        yield f"| {escaped(words.slot(row.address))} | {claim} | {state} | {row.points} | {remark} |"
