"""What every report shows of a grade, before it has a form: rows, remarks, headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ....schema import Grade
from ..amounts import shown
from ..messages import Message
from ..slots import answer, earned
from ..texts import Quote, Texts, plain

#: A sign for every state, so that no report depends on colours.
SIGNS = {
    "correct": "✓",
    "rounding-drift": "✓",
    "carried": "!",
    "disconnected": "!",
    "low-precision": "?",
    "uninformative": "?",
    "missing": "?",
    "invalid": "?",
    "not-checked": "?",
    "slip": "✗",
    "wrong": "✗",
}


def _points(slot: Any) -> str:
    """Points earned of those there are; nothing where there are none."""
    return f"{short(earned(slot))}/{slot['points']}" if Fraction(slot["points"]) else "–"


@dataclass(frozen=True)
class Row:
    """One number that was asked for."""

    address: str
    claim: str | None
    state: str
    points: str
    messages: Sequence[Message]


def rows(grade: Grade) -> Iterator[Row]:
    """The numbers in the order of work, each with what is said about it."""
    for slot in grade.slots or ():
        about = [message for message in said(grade) if message.slot == slot["slot"]]
        claim = answer(slot)
        yield Row(slot["slot"], claim or None, slot["state"], _points(slot), about)


def said(grade: Grade) -> list[Message]:
    """The messages of a grade."""
    return [Message(one["code"], one["level"], one["args"], one.get("slot")) for one in grade.messages]


def general(grade: Grade) -> list[Message]:
    """What concerns the first error and the whole sheet, the first error first."""
    return [
        message for message in said(grade) if message.slot is None or message.code in _FIRST or _is_question(message)
    ]


def remarks(row: Row, texts: Texts, quote: Quote = plain, escape: Quote = plain) -> list[str]:
    """What is said about one number, most important first, the state's own sentence left out where another explains."""
    about = [message for message in row.messages if message.code not in _FIRST and not _is_question(message)]
    told = [message for message in about if message.level >= 3]
    if told and row.state in ("wrong", "slip"):
        about = [message for message in about if message.code != row.state]
    return [texts.say(message, quote, escape) for message in about]


_FIRST = ("first-error",)


def _is_question(message: Message) -> bool:
    return message.code.endswith(".question")


def short(number: Fraction) -> str:
    """Points for people: an integer, or the fraction itself where it is short, else decimals."""
    return str(number) if number.denominator < 100 else shown(number, 2)


def score_line(grade: Grade, texts: Texts) -> str:
    """The score in words; nothing where there is none."""
    if grade.score is None:
        return texts.word("report.problems")
    points, most = Fraction(grade.score["points"]), Fraction(grade.score["max"])
    return texts.word("report.score", points=f"{short(points)} / {short(most)}")


def title_of(titles: Mapping[str, str] | None, identity: str, language: str) -> str:
    """A title in a language, in English, or the id."""
    known: Mapping[str, str] = titles or {}
    return known.get(language) or known.get("en") or identity
