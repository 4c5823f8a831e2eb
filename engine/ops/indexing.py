"""Entries read and written at places that another operand names. No gradient flows toward places."""

from functools import partial
from typing import Any, Literal

import numpy as np

from ..arrangement import numbered
from ..attributes import Bool, Int
from ..body import Board, Wire, composite
from ..dtypes import indexed, one_hot_dtype, places
from ..rule import Pattern, structured
from ..shape import Shape, ShapeFault, axis_within, reduced_shape


@structured(pattern=Pattern.ROUTER, dtype=indexed, fixed=("indices",))
def gather(xp: Any, x: Any, indices: Any, *, axis: Int = 0) -> Any:
    """x at these places of an axis; a place that is read twice receives both gradients."""
    return xp.rearranged(partial(_gathered, places=xp.places(indices), axis=axis), (x,), xp.nowhere())


@gather.pullback
def gather_pullback(xp: Any, grad: Any, out: Any, x: Any, indices: Any, *, axis: int) -> Any:
    [received] = xp.returned(numbered(partial(_gathered, places=xp.places(indices), axis=axis), (xp.shape(x),)), grad)
    return received, None


@gather.shape
def gather_shape(x: Shape, indices: Shape, *, axis: int) -> Shape:
    axis_within(axis, len(x))
    return (*x[:axis], *indices, *x[axis + 1 :])


def _gathered(fill: Any, x: Any, *, places: Any, axis: int) -> Any:
    extent = x.shape[axis]
    known = (places >= 0) & (places < extent)
    found = np.take(_never_empty(x, fill, axis), np.where(known, places, 0), axis=axis)
    inside = known.reshape((1,) * axis + known.shape + (1,) * (x.ndim - axis - 1))
    return found if known.all() else np.where(inside, found, fill)


def _never_empty(x: Any, fill: Any, axis: int) -> Any:
    """x, with one place along the axis if it has none."""
    shape = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    return x if x.shape[axis] else np.full(shape, fill)


@structured(pattern=Pattern.ROUTER, dtype=indexed, fixed=("indices",))
def gather_elements(xp: Any, x: Any, indices: Any, *, axis: Int = 0) -> Any:
    """For every entry of indices, x at the same place but for one axis, where the entry says which."""
    return xp.rearranged(partial(_picked, places=xp.places(indices), axis=axis), (x,), xp.nowhere())


@gather_elements.pullback
def gather_elements_pullback(xp: Any, grad: Any, out: Any, x: Any, indices: Any, *, axis: int) -> Any:
    [received] = xp.returned(numbered(partial(_picked, places=xp.places(indices), axis=axis), (xp.shape(x),)), grad)
    return received, None


@gather_elements.shape
def gather_elements_shape(x: Shape, indices: Shape, *, axis: int) -> Shape:
    _same_off_axis(x, indices, axis)
    return indices


def _picked(fill: Any, x: Any, *, places: Any, axis: int) -> Any:
    known = (places >= 0) & (places < x.shape[axis])
    found = np.take_along_axis(_never_empty(x, fill, axis), np.where(known, places, 0), axis)
    return found if known.all() else np.where(known, found, fill)


@structured(pattern=Pattern.ROUTER, dtype=indexed, fixed=("indices",))
def scatter_elements(
    xp: Any, x: Any, indices: Any, updates: Any, *, axis: Int = 0, reduction: Literal["none", "add"] = "none"
) -> Any:
    """x with updates at these places of an axis: in place of what was there, or added to it."""
    at = xp.places(indices)
    if reduction == "none":
        return xp.rearranged(partial(_written, places=at, axis=axis), (x, updates), xp.nowhere())
    [added] = xp.returned(numbered(partial(_picked, places=at, axis=axis), (xp.shape(x),)), updates)
    return xp.add(x, added)


