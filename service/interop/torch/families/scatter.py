"""Entries written at places: scatter, index_add and their like, masks."""

from typing import Any

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.builder import Operand
from ...lowering.shaping import axis_of, common_shape, cut, each, joined, piece, reshaped, spread, with_axes
from ..calls import call
from .binary import scaled
from .indexing import counted


def write(g: Builder, x: Wire, axis: int, index: Wire, updates: Wire, reduction: str) -> Wire:
    """Updates at places of an axis; x may be larger than they are off the axis, and what lies beyond stays."""
    row, places = (wire if wire.rank else reshaped(g, wire, (1,)) for wire in (x, index))
    updates = updates if updates.rank else reshaped(g, updates, (1,))
    if not all(places.shape):
        return g("identity", x)
    written = cut(g, updates, [0] * places.rank, places.shape, [1] * places.rank)
    places = counted(g, places, row.shape[axis])
    if reduction == "none":
        _refuse_twice(places, axis)
    reached = [row.shape[k] if k == axis else places.shape[k] for k in range(row.rank)]
    inner = cut(g, row, [0] * row.rank, reached, [1] * row.rank)
    changed = g("scatter_elements", inner, places, written, axis=axis, reduction=reduction)
    return reshaped(g, _with_the_rest(g, row, changed), x.shape)


def _refuse_twice(places: Wire, axis: int) -> None:
    if places.known is None:
        refuse("a scatter to places that are not given")
    ordered = np.sort(places.known, axis=axis)
    if np.any(np.diff(ordered, axis=axis) == 0):
        refuse("a scatter that writes one place twice: which entry stays is not defined")


def _with_the_rest(g: Builder, x: Wire, corner: Wire) -> Wire:
    """The corner, and around it what x has beyond it, axis by axis."""
    found = corner
    for axis in reversed(range(x.rank)):
        if found.shape[axis] < x.shape[axis]:
            # Axes after this one are whole already; those before it have the corner's extent.
            ends = [found.shape[k] if k < axis else x.shape[k] for k in range(x.rank)]
            starts = [found.shape[axis] if k == axis else 0 for k in range(x.rank)]
            found = joined(g, [found, cut(g, x, starts, ends, [1] * x.rank)], axis)
    return found


@call("scatter", "scatter_copy")
def scatter(g: Builder, input: Wire, dim: int, index: Wire, src: Any, *, reduce: str | None = None) -> Wire:
    if reduce not in (None, "add"):
        refuse(f"scatter with reduce={reduce!r}")
    updates = src if isinstance(src, Wire) else spread(g, g.constant(float(src)), index.shape)
    return write(g, input, axis_of(dim, input.rank), index, updates, "add" if reduce else "none")


@call("scatter_add")
def scatter_add(g: Builder, input: Wire, dim: int, index: Wire, src: Wire) -> Wire:
    return write(g, input, axis_of(dim, input.rank), index, src, "add")


@call("scatter_reduce")
def scatter_reduce(
    g: Builder,
    input: Wire,
    dim: int,
    index: Wire,
    src: Wire,
    reduce: str,
    *,
    include_self: bool = True,
) -> Wire:
    """The sum; without the entry itself, what is written to is set to 0 first."""
    if reduce != "sum":
        refuse(f"scatter_reduce with {reduce!r}")
    axis = axis_of(dim, input.rank)
    return write(g, input if include_self else _cleared(g, input, axis, index), axis, index, src, "add")


def _cleared(g: Builder, x: Wire, axis: int, index: Wire) -> Wire:
    if index.known is None:
        refuse("scatter_reduce to places that are not given, without the entries there")
    written = np.zeros(x.shape or (1,), dtype=np.bool_)
    places = index.known.reshape(index.shape or (1,))
    if places.size:
        grid = list(np.indices(places.shape))
        grid[axis] = places
        written[tuple(grid)] = True
    return each(g, "where", g.constant(written.reshape(x.shape)), 0.0, x)


def _by_rows(g: Builder, x: Wire, dim: int, index: Wire, source: Wire, reduction: str) -> Wire:
    """Whole slices written along an axis: every entry of a slice goes to the same place."""
    axis = axis_of(dim, x.rank)
    row = x if x.rank else reshaped(g, x, (1,))
    slices = source if source.rank else reshaped(g, source, (1,))
    if not all(slices.shape):
        return g("identity", x)
    flat = reshaped(g, index, (-1,))
    placed = spread(g, reshaped(g, flat, [-1 if k == axis else 1 for k in range(row.rank)]), slices.shape)
    return reshaped(g, write(g, row, axis, placed, slices, reduction), x.shape)


@call("index_add")
def index_add(g: Builder, input: Wire, dim: int, index: Wire, source: Wire, *, alpha: float = 1) -> Wire:
    return _by_rows(g, input, dim, index, g.wire(scaled(g, source, alpha)), "add")


