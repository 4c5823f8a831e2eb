"""Entries read at places: square brackets, gather, index_select, take."""

from collections.abc import Sequence
from math import prod
from typing import Any, cast

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import axis_of, cut, piece, reshaped, spread, with_axes, with_size, without_axes
from ..calls import call


def counted(g: Builder, indices: Wire, extent: int) -> Wire:
    """Places counted from 0: negative ones are moved, which needs their numbers."""
    if indices.known is None or not indices.known.size or indices.known.min() >= 0:
        return indices
    return g.constant(np.where(indices.known < 0, indices.known + extent, indices.known))


# --- square brackets -------------------------------------------------------------------------------------------------


@call("__getitem__")
def getitem(g: Builder, input: Wire, index: Any) -> Wire:
    """Integers, slices, None, ... and one list or tensor of places; of several, or of a mask, all must be given."""
    keys = _full_key(input, index)
    advanced = [key for key in keys if _places(key) is not None]
    return _plain(g, input, keys) if not advanced else _advanced(g, input, keys)


def _full_key(x: Wire, index: Any) -> list[Any]:
    """One key an axis, besides the None that make new axes."""
    listed: list[Any] = list(cast(Any, index)) if isinstance(index, tuple) else [index]
    keys: list[Any] = [part for key in listed for part in _unmasked(key)]
    used = sum(1 for key in keys if key is not None and key is not Ellipsis)
    if used > x.rank:
        refuse(f"{used} indices of a tensor of {x.rank} axes")
    rest = [slice(None)] * (x.rank - used)
    dots = next((k for k, key in enumerate(keys) if key is Ellipsis), len(keys))
    return [*keys[:dots], *rest, *keys[dots + 1 :]]


def _unmasked(key: Any) -> list[Any]:
    """The key; in place of a mask, the places where it is true, one array an axis of it."""
    numbers = key.known if isinstance(key, Wire) else key
    if isinstance(numbers, bool):
        refuse("an index that is a single truth value")
    if not isinstance(numbers, (list, np.ndarray)):
        return [key]
    mask = np.asarray(cast(Any, numbers))
    return list(np.nonzero(mask)) if mask.dtype == np.bool_ else [key]


def _places(key: Any) -> Any:
    """The numbers of an index that is a list or a tensor; None for other keys."""
    if isinstance(key, Wire):
        if key.known is None:
            refuse("an index that is not given")
        return key.known
    return np.asarray(key, dtype=np.int64) if isinstance(key, (list, np.ndarray)) else None


def _plain(g: Builder, x: Wire, keys: Sequence[Any]) -> Wire:
    spans: list[tuple[int, int, int]] = []
    gone: list[int] = []
    fresh: list[int] = []
    axis, place = 0, 0
    for key in keys:
        if key is None:
            fresh.append(place)
            place += 1
            continue
        spans.append(_span(key, x.shape[axis]))
        if isinstance(key, slice):
            place += 1
        else:
            gone.append(axis)
        axis += 1
    starts, ends, steps = zip(*spans, strict=True) if spans else ((), (), ())
    return with_axes(g, without_axes(g, cut(g, x, starts, ends, steps), gone), fresh)


def _span(key: Any, extent: int) -> tuple[int, int, int]:
    if isinstance(key, slice):
        start, end, step = key.indices(extent)
        return start, max(start, end), step
    place = int(key) % extent
    return place, place + 1, 1


def _advanced(g: Builder, x: Wire, keys: Sequence[Any]) -> Wire:
    """Places on one axis or several: the axes are brought together and read as one, at places that are constants."""
    held = [slice(None) if _places(key) is not None else key for key in keys]
    integers = any(isinstance(key, (int, np.integer)) for key in keys)
    if any(key is None for key in keys) or (integers and sum(_places(key) is not None for key in keys)):
        return _by_numbers(g, x, keys)
    axes = [k for k, key in enumerate(keys) if _places(key) is not None]
    kept = _plain(g, x, held)
    if len(axes) == 1:
        places = _places(keys[axes[0]])
        return _read(g, kept, keys[axes[0]], places, axes[0])
    return _by_numbers(g, x, keys)


def _read(g: Builder, x: Wire, key: Any, places: Any, axis: int) -> Wire:
    indices = key if isinstance(key, Wire) else g.constant(places)
    return g("gather", x, counted(g, indices, x.shape[axis]), axis=axis)


