"""Entries at other places: shapes, slices, pads, and their like. Backward, every entry goes home."""

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from ..arrangement import arrangement
from ..attributes import Extents, Int, Ints, Real
from ..body import Board, Wire, composite
from ..dtypes import anything
from ..rule import Pattern
from ..shape import Shape, ShapeFault, axes_within, axis_within


@arrangement()
def reshape(fill: Any, x: Any, *, shape: Extents) -> Any:
    """The same entries, in C order, under another shape."""
    return np.reshape(x, shape)


@reshape.shape
def reshape_shape(x: Shape, *, shape: Shape) -> Shape:
    if prod(x) != prod(shape):
        raise ShapeFault(f"has {prod(shape)} entries, but the operand has {prod(x)}", attribute="shape")
    return shape


@reshape.fused_pullback
def reshape_fused_pullback(xp: Any, grad: Any, out: Any, x: Any, *, shape: Shape) -> tuple[Any, ...]:
    return (np.reshape(grad, x.shape),)


@arrangement()
def unsqueeze(fill: Any, x: Any, *, axes: Ints) -> Any:
    """New axes of extent 1, at these places of the result."""
    return np.expand_dims(x, axes)


@unsqueeze.shape
def unsqueeze_shape(x: Shape, *, axes: Ints) -> Shape:
    rank = len(x) + len(axes)
    axes_within(axes, rank)
    kept = iter(x)
    return tuple(1 if axis in axes else next(kept) for axis in range(rank))


@arrangement()
def squeeze(fill: Any, x: Any, *, axes: Ints) -> Any:
    """Without these axes, each of extent 1."""
    return np.squeeze(x, axes)


@squeeze.shape
def squeeze_shape(x: Shape, *, axes: Ints) -> Shape:
    for axis in axes_within(axes, len(x)):
        if x[axis] != 1:
            raise ShapeFault(f"names axis {axis}, whose extent is {x[axis]}: only extents of 1 go", attribute="axes")
    return tuple(extent for axis, extent in enumerate(x) if axis not in axes)


@arrangement()
def transpose(fill: Any, x: Any, *, perm: Ints) -> Any:
    """Axes in another order: axis k of the result is axis perm[k] of the operand."""
    return np.transpose(x, perm)


@transpose.shape
def transpose_shape(x: Shape, *, perm: Ints) -> Shape:
    if sorted(perm) != list(range(len(x))):
        raise ShapeFault(f"is {list(perm)}; expected each of the {len(x)} axes once", attribute="perm")
    return tuple(x[axis] for axis in perm)


@transpose.fused_pullback
def transpose_fused_pullback(xp: Any, grad: Any, out: Any, x: Any, *, perm: Ints) -> tuple[Any, ...]:
    return (np.transpose(grad, np.argsort(perm)),)


@arrangement()
def broadcast_to(fill: Any, x: Any, *, shape: Extents) -> Any:
    """Repeated along axes of extent 1 and along new leading axes: backward, the visible sum over them."""
    return np.broadcast_to(x, shape)


@broadcast_to.shape
def broadcast_to_shape(x: Shape, *, shape: Shape) -> Shape:
    lead = len(shape) - len(x)
    grown = lead >= 0 and all(have in (1, want) for have, want in zip(x, shape[lead:], strict=True))
    if not grown:
        raise ShapeFault(
            f"is {list(shape)}, to which {list(x)} does not grow: aligned at the right, each extent is equal or 1",
            attribute="shape",
        )
    return shape


@broadcast_to.fused_pullback
def broadcast_to_fused_pullback(xp: Any, grad: Any, out: Any, x: Any, *, shape: Shape) -> tuple[Any, ...]:
    lead = len(shape) - np.ndim(x)
    grown = (lead + axis for axis, extent in enumerate(np.shape(x)) if extent != shape[lead + axis])
    return (np.reshape(np.sum(grad, axis=(*range(lead), *grown)), np.shape(x)),)


@arrangement()
def concat(fill: Any, *xs: Any, axis: Int) -> Any:
    """One after the other along an axis."""
    return np.concatenate(xs, axis)


@concat.shape
def concat_shape(*xs: Shape, axis: int) -> Shape:
    axis_within(axis, len(xs[0]))
    others = {(*x[:axis], *x[axis + 1 :]) for x in xs if len(x) == len(xs[0])}
    if len(others) > 1 or any(len(x) != len(xs[0]) for x in xs):
        listed = ", ".join(str(list(x)) for x in xs)
        raise ShapeFault(f"joins shapes {listed} along axis {axis}: the other extents must be equal")
    return (*xs[0][:axis], sum(x[axis] for x in xs), *xs[0][axis + 1 :])


@arrangement()
def slice_(fill: Any, x: Any, *, starts: Ints, ends: Ints, steps: Ints | None = None) -> Any:
    """Every steps[k]-th entry from starts[k] up to, and without, ends[k], for each axis k."""
    strides = steps or (1,) * len(starts)
    return x[tuple(slice(*span) for span in zip(starts, ends, strides, strict=True))]


