"""Losses: how far a prediction is from what was wanted; a scalar, unless the reduction is none."""

from typing import Literal

import numpy as np

from ..attributes import Int, Real
from ..body import Board, Wire, composite
from ..dtypes import labelled
from ..rule import Pattern
from ..shape import ShapeFault
from .arithmetic import div, mul, neg, square, sub
from .arrangement import broadcast_to, squeeze, unsqueeze
from .exponential import log
from .indexing import gather, gather_elements
from .normalisation import log_softmax
from .piecewise import abs_, clip, relu
from .reduction import reduce_mean, reduce_sum
from .selection import not_equal, where
from .sigmoidal import softplus

Reduction = Literal["mean", "sum", "none"]


@composite(pattern=Pattern.SCALER)
def mse_loss(g: Board, x: Wire, y: Wire, *, reduction: Reduction = "mean") -> Wire:
    """Squared differences."""
    _check_alike(x, y)
    return _reduced(g, g(square, g(sub, x, y)), reduction)


@composite(pattern=Pattern.SCALER)
def l1_loss(g: Board, x: Wire, y: Wire, *, reduction: Reduction = "mean") -> Wire:
    """Sizes of differences."""
    _check_alike(x, y)
    return _reduced(g, g(abs_, g(sub, x, y)), reduction)


@composite(pattern=Pattern.SCALER)
def binary_cross_entropy(g: Board, p: Wire, t: Wire, w: Wire | None = None, *, reduction: Reduction = "mean") -> Wire:
    """-(t log p + (1 - t) log(1 - p)), logarithms not below -100; times w."""
    _check_alike(p, t)
    hit = g(mul, t, g(clip, g(log, p), min=-100))
    miss = g(mul, g(sub, 1, t), g(clip, g(log, g(sub, 1, p)), min=-100))
    return _weighted(g, g(sub, g(neg, hit), miss), w, reduction)


@composite(pattern=Pattern.SCALER)
def binary_cross_entropy_with_logits(
    g: Board, x: Wire, t: Wire, w: Wire | None = None, *, reduction: Reduction = "mean"
) -> Wire:
    """softplus(x) - t x, the binary cross entropy of sigmoid(x); times w."""
    _check_alike(x, t)
    return _weighted(g, g(sub, g(softplus, x), g(mul, t, x)), w, reduction)


@composite(pattern=Pattern.SCALER, dtype=labelled, fixed=("y",))
def nll_loss(
    g: Board,
    lp: Wire,
    y: Wire,
    w: Wire | None = None,
    *,
    reduction: Reduction = "mean",
    ignore_index: Int | None = None,
) -> Wire:
    """Minus the log-probability of each label, times the weight of its class; the mean divides by the weights."""
    return _nll(g, lp, y, w, reduction, ignore_index)


@composite(pattern=Pattern.SCALER, dtype=labelled, fixed=("y",))
def softmax_cross_entropy(
    g: Board, x: Wire, y: Wire, w: Wire | None = None, *, reduction: Reduction = "mean", ignore_index: Int | None = None
) -> Wire:
    """The negative log-likelihood of the labels under softmax over axis 1."""
    _check_labels(x, y, w)
    return _nll(g, g(log_softmax, x, axis=1), y, w, reduction, ignore_index)


@composite(pattern=Pattern.SCALER, dtype=labelled, fixed=("y",))
def hinge_loss(g: Board, s: Wire, y: Wire, *, margin: Real = 1) -> Wire:
    """The multiclass SVM loss: how far each other score comes within `margin` of the label's, meaned over the rows."""
    if len(s.shape) != 2 or y.shape != s.shape[:1]:
        raise ShapeFault(f"takes scores {list(s.shape)} and labels {list(y.shape)}: [n, c] and [n]")
    column = g(unsqueeze, y, axes=(1,))
    wanted = g(broadcast_to, g(gather_elements, s, column, axis=1), shape=s.shape)
    classes = g(broadcast_to, g.constant(np.arange(s.shape[1], dtype=np.float64)), shape=s.shape)
    others = g(not_equal, classes, g(broadcast_to, column, shape=s.shape))
    excess = g(relu, g(sub, s, g(sub, wanted, margin)))
    return g(div, g(reduce_sum, g(where, others, excess, 0)), s.shape[0])


