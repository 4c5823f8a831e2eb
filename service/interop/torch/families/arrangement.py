"""The same entries at other places."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import (
    axis_of,
    common_shape,
    completed,
    flipped,
    joined,
    padded,
    piece,
    reshaped,
    spread,
    swapped,
    taken,
    turned,
    with_axes,
    without_axes,
)
from ..calls import call


def listed(numbers: Sequence[Any], named: Any = None) -> tuple[int, ...]:
    """Numbers given one by one, as one list, or as one list by name."""
    given = numbers if named is None else [named]
    return tuple(given[0]) if len(given) == 1 and not isinstance(given[0], int) else tuple(given)


# --- shapes ----------------------------------------------------------------------------------------------------------


@call("reshape", "view", "view_copy", "_unsafe_view", "_reshape_alias")
def reshape(g: Builder, input: Wire, *numbers: Any, shape: Any = None) -> Wire:
    return reshaped(g, input, listed(numbers, shape))


@call("view_as", "reshape_as")
def view_as(g: Builder, input: Wire, other: Wire) -> Wire:
    return reshaped(g, input, other.shape)


@call("ravel")
def ravel(g: Builder, input: Wire) -> Wire:
    return reshaped(g, input, (-1,) if prod(input.shape) else (0,))


@call("flatten")
def flatten(g: Builder, input: Wire, start_dim: int = 0, end_dim: int = -1) -> Wire:
    if input.rank == 0:
        return reshaped(g, input, (1,))
    first, last = axis_of(start_dim, input.rank), axis_of(end_dim, input.rank)
    shape = input.shape
    return reshaped(g, input, (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))


@call("unflatten")
def unflatten(g: Builder, input: Wire, dim: int, sizes: Sequence[int]) -> Wire:
    axis = axis_of(dim, input.rank)
    inner = completed(sizes, input.shape[axis])
    return reshaped(g, input, (*input.shape[:axis], *inner, *input.shape[axis + 1 :]))


@call("unsqueeze", "unsqueeze_copy")
def unsqueeze(g: Builder, input: Wire, dim: int) -> Wire:
    return with_axes(g, input, (axis_of(dim, input.rank + 1),))


@call("squeeze", "squeeze_copy")
def squeeze(g: Builder, input: Wire, dim: Any = None) -> Wire:
    """Without axes of extent 1: those of the listed ones that have it, or all."""
    named = range(input.rank) if dim is None else [dim] if isinstance(dim, int) else dim
    chosen = {axis_of(axis, input.rank) for axis in named}
    return without_axes(g, input, [axis for axis in chosen if input.rank and input.shape[axis] == 1])


@call("expand", "broadcast_to", "expand_copy")
def expand(g: Builder, input: Wire, *numbers: Any, size: Any = None, implicit: bool = False) -> Wire:
    """-1 keeps the extent."""
    shape = listed(numbers, size)
    lead = len(shape) - input.rank
    full = tuple(input.shape[k - lead] if extent == -1 else extent for k, extent in enumerate(shape))
    return spread(g, input, full)


@call("expand_as")
def expand_as(g: Builder, input: Wire, other: Wire) -> Wire:
    return spread(g, input, other.shape)


@call("broadcast_tensors")
def broadcast_tensors(g: Builder, *tensors: Any) -> list[Wire]:
    wires = list(tensors) if isinstance(tensors[0], Wire) else list(tensors[0])
    shape = common_shape([wire.shape for wire in wires])
    return [spread(g, wire, shape) for wire in wires]


@call("repeat")
def repeat(g: Builder, input: Wire, *numbers: Any, repeats: Any = None) -> Wire:
    return tiled(g, input, listed(numbers, repeats))


@call("tile")
def tile(g: Builder, input: Wire, *numbers: Any, dims: Any = None) -> Wire:
    times = listed(numbers, dims)
    return tiled(g, input, (1,) * (input.rank - len(times)) + times)


def tiled(g: Builder, x: Wire, times: Sequence[int]) -> Wire:
    """x, with new leading axes where there are more numbers than axes, so many times along each."""
    grown = reshaped(g, x, (1,) * (len(times) - x.rank) + x.shape)
    return g("tile", grown, repeats=times) if set(times) - {1} else grown


@call("repeat_interleave")
def repeat_interleave(
    g: Builder,
    input: Wire,
    repeats: Any = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Wire:
    x = reshaped(g, input, (prod(input.shape),)) if dim is None or input.rank == 0 else input
    axis = 0 if dim is None else axis_of(dim, x.rank)
    return taken(g, x, np.repeat(np.arange(x.shape[axis]), settled(repeats)), axis)


# --- order of axes and entries ---------------------------------------------------------------------------------------


@call("permute", "permute_copy")
def permute(g: Builder, input: Wire, *numbers: Any, dims: Any = None) -> Wire:
    return turned(g, input, [axis_of(axis, input.rank) for axis in listed(numbers, dims)])


@call("transpose", "swapaxes", "swapdims", "transpose_copy")
def transpose(g: Builder, input: Wire, dim0: int, dim1: int) -> Wire:
    return swapped(g, input, axis_of(dim0, input.rank), axis_of(dim1, input.rank)) if input.rank else input


@call("mT", "adjoint", "mH")
def matrix_transpose(g: Builder, input: Wire) -> Wire:
    return swapped(g, input, input.rank - 2, input.rank - 1)


@call("T", "H")
def all_turned(g: Builder, input: Wire) -> Wire:
    return turned(g, input, range(input.rank)[::-1])


@call("movedim", "moveaxis")
def movedim(g: Builder, input: Wire, source: Any, destination: Any) -> Wire:
    sources, goals = ([one] if isinstance(one, int) else list(one) for one in (source, destination))
    moved = {axis_of(goal, input.rank): axis_of(axis, input.rank) for axis, goal in zip(sources, goals, strict=True)}
    rest = iter(axis for axis in range(input.rank) if axis not in moved.values())
    return turned(g, input, [moved[k] if k in moved else next(rest) for k in range(input.rank)])


@call("flip")
def flip(g: Builder, input: Wire, *numbers: Any, dims: Any = None) -> Wire:
    return flipped(g, input, [axis_of(axis, input.rank) for axis in listed(numbers, dims)] if input.rank else ())


@call("fliplr")
def fliplr(g: Builder, input: Wire) -> Wire:
    return flipped(g, input, (1,))


@call("flipud")
def flipud(g: Builder, input: Wire) -> Wire:
    return flipped(g, input, (0,))


@call("rot90")
def rot90(g: Builder, input: Wire, k: int = 1, dims: Sequence[int] = (0, 1)) -> Wire:
    a, b = (axis_of(axis, input.rank) for axis in dims)
    if k % 4 == 2:
        return flipped(g, input, (a, b))
    around = flipped(g, input, (b,)) if k % 4 == 1 else input
    found = swapped(g, around, a, b) if k % 2 else around
    return flipped(g, found, (b,)) if k % 4 == 3 else found


@call("roll")
def roll(g: Builder, input: Wire, shifts: Any, dims: Any = ()) -> Wire:
    steps, axes = ([one] if isinstance(one, int) else list(one) for one in (shifts, dims))
    if not axes:
        rolled = _rolled(g, reshaped(g, input, (prod(input.shape),)), steps[0], 0)
        return reshaped(g, rolled, input.shape)
    x = input
    for step, dim in zip(steps, axes, strict=True):
        x = _rolled(g, x, step, axis_of(dim, x.rank))
    return x


def _rolled(g: Builder, x: Wire, step: int, axis: int) -> Wire:
    extent = x.shape[axis]
    place = step % extent if extent else 0
    if place == 0:
        return x
    return joined(g, [piece(g, x, axis, extent - place, extent), piece(g, x, axis, 0, extent - place)], axis)


# --- joining ---------------------------------------------------------------------------------------------------------


@call("cat", "concat", "concatenate")
def cat(g: Builder, tensors: Sequence[Wire], dim: int = 0) -> Wire:
    """An empty tensor of one axis fits anything, and adds nothing."""
    kept = [wire for wire in tensors if wire.shape != (0,)] or list(tensors[:1])
    return g("concat", *kept, axis=axis_of(dim, kept[0].rank))


@call("stack")
def stack(g: Builder, tensors: Sequence[Wire], dim: int = 0) -> Wire:
    return g("stack", *tensors, axis=axis_of(dim, tensors[0].rank + 1))


@call("hstack")
def hstack(g: Builder, tensors: Sequence[Wire]) -> Wire:
    wires = [reshaped(g, wire, wire.shape or (1,)) for wire in tensors]
    return g("concat", *wires, axis=0 if wires[0].rank == 1 else 1)


@call("vstack", "row_stack")
def vstack(g: Builder, tensors: Sequence[Wire]) -> Wire:
    return g("concat", *(reshaped(g, wire, (1,) * (2 - wire.rank) + wire.shape) for wire in tensors), axis=0)


@call("dstack")
def dstack(g: Builder, tensors: Sequence[Wire]) -> Wire:
    shapes = {0: (1, 1, 1), 1: (1, -1, 1)}
    wires = [reshaped(g, w, shapes.get(w.rank, (*w.shape, 1) if w.rank == 2 else w.shape)) for w in tensors]
    return g("concat", *wires, axis=2)


@call("column_stack")
def column_stack(g: Builder, tensors: Sequence[Wire]) -> Wire:
    return g("concat", *(reshaped(g, wire, (-1, 1)) if wire.rank < 2 else wire for wire in tensors), axis=1)


@call("meshgrid")
def meshgrid(g: Builder, *tensors: Any, indexing: str = "ij") -> list[Wire]:
    wires = list(tensors) if isinstance(tensors[0], Wire) else list(tensors[0])
    rows = [reshaped(g, wire, (prod(wire.shape),)) for wire in wires]
    order = [1, 0, *range(2, len(rows))] if indexing == "xy" and len(rows) > 1 else list(range(len(rows)))
    shape = tuple(rows[k].shape[0] for k in order)
    grid: list[Wire] = []
    for k, row in enumerate(rows):
        placed = tuple(row.shape[0] if order[a] == k else 1 for a in range(len(rows)))
        grid.append(spread(g, reshaped(g, row, placed), shape))
    return grid


@call("block_diag")
def block_diag(g: Builder, *tensors: Any) -> Wire:
    wires = [reshaped(g, w, (1,) * (2 - w.rank) + w.shape) for w in tensors]
    columns, before = sum(wire.shape[1] for wire in wires), 0
    rows: list[Wire] = []
    for wire in wires:
        after = columns - before - wire.shape[1]
        rows.append(g("pad", wire, pads=[0, before, 0, after]) if before or after else wire)
        before += wire.shape[1]
    return joined(g, rows, 0)


# --- cutting ---------------------------------------------------------------------------------------------------------


def cut_up(g: Builder, x: Wire, lengths: Sequence[int], axis: int) -> list[Wire]:
    """Pieces of these lengths along an axis; a single one is a copy."""
    if len(lengths) == 1:
        return [g("identity", x)]
    return g.parts("split", x, axis=axis, split=lengths)


@call("split", "split_with_sizes", "split_copy", "split_with_sizes_copy", "unsafe_split", "unsafe_split_with_sizes")
def split(g: Builder, input: Wire, split_size_or_sections: Any, dim: int = 0) -> list[Wire]:
    axis = axis_of(dim, input.rank)
    if not isinstance(split_size_or_sections, int):
        return cut_up(g, input, list(split_size_or_sections), axis)
    return cut_up(g, input, _lengths(input.shape[axis], split_size_or_sections), axis)


def _lengths(extent: int, length: int) -> list[int]:
    """Pieces of one length, the last what remains."""
    if length == 0 or extent == 0:
        return [extent]
    return [min(length, extent - start) for start in range(0, extent, length)]


@call("chunk", "unsafe_chunk")
def chunk(g: Builder, input: Wire, chunks: int, dim: int = 0) -> list[Wire]:
    axis = axis_of(dim, input.rank)
    return cut_up(g, input, _lengths(input.shape[axis], -(-input.shape[axis] // chunks)), axis)


@call("tensor_split")
def tensor_split(g: Builder, input: Wire, indices_or_sections: Any, dim: int = 0) -> list[Wire]:
    axis = axis_of(dim, input.rank)
    extent = input.shape[axis]
    where = np.asarray(settled(indices_or_sections))
    if where.ndim == 0:
        sections = int(where)
        short, longer = divmod(extent, sections)
        ends = list(np.cumsum([short + 1] * longer + [short] * (sections - longer)))
    else:
        ends = [min(end, extent) if end >= 0 else max(end + extent, 0) for end in map(int, where)] + [extent]
    starts = [0, *ends[:-1]]
    return [piece(g, input, axis, int(start), int(max(start, end))) for start, end in zip(starts, ends, strict=True)]


@call("hsplit")
def hsplit(g: Builder, input: Wire, indices_or_sections: Any) -> Any:
    return tensor_split(g, input, indices_or_sections, 0 if input.rank == 1 else 1)


@call("vsplit")
def vsplit(g: Builder, input: Wire, indices_or_sections: Any) -> Any:
    return tensor_split(g, input, indices_or_sections, 0)


@call("dsplit")
def dsplit(g: Builder, input: Wire, indices_or_sections: Any) -> Any:
    return tensor_split(g, input, indices_or_sections, 2)


@call("unbind", "unbind_copy")
def unbind(g: Builder, input: Wire, dim: int = 0) -> list[Wire]:
    axis = axis_of(dim, input.rank)
    return [without_axes(g, piece(g, input, axis, k, k + 1), (axis,)) for k in range(input.shape[axis])]


@call("narrow", "narrow_copy")
def narrow(g: Builder, input: Wire, dim: int, start: Any, length: int) -> Wire:
    axis = axis_of(dim, input.rank)
    first = whole(start) % input.shape[axis] if whole(start) < 0 else whole(start)
    return piece(g, input, axis, first, first + length)


def whole(number: Any) -> int:
    """An integer, also one that a settled wire holds."""
    return int(np.asarray(settled(number)).reshape(()))


def settled(numbers: Any) -> Any:
    """Numbers that an argument holds, be it a wire or not."""
    if not isinstance(numbers, Wire):
        return numbers
    return refuse("places that are not given") if numbers.known is None else numbers.known


@call("select", "select_copy")
def select(g: Builder, input: Wire, dim: int, index: Any) -> Wire:
    axis = axis_of(dim, input.rank)
    place = whole(index) % input.shape[axis]
    return without_axes(g, piece(g, input, axis, place, place + 1), (axis,))


@call("slice")
def slice_(
    g: Builder,
    input: Wire,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Wire:
    axis = axis_of(dim, input.rank)
    first, last, _ = slice(start, end, step).indices(input.shape[axis])
    return piece(g, input, axis, first, last, step)


@call("unfold", "unfold_copy")
def unfold(g: Builder, input: Wire, dimension: int, size: int, step: int) -> Wire:
    """Windows along an axis; what lies inside a window becomes a new last axis."""
    x = reshaped(g, input, input.shape or (1,))
    axis = axis_of(dimension, x.rank)
    count = (x.shape[axis] - size) // step + 1
    places = np.arange(count)[:, None] * step + np.arange(size)
    windows = taken(g, x, places, axis)
    perm = [*(k for k in range(windows.rank) if k != axis + 1), axis + 1]
    found = turned(g, windows, perm)
    return found if input.rank else reshaped(g, found, (size,))


# --- diagonals -------------------------------------------------------------------------------------------------------


@call("diagonal", "diagonal_copy")
def diagonal(g: Builder, input: Wire, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Wire:
    first, second = axis_of(dim1, input.rank), axis_of(dim2, input.rank)
    return g("diagonal", input, offset=offset, axis1=first, axis2=second)


@call("linalg.diagonal")
def matrix_diagonal(g: Builder, A: Wire, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Wire:
    first, second = axis_of(dim1, A.rank), axis_of(dim2, A.rank)
    return g("diagonal", A, offset=offset, axis1=first, axis2=second)


@call("trace")
def trace(g: Builder, input: Wire) -> Wire:
    return g("reduce_sum", g("diagonal", input))


@call("diag")
def diag(g: Builder, input: Wire, diagonal: int = 0) -> Wire:
    return g("diagonal", input, offset=diagonal) if input.rank == 2 else diag_embed(g, input, diagonal)


@call("diag_embed")
def diag_embed(g: Builder, input: Wire, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Wire:
    """The entries of the last axis on a diagonal, zeros elsewhere: picked from the row with a zero beside it."""
    length = input.shape[-1]
    extent = length + abs(offset)
    longer = g("pad", input, pads=[0] * (2 * input.rank - 1) + [1])
    rows, columns = np.indices((extent, extent))
    own = rows - max(-offset, 0)
    places = np.where((columns - rows == offset) & (own >= 0) & (own < length), own, length)
    square = taken(g, longer, places, input.rank - 1)
    first, second = axis_of(dim1, square.rank), axis_of(dim2, square.rank)
    return movedim(g, square, (square.rank - 2, square.rank - 1), (first, second))


@call("tril")
def tril(g: Builder, input: Wire, diagonal: int = 0) -> Wire:
    return g("tril", input, k=diagonal)


@call("triu")
def triu(g: Builder, input: Wire, diagonal: int = 0) -> Wire:
    return g("triu", input, k=diagonal)


@call("nn.functional.pixel_shuffle")
def pixel_shuffle(g: Builder, input: Wire, upscale_factor: int) -> Wire:
    *lead, channels, height, width = input.shape
    r, n = upscale_factor, len(input.shape) - 3
    parted = reshaped(g, input, (*lead, channels // r**2, r, r, height, width))
    mixed = turned(g, parted, [*range(n), n, n + 3, n + 1, n + 4, n + 2])
    return reshaped(g, mixed, (*lead, channels // r**2, height * r, width * r))


@call("nn.functional.pixel_unshuffle")
def pixel_unshuffle(g: Builder, input: Wire, downscale_factor: int) -> Wire:
    *lead, channels, height, width = input.shape
    r, n = downscale_factor, len(input.shape) - 3
    parted = reshaped(g, input, (*lead, channels, height // r, r, width // r, r))
    mixed = turned(g, parted, [*range(n), n, n + 2, n + 4, n + 1, n + 3])
    return reshaped(g, mixed, (*lead, channels * r**2, height // r, width // r))


@call("nn.functional.channel_shuffle", "channel_shuffle")
def channel_shuffle(g: Builder, input: Wire, groups: int) -> Wire:
    n, channels, *rest = input.shape
    parted = reshaped(g, input, (n, groups, channels // groups, *rest))
    return reshaped(g, swapped(g, parted, 1, 2), input.shape)


@call("nn.functional.pad", "constant_pad_nd")
def pad(g: Builder, input: Wire, pad: Sequence[int], mode: Any = "constant", value: Any = None) -> Wire:
    """Amounts from the last axis on; negative ones take entries away."""
    if not isinstance(mode, str):
        mode, value = "constant", mode
    before, after = [0] * input.rank, [0] * input.rank
    for k in range(len(pad) // 2):
        before[-1 - k], after[-1 - k] = int(pad[2 * k]), int(pad[2 * k + 1])
    kind = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}.get(mode)
    if kind is None:
        refuse(f"pad in mode {mode}")
    return _padded(g, input, before, after, kind, value)


def _padded(g: Builder, x: Wire, before: list[int], after: list[int], kind: str, value: Any) -> Wire:
    filling = {"value": float(value)} if kind == "constant" and value is not None else {}
    return padded(g, x, before, after, mode=kind, **filling)