@slice_.shape
def slice_shape(x: Shape, *, starts: Ints, ends: Ints, steps: Ints | None) -> Shape:
    strides = _one_an_axis(steps or (1,) * len(x), x, "steps")
    spans = zip(x, _one_an_axis(starts, x, "starts"), _one_an_axis(ends, x, "ends"), strict=True)
    for axis, (extent, start, end) in enumerate(spans):
        if not 0 <= start <= end <= extent:
            why = f"takes {start} to {end} of axis {axis}, which has {extent}: 0 <= start <= end <= extent"
            raise ShapeFault(why, attribute="ends")
    if min(strides, default=1) < 1:
        raise ShapeFault("has a step below 1: slice, then flip", attribute="steps")
    return tuple(-(-(end - start) // step) for start, end, step in zip(starts, ends, strides, strict=True))


@arrangement(fill="value")
def pad(
    fill: Any, x: Any, *, pads: Ints, mode: Literal["constant", "reflect", "edge", "wrap"] = "constant", value: Real = 0
) -> Any:
    """Entries before and after each axis: a constant, the mirrored ones, the edge, or those from the other end."""
    amounts = list(zip(pads[: x.ndim], pads[x.ndim :], strict=True))
    if not amounts:
        return x
    return np.pad(x, amounts, constant_values=fill) if mode == "constant" else np.pad(x, amounts, mode=mode)


@pad.shape
def pad_shape(x: Shape, *, pads: Ints, mode: str) -> Shape:
    if len(pads) != 2 * len(x):
        raise ShapeFault(
            f"has {len(pads)} amounts; expected {2 * len(x)}: before each axis, then after each", attribute="pads"
        )
    for axis, (before, after) in enumerate(zip(pads[: len(x)], pads[len(x) :], strict=True)):
        least = {"constant": 0, "reflect": max(before, after) + 1, "edge": 1, "wrap": 1}[mode]
        if min(before, after) < 0:
            raise ShapeFault(
                f"takes {min(before, after)} from axis {axis}: a negative pad is a slice", attribute="pads"
            )
        if x[axis] < (least if before or after else 0):
            raise ShapeFault(
                f"pads axis {axis}, which has {x[axis]}, by {max(before, after)}: too much for {mode}", attribute="pads"
            )
    return tuple(extent + pads[axis] + pads[len(x) + axis] for axis, extent in enumerate(x))


@arrangement()
def flip(fill: Any, x: Any, *, axes: Ints) -> Any:
    """Backward along these axes."""
    return np.flip(x, axes)


@flip.shape
def flip_shape(x: Shape, *, axes: Ints) -> Shape:
    axes_within(axes, len(x))
    return x


@arrangement()
def tile(fill: Any, x: Any, *, repeats: Ints) -> Any:
    """The tensor repeats[k] times along each axis k."""
    return np.tile(x, repeats)


@tile.shape
def tile_shape(x: Shape, *, repeats: Ints) -> Shape:
    if min(_one_an_axis(repeats, x, "repeats"), default=0) < 0:
        raise ShapeFault("has a number below 0", attribute="repeats")
    return tuple(extent * times for extent, times in zip(x, repeats, strict=True))


@arrangement()
def diagonal(fill: Any, x: Any, *, offset: Int = 0, axis1: Int = 0, axis2: Int = 1) -> Any:
    """The diagonal of two axes, as a new last axis."""
    return np.diagonal(x, offset, axis1, axis2)


@diagonal.shape
def diagonal_shape(x: Shape, *, offset: int, axis1: int, axis2: int) -> Shape:
    rows, columns = x[axis_within(axis1, len(x), "axis1")], x[axis_within(axis2, len(x), "axis2")]
    if axis1 == axis2:
        raise ShapeFault("names one axis twice", attribute="axis2")
    length = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
    return (*(extent for axis, extent in enumerate(x) if axis not in (axis1, axis2)), length)


@arrangement()
def tril(fill: Any, x: Any, *, k: Int = 0) -> Any:
    """The entries on and below a diagonal of the last two axes; 0 above."""
    return _chosen(_below(x.shape, k), x, fill)


@arrangement()
def triu(fill: Any, x: Any, *, k: Int = 0) -> Any:
    """The entries on and above a diagonal of the last two axes; 0 below."""
    return _chosen(_below(x.shape, k - 1), fill, x)


@tril.shape
@triu.shape
def triangle_shape(x: Shape) -> Shape:
    if len(x) < 2:
        raise ShapeFault(f"has a triangle of shape {list(x)}: two axes are needed")
    return x


def _chosen(condition: NDArray[np.bool_], a: Any, b: Any) -> Any:
    return cast(Any, np.where)(condition, a, b)


def _below(shape: Shape, k: int) -> NDArray[np.bool_]:
    """True on and below a diagonal of the last two axes."""
    return np.tri(shape[-2], shape[-1], k, dtype=np.bool_)


def _one_an_axis(numbers: Sequence[int], x: Shape, name: str) -> Sequence[int]:
    if len(numbers) != len(x):
        raise ShapeFault(f"has {len(numbers)} entries for {len(x)} axes", attribute=name)
    return numbers


# --- for bodies -----------------------------------------------------------------------------------------------------


def like(g: Board, v: Wire, x: Wire) -> Wire:
    """v broadcast to the shape of x."""
    return v if v.shape == x.shape else g(broadcast_to, v, shape=x.shape)


def along(g: Board, v: Wire, x: Wire, axis: int) -> Wire:
    """v, whose only axis is this axis of x, broadcast to the shape of x."""
    placed = tuple(extent if k == axis else 1 for k, extent in enumerate(x.shape))
    return like(g, g(reshape, v, shape=placed), x)


def piece(g: Board, x: Wire, axis: int, start: int, end: int) -> Wire:
    """The entries from `start` to `end` along one axis."""
    starts = tuple(start if k == axis else 0 for k in range(len(x.shape)))
    ends = tuple(end if k == axis else extent for k, extent in enumerate(x.shape))
    return g(slice_, x, starts=starts, ends=ends)


# --- composites -----------------------------------------------------------------------------------------------------


@composite(pattern=Pattern.DISTRIBUTOR, dtype=anything)
def stack(g: Board, *xs: Wire, axis: Int) -> Wire:
    """One after the other along a new axis."""
    axis_within(axis, len(xs[0].shape) + 1)
    return g(concat, *(g(unsqueeze, x, axes=(axis,)) for x in xs), axis=axis)


@composite(pattern=Pattern.DISTRIBUTOR, dtype=anything, outputs="split")
def split(g: Board, x: Wire, *, axis: Int, split: Ints) -> list[Wire]:
    """Pieces of these sizes along an axis: a tuple, read by get."""
    if sum(split) != x.shape[axis_within(axis, len(x.shape))] or min(split, default=0) < 0:
        raise ShapeFault(
            f"is {list(split)}: the sizes add up to {x.shape[axis]}, the extent of the axis", attribute="split"
        )
    ends = list(accumulate(split))
    return [piece(g, x, axis, end - length, end) for end, length in zip(ends, split, strict=True)]


@composite(pattern=Pattern.DISTRIBUTOR, dtype=anything)
def flatten(g: Board, x: Wire, *, axis: Int = 1) -> Wire:
    """A matrix: the axes before `axis` as rows, the others as columns."""
    if not 0 <= axis <= len(x.shape):
        raise ShapeFault(f"is {axis}; expected 0 to {len(x.shape)}", attribute="axis")
    return g(reshape, x, shape=(prod(x.shape[:axis]), prod(x.shape[axis:])))


# --- where they are certified ---------------------------------------------------------------------------------------

reshape.example((2, 3), shape=[3, 2])
reshape.example((1, 1), shape=[])
reshape.example((0, 3), shape=[3, 0, 2])
unsqueeze.example((2, 3), axes=[0, 2])
unsqueeze.example((), axes=[0])
squeeze.example((2, 1, 3), axes=[1])
squeeze.example((1, 1), axes=[0, 1])
transpose.example((2, 3, 2), perm=[2, 0, 1])
transpose.example((2, 0), perm=[1, 0])
broadcast_to.example((2, 1), shape=[3, 2, 2])
broadcast_to.example((), shape=[2, 2])
broadcast_to.example((1, 2), shape=[0, 2])
concat.example((2, 3), (2, 1), (2, 0), axis=1)
concat.example((2,), axis=0)
slice_.example((5, 4), starts=[1, 0], ends=[5, 3], steps=[2, 1])
slice_.example((3, 2), starts=[1, 1], ends=[1, 2])
pad.example((2, 3), pads=[1, 0, 0, 2], value=2.5)
pad.example((3, 3), pads=[1, 0, 2, 2], mode="reflect")
pad.example((1, 3), pads=[1, 0, 2, 2], mode="edge")
pad.example((4, 3), pads=[1, 0, 2, 4], mode="wrap")
pad.example((0, 2), pads=[1, 0, 1, 1])
flip.example((3, 2), axes=[0])
flip.example((2, 2), axes=[0, 1])
tile.example((2, 2), repeats=[2, 3])
tile.example((2, 2), repeats=[1, 0])
diagonal.example((2, 3, 2), offset=1)
diagonal.example((3, 4), offset=-1)
diagonal.example((2, 2), axis1=1, axis2=0)
diagonal.example((2, 2), offset=3)
tril.example((3, 4), k=-1)
tril.example((2, 2, 2))
triu.example((2, 3, 2), k=1)
triu.example((1, 1))
stack.example((2, 2), (2, 2), axis=1)
stack.example((), axis=0)
split.example((2, 5), axis=1, split=[2, 0, 3])
split.example((2,), axis=0, split=[2])
flatten.example((2, 3, 2))
flatten.example((), axis=0)