@scatter_elements.pullback
def scatter_elements_pullback(
    xp: Any, grad: Any, out: Any, x: Any, indices: Any, updates: Any, *, axis: int, reduction: str
) -> Any:
    at = xp.places(indices)
    if reduction == "add":
        return grad, None, xp.rearranged(partial(_picked, places=at, axis=axis), (grad,), xp.nowhere())
    index = numbered(partial(_written, places=at, axis=axis), (xp.shape(x), xp.shape(updates)))
    to_x, to_updates = xp.returned(index, grad)
    return to_x, None, to_updates


@scatter_elements.shape
def scatter_elements_shape(x: Shape, indices: Shape, updates: Shape, *, axis: int) -> Shape:
    _same_off_axis(x, indices, axis)
    if indices != updates:
        raise ShapeFault(f"writes updates {list(updates)} at indices {list(indices)}: their shapes are equal")
    return x


def _written(fill: Any, x: Any, updates: Any, *, places: Any, axis: int) -> Any:
    out = x.copy()
    np.put_along_axis(out, places, updates, axis)
    return out


def _same_off_axis(x: Shape, indices: Shape, axis: int) -> None:
    axis_within(axis, len(x))
    if len(x) != len(indices) or any(a != b for k, (a, b) in enumerate(zip(x, indices, strict=True)) if k != axis):
        raise ShapeFault(f"takes x {list(x)} and indices {list(indices)}: they agree on every axis but {axis}")


@structured(pattern=Pattern.STOPPER, dtype=one_hot_dtype, fixed=("indices",))
def one_hot(xp: Any, indices: Any, *, depth: Int) -> Any:
    """1 at the place that each index names along a new last axis, 0 elsewhere."""
    return xp.tensor((xp.places(indices)[..., None] == np.arange(depth)).astype(np.float64))


@one_hot.pullback
def one_hot_pullback(xp: Any, grad: Any, out: Any, indices: Any) -> Any:
    return (None,)


@one_hot.shape
def one_hot_shape(indices: Shape, *, depth: int) -> Shape:
    if depth < 0:
        raise ShapeFault(f"is {depth}; expected a number from 0 on", attribute="depth")
    return (*indices, depth)


@structured(pattern=Pattern.STOPPER, dtype=places, fixed=("x",))
def argmax(xp: Any, x: Any, *, axis: Int, keepdims: Bool = False) -> Any:
    """The place of the largest along an axis, the first at a tie."""
    return xp.largest_place(x, axis, keepdims)


@argmax.pullback
def argmax_pullback(xp: Any, grad: Any, out: Any, x: Any) -> Any:
    return (None,)


@argmax.shape
def argmax_shape(x: Shape, *, axis: int, keepdims: bool) -> Shape:
    if x[axis_within(axis, len(x))] == 0:
        raise ShapeFault(f"looks for the largest of no entries along axis {axis}")
    return reduced_shape(x, (axis,), keepdims=keepdims)


@composite(pattern=Pattern.ROUTER, dtype=indexed, fixed=("indices",))
def embedding(g: Board, w: Wire, indices: Wire) -> Wire:
    """The rows of w that the indices name."""
    return g(gather, w, indices, axis=0)


# --- where they are certified ---------------------------------------------------------------------------------------

gather.example((4, 2), [[0, 2], [2, 3]])
gather.example((2, 3), [2, 0, 2], axis=1)
gather.example((3,), 1)
gather.example((2, 3), (0,))
gather_elements.example((3, 3), [[0, 2], [1, 1], [2, 0]], axis=1)
gather_elements.example((3,), [2, 2])
scatter_elements.example((4, 2), [[0, 2], [0, 3]], (2, 2), reduction="add")
scatter_elements.example((4, 3), [[0, 1, 2], [2, 3, 0]], (2, 3))
scatter_elements.example((1, 3), [[1]], (1, 1), axis=1)
one_hot.example([[0, 2], [1, 1]], depth=3)
one_hot.example([0, 3], depth=2)
argmax.example((2, 3), axis=1)
argmax.example([[1.0, 2.0, 2.0], [3.0, 3.0, 1.0]], axis=1, keepdims=True)
embedding.example((4, 2), [[0, 2], [2, 3]])
