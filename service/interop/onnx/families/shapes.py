"""The same entries at other places, and shapes themselves."""

from math import prod
from typing import Any

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.builder import NUMPY
from ...lowering.shaping import (
    axes_of,
    axis_of,
    common_shape,
    cut,
    each,
    flipped,
    joined,
    padded,
    reshaped,
    spread,
    turned,
    with_axes,
    without_axes,
)
from ...torch.families.indexing import counted
from ...torch.families.scatter import write
from ..calls import Lowered, Node, node


@node("Shape")
def shape(g: Builder, n: Node) -> Wire:
    start, end = n.attrs.get("start", 0), n.attrs.get("end")
    return g.constant(np.array(n.wire(0).shape[start:end], dtype=np.int64))


@node("Size")
def size(g: Builder, n: Node) -> Wire:
    return g.constant(np.array(prod(n.wire(0).shape), dtype=np.int64))


@node("Constant")
def constant(g: Builder, n: Node) -> Wire:
    for name, held in n.attrs.items():
        if name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
            return g.constant(np.asarray(held))
    return refuse("Constant of text or sparse numbers")


@node("ConstantOfShape")
def constant_of_shape(g: Builder, n: Node) -> Wire:
    value = np.asarray(n.attrs.get("value", np.zeros(1, np.float32)))
    return g.constant(np.full(tuple(n.ints(0) or []), value.ravel()[0]))


@node("Range")
def range_(g: Builder, n: Node) -> Wire:
    start, end, step = (np.ravel(np.asarray(n.numbers(k)))[0] for k in range(3))
    return g.constant(np.arange(start, end, step))


@node("EyeLike")
def eye_like(g: Builder, n: Node) -> Wire:
    dtype = n.attrs.get("dtype", n.wire(0).dtype)
    rows, columns = n.wire(0).shape
    return g.constant(np.eye(rows, columns, n.attrs.get("k", 0)), dtype if dtype in NUMPY else "float64")


@node("Reshape")
def reshape(g: Builder, n: Node) -> Wire:
    """0 copies the extent unless `allowzero`; -1 is computed."""
    x, wanted = n.wire(0), n.ints(1) or []
    keeps = not n.attrs.get("allowzero", 0)
    return reshaped(g, x, [x.shape[k] if extent == 0 and keeps else extent for k, extent in enumerate(wanted)])


@node("Flatten")
def flatten(g: Builder, n: Node) -> Wire:
    x = n.wire(0)
    axis = n.attrs.get("axis", 1)
    return g("flatten", x, axis=axis + x.rank if axis < 0 else axis)


@node("Transpose")
def transpose(g: Builder, n: Node) -> Wire:
    return turned(g, n.wire(0), n.attrs.get("perm", range(n.wire(0).rank)[::-1]))


@node("Squeeze")
def squeeze(g: Builder, n: Node) -> Wire:
    x, axes = n.wire(0), n.ints(1)
    chosen = [k for k, extent in enumerate(x.shape) if extent == 1] if axes is None else axes
    return without_axes(g, x, [axis_of(axis, x.rank) for axis in chosen])


@node("Unsqueeze")
def unsqueeze(g: Builder, n: Node) -> Wire:
    x, axes = n.wire(0), n.ints(1) or []
    return with_axes(g, x, [axis_of(axis, x.rank + len(axes)) for axis in axes])


@node("Expand")
def expand(g: Builder, n: Node) -> Wire:
    return spread(g, n.wire(0), common_shape([n.wire(0).shape, tuple(n.ints(1) or [])]))


@node("Concat")
def concat(g: Builder, n: Node) -> Wire:
    return joined(g, n.wires(), axis_of(n.attrs["axis"], n.wire(0).rank))


