"""Words for messages: values cut short, lists, the nearest known names."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice

import orjson

#: Comparing words is slow: only so many names are looked at, so that a refusal costs no more than a reading.
_LOOKED_AT = 2_000
_COMPARED = 40


def shown(value: object, most: int = 40) -> str:
    """The value as JSON, cut after ``most`` characters."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = type(value).__name__
    return text if len(text) <= most else text[: most - 3] + "..."


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> tuple[str, ...]:
    """At most three known names that look like the word, the nearest first."""
    likely = islice(_likely(word, islice(known, _LOOKED_AT)), _COMPARED)
    return tuple(get_close_matches(word, list(likely), n=3, cutoff=cutoff))


def _likely(word: str, known: Iterable[str]) -> Iterator[str]:
    for name in known:
        if abs(len(name) - len(word)) <= 2 and (name[:1] == word[:1] or name[-1:] == word[-1:]):
            yield name


def alternatives(names: Iterable[str]) -> str:
    """The names joined as a sentence does it: `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def nearest_clause(names: tuple[str, ...]) -> str:
    """`; nearest: a, b`, or nothing."""
    return f"; nearest: {', '.join(names)}" if names else ""


def nearest_op(word: str, names: Iterable[str]) -> tuple[str, ...]:
    """The three op names that look most like the word, however little that is."""
    return tuple(get_close_matches(word.lower(), list(names), n=3, cutoff=0.0))