def _nll(g: Board, lp: Wire, y: Wire, w: Wire | None, reduction: str, ignored: int | None) -> Wire:
    _check_labels(lp, y, w)
    label, counts = y, None
    if ignored is not None:
        counts = g(not_equal, y, ignored)
        label = g(where, counts, y, 0)
    picked = g(squeeze, g(gather_elements, lp, g(unsqueeze, label, axes=(1,)), axis=1), axes=(1,))
    weight = _label_weights(g, label, counts, w)
    if weight is None:
        return _reduced(g, g(neg, picked), reduction)
    losses = g(mul, g(neg, picked), weight)
    if reduction == "mean":
        return g(div, g(reduce_sum, losses), g(reduce_sum, weight))
    return _reduced(g, losses, reduction)


def _label_weights(g: Board, label: Wire, counts: Wire | None, w: Wire | None) -> Wire | None:
    """The weight of every label's class, 0 for those that are ignored; None where all are 1."""
    if w is None and counts is None:
        return None
    whole = g(broadcast_to, g.constant(1), shape=label.shape) if w is None else g(gather, w, label, axis=0)
    return whole if counts is None else g(where, counts, whole, 0)


def _reduced(g: Board, losses: Wire, reduction: str) -> Wire:
    if reduction == "none":
        return losses
    return g(reduce_mean if reduction == "mean" else reduce_sum, losses)


def _weighted(g: Board, losses: Wire, w: Wire | None, reduction: str) -> Wire:
    return _reduced(g, losses if w is None else g(mul, losses, w), reduction)


def _check_alike(x: Wire, y: Wire) -> None:
    if x.shape != y.shape:
        raise ShapeFault(f"compares shapes {list(x.shape)} and {list(y.shape)}: they are equal")


def _check_labels(x: Wire, y: Wire, w: Wire | None) -> None:
    if len(x.shape) < 2 or y.shape != (x.shape[0], *x.shape[2:]):
        raise ShapeFault(f"takes scores {list(x.shape)} and labels {list(y.shape)}: [n, c, ...] and [n, ...]")
    if w is not None and w.shape != (x.shape[1],):
        raise ShapeFault(f"takes weights {list(w.shape)}: there are {x.shape[1]} classes, one weight each")


# --- where they are certified ---------------------------------------------------------------------------------------

mse_loss.example((2, 3), (2, 3))
mse_loss.example((3,), (3,), reduction="none")
mse_loss.example((0,), (0,), reduction="sum")
l1_loss.example((2, 2), (2, 2), reduction="none")
l1_loss.example((3,), (3,))
l1_loss.example([1.0, 2.0, -1.0], [1.0, 0.5, -1.0], reduction="sum")
binary_cross_entropy.example([[0.25, 0.5], [0.875, 0.0625]], [[1.0, 0.25], [0.0, 1.0]], (2, 2))
binary_cross_entropy.example([0.25, 0.75, 0.5], (3,), reduction="sum")
binary_cross_entropy_with_logits.example((2, 2), (2, 2), (2, 2))
binary_cross_entropy_with_logits.example([800.0, -800.0, 0.0], [1.0, 1.0, 0.5], reduction="none")
nll_loss.example((3, 2), [1, 0, 1], [0.5, 2.0])
nll_loss.example((2, 3, 2), [[0, 2], [1, 1]], ignore_index=1, reduction="sum")
nll_loss.example((2, 2), [1, 1], reduction="none")
softmax_cross_entropy.example((3, 2), [1, 0, 1], [0.5, 2.0], ignore_index=0)
softmax_cross_entropy.example((2, 3), [2, 0])
softmax_cross_entropy.example((1, 2, 2), [[0, 1]], reduction="none")
hinge_loss.example((2, 3), [2, 0])
hinge_loss.example([[1.0, 2.0, 0.5], [3.0, 0.25, 1.0]], [0, 0])
hinge_loss.example((2, 2), [1, 0], margin=0.25)
