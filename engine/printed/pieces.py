"""Unions of a few intervals: what a step may give where two ways to write it contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product

from flint import fmpq

from ..numbers.intervals import Interval

#: More pieces than this become their hull.
MOST = 8

#: A union of intervals; None is the whole line, where a divisor may be 0.
Pieces = tuple[Interval, ...] | None


def hull(pieces: Sequence[Interval]) -> Interval:
    """The smallest interval that holds all of them."""
    return pieces[0] if len(pieces) == 1 else reduce(_joined, pieces)


def _joined(a: Interval, b: Interval) -> Interval:
    return a.hull(b)


def kept(pieces: Sequence[Interval]) -> tuple[Interval, ...]:
    """The pieces themselves, or their hull where they are too many."""
    return tuple(pieces) if len(pieces) <= MOST else (hull(pieces),)


def plus(a: Pieces, b: Pieces) -> Pieces:
    """Every sum of a number of each."""
    if a is None or b is None:
        return None
    return kept([x + y for x, y in product(a, b)])


def times(a: Pieces, b: Pieces) -> Pieces:
    """Every product of a number of each."""
    if a is None or b is None:
        return None
    return kept([x * y for x, y in product(a, b)])


def distance(pieces: Pieces, claimed: Interval) -> fmpq:
    """How far a claim is from the nearest piece; 0 if they meet."""
    if pieces is None:
        return fmpq(0)
    return min(piece.gap(claimed) for piece in pieces)


def inside(pieces: Pieces, claimed: Interval) -> bool:
    """True if all pieces lie in the claimed set."""
    return pieces is not None and all(claimed.holds(piece) for piece in pieces)


def meets_at_outer_end(pieces: Sequence[Interval], claimed: Interval) -> bool:
    """True if the pieces have nothing in common with the claimed set but an end of it that is farther from 0."""
    met = [piece for piece in pieces if piece.gap(claimed) == 0]
    return not claimed.is_point and all(
        not piece.is_point
        and (piece.low == claimed.high > 0 if piece.high > claimed.high else piece.high == claimed.low < 0)
        for piece in met
    )
