"""RFC 6901 pointers: the place of a problem in a document."""

from collections.abc import Iterable
from typing import Any

from .jsontypes import is_list, is_object


def pointer(path: Iterable[str | int]) -> str:
    """The pointer that follows the keys and indices of the path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def steps(at: str) -> list[str]:
    """The keys and indices of a pointer, as text."""
    return [step.replace("~1", "/").replace("~0", "~") for step in at.split("/")[1:]]


def place(at: str, document: Any) -> tuple[int, ...]:
    """Where the pointer stands in the document: the position of each of its steps among its siblings."""
    found: list[int] = []
    here: Any = document
    for step in steps(at):
        position, here = _child(here, step)
        if position is None:
            break
        found.append(position)
    return tuple(found)


def _child(parent: Any, step: str) -> tuple[int | None, Any]:
    if is_object(parent) and step in parent:
        return list(parent).index(step), parent[step]
    if is_list(parent) and step.isdecimal() and int(step) < len(parent):
        return int(step), parent[int(step)]
    return None, None
