"""Which rows of a large graph are in canonical form as they stand: found in arrays, so that the others are few."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .canonical_number import PLAIN, SMALL
from .node import LEAVES, Node

_NUMBERS, _SLOTS = ("value", "grad"), ("local", "downstream")
_FIELDS = frozenset({"id", "op", "inputs", *_NUMBERS, *_SLOTS})


def plain_rows(rows: Sequence[Node]) -> list[bool]:
    """For every row of a float64 graph whether it is a gate with nothing but plain numbers.

    It may say no of a row that is canonical; where it says yes, the canonical form of the row is the row.
    """
    plain = np.array([row.keys() <= _FIELDS and row["op"] not in LEAVES for row in rows], dtype=bool)
    stated = cast(Sequence[dict[str, Any]], rows)
    for name in _NUMBERS:
        places = [i for i, row in enumerate(stated) if name in row]
        numbers = [stated[i][name] for i in places]
        plain[np.array(places, dtype=np.int64)[~_are_plain(numbers)]] = False
    for name in _SLOTS:
        places = [i for i, row in enumerate(stated) if name in row]
        lists: list[list[Any]] = [stated[i][name] for i in places]
        owners = np.repeat(np.array(places, dtype=np.int64), list(map(len, lists)))
        plain[owners[~_are_plain(list(chain.from_iterable(lists)))]] = False
    return cast(list[bool], plain.tolist())


def _are_plain(numbers: list[Any]) -> NDArray[np.bool_]:
    """True for what `is_plain` takes."""
    are_floats = np.fromiter((number.__class__ is float for number in numbers), np.bool_, len(numbers))
    if are_floats.all():
        return _are_plain_floats(numbers)
    others = [number.__class__ is int and -PLAIN < number < PLAIN for number in numbers]
    floats = _are_plain_floats([number if number.__class__ is float else 0.0 for number in numbers])
    return floats | np.array(others, dtype=bool)


def _are_plain_floats(numbers: list[float]) -> NDArray[np.bool_]:
    floats = np.array(numbers, dtype=np.float64)
    sizes = np.abs(floats)
    return (sizes > SMALL) & (sizes < PLAIN) & (floats != np.floor(floats))
