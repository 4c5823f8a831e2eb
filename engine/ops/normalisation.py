"""Normalisations: exponentials to a sum of 1, tensors to a mean of 0 and a variance of 1; and what is made of them."""

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from ..attributes import Bool, Int, Ints, Real
from ..body import Board, Wire, composite
from ..rule import Pattern
from ..shape import Shape, ShapeFault, axes_within, axis_within
from .arithmetic import add, div, mul, pow_, reciprocal, sqrt, square, sub
from .arrangement import along, like, pad, piece, transpose
from .exponential import exp
from .linear import matmul
from .reduction import reduce_l2, reduce_logsumexp, reduce_mean, reduce_sum


@composite(pattern=Pattern.SCALER)
def log_softmax(g: Board, x: Wire, *, axis: Int | None = None) -> Wire:
    """x - log(sum(exp(x))) along an axis, the last unless told: logarithms of probabilities."""
    total = g(reduce_logsumexp, x, axes=(_axis(x, axis),), keepdims=True)
    return g(sub, x, like(g, total, x))


@log_softmax.through_output
def log_softmax_through_output(xp: Any, grad: Any, out: Any, x: Any, *, axis: int | None) -> Any:
    """grad - exp(y) sum(grad)."""
    return xp.sub(grad, xp.mul(xp.exp(out), _total(xp, grad, axis)))


@composite(pattern=Pattern.SCALER)
def softmax(g: Board, x: Wire, *, axis: Int | None = None) -> Wire:
    """exp(x) over its sum along an axis, the last unless told: probabilities."""
    total = g(reduce_logsumexp, x, axes=(_axis(x, axis),), keepdims=True)
    return g(exp, g(sub, x, like(g, total, x)))


@softmax.through_output
def softmax_through_output(xp: Any, grad: Any, out: Any, x: Any, *, axis: int | None) -> Any:
    """y (grad - sum(grad y))."""
    return xp.mul(out, xp.sub(grad, _total(xp, xp.mul(grad, out), axis)))


@composite(pattern=Pattern.SCALER)
def var(g: Board, x: Wire, *, axes: Ints | None = None, keepdims: Bool = False, correction: Real = 0) -> Wire:
    """The variance: the mean of squared deviations, over N - correction."""
    within = axes_within(axes, len(x.shape))
    squares = g(reduce_sum, g(square, _deviation(g, x, within)), axes=within, keepdims=keepdims)
    return g(mul, squares, 1 / _degrees(x, within, correction))


@composite(pattern=Pattern.SCALER)
def std(g: Board, x: Wire, *, axes: Ints | None = None, keepdims: Bool = False, correction: Real = 0) -> Wire:
    """The standard deviation: the norm of the deviations over sqrt(N - correction)."""
    within = axes_within(axes, len(x.shape))
    norm = g(reduce_l2, _deviation(g, x, within), axes=within, keepdims=keepdims)
    return g(mul, norm, g(sqrt, g.constant(1 / _degrees(x, within, correction))))


@std.through_output
def std_through_output(
    xp: Any, grad: Any, out: Any, x: Any, *, axes: tuple[int, ...] | None, keepdims: bool, correction: Fraction
) -> Any:
    """grad (x - mean) / ((N - correction) y)."""
    shape: Shape = xp.shape(x)
    within = axes_within(axes, len(shape))
    count = prod(shape[axis] for axis in within)
    mean = xp.mul(xp.sum(x, within, True), xp.constant(Fraction(1, count)))
    over = xp.over_norm(xp.sub(x, xp.spread(mean, shape)), _along(xp, out, shape, within))
    return xp.mul(_along(xp, grad, shape, within), xp.mul(over, xp.constant(1 / (count - correction))))


@composite(pattern=Pattern.SCALER)
def layer_normalization(
    g: Board,
    x: Wire,
    scale: Wire | None = None,
    bias: Wire | None = None,
    *,
    axis: Int | None = None,
    epsilon: Real = 1e-5,
) -> Wire:
    """Deviations from the mean over the standard deviation, over the axes from `axis` on; times scale, plus bias."""
    axes = tuple(range(_axis(x, axis), len(x.shape)))
    deviation = _deviation(g, x, axes)
    normal = g(mul, deviation, like(g, _inverse_root(g, deviation, axes, epsilon), x))
    scaled = normal if scale is None else g(mul, normal, _affine(g, scale, x, axes))
    return scaled if bias is None else g(add, scaled, _affine(g, bias, x, axes))


