"""A grade for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....schema import Grade
from ...tables import table
from ..texts import Texts, plain, texts
from .view import SIGNS, general, remarks, rows, score_line


def text(grade: Grade, languages: Sequence[str] = ("en",)) -> str:
    """The score, the first error, and a line for every number that is asked for."""
    return "\n\n".join("\n".join(_lines(grade, texts(language))) for language in languages) + "\n"


def _lines(grade: Grade, words: Texts) -> Iterator[str]:
    by = f"{plain(grade.submission['by'])}: " if "by" in grade.submission else ""
    yield by + score_line(grade, words)
    yield from (f"  {words.say(message)}" for message in general(grade))
    yield from (f"  {plain(problem['at'])}: {plain(problem['message'])}" for problem in grade.problems)
    cells = [
        [
            words.slot(row.address),
            plain(row.claim or "–"),
            f"{SIGNS[row.state]} {words.word(f'state.{row.state}')}",
            row.points,
        ]
        for row in rows(grade)
    ]
    if cells:
        heads = tuple(words.word(f"report.{name}") for name in ("slot", "claim", "state", "points"))
        yield table(heads, cells)
    for row in rows(grade):
        for remark in remarks(row, words):
            yield f"{words.slot(row.address)}: {remark}"
