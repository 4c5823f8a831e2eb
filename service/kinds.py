"""How a claim stands: what its two verdicts and its fault come to, in one word."""

from collections.abc import Mapping
from typing import Any, Literal

#: `refuted` is to be corrected; `carried` is right given an earlier error or rounding; `attributed` is right, and
#: fails only beside a number that is wrong.
Kind = Literal["refuted", "carried", "attributed", "undecided", "consistent", "proved"]

#: One claim of a report, as its JSON says it.
Row = Mapping[str, Any]


def kind_of(row: Row) -> Kind:
    """How a claim stands, from its two verdicts and its fault."""
    local, overall = row["local"]["verdict"], row["global"]["verdict"]
    if local == "refuted":
        return "attributed" if row.get("fault", {}).get("from") and overall != "refuted" else "refuted"
    if overall == "refuted":
        return "carried"
    order: tuple[Kind, ...] = ("undecided", "consistent", "proved")
    return next(kind for kind in order if kind in (local, overall))
