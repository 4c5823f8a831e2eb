"""Which entry of a tensor a sentence speaks of, and which numbers of a report belong to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..schema.jsontypes import is_list
from .kinds import Row, kind_of

#: What a side says of one number, beside its verdict.
_OF_ONE = ("index", "relation", "as_printed", "enclosure", "size")


def spoken_of(row: Row) -> Row:
    """A tensor's row as that of one entry: its numbers, and where something speaks against it its `index` and claim.

    The sides of a report show each their own worst entry; numbers of another one are left out here. A scalar's row
    stays as it is.
    """
    if "shape" not in row:
        return row
    index = row[_speaking(row)].get("index")
    told = {**row, **{side: _numbers_at(index, row[side]) for side in ("local", "global")}}
    if index is None or kind_of(row) in ("proved", "consistent"):
        return told
    return {**told, "index": index, "claim": _claim_at(index, row)}


def _speaking(row: Row) -> str:
    """The side that a sentence follows: the local one where it is the reason for the kind."""
    kind, local = kind_of(row), row["local"]["verdict"]
    return "local" if local == "refuted" or local == kind == "undecided" else "global"


def _numbers_at(index: Sequence[int] | None, side: Row) -> Mapping[str, Any]:
    if side.get("index") == index:
        return side
    return {name: said for name, said in side.items() if name not in _OF_ONE}


def _claim_at(index: Sequence[int], row: Row) -> Any:
    for entry in row.get("worst", []):
        if entry["index"] == index:
            return entry["claim"]
    claim = row["claim"]
    for place in index:
        claim = claim[place] if is_list(claim) else None
    return claim