@node("Split")
def split(g: Builder, n: Node) -> Lowered:
    x, lengths = n.wire(0), n.ints(1)
    axis = axis_of(n.attrs.get("axis", 0), x.rank)
    if lengths is None:
        count = n.attrs.get("num_outputs", len(n.read))
        step = -(-x.shape[axis] // count)
        lengths = [min(step, max(x.shape[axis] - start * step, 0)) for start in range(count)]
    return g.parts("split", x, axis=axis, split=lengths) if len(lengths) > 1 else [g("identity", x)]


@node("Slice")
def slice_(g: Builder, n: Node) -> Wire:
    """Ends are clamped; a negative step is a slice of the mirrored range, then a flip."""
    x, starts, ends = n.wire(0), n.ints(1) or [], n.ints(2) or []
    axes = n.ints(3) or list(range(len(starts)))
    steps = n.ints(4) or [1] * len(starts)
    first, last, strides = [0] * x.rank, list(x.shape), [1] * x.rank
    backward: list[int] = []
    for axis, start, end, step in zip((axis_of(a, x.rank) for a in axes), starts, ends, steps, strict=True):
        places = range(*slice(start, _end(end, step), step).indices(x.shape[axis]))
        first[axis], last[axis], strides[axis] = _forward(places)
        if step < 0:
            backward.append(axis)
    return flipped(g, cut(g, x, first, last, strides), backward)


def _end(end: int, step: int) -> int | None:
    """The end of a slice; one before the beginning means the whole way for a negative step."""
    return None if step < 0 and end < -(2**31) + 2 else end


def _forward(places: range) -> tuple[int, int, int]:
    """The same places, ascending, as start, end and step."""
    if not places:
        return 0, 0, 1
    return min(places), max(places) + 1, abs(places.step)


@node("Pad")
def pad(g: Builder, n: Node) -> Wire:
    x, amounts = n.wire(0), n.ints(1) or []
    axes = n.ints(3) if n.optional(3) is not None else list(range(x.rank))
    before, after = [0] * x.rank, [0] * x.rank
    for k, axis in enumerate(axes or []):
        before[axis_of(axis, x.rank)], after[axis_of(axis, x.rank)] = amounts[k], amounts[len(axes or []) + k]
    mode, value = n.attrs.get("mode", "constant"), n.numbers(2)
    attrs: dict[str, Any] = {"mode": mode}
    if mode == "constant" and value is not None:
        attrs["value"] = float(np.ravel(value)[0])
    return padded(g, x, before, after, **attrs)


@node("Tile")
def tile(g: Builder, n: Node) -> Wire:
    return g("tile", n.wire(0), repeats=n.ints(1) or [])


@node("Trilu")
def trilu(g: Builder, n: Node) -> Wire:
    k = (n.ints(1) or [0])[0]
    return g("triu" if n.attrs.get("upper", 1) else "tril", n.wire(0), k=k)


@node("SpaceToDepth", "DepthToSpace")
def blocks(g: Builder, n: Node) -> Wire:
    x, b = n.wire(0), n.attrs["blocksize"]
    batch, channels, height, width = x.shape
    if n.op == "SpaceToDepth":
        order = [0, 3, 5, 1, 2, 4] if n.attrs.get("mode", "DCR") == "DCR" else [0, 1, 3, 5, 2, 4]
        parted = turned(g, reshaped(g, x, (batch, channels, height // b, b, width // b, b)), order)
        return reshaped(g, parted, (batch, channels * b * b, height // b, width // b))
    inner = channels // (b * b)
    if n.attrs.get("mode", "DCR") == "DCR":
        parted = turned(g, reshaped(g, x, (batch, b, b, inner, height, width)), [0, 3, 4, 1, 5, 2])
    else:
        parted = turned(g, reshaped(g, x, (batch, inner, b, b, height, width)), [0, 1, 4, 2, 5, 3])
    return reshaped(g, parted, (batch, inner, height * b, width * b))


# --- places ----------------------------------------------------------------------------------------------------------


@node("Gather")
def gather(g: Builder, n: Node) -> Wire:
    x = n.wire(0)
    axis = axis_of(n.attrs.get("axis", 0), x.rank)
    return g("gather", x, counted(g, n.wire(1), x.shape[axis]), axis=axis)


@node("GatherElements")
def gather_elements(g: Builder, n: Node) -> Wire:
    """The places may be fewer than x has entries off the axis: x is cut to them first."""
    x, places = n.wire(0), n.wire(1)
    axis = axis_of(n.attrs.get("axis", 0), x.rank)
    ends = [x.shape[k] if k == axis else places.shape[k] for k in range(x.rank)]
    inner = cut(g, x, [0] * x.rank, ends, [1] * x.rank)
    return g("gather_elements", inner, counted(g, places, x.shape[axis]), axis=axis)


@node("GatherND")
def gather_nd(g: Builder, n: Node) -> Wire:
    """Read from the flat tensor, at places that are given."""
    x, places, lead = n.wire(0), n.numbers(1), n.attrs.get("batch_dims", 0)
    assert places is not None
    numbers = np.arange(prod(x.shape)).reshape(x.shape)
    at = tuple(np.moveaxis(places, -1, 0))
    batch = np.indices(places.shape[:-1])[:lead]
    return g("gather", reshaped(g, x, (prod(x.shape),)), g.constant(numbers[(*batch, *at)]))


@node("ScatterElements", "Scatter")
def scatter_elements(g: Builder, n: Node) -> Wire:
    x, reduction = n.wire(0), n.attrs.get("reduction", "none")
    if reduction not in ("none", "add"):
        refuse(f"ScatterElements with reduction {reduction}")
    return write(g, x, axis_of(n.attrs.get("axis", 0), x.rank), n.wire(1), n.wire(2), reduction)


@node("ScatterND")
def scatter_nd(g: Builder, n: Node) -> Wire:
    """Written into the flat tensor, at places that are given."""
    x, places, reduction = n.wire(0), n.numbers(1), n.attrs.get("reduction", "none")
    assert places is not None
    if reduction not in ("none", "add"):
        refuse(f"ScatterND with reduction {reduction}")
    numbers = np.arange(prod(x.shape)).reshape(x.shape)[tuple(np.moveaxis(places, -1, 0))]
    flat, updates = reshaped(g, x, (-1,)), reshaped(g, n.wire(2), (-1,))
    return reshaped(g, write(g, flat, 0, g.constant(numbers.ravel()), updates, reduction), x.shape)


@node("OneHot")
def one_hot(g: Builder, n: Node) -> Wire:
    """Other values than 0 and 1 are scaled to; a place beyond the depth is 0 everywhere."""
    indices, depths = n.wire(0), n.numbers(1)
    depth = 0 if depths is None else int(np.ravel(depths)[0])
    if indices.known is None:
        refuse("OneHot of places that are not given")
    places = np.asarray(indices.known, dtype=np.int64)
    ones = g("one_hot", g.constant(np.where(places < 0, places + depth, places)), depth=depth)
    axis = axis_of(n.attrs.get("axis", -1), ones.rank)
    moved = turned(g, ones, [*range(axis), ones.rank - 1, *range(axis, ones.rank - 1)])
    off, on = (reshaped(g, piece_of(g, n.wire(2), k), ()) for k in (0, 1))
    return each(g, "add", each(g, "mul", moved, each(g, "sub", on, off)), off)


def piece_of(g: Builder, x: Wire, k: int) -> Wire:
    """One entry of a vector, as a vector."""
    return cut(g, x, [k], [k + 1], [1])


@node("Compress")
def compress(g: Builder, n: Node) -> Wire:
    chosen, x = n.numbers(1), n.wire(0)
    assert chosen is not None
    places = np.flatnonzero(chosen)
    if "axis" not in n.attrs:
        return g("gather", reshaped(g, x, (prod(x.shape),)), g.constant(places))
    return g("gather", x, g.constant(places), axis=axis_of(n.attrs["axis"], x.rank))


@node("ReverseSequence")
def reverse_sequence(g: Builder, n: Node) -> Wire:
    """The first entries of each sequence, backward; the rest as they are: read from the flat tensor."""
    x, lengths = n.wire(0), n.ints(1) or []
    time, batch = n.attrs.get("time_axis", 0), n.attrs.get("batch_axis", 1)
    grid = list(np.indices(x.shape))
    own = np.asarray(lengths)[grid[batch]]
    grid[time] = np.where(grid[time] < own, own - 1 - grid[time], grid[time])
    places = np.ravel_multi_index(tuple(grid), x.shape)
    return g("gather", reshaped(g, x, (prod(x.shape),)), g.constant(places))


@node("CenterCropPad")
def center_crop_pad(g: Builder, n: Node) -> Wire:
    x, goals = n.wire(0), n.ints(1) or []
    axes = axes_of(n.attrs.get("axes"), x.rank) or tuple(range(x.rank))
    before, after = [0] * x.rank, [0] * x.rank
    for axis, goal in zip(axes, goals, strict=True):
        missing = goal - x.shape[axis]
        before[axis] = missing // 2 if missing > 0 else -((-missing) // 2)
        after[axis] = missing - before[axis]
    return padded(g, x, before, after)
