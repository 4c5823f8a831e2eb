"""Exit codes."""

from collections.abc import Iterable

NOTHING_AGAINST = 0
REFUTED = 1
CANNOT_JUDGE = 2
UNDECIDED = 3

#: What shells report for a process that the signal ended: nobody reads on, or Ctrl-C.
NO_READER = 141
INTERRUPTED = 130

_WORST_FIRST = (CANNOT_JUDGE, REFUTED, UNDECIDED, NOTHING_AGAINST)


def worst(codes: Iterable[int]) -> int:
    """The code of several documents: what cannot be judged over refuted over undecided."""
    found = set(codes)
    return next((code for code in _WORST_FIRST if code in found), NOTHING_AGAINST)