def _by_numbers(g: Builder, x: Wire, keys: Sequence[Any]) -> Wire:
    """Any index at all: NumPy says which entries come out, and they are read from the flat tensor."""
    numbers = np.arange(prod(x.shape)).reshape(x.shape)
    found = numbers[tuple(key if _places(key) is None else _places(key) for key in keys)]
    return g("gather", reshaped(g, x, (prod(x.shape),)), g.constant(found))


# --- functions -------------------------------------------------------------------------------------------------------


@call("index_select")
def index_select(g: Builder, input: Wire, dim: int, index: Wire) -> Wire:
    if input.rank == 0:
        return g("identity", input)
    axis = axis_of(dim, input.rank)
    places = index if index.rank else with_axes(g, index, (0,))
    return g("gather", input, counted(g, places, input.shape[axis]), axis=axis)


@call("gather")
def gather(g: Builder, input: Wire, dim: int, index: Wire, *, sparse_grad: bool = False) -> Wire:
    """torch lets the places be fewer than x has entries off the axis: x is cut to them first."""
    x, places = _of_one_rank(g, input, index)
    axis = axis_of(dim, x.rank)
    if not prod(places.shape):
        return spread_empty(g, x, index.shape)
    found = g("gather_elements", cut_to(g, x, places.shape, axis), counted(g, places, x.shape[axis]), axis=axis)
    return reshaped(g, found, index.shape)


def _of_one_rank(g: Builder, x: Wire, index: Wire) -> tuple[Wire, Wire]:
    """Rank-0 tensors as vectors of one entry."""
    row = x if x.rank else reshaped(g, x, (1,))
    return row, index if index.rank else reshaped(g, index, (1,))


def cut_to(g: Builder, x: Wire, shape: Sequence[int], axis: int) -> Wire:
    """x without what lies beyond a shape, off one axis."""
    ends = [x.shape[k] if k == axis else shape[k] for k in range(x.rank)]
    return cut(g, x, [0] * x.rank, ends, [1] * x.rank)


def spread_empty(g: Builder, x: Wire, shape: Sequence[int]) -> Wire:
    """No entries at all, of a shape of its own."""
    flat = reshaped(g, x, (prod(x.shape),))
    return reshaped(g, piece(g, flat, 0, 0, 0), shape)


@call("take")
def take(g: Builder, input: Wire, index: Wire) -> Wire:
    count = prod(input.shape)
    return g("gather", reshaped(g, input, (count,)), counted(g, index, count))


@call("take_along_dim")
def take_along_dim(g: Builder, input: Wire, indices: Wire, dim: int | None = None) -> Wire:
    if dim is None:
        return take(g, input, reshaped(g, indices, (prod(indices.shape),)))
    axis = axis_of(dim, input.rank)
    off = [with_size(wire.shape, axis, 1) for wire in (input, indices)]
    shape = np.broadcast_shapes(*off)
    x = spread(g, input, with_size(shape, axis, input.shape[axis]))
    places = spread(g, indices, with_size(shape, axis, indices.shape[axis]))
    return g("gather_elements", x, counted(g, places, input.shape[axis]), axis=axis)


@call("nn.functional.embedding", "embedding")
def embedding(
    g: Builder,
    input: Wire,
    weight: Wire,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Wire:
    """(indices, weight), or OpInfo's (weight, indices): the integers tell."""
    indices, table = (input, weight) if not input.floats else (weight, input)
    if max_norm is not None or scale_grad_by_freq:
        refuse("embedding with max_norm or scale_grad_by_freq")
    if padding_idx is not None and (indices.known is None or _meets(indices.known, padding_idx, table.shape[0])):
        refuse("embedding with a padding_idx that occurs: its row gets no gradient")
    return g("embedding", table, indices)


def _meets(places: Any, padding: int, rows: int) -> bool:
    return bool(np.any(places == padding % max(rows, 1)))


@call("masked_select")
def masked_select(g: Builder, input: Wire, mask: Wire) -> Wire:
    if mask.known is None:
        refuse("masked_select by a mask that is not given")
    shape = np.broadcast_shapes(input.shape, mask.shape)
    numbers = np.arange(prod(input.shape)).reshape(input.shape)
    found = np.broadcast_to(numbers, shape)[np.broadcast_to(mask.known, shape)]
    return g("gather", reshaped(g, input, (prod(input.shape),)), g.constant(found))


@call("argwhere", "nonzero")
def nowhere(g: Builder, input: Wire, **ignored: Any) -> None:
    """No gradient flows from places."""
