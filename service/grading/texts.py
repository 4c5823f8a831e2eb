"""The words of a language: templates by code, filled with arguments that each format quotes in its own way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from ...schema import UsageError
from ...schema.address import read_address
from ...schema.jsontypes import is_list
from ..render.words import printable
from .messages import CLOSED_ARGUMENTS, OPEN_ARGUMENTS, Message

LANGUAGES = ("en", "ko")

#: Arguments that are a student's or the handout's own numbers, or addresses where nobody wrote one.
_WRITTEN = ("claim", "raw", "operand", "output", "upstream")

_PLACE = re.compile(r"\{(\w+)\}")

#: Messages whose templates may show what comes from the truth.
CLOSED_CODES = ("worked.",)

Quote = Callable[[str], str]


def plain(text: str) -> str:
    """Text as it is, without characters that would move the cursor."""
    return printable(text)


class Texts:
    """The templates of one language."""

    def __init__(self, language: str, templates: Mapping[str, str]) -> None:
        self.language, self._templates = language, templates

    def word(self, key: str, **args: Any) -> str:
        """A word or heading of a report."""
        return self._filled(key, args, plain, plain)

    def say(self, message: Message, quote: Quote = plain, escape: Quote = plain) -> str:
        """A message as a sentence: `quote` writes what the student wrote, `escape` all other text."""
        return self._filled(message.code, message.args, quote, escape)

    def has(self, key: str) -> bool:
        """True if there is a text for this code."""
        return key in self._templates

    def slot(self, address: str) -> str:
        """An address in words."""
        found = read_address(address)
        if found is None:
            return address
        index = "" if found.element is None else f"[{','.join(map(str, found.element))}]"
        count = "" if found.port is None else str(found.port + 1)
        return self._templates[f"slot.{found.field}"].format(node=found.node + index, count=count)

    def _filled(self, key: str, args: Mapping[str, Any], quote: Quote, escape: Quote) -> str:
        parts = _PLACE.split(self._templates[key])
        filled = [
            self._argument(part, args.get(part, ""), quote, escape) if place % 2 else escape(part)
            for place, part in enumerate(parts)
        ]
        text = "".join(filled)
        return text[:1].upper() + text[1:]

    def _argument(self, name: str, value: Any, quote: Quote, escape: Quote) -> str:
        if name == "gate":
            return escape(self._gate(value))
        if name in ("slot", "root"):
            return escape(self.slot(str(value)))
        if name in ("first", "second", "what"):
            return escape(self._templates.get(f"{value}.name", str(value)))
        if name == "list":
            return escape(", ".join(self._listed(entry) for entry in value))
        if name in _WRITTEN:
            return escape(self.slot(str(value))) if ":" in str(value) else quote(str(value))
        return escape(str(value))

    def _gate(self, value: Any) -> str:
        op = str(value[0]) if is_list(value) else str(value)
        return self._templates.get(f"op.{op}", op)

    def _listed(self, entry: str) -> str:
        return self.slot(entry) if ":" in entry else self._templates.get(f"{entry}.name", entry)


@cache
def texts(language: str) -> Texts:
    """The texts of a language, checked when they are first read; UsageError for a language that there is not."""
    if language not in LANGUAGES:
        raise UsageError(f"there are no texts in {language}: languages are {', '.join(LANGUAGES)}")
    templates = orjson.loads(files(str(__package__)).joinpath("locales", f"{language}.json").read_bytes())
    check_templates(templates)
    return Texts(language, templates)


def check_templates(templates: Mapping[str, str]) -> None:
    """Raise ValueError for a template that could give a number away: what is closed stands at level 4 only."""
    for key, template in templates.items():
        for name in _PLACE.findall(template):
            if name in CLOSED_ARGUMENTS and not key.startswith(CLOSED_CODES):
                raise ValueError(f"{key} shows {name}, which only messages of level 4 may")
            if name not in OPEN_ARGUMENTS | CLOSED_ARGUMENTS:
                raise ValueError(f"{key} has the unknown argument {name}")


def languages_of(text: str) -> Sequence[str]:
    """The languages of an option such as `en,ko`, each checked."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [texts(name).language for name in names] or ["en"]
