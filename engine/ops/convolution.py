"""Windows that move over spatial axes: convolution and pooling.

Operands are [batch, channel, spatial...]; `pads` says first what stands before each spatial axis, then what after.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..arrangement import NOWHERE, Rearrangement, remembered
from ..attributes import Bool, Int, Ints
from ..body import Board, Wire, composite
from ..rule import Pattern, structured
from ..shape import Shape, ShapeFault
from .reduction import reduce_max, reduce_mean


class Windows(NamedTuple):
    """How windows lie on the spatial axes."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[int, ...]

    def over(self, spatial: Sequence[int]) -> Shape:
        """How many windows there are along each spatial axis."""
        rank = len(self.kernel)
        return tuple(
            (spatial[k] + self.pads[k] + self.pads[rank + k] - self.dilations[k] * (self.kernel[k] - 1) - 1)
            // self.strides[k]
            + 1
            for k in range(rank)
        )


def _windows(kernel: Shape, strides: Ints | None, dilations: Ints | None, pads: Ints | None) -> Windows:
    ones = (1,) * len(kernel)
    return Windows(kernel, strides or ones, dilations or ones, pads or (0,) * (2 * len(kernel)))


@lru_cache(maxsize=1024)
def _gathering(windows: Windows) -> Rearrangement:
    """What lays the entries of every window out: one object for equal windows, so that its index is remembered."""
    return partial(_gathered, windows=windows)


def _gathered(fill: Any, x: Any, *, windows: Windows) -> Any:
    """[n, c, spatial...] -> [n, c, kernel..., windows...], `fill` in the padding."""
    rank = len(windows.kernel)
    amounts = [(0, 0), (0, 0), *zip(windows.pads[:rank], windows.pads[rank:], strict=True)]
    padded = np.pad(x, amounts, constant_values=fill) if any(windows.pads) else x
    reach = [dilation * (extent - 1) + 1 for extent, dilation in zip(windows.kernel, windows.dilations, strict=True)]
    views = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=tuple(range(2, 2 + rank)))
    moved = tuple(slice(None, None, stride) for stride in windows.strides)
    inside = tuple(slice(None, None, dilation) for dilation in windows.dilations)
    kept = views[(slice(None), slice(None), *moved, *inside)]
    return np.transpose(kept, (0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank)))


# --- convolution -----------------------------------------------------------------------------------------------------


@structured(pattern=Pattern.SWITCHER)
def conv(
    xp: Any,
    x: Any,
    w: Any,
    b: Any = None,
    *,
    strides: Ints | None = None,
    dilations: Ints | None = None,
    pads: Ints | None = None,
    group: Int = 1,
) -> Any:
    """Cross-correlation: at every place of the window, the sum of products with w, and b."""
    windows = _windows(xp.shape(w)[2:], strides, dilations, pads)
    product = xp.matmul(_matrices(xp, x, w, group), _columns(xp, x, windows, group))
    out = xp.reshaped(product, _conv_shape(xp.shape(x), xp.shape(w), windows))
    return out if b is None else xp.add(out, _along_channels(xp, b, out))


@conv.pullback
def conv_pullback(xp: Any, grad: Any, out: Any, x: Any, w: Any, b: Any = None, **attrs: Any) -> Any:
    return _pulled(xp, _returned, grad, x, w, b, **attrs)


@conv.fused_pullback
def conv_fused_pullback(xp: Any, grad: Any, out: Any, x: Any, w: Any, b: Any = None, **attrs: Any) -> Any:
    return _pulled(xp, _laid_back, grad, x, w, b, **attrs)


def _pulled(
    xp: Any,
    back: Callable[[Any, Any, Any, Windows], Any],
    grad: Any,
    x: Any,
    w: Any,
    b: Any,
    *,
    strides: Ints | None,
    dilations: Ints | None,
    pads: Ints | None,
    group: int,
) -> Any:
    """The VJP; `back` adds what every place of every window receives to the entry that was read there."""
    windows = _windows(xp.shape(w)[2:], strides, dilations, pads)
    columns, matrices = _columns(xp, x, windows, group), _matrices(xp, x, w, group)
    n, rows = xp.shape(x)[0], xp.shape(w)[0] // group
    upstream = xp.reshaped(grad, (n, group, rows, prod(xp.shape(grad)[2:])))
    to_x = back(xp, x, xp.matmul(xp.transposed(matrices), upstream), windows)
    to_w = xp.reshaped(xp.sum(xp.matmul(upstream, xp.transposed(columns)), (0,)), xp.shape(w))
    if b is None:
        return to_x, to_w
    return to_x, to_w, xp.sum(grad, (0, *range(2, len(xp.shape(grad)))))