@composite(pattern=Pattern.SCALER)
def rms_normalization(
    g: Board, x: Wire, scale: Wire | None = None, *, axis: Int | None = None, epsilon: Real = 1e-5
) -> Wire:
    """x over the root of its mean square, over the axes from `axis` on; times scale."""
    axes = tuple(range(_axis(x, axis), len(x.shape)))
    normal = g(mul, x, like(g, _inverse_root(g, x, axes, epsilon), x))
    return normal if scale is None else g(mul, normal, _affine(g, scale, x, axes))


@composite(pattern=Pattern.SCALER)
def batch_normalization(
    g: Board, x: Wire, scale: Wire, bias: Wire, mean: Wire, variance: Wire, *, epsilon: Real = 1e-5
) -> Wire:
    """Channels (axis 1) shifted and scaled by a given mean and variance; times scale, plus bias."""
    _check_channels(x, (scale, bias, mean, variance))
    root = g(reciprocal, g(sqrt, g(add, variance, epsilon)))
    normal = g(mul, g(sub, x, along(g, mean, x, 1)), along(g, root, x, 1))
    return g(add, g(mul, normal, along(g, scale, x, 1)), along(g, bias, x, 1))


@composite(pattern=Pattern.SCALER)
def batch_normalization_training(g: Board, x: Wire, scale: Wire, bias: Wire, *, epsilon: Real = 1e-5) -> Wire:
    """Channels (axis 1) normalised by the mean and variance of the batch; times scale, plus bias."""
    _check_channels(x, (scale, bias))
    axes = tuple(axis for axis in range(len(x.shape)) if axis != 1)
    deviation = _deviation(g, x, axes)
    normal = g(mul, deviation, like(g, _inverse_root(g, deviation, axes, epsilon), x))
    return g(add, g(mul, normal, along(g, scale, x, 1)), along(g, bias, x, 1))


@composite(pattern=Pattern.SCALER)
def lrn(g: Board, x: Wire, *, size: Int, alpha: Real = 1e-4, beta: Real = 0.75, bias: Real = 1) -> Wire:
    """x over (bias + alpha * mean of the squares of `size` neighbouring channels) to the power of beta."""
    if size < 1 or len(x.shape) < 2:
        raise ShapeFault(
            f"is {size} over shape {list(x.shape)}: a number from 1 on, and channels on axis 1", attribute="size"
        )
    before, rank, channels = (size - 1) // 2, len(x.shape), x.shape[1]
    pads = [0] * (2 * rank)
    pads[1], pads[rank + 1] = before, size - 1 - before
    padded = g(pad, g(square, x), pads=tuple(pads))
    slices = [piece(g, padded, 1, k, k + channels) for k in range(size)]
    total = slices[0]
    for other in slices[1:]:
        total = g(add, total, other)
    return g(div, x, g(pow_, g(add, bias, g(mul, Fraction(alpha, size), total)), beta))


@composite(pattern=Pattern.SWITCHER)
def attention(
    g: Board, q: Wire, k: Wire, v: Wire, mask: Wire | None = None, *, scale: Real | None = None, is_causal: Bool = False
) -> Wire:
    """softmax(scale * q @ transpose(k) + mask) @ v over the last two axes; scale is 1/sqrt(width) unless told."""
    _check_attention(q.shape, k.shape, v.shape, None if mask is None else mask.shape)
    rank = len(k.shape)
    turned = g(transpose, k, perm=(*range(rank - 2), rank - 1, rank - 2))
    factor = g(reciprocal, g(sqrt, g.constant(q.shape[-1]))) if scale is None else g.constant(scale)
    scores = g(mul, factor, g(matmul, q, turned))
    if is_causal:
        rows, columns = scores.shape[-2:]
        hidden = g.constant(np.where(np.tri(rows, columns, dtype=bool), 0.0, -np.inf))
        scores = g(add, scores, like(g, hidden, scores))
    if mask is not None:
        scores = g(add, scores, mask)
    total = g(reduce_logsumexp, scores, axes=(len(scores.shape) - 1,), keepdims=True)
    return g(matmul, g(exp, g(sub, scores, like(g, total, scores))), v)


def _axis(x: Wire, axis: int | None) -> int:
    if axis is None:
        axis = len(x.shape) - 1
    return axis_within(axis, len(x.shape))


