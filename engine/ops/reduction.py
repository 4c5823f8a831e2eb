"""Many entries to one: sums, products, extremes, norms, over axes (all of them, unless `axes` says which)."""

from functools import partial
from math import prod
from typing import Any

import numpy as np

from ..attributes import Bool, Int, Ints
from ..rule import Pattern, structured
from ..shape import Shape, ShapeFault, axes_within, axis_within, reduced_shape


@structured(pattern=Pattern.DISTRIBUTOR)
def reduce_sum(xp: Any, x: Any, *, axes: Ints | None = None, keepdims: Bool = False) -> Any:
    """The sum: every entry receives the gradient as it is."""
    return xp.sum(x, _axes(xp, x, axes), keepdims)


@reduce_sum.pullback
def reduce_sum_pullback(xp: Any, grad: Any, out: Any, x: Any, *, axes: Ints | None) -> Any:
    return _spread(xp, grad, x, axes)


@structured(pattern=Pattern.DISTRIBUTOR)
def reduce_mean(xp: Any, x: Any, *, axes: Ints | None = None, keepdims: Bool = False) -> Any:
    """The mean: every entry receives an equal share of the gradient."""
    return xp.div(xp.sum(x, _axes(xp, x, axes), keepdims), xp.constant(_count(xp, x, axes)))


@reduce_mean.pullback
def reduce_mean_pullback(xp: Any, grad: Any, out: Any, x: Any, *, axes: Ints | None) -> Any:
    return _spread(xp, xp.div(grad, xp.constant(_count(xp, x, axes))), x, axes)


@structured(pattern=Pattern.SWITCHER)
def reduce_prod(xp: Any, x: Any, *, axes: Ints | None = None, keepdims: Bool = False) -> Any:
    """The product: every entry receives the gradient times the product of the others."""
    return xp.prod(x, _axes(xp, x, axes), keepdims)


@reduce_prod.pullback
def reduce_prod_pullback(xp: Any, grad: Any, out: Any, x: Any, *, axes: Ints | None) -> Any:
    return xp.mul(_spread(xp, grad, x, axes), xp.exclusive_products(x, _axes(xp, x, axes)))


@structured(pattern=Pattern.ROUTER)
def reduce_max(xp: Any, x: Any, *, axes: Ints | None = None, keepdims: Bool = False) -> Any:
    """The largest entry: the gradient goes to the one that won, at a tie in any shares that add up to 1."""
    return xp.largest(x, _axes(xp, x, axes), keepdims)


@reduce_max.pullback
def reduce_max_pullback(xp: Any, grad: Any, out: Any, x: Any, *, axes: Ints | None) -> Any:
    return xp.mul(_spread(xp, grad, x, axes), xp.winners(x, _axes(xp, x, axes), ("first",)))


@structured(pattern=Pattern.ROUTER)
def reduce_min(xp: Any, x: Any, *, axes: Ints | None = None, keepdims: Bool = False) -> Any:
    """The smallest entry: the gradient goes to the one that won, at a tie in any shares that add up to 1."""
    return xp.neg(xp.largest(xp.neg(x), _axes(xp, x, axes), keepdims))


@reduce_min.pullback
def reduce_min_pullback(xp: Any, grad: Any, out: Any, x: Any, *, axes: Ints | None) -> Any:
    return xp.mul(_spread(xp, grad, x, axes), xp.winners(xp.neg(x), _axes(xp, x, axes), ("first",)))


@structured(pattern=Pattern.SCALER)
def reduce_logsumexp(xp: Any, x: Any, *, axes: Ints | None = None, keepdims: Bool = False) -> Any:
    """log(sum(exp(x))), a smooth maximum: the gradient is shared in proportion to exp(x)."""
    return xp.logsumexp(x, _axes(xp, x, axes), keepdims)


@reduce_logsumexp.pullback
def reduce_logsumexp_pullback(xp: Any, grad: Any, out: Any, x: Any, *, axes: Ints | None) -> Any:
    share = xp.exp(xp.sub(x, _spread(xp, out, x, axes)))
    return xp.mul(_spread(xp, grad, x, axes), share)


@structured(pattern=Pattern.SCALER)
def reduce_l2(xp: Any, x: Any, *, axes: Ints | None = None, keepdims: Bool = False) -> Any:
    """The Euclidean norm; where it is 0, any vector of norm at most 1 is a subgradient."""
    return xp.norm(x, _axes(xp, x, axes), keepdims)


@reduce_l2.pullback
def reduce_l2_pullback(xp: Any, grad: Any, out: Any, x: Any, *, axes: Ints | None) -> Any:
    return xp.mul(_spread(xp, grad, x, axes), xp.over_norm(x, _spread(xp, out, x, axes)))