def _returned(xp: Any, x: Any, by_window: Any, windows: Windows) -> Any:
    index = remembered(_gathering(windows), (xp.shape(x),))
    [to_x] = xp.returned(index, xp.reshaped(by_window, index.places.shape))
    return to_x


def _laid_back(xp: Any, x: Any, by_window: Any, windows: Windows) -> Any:
    """The same on float64 arrays, a place of the window at a time: all that read through it lie on one grid."""
    parts = np.reshape(by_window, (*x.shape[:2], *windows.kernel, *windows.over(x.shape[2:])))
    padded, inside = _padded(x, windows, 0.0)
    padded[inside] = 0.0
    for place, grid in _grids(x.shape[2:], windows):
        padded[grid] += parts[(slice(None), slice(None), *place)]
    return padded[inside]


def _padded(x: Any, windows: Windows, fill: float) -> tuple[Any, tuple[slice, ...]]:
    """A copy of x with its padding, and where x lies in it."""
    rank, spatial = len(windows.kernel), x.shape[2:]
    whole = [size + windows.pads[k] + windows.pads[rank + k] for k, size in enumerate(spatial)]
    inside = (slice(None), slice(None), *(slice(p, p + n) for p, n in zip(windows.pads, spatial, strict=False)))
    padded = np.full((*x.shape[:2], *whole), fill)
    padded[inside] = x
    return padded, inside