def _deviation(g: Board, x: Wire, axes: tuple[int, ...]) -> Wire:
    return g(sub, x, like(g, g(reduce_mean, x, axes=axes, keepdims=True), x))


def _inverse_root(g: Board, x: Wire, axes: tuple[int, ...], epsilon: Any) -> Wire:
    """1 / sqrt(mean of squares + epsilon), with extents of 1 where it was reduced."""
    return g(reciprocal, g(sqrt, g(add, g(reduce_mean, g(square, x), axes=axes, keepdims=True), epsilon)))


def _affine(g: Board, v: Wire, x: Wire, axes: tuple[int, ...]) -> Wire:
    """A scale or bias over these axes, at every place of x."""
    expected = tuple(x.shape[axis] for axis in axes)
    if v.shape != expected:
        raise ShapeFault(f"takes a scale or bias {list(v.shape)}; expected {list(expected)}, the normalised axes")
    return like(g, v, x)


def _degrees(x: Wire, axes: tuple[int, ...], correction: Any) -> Fraction:
    left = prod(x.shape[axis] for axis in axes) - Fraction(correction)
    if left <= 0:
        raise ShapeFault(f"leaves {left} of shape {list(x.shape)} to divide by", attribute="correction")
    return left


def _check_channels(x: Wire, operands: tuple[Wire, ...]) -> None:
    for operand in operands:
        if len(x.shape) < 2 or operand.shape != (x.shape[1],):
            raise ShapeFault(
                f"takes x {list(x.shape)} and a channel vector {list(operand.shape)}: axis 1 has the channels"
            )


def _check_attention(q: Shape, k: Shape, v: Shape, mask: Shape | None) -> None:
    good = len(q) == len(k) == len(v) >= 2 and q[:-2] == k[:-2] == v[:-2] and q[-1] == k[-1] and k[-2] == v[-2]
    if not good or mask not in (None, (*q[:-1], k[-2])):
        given = f"q {list(q)}, k {list(k)}, v {list(v)}" + ("" if mask is None else f", mask {list(mask)}")
        raise ShapeFault(f"takes {given}: [..., l, e], [..., s, e], [..., s, f], [..., l, s]")


# --- where they are certified ---------------------------------------------------------------------------------------

log_softmax.example((2, 3))
log_softmax.example((2, 3, 1), axis=1)
softmax.example((2, 3))
softmax.example((2, 2, 1), axis=1)
softmax.example([800.0, -800.0, 799.0])
var.example((2, 3), axes=[1], correction=1)
var.example((2, 2), keepdims=True, correction=0.5)
std.example((2, 3), axes=[1], correction=1)
std.example((4,))
std.example([[1.0, 1.0], [1.0, 3.0]], axes=[1], keepdims=True)
layer_normalization.example((2, 2, 2), (2, 2), (2, 2), axis=1)
layer_normalization.example((2, 3), epsilon=0.25)
layer_normalization.example((1, 2), (2,))
rms_normalization.example((2, 2, 2), (2,))
rms_normalization.example((2, 3), axis=0, epsilon=0.25)
batch_normalization.example((2, 3, 1), (3,), (3,), (3,), [0.5, 1.25, 3.0])
batch_normalization.example((1, 2), (2,), (2,), (2,), [0.0, 2.0], epsilon=0.25)
batch_normalization_training.example((2, 2, 2), (2,), (2,))
batch_normalization_training.example((3, 1), (1,), (1,), epsilon=0.25)
lrn.example((1, 4, 2), size=3, alpha=0.5)
lrn.example((2, 2), size=2, alpha=0.5, beta=2, bias=0.75)
lrn.example((1, 1, 2), size=1)
attention.example((1, 2, 2), (1, 3, 2), (1, 3, 2))
attention.example((2, 2), (2, 2), (2, 1), (2, 2), is_causal=True)
attention.example((1, 2), (2, 2), (2, 1), scale=0.5)


def _total(xp: Any, terms: Any, axis: int | None) -> Any:
    """Sums along the axis of a softmax, spread along it again."""
    shape: Shape = xp.shape(terms)
    return xp.spread(xp.sum(terms, (len(shape) - 1 if axis is None else axis % len(shape),), True), shape)


def _along(xp: Any, x: Any, shape: Shape, within: tuple[int, ...]) -> Any:
    """What was reduced, spread along the axes that it was reduced over."""
    kept = tuple(1 if axis in within else length for axis, length in enumerate(shape))
    return xp.spread(xp.reshaped(x, kept), shape)
