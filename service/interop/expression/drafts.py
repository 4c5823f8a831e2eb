"""The nodes of an expression while it is read; ids are given when all names are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ....schema import Node
from .constants import Value
from .source import Span

ORIGIN = "org.chainrule.origin"


@dataclass(slots=True)
class Draft:
    """A node to be: `inputs` are places in the list of drafts, `written` is what stands in the text."""

    op: str
    span: Span
    inputs: tuple[int, ...] = ()
    value: Value | None = None
    dtype: str | None = None
    attrs: Mapping[str, Value] = field(default_factory=dict[str, Value])
    written: str | None = None
    name: str | None = None
    stem: str = ""

    def key(self) -> tuple[str, tuple[int, ...], str, str | None, str]:
        """Equal for equal sub-expressions, wherever they stand."""
        return self.op, self.inputs, repr(self.value), self.dtype, repr(sorted(self.attrs.items()))


def ids_of(drafts: Sequence[Draft]) -> list[str]:
    """The assigned names; for the others the name of the op, then .2, .3, ... in order of creation."""
    taken = {draft.name for draft in drafts if draft.name}
    latest: dict[str, int] = {}
    ids: list[str] = []
    for draft in drafts:
        ids.append(draft.name or _free(draft.stem or draft.op, taken, latest))
        taken.add(ids[-1])
    return ids


def _free(stem: str, taken: set[str], latest: dict[str, int]) -> str:
    while True:
        number = latest[stem] = latest.get(stem, 0) + 1
        candidate = stem if number == 1 else f"{stem}.{number}"
        if candidate not in taken:
            return candidate


def rows_of(drafts: Sequence[Draft]) -> list[Node]:
    """The drafts as rows of a document."""
    ids = ids_of(drafts)
    return [_row(draft, ids[place], [ids[operand] for operand in draft.inputs]) for place, draft in enumerate(drafts)]


def _row(draft: Draft, node_id: str, inputs: list[str]) -> Node:
    stated = {
        "inputs": inputs or None,
        "attrs": dict(draft.attrs) or None,
        "dtype": draft.dtype,
        "value": draft.value,
        "ext": {ORIGIN: _origin(draft)},
    }
    row = {"id": node_id, "op": draft.op} | {field: value for field, value in stated.items() if value is not None}
    # What a row may hold is judged when the graph is built, not here.
    return cast(Node, row)


def _origin(draft: Draft) -> dict[str, Any]:
    words: dict[str, Any] = {"name": draft.name, "op": draft.written}
    return {key: word for key, word in words.items() if word} | {"span": list(draft.span)}