def _grids(spatial: Shape, windows: Windows) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Every place of a window, with the entries of padded x that windows read through it, in the order of windows."""
    counts = windows.over(spatial)
    for place in np.ndindex(windows.kernel):
        starts = [step * dilation for step, dilation in zip(place, windows.dilations, strict=True)]
        spans = (slice(s, s + step * n, step) for s, step, n in zip(starts, windows.strides, counts, strict=True))
        yield place, (slice(None), slice(None), *spans)


@conv.products
def conv_products(out: Shape, x: Shape, w: Shape, b: Shape | None = None, **attrs: Any) -> int:
    return prod(out) * prod(w[1:])


@conv.shape
def conv_shape(
    x: Shape,
    w: Shape,
    b: Shape | None = None,
    *,
    strides: Ints | None,
    dilations: Ints | None,
    pads: Ints | None,
    group: int,
) -> Shape:
    if len(x) != len(w) or not 3 <= len(x) <= 5:
        raise ShapeFault(f"takes x {list(x)} and w {list(w)}: both are [n, c, spatial...] with 1 to 3 spatial axes")
    if group < 1 or w[0] % group or x[1] != w[1] * group:
        raise ShapeFault(f"takes x {list(x)} and w {list(w)} in {group} groups: w is [out, {x[1]}/group, ...]")
    if b is not None and b != w[:1]:
        raise ShapeFault(f"takes a bias {list(b)}: there are {w[0]} output channels, one a bias")
    windows = _checked(x, w[2:], strides, dilations, pads)
    return _conv_shape(x, w, windows)


def _conv_shape(x: Shape, w: Shape, windows: Windows) -> Shape:
    return (x[0], w[0], *windows.over(x[2:]))


def _columns(xp: Any, x: Any, windows: Windows, group: int) -> Any:
    """[n, group, channels of the group times kernel, windows]: one column a window."""
    laid = xp.rearranged(_gathering(windows), (x,), xp.constant(0))
    n, c = xp.shape(x)[:2]
    return xp.reshaped(laid, (n, group, c // group * prod(windows.kernel), prod(windows.over(xp.shape(x)[2:]))))


def _matrices(xp: Any, x: Any, w: Any, group: int) -> Any:
    """[n, group, out channels of the group, channels times kernel]: the same for every x of the batch."""
    n, (o, *rest) = xp.shape(x)[0], xp.shape(w)
    return xp.spread(xp.reshaped(w, (1, group, o // group, prod(rest))), (n, group, o // group, prod(rest)))


def _along_channels(xp: Any, b: Any, out: Any) -> Any:
    shape = xp.shape(out)
    return xp.spread(xp.reshaped(b, (1, shape[1], *(1,) * (len(shape) - 2))), shape)


#: The conventions under which the first of the largest of a window wins.
FIRST = ("torch", "jax", "first")

# --- pooling ---------------------------------------------------------------------------------------------------------


@structured(pattern=Pattern.ROUTER)
def max_pool(
    xp: Any,
    x: Any,
    *,
    kernel_shape: Ints,
    strides: Ints | None = None,
    dilations: Ints | None = None,
    pads: Ints | None = None,
) -> Any:
    """The largest of each window: the gradient goes to the one that won; windows that overlap add."""
    return xp.largest_of(_rows(_windows(kernel_shape, strides, dilations, pads)), x)


@max_pool.pullback
def max_pool_pullback(
    xp: Any,
    grad: Any,
    out: Any,
    x: Any,
    *,
    kernel_shape: Ints,
    strides: Ints | None,
    dilations: Ints | None,
    pads: Ints | None,
) -> Any:
    rows = _rows(_windows(kernel_shape, strides, dilations, pads))
    return xp.sent_to_winners(rows, x, grad, FIRST)


@max_pool.fused
def max_pool_fused(x: Any, *, kernel_shape: Ints, **attrs: Any) -> Any:
    windows = _windows(kernel_shape, **attrs)
    padded, _ = _padded(x, windows, -np.inf)
    (_, first), *others = _grids(x.shape[2:], windows)
    largest = padded[first].copy()
    for _, grid in others:
        np.maximum(largest, padded[grid], out=largest)
    return largest


@max_pool.fused_pullback
def max_pool_fused_pullback(xp: Any, grad: Any, out: Any, x: Any, *, kernel_shape: Ints, **attrs: Any) -> Any:
    """A place of the window at a time; of entries that tie the first wins, or each gets its share."""
    if not np.isfinite(out).all():
        return max_pool_pullback(xp, grad, out, x, kernel_shape=kernel_shape, **attrs)
    windows = _windows(kernel_shape, **attrs)
    padded, inside = _padded(x, windows, -np.inf)
    grids = [grid for _, grid in _grids(x.shape[2:], windows)]
    won = [padded[grid] == out for grid in grids]
    if xp.kinks in FIRST:
        _leave_first(won)
        shared = grad
    else:
        shared = grad * (1.0 / np.sum(won, axis=0))
    padded.fill(0.0)
    for grid, mask in zip(grids, won, strict=True):
        padded[grid] += shared * mask
    return (padded[inside],)


def _leave_first(won: Sequence[Any]) -> None:
    """Of those that tie in a window the first alone, in place."""
    open_ = np.ones(won[0].shape, dtype=bool)
    for mask in won:
        mask &= open_
        open_ &= ~mask


@max_pool.shape
def max_pool_shape(
    x: Shape, *, kernel_shape: Ints, strides: Ints | None, dilations: Ints | None, pads: Ints | None
) -> Shape:
    return _pool_shape(x, kernel_shape, strides, dilations, pads)


@structured(pattern=Pattern.DISTRIBUTOR)
def average_pool(
    xp: Any,
    x: Any,
    *,
    kernel_shape: Ints,
    strides: Ints | None = None,
    pads: Ints | None = None,
    count_include_pad: Bool = False,
) -> Any:
    """The mean of each window, of what lies inside x unless `count_include_pad`."""
    windows = _windows(kernel_shape, strides, None, pads)
    laid = xp.rearranged(_rows(windows), (x,), xp.constant(0))
    total = xp.sum(laid, (len(xp.shape(laid)) - 1,))
    return xp.div(total, xp.tensor(_counts(xp.shape(x), windows, count_include_pad=count_include_pad)))


@average_pool.pullback
def average_pool_pullback(
    xp: Any,
    grad: Any,
    out: Any,
    x: Any,
    *,
    kernel_shape: Ints,
    strides: Ints | None,
    pads: Ints | None,
    count_include_pad: bool,
) -> Any:
    windows = _windows(kernel_shape, strides, None, pads)
    index = remembered(_rows(windows), (xp.shape(x),))
    counts = _counts(xp.shape(x), windows, count_include_pad=count_include_pad)
    share = xp.div(grad, xp.tensor(counts))
    spread = xp.spread(xp.reshaped(share, (*counts.shape, 1)), index.places.shape)
    return xp.returned(index, spread)


@average_pool.shape
def average_pool_shape(x: Shape, *, kernel_shape: Ints, strides: Ints | None, pads: Ints | None) -> Shape:
    return _pool_shape(x, kernel_shape, strides, None, pads)


@lru_cache(maxsize=1024)
def _rows(windows: Windows) -> Rearrangement:
    """As `_gathering`, with the entries of a window along one last axis."""
    return partial(_as_rows, windows=windows)


def _as_rows(fill: Any, x: Any, *, windows: Windows) -> Any:
    laid, rank = _gathered(fill, x, windows=windows), len(windows.kernel)
    last = np.transpose(laid, (0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank)))
    return last.reshape(*last.shape[: 2 + rank], prod(windows.kernel))


def _counts(x: Shape, windows: Windows, *, count_include_pad: bool) -> Any:
    """How many entries the mean of each window is of."""
    places = remembered(_rows(windows), (x,)).places
    inside = np.ones_like(places) if count_include_pad else places != NOWHERE
    return np.sum(inside, axis=-1).astype(np.float64)


def _pool_shape(x: Shape, kernel: Ints, strides: Ints | None, dilations: Ints | None, pads: Ints | None) -> Shape:
    if not 3 <= len(x) <= 5:
        raise ShapeFault(f"takes shape {list(x)}: [n, c, spatial...] with 1 to 3 spatial axes is needed")
    windows = _checked(x, kernel, strides, dilations, pads)
    _refuse_empty_windows(x, windows)
    return (*x[:2], *windows.over(x[2:]))


def _checked(x: Shape, kernel: Shape, strides: Ints | None, dilations: Ints | None, pads: Ints | None) -> Windows:
    """The windows; ShapeFault if an attribute has not one number an axis, or a window fits nowhere."""
    rank = len(x) - 2
    stated = (("kernel_shape", kernel, rank), ("strides", strides, rank), ("dilations", dilations, rank))
    for name, numbers, length in (*stated, ("pads", pads, 2 * rank)):
        least = 0 if name == "pads" else 1
        if numbers is not None and (len(numbers) != length or min(numbers) < least):
            raise ShapeFault(f"is {list(numbers)}; expected {length} numbers from {least} on", attribute=name)
    windows = _windows(kernel, strides, dilations, pads)
    if min(windows.over(x[2:])) < 1:
        raise ShapeFault(f"moves a window {list(kernel)} over {list(x[2:])}, where it does not fit")
    return windows


def _refuse_empty_windows(x: Shape, windows: Windows) -> None:
    """ShapeFault for a window that lies in padding alone."""
    rank = len(windows.kernel)
    for k, count in enumerate(windows.over(x[2:])):
        starts = np.arange(count) * windows.strides[k] - windows.pads[k]
        inside = starts[:, None] + np.arange(windows.kernel[k]) * windows.dilations[k]
        if not np.all(np.any((inside >= 0) & (inside < x[2 + k]), axis=1)):
            raise ShapeFault(f"has a window that lies in padding alone, along spatial axis {k} of {rank}")


@composite(pattern=Pattern.DISTRIBUTOR)
def global_average_pool(g: Board, x: Wire) -> Wire:
    """The mean over all spatial axes, which become 1."""
    return g(reduce_mean, x, axes=_spatial(x), keepdims=True)


@composite(pattern=Pattern.ROUTER)
def global_max_pool(g: Board, x: Wire) -> Wire:
    """The largest over all spatial axes, which become 1."""
    return g(reduce_max, x, axes=_spatial(x), keepdims=True)


def _spatial(x: Wire) -> tuple[int, ...]:
    if len(x.shape) < 3:
        raise ShapeFault(f"takes shape {list(x.shape)}: [n, c, spatial...] is needed")
    return tuple(range(2, len(x.shape)))


# --- where they are certified ---------------------------------------------------------------------------------------

conv.example((1, 2, 4, 3), (2, 1, 2, 2), (2,), group=2, strides=[2, 1], pads=[1, 0, 1, 1], dilations=[1, 2])
conv.example((2, 2, 4), (1, 2, 2))
conv.example((1, 1, 2, 2, 2), (1, 1, 1, 2, 2), pads=[0, 0, 1, 0, 0, 0])
conv.example((0, 1, 3), (2, 1, 2), (2,))
max_pool.example((1, 1, 4, 4), kernel_shape=[2, 3], strides=[2, 1], pads=[1, 1, 1, 1])
max_pool.example((1, 2, 4), kernel_shape=[2], dilations=[2])
max_pool.example([[[0.0, 1.0, 1.0, 1.0, 0.0]]], kernel_shape=[3])
average_pool.example((1, 1, 4, 4), kernel_shape=[2, 3], strides=[2, 1], pads=[1, 1, 1, 1])
average_pool.example((1, 1, 3, 3), kernel_shape=[2, 2], pads=[1, 1, 0, 1], count_include_pad=True)
average_pool.example((2, 1, 3), kernel_shape=[1])
global_average_pool.example((1, 2, 3, 2))
global_average_pool.example((2, 1, 1))
global_max_pool.example((1, 2, 3, 2))
global_max_pool.example([[[2.0, 0.5, 2.0], [1.0, 1.0, -1.0]]])
