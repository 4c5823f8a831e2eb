"""Losses with a margin: how far one number is to stand from another."""

from typing import Any

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import axis_of, each, reshaped, spread, with_axes
from ..calls import call
from .elementwise import bounded
from .losses import F, finished, how
from .norms import norm_over


def above_zero(g: Builder, x: Wire) -> Wire:
    """x held above 0, as torch's clamp_min does it: at 0 its slope is 1."""
    return bounded(g, x, 0, None)


@call(F + "soft_margin_loss")
def soft_margin_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    losses = g("softplus", g("neg", each(g, "mul", target, input)))
    return finished(g, losses, how(reduction, size_average, reduce))


@call(F + "margin_ranking_loss")
def margin_ranking_loss(
    g: Builder,
    input1: Wire,
    input2: Wire,
    target: Wire,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    apart = each(g, "mul", g("neg", target), each(g, "sub", input1, input2))
    losses = above_zero(g, apart if margin == 0 else g("add", apart, margin))
    return finished(g, losses, how(reduction, size_average, reduce))


@call(F + "hinge_embedding_loss")
def hinge_embedding_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    """max(0, margin - x) unless the target is 1, plus x unless it is -1."""
    near = above_zero(g, g("sub", margin, input))
    away = each(g, "where", each(g, "not_equal", target, 1), near, 0.0)
    own = each(g, "where", each(g, "not_equal", target, -1), input, 0.0)
    return finished(g, each(g, "add", away, own), how(reduction, size_average, reduce))


@call(F + "cosine_embedding_loss")
def cosine_embedding_loss(
    g: Builder,
    input1: Wire,
    input2: Wire,
    target: Wire,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    """1 - cos where the target is 1, cos - margin held above 0 where it is -1; 1e-12 is added to both squares."""
    axis = axis_of(-1, input1.rank)
    products = g("reduce_sum", each(g, "mul", input1, input2), axes=[axis])
    squares = [g("add", g("reduce_sum", g("square", x), axes=[axis]), EPSILON) for x in (input1, input2)]
    cosine = g("div", products, g("sqrt", g("mul", *squares)))
    alike = each(g, "where", each(g, "equal", target, 1), g("sub", 1.0, cosine), 0.0)
    apart = each(g, "where", each(g, "equal", target, -1), above_zero(g, g("sub", cosine, margin)), 0.0)
    return finished(g, each(g, "add", alike, apart), how(reduction, size_average, reduce))


#: What torch adds to the squared norms of the cosine embedding loss.
EPSILON = 1e-12


def _distance(g: Builder, a: Wire, b: Wire, p: float, eps: float) -> Wire:
    return norm_over(g, each(g, "add", each(g, "sub", a, b), eps), p, -1, False)


@call(F + "triplet_margin_loss")
def triplet_margin_loss(
    g: Builder,
    anchor: Wire,
    positive: Wire,
    negative: Wire,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    near, far = _distance(g, anchor, positive, p, eps), _distance(g, anchor, negative, p, eps)
    if swap:
        far = each(g, "minimum", far, _distance(g, positive, negative, p, eps))
    losses = above_zero(g, g("sub", g("add", near, margin), far))
    return finished(g, losses, how(reduction, size_average, reduce))


@call(F + "triplet_margin_with_distance_loss")
def triplet_margin_with_distance_loss(
    g: Builder,
    anchor: Wire,
    positive: Wire,
    negative: Wire,
    *,
    distance_function: Any = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Wire:
    if distance_function is not None:
        refuse("a distance function of the caller's")
    return triplet_margin_loss(g, anchor, positive, negative, margin, swap=swap, reduction=reduction)


@call(F + "multi_margin_loss")
def multi_margin_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    p: int = 1,
    margin: float = 1.0,
    weight: Wire | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    """The mean over all classes but the label of max(0, margin - x_label + x)^p, times the label's weight."""
    x = input if input.rank == 2 else reshaped(g, input, (1, input.shape[0]))
    if target.known is None:
        refuse("labels that are not given")
    labels = target.known.reshape((x.shape[0],))
    own = spread(g, g("gather_elements", x, g.constant(labels[:, None]), axis=1), x.shape)
    excess = above_zero(g, g("sub", g("add", x, float(margin)), own))
    powers = excess if p == 1 else g("square", excess)
    if weight is not None:
        powers = g("mul", powers, spread(g, with_axes(g, g("gather", weight, g.constant(labels)), (1,)), x.shape))
    others = g.constant(np.arange(x.shape[1])[None, :] != labels[:, None])
    sums = g("reduce_sum", each(g, "where", others, powers, 0.0), axes=[1])
    losses = g("div", sums, float(x.shape[1]))
    found = losses if input.rank == 2 else reshaped(g, losses, ())
    return finished(g, found, how(reduction, size_average, reduce))


@call(F + "multilabel_margin_loss")
def multilabel_margin_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    """Sums over labels j before the first -1, and classes i that are none, of max(0, 1 - x_j + x_i), over the count."""
    if target.known is None:
        refuse("labels that are not given")
    x = input if input.rank == 2 else reshaped(g, input, (1, -1))
    labels = target.known.reshape(x.shape)
    counted = np.cumprod(labels >= 0, axis=1).astype(bool)
    wanted = np.zeros(x.shape, dtype=bool)
    for row, (own, counts) in enumerate(zip(labels, counted, strict=True)):
        wanted[row, own[counts]] = True
    cube = (*x.shape, x.shape[1])
    picked = g("gather_elements", x, g.constant(np.where(counted, labels, 0)), axis=1)
    of_label = spread(g, with_axes(g, picked, (2,)), cube)
    of_class = spread(g, with_axes(g, x, (1,)), cube)
    excess = above_zero(g, g("sub", g("add", of_class, 1.0), of_label))
    pairs = g.constant(counted[:, :, None] & ~wanted[:, None, :])
    losses = g("div", g("reduce_sum", each(g, "where", pairs, excess, 0.0), axes=[1, 2]), float(x.shape[1]))
    found = losses if input.rank == 2 else reshaped(g, losses, ())
    return finished(g, found, how(reduction, size_average, reduce))


@call(F + "multilabel_soft_margin_loss")
def multilabel_soft_margin_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    weight: Wire | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    """The binary cross entropy of every class, meaned over the classes."""
    losses = g("binary_cross_entropy_with_logits", input, target, reduction="none")
    products = losses if weight is None else each(g, "mul", losses, weight)
    rows = g("reduce_mean", products, axes=[axis_of(-1, input.rank)])
    return finished(g, rows, how(reduction, size_average, reduce))
