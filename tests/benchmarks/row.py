"""One row of the tables: a piece of work, and what each peer needs for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from .pairs import Paired


@dataclass(frozen=True, slots=True)
class Row:
    """`by_peer` holds None where a peer is not installed. `ratio` is ours / peer, or peer / ours if `speedup`."""

    table: str
    work: str
    units: int
    by_peer: Mapping[str, Paired | None]
    speedup: bool = False