@reduce_sum.shape
@reduce_prod.shape
@reduce_l2.shape
def any_reduction_shape(x: Shape, *, axes: Ints | None, keepdims: bool) -> Shape:
    return reduced_shape(x, axes_within(axes, len(x)), keepdims=keepdims)


@reduce_mean.shape
@reduce_max.shape
@reduce_min.shape
@reduce_logsumexp.shape
def reduction_shape(x: Shape, *, axes: Ints | None, keepdims: bool) -> Shape:
    within = axes_within(axes, len(x))
    if prod(x[axis] for axis in within) == 0:
        raise ShapeFault(f"reduces shape {list(x)} over no entries, which has no result")
    return reduced_shape(x, within, keepdims=keepdims)


@structured(pattern=Pattern.DISTRIBUTOR)
def cumsum(xp: Any, x: Any, *, axis: Int, exclusive: Bool = False, reverse: Bool = False) -> Any:
    """Running sums along an axis; `exclusive` leaves out the entry itself, `reverse` runs from the end."""
    return _running(xp, x, axis, exclusive=exclusive, reverse=reverse)


@cumsum.pullback
def cumsum_pullback(xp: Any, grad: Any, out: Any, x: Any, *, axis: int, exclusive: bool, reverse: bool) -> Any:
    return _running(xp, grad, axis, exclusive=exclusive, reverse=not reverse)


@cumsum.shape
def cumsum_shape(x: Shape, *, axis: int) -> Shape:
    axis_within(axis, len(x))
    return x


def _axes(xp: Any, x: Any, axes: Ints | None) -> tuple[int, ...]:
    return tuple(range(len(xp.shape(x)))) if axes is None else axes


def _count(xp: Any, x: Any, axes: Ints | None) -> int:
    shape = xp.shape(x)
    return prod(shape[axis] for axis in _axes(xp, x, axes))


def _spread(xp: Any, reduced: Any, x: Any, axes: Ints | None) -> Any:
    """What stands for a whole reduction, at every entry of it."""
    shape = xp.shape(x)
    kept = reduced_shape(shape, _axes(xp, x, axes), keepdims=True)
    return xp.spread(xp.reshaped(reduced, kept), shape)


def _running(xp: Any, x: Any, axis: int, *, exclusive: bool, reverse: bool) -> Any:
    zero, flip, delay = xp.constant(0), partial(_flipped, axis=axis), partial(_delayed, axis=axis)
    sums = xp.cumsum(xp.rearranged(flip, (x,), zero) if reverse else x, axis)
    found = xp.rearranged(delay, (sums,), zero) if exclusive else sums
    return xp.rearranged(flip, (found,), zero) if reverse else found


def _flipped(fill: Any, x: Any, *, axis: int) -> Any:
    return np.flip(x, axis)


def _delayed(fill: Any, x: Any, *, axis: int) -> Any:
    """One place later along an axis; the last entry falls out."""
    before = np.broadcast_to(np.asarray(fill, dtype=x.dtype), (*x.shape[:axis], 1, *x.shape[axis + 1 :]))
    return np.delete(np.concatenate([before, x], axis), -1, axis)


# --- where they are certified ---------------------------------------------------------------------------------------

reduce_sum.example((2, 3, 2), axes=[0, 2])
reduce_sum.example((2, 3), keepdims=True)
reduce_sum.example((2, 0), axes=[1])
reduce_mean.example((2, 3, 2), axes=[0, 2])
reduce_mean.example((2, 3), keepdims=True)
reduce_mean.example(())
reduce_prod.example((2, 3, 2), axes=[1])
reduce_prod.example([0.0, 3.0, 2.0])
reduce_prod.example([[0.0, 3.0, 0.0], [1.0, -2.0, 0.5]], axes=[1])
reduce_prod.example((2, 0), axes=[1], keepdims=True)
reduce_max.example((2, 3, 2), axes=[1])
reduce_max.example((2, 2), keepdims=True)
reduce_max.example([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]], axes=[1])
reduce_min.example((2, 3, 2), axes=[1])
reduce_min.example((1, 1))
reduce_min.example([-1.0, 0.5, -1.0])
reduce_logsumexp.example((2, 3), axes=[1], keepdims=True)
reduce_logsumexp.example((2, 1, 2), axes=[0, 2])
reduce_logsumexp.example([700.0, -700.0, 699.5])
reduce_l2.example((2, 3, 2), axes=[1, 2])
reduce_l2.example((2,), keepdims=True)
reduce_l2.example([[0.0, 0.0], [3.0, -4.0]], axes=[1])
reduce_l2.example([1e-200, -1e-200])
cumsum.example((2, 3), axis=1)
cumsum.example((3, 2), axis=0, exclusive=True)
cumsum.example((2, 3), axis=1, reverse=True)
cumsum.example((1, 3), axis=1, exclusive=True, reverse=True)
cumsum.example((0, 2), axis=0, exclusive=True)