@call("index_copy")
def index_copy(g: Builder, input: Wire, dim: int, index: Wire, source: Wire) -> Wire:
    return _by_rows(g, input, dim, index, source, "none")


@call("index_fill")
def index_fill(g: Builder, input: Wire, dim: int, index: Wire, value: Operand) -> Wire:
    if index.known is None:
        refuse("index_fill at places that are not given")
    row = input.shape or (1,)
    axis = axis_of(dim, len(row))
    filled = np.zeros(row, dtype=np.bool_)
    filled[(slice(None),) * axis + (index.known,)] = True
    return each(g, "where", g.constant(filled.reshape(input.shape)), value, input)


@call("index_put")
def index_put(g: Builder, input: Wire, indices: Any, values: Wire, accumulate: bool = False) -> Wire:
    """Values at listed places of the leading axes, which are read as one axis of the flat tensor."""
    places = [key.known if isinstance(key, Wire) else key for key in indices]
    if any(key is None for key in places):
        refuse("index_put at places that are not given, or along later axes alone")
    numbers = np.arange(int(np.prod(input.shape))).reshape(input.shape)[tuple(map(np.asarray, places))]
    if not numbers.size:
        return g("identity", input)
    updates = reshaped(g, spread(g, values, numbers.shape), (-1,))
    found = write(
        g, reshaped(g, input, (-1,)), 0, g.constant(numbers.ravel()), updates, "add" if accumulate else "none"
    )
    return reshaped(g, found, input.shape)


@call("masked_fill")
def masked_fill(g: Builder, input: Wire, mask: Wire, value: Operand) -> Wire:
    return each(g, "where", mask, value, input)


@call("masked_scatter")
def masked_scatter(g: Builder, input: Wire, mask: Wire, source: Wire) -> Wire:
    """The first entries of the source where the mask is true, in order."""
    if mask.known is None:
        refuse("masked_scatter by a mask that is not given")
    shape = common_shape([input.shape, mask.shape])
    chosen = np.broadcast_to(mask.known, shape)
    places = np.where(chosen, np.cumsum(chosen).reshape(shape) - 1, 0)
    if not source.shape or not all(source.shape):
        refuse("masked_scatter from a source without axes or entries")
    entries = g("gather", reshaped(g, source, (-1,)), g.constant(places))
    return each(g, "where", g.constant(chosen), entries, spread(g, input, shape))


# --- slices written whole --------------------------------------------------------------------------------------------


def _replaced(g: Builder, x: Wire, src: Wire, axis: int, start: int, end: int, step: int) -> Wire:
    """x with the entries from `start` to `end` along an axis, every `step`-th, exchanged for those of src."""
    if step == 1:
        parts = [piece(g, x, axis, 0, start), src, piece(g, x, axis, end, x.shape[axis])]
        return joined(g, [part for part in parts if part.shape[axis]], axis)
    places = np.arange(x.shape[axis])
    inside = np.isin(places, np.arange(start, end, step))
    both = joined(g, [x, src], axis)
    order = np.where(inside, x.shape[axis] + (places - start) // step, places)
    return g("gather", both, g.constant(order), axis=axis)


@call("select_scatter")
def select_scatter(g: Builder, input: Wire, src: Wire, dim: int, index: int) -> Wire:
    axis = axis_of(dim, input.rank)
    place = index % input.shape[axis]
    return _replaced(g, input, with_axes(g, src, (axis,)), axis, place, place + 1, 1)


@call("slice_scatter")
def slice_scatter(
    g: Builder,
    input: Wire,
    src: Wire,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Wire:
    axis = axis_of(dim, input.rank)
    first, last, _ = slice(start, end, step).indices(input.shape[axis])
    return _replaced(g, input, src, axis, first, max(first, last), step) if src.shape[axis] else g("identity", input)


@call("diagonal_scatter")
def diagonal_scatter(
    g: Builder,
    input: Wire,
    src: Wire,
    offset: int = 0,
    dim1: int = 0,
    dim2: int = 1,
) -> Wire:
    """The flat tensor, written at the places that lie on the diagonal."""
    numbers = np.arange(int(np.prod(input.shape))).reshape(input.shape)
    places = np.diagonal(numbers, offset, axis_of(dim1, input.rank), axis_of(dim2, input.rank))
    return _flat_write(g, input, places, src)


def _flat_write(g: Builder, x: Wire, places: Any, src: Wire) -> Wire:
    if not places.size:
        return g("identity", x)
    flat, updates = reshaped(g, x, (-1,)), reshaped(g, src, (-1,))
    return reshaped(g, g("scatter_elements", flat, g.constant(places.ravel()), updates), x.shape)
