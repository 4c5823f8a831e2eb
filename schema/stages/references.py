"""Stage 5: ids and the references between nodes (format.md 4.3 and 4.5)."""

from collections.abc import Container, Iterable

from ..cycles import in_cycles, way_down
from ..function import called
from ..node import Node
from ..wording import nearest, nearest_clause
from .findings import Findings, Path

#: So many nodes of a cycle are named in a message.
_NAMED = 12


def index_ids(rows: list[Node], found: Findings) -> dict[str, int]:
    """The position of each id, the first where it stands twice."""
    index: dict[str, int] = {}
    for i, row in enumerate(rows):
        name = row["id"]
        first = index.setdefault(name, i)
        if first != i:
            message = f"{name}: the id is that of node {first} already: give one of them another id"
            found.add("id.duplicate", ("nodes", i, "id"), message, node=name)
    return index


def judge_reserved(rows: list[Node], found: Findings) -> None:
    """Judge the ids that are expansion paths of calls."""
    calls = reserved(rows)
    for i, row in enumerate(rows if calls else ()):
        if call := call_above(row["id"], calls):
            found.add("id.reserved", ("nodes", i, "id"), reserved_message(row["id"], call), node=row["id"])


def reserved(rows: Iterable[Node]) -> set[str]:
    """The ids of the calls: what begins with one of them and / names a node of a body."""
    return {row["id"] for row in rows if called(row["op"]) is not None}


def call_above(name: str, calls: Container[str]) -> str | None:
    """The first call of whose body the id would be a node."""
    ends = (k for k, character in enumerate(name) if character == "/")
    return next((name[:k] for k in ends if name[:k] in calls), None)


def reserved_message(name: str, call: str) -> str:
    """What is said of an id that is reserved."""
    return f"{name}: the id names a node in the body that {call} calls: give it another first segment"


def judge_references(
    rows: list[Node], index: dict[str, int], found: Findings, outer: Container[str] = ()
) -> list[tuple[int, ...]]:
    """The operands of each node by position, those that are no node left out.

    ``outer``: ids around a body, which its nodes do not see.
    """
    operands: list[tuple[int, ...]] = []
    ahead: list[tuple[int, int]] = []
    for i, row in enumerate(rows):
        inputs = row.get("inputs", [])
        operands.append(tuple(index[name] for name in inputs if name in index))
        for k, name in enumerate(inputs):
            if name not in index:
                _judge_absent(("nodes", i, "inputs", k), row["id"], name, index, outer, found)
            elif name == row["id"]:
                message = f"{name} takes itself: take another node"
                found.add("ref.self", ("nodes", i, "inputs", k), message, node=name)
            elif index[name] > i:
                ahead.append((i, k))
    if ahead:
        _judge_ahead(ahead, rows, index, operands, found)
    return operands


def _judge_absent(at: Path, who: str, name: str, index: dict[str, int], outer: Container[str], found: Findings) -> None:
    if found.truncated:
        return
    if name in outer:
        message = f"{who} takes {name}, a node outside of the body: make it a parameter"
        found.add("function.capture", at, message, node=who)
        return
    known = nearest(name, index)
    message = f"{who} takes {name}, but no node has that id{nearest_clause(known)}"
    found.add("ref.dangling", at, message, node=who, nearest=known)


def _judge_ahead(
    ahead: list[tuple[int, int]],
    rows: list[Node],
    index: dict[str, int],
    operands: list[tuple[int, ...]],
    found: Findings,
) -> None:
    """Tell a reference to a later node that closes a cycle from one that only stands in the wrong order."""
    cyclic = in_cycles(operands)
    for i, k in ahead:
        if found.truncated:
            return
        who, name = rows[i]["id"], rows[i].get("inputs", [])[k]
        at = ("nodes", i, "inputs", k)
        way = way_down(operands, index[name], i, cyclic)
        if way is None:
            message = f"{who} takes {name}, which stands later: `chainrule format` sorts the nodes"
            found.add("ref.order", at, message, node=who)
        else:
            message = f"{who} takes {name}, which depends on it: {_named([i, *way], rows)}: take one of these away"
            found.add("ref.cycle", at, message, node=who)


def _named(way: list[int], rows: list[Node]) -> str:
    names = [rows[i]["id"] for i in way]
    if len(names) > _NAMED:
        names = [*names[: _NAMED - 1], "...", names[-1]]
    return " takes ".join(names)
