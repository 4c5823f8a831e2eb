"""Saying that something has no counterpart."""

from typing import NoReturn


class Refusal(Exception):
    """A call, or an argument of it, that cannot be said in a document; the reason names it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def refuse(why: str) -> NoReturn:
    """Raise Refusal with this reason."""
    raise Refusal(why)
