"""Losses by label, by probability and by difference."""

import math
from typing import Any

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.builder import Operand
from ...lowering.shaping import along, as_dtype, axis_of, common_shape, each, reshaped, spread, with_axes
from ..calls import call
from .elementwise import bounded

F = "nn.functional."


def how(reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    """The reduction, also as torch said it before there was one."""
    if size_average is None and reduce is None:
        return reduction
    if reduce is False:
        return "none"
    return "sum" if size_average is False else "mean"


def finished(g: Builder, losses: Wire, reduction: str) -> Wire:
    """Losses as they are, their mean, or their sum."""
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        refuse(f"reduction {reduction!r}")
    return g("reduce_mean" if reduction == "mean" else "reduce_sum", losses)


def of_one_shape(g: Builder, *wires: Wire) -> list[Wire]:
    """The operands broadcast to the shape that they have together."""
    shape = common_shape([wire.shape for wire in wires])
    return [spread(g, wire, shape) for wire in wires]


# --- differences -----------------------------------------------------------------------------------------------------


@call(F + "mse_loss", "mse_loss")
def mse_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Wire | None = None,
) -> Wire:
    if weight is not None:
        return weighted(g, g("square", each(g, "sub", input, target)), weight, how(reduction, size_average, reduce))
    return g("mse_loss", *of_one_shape(g, input, target), reduction=how(reduction, size_average, reduce))


@call(F + "l1_loss", "l1_loss")
def l1_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Wire | None = None,
) -> Wire:
    if weight is not None:
        return weighted(g, g("abs", each(g, "sub", input, target)), weight, how(reduction, size_average, reduce))
    return g("l1_loss", *of_one_shape(g, input, target), reduction=how(reduction, size_average, reduce))


def weighted(g: Builder, losses: Wire, weight: Wire, reduction: str) -> Wire:
    """Losses times weights; the mean divides by the sum of the weights."""
    products = each(g, "mul", losses, weight)
    if reduction != "mean":
        return finished(g, products, reduction)
    return g("div", g("reduce_sum", products), g("reduce_sum", spread(g, weight, products.shape)))


@call(F + "huber_loss", "huber_loss")
def huber_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Wire | None = None,
) -> Wire:
    losses = _bent(g, each(g, "sub", input, target), delta)
    return finished(g, losses, reduction) if weight is None else weighted(g, losses, weight, reduction)


@call(F + "smooth_l1_loss", "smooth_l1_loss")
def smooth_l1_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Wire:
    if beta == 0:
        return l1_loss(g, input, target, size_average, reduce, reduction)
    losses = _bent(g, each(g, "sub", input, target), float(beta))
    divided = losses if beta == 1 else g("div", losses, float(beta))
    return finished(g, divided, how(reduction, size_average, reduce))


def _bent(g: Builder, d: Wire, delta: float) -> Wire:
    """c^2/2 + c (d - c) with c = d held within delta: a parabola with straight arms."""
    c = bounded(g, d, -delta, delta)
    return g("add", g("mul", g("square", c), 0.5), g("mul", c, g("sub", d, c)))


# --- probabilities ---------------------------------------------------------------------------------------------------


@call(F + "binary_cross_entropy")
def binary_cross_entropy(
    g: Builder,
    input: Wire,
    target: Wire,
    weight: Wire | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    operands = [input, target] if weight is None else [input, target, spread(g, weight, input.shape)]
    return g("binary_cross_entropy", *operands, reduction=how(reduction, size_average, reduce))


@call(F + "binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits")
def binary_cross_entropy_with_logits(
    g: Builder,
    input: Wire,
    target: Wire,
    weight: Wire | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Wire | None = None,
) -> Wire:
    """With pos_weight p: (1 - t + p t) softplus(x) - p t x, which rounds as torch's own gradient does."""
    manner = how(reduction, size_average, reduce)
    if pos_weight is None:
        operands = [input, target] if weight is None else [input, target, spread(g, weight, input.shape)]
        return g("binary_cross_entropy_with_logits", *operands, reduction=manner)
    positive = each(g, "mul", pos_weight, target)
    factor = each(g, "add", g("sub", 1.0, target), positive)
    losses = each(g, "sub", each(g, "mul", factor, g("softplus", input)), each(g, "mul", positive, input))
    return finished(g, losses if weight is None else each(g, "mul", losses, weight), manner)


@call(F + "kl_div")
def kl_div(
    g: Builder,
    input: Wire,
    target: Wire,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Wire:
    """t (log t - x), with t = exp of what is given if that is a logarithm; t log t is 0 at t = 0."""
    if log_target:
        losses = each(g, "mul", g("exp", target), each(g, "sub", target, input))
    else:
        losses = each(g, "sub", _x_log_x(g, target), each(g, "mul", target, input))
    manner = how(reduction, size_average, reduce)
    if manner != "batchmean":
        return finished(g, losses, manner)
    return g("div", g("reduce_sum", losses), float(input.shape[0] if input.rank else 1))


def _x_log_x(g: Builder, x: Wire) -> Wire:
    empty = each(g, "equal", x, 0)
    return g("mul", x, g("log", each(g, "where", empty, 1.0, x)))


@call(F + "poisson_nll_loss")
def poisson_nll_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    """exp(x) - t x, or x - t log(x + eps); `full` adds Stirling's t log t - t + log(2 pi t)/2 where t > 1."""
    if log_input:
        losses = each(g, "sub", g("exp", input), each(g, "mul", target, input))
    else:
        losses = each(g, "sub", input, each(g, "mul", target, g("log", g("add", input, eps))))
    if full:
        losses = each(g, "add", losses, _stirling(g, target))
    return finished(g, losses, how(reduction, size_average, reduce))


def _stirling(g: Builder, t: Wire) -> Wire:
    above = each(g, "greater", t, 1)
    safe = each(g, "where", above, t, 1.0)
    term = g("sub", g("mul", safe, g("log", safe)), safe)
    return each(g, "where", above, g("add", term, g("mul", g("log", g("mul", safe, 2 * math.pi)), 0.5)), 0.0)


@call(F + "gaussian_nll_loss")
def gaussian_nll_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Wire:
    """(log v + (x - t)^2 / v)/2; v is held above eps, which its gradient does not notice."""
    variance = g.wire(var)
    if variance.known is None and variance.shape not in (input.shape, ()):
        variance = with_axes(g, variance, (variance.rank,)) if variance.shape == input.shape[:-1] else variance
    # torch replaces what is below eps without telling its gradient: x + (eps - x), the second term stopped.
    short = each(g, "less", variance, eps)
    lift = g("stop_gradient", each(g, "where", short, g("sub", eps, variance), 0.0))
    held = g("add", variance, lift)
    square = g("square", each(g, "sub", input, target))
    losses = g("mul", each(g, "add", g("log", held), each(g, "div", square, held)), 0.5)
    if full:
        losses = g("add", losses, 0.5 * math.log(2 * math.pi))
    return finished(g, losses, reduction)


# --- labels ----------------------------------------------------------------------------------------------------------


def _labels(g: Builder, x: Wire, target: Wire) -> tuple[Wire, Wire]:
    """Scores as [n, c, ...] and labels as [n, ...], where torch leaves a lone n out."""
    if x.rank == 1:
        return with_axes(g, x, (0,)), with_axes(g, target, (0,))
    return x, target


def _by_label(
    g: Builder, op: str, x: Wire, target: Wire, weight: Wire | None, ignore_index: int, reduction: str
) -> Wire:
    scores, labels = _labels(g, x, target)
    if labels.known is None:
        refuse("labels that are not given")
    ignored = ignore_index if bool(np.any(labels.known == ignore_index)) else None
    operands = [scores, labels] if weight is None else [scores, labels, weight]
    found = g(op, *operands, reduction=reduction, ignore_index=ignored)
    return reshaped(g, found, ()) if x.rank == 1 else found


@call(F + "nll_loss")
def nll_loss(
    g: Builder,
    input: Wire,
    target: Wire,
    weight: Wire | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Wire:
    return _by_label(g, "nll_loss", input, target, weight, ignore_index, how(reduction, size_average, reduce))


@call(F + "cross_entropy")
def cross_entropy(
    g: Builder,
    input: Wire,
    target: Wire,
    weight: Wire | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Wire:
    manner = how(reduction, size_average, reduce)
    if label_smoothing:
        refuse("cross_entropy with label smoothing")
    if target.floats:
        return _by_probability(g, input, target, weight, manner)
    return _by_label(g, "softmax_cross_entropy", input, target, weight, ignore_index, manner)


def _by_probability(g: Builder, x: Wire, target: Wire, weight: Wire | None, reduction: str) -> Wire:
    """Minus the sum of target times log_softmax over the classes; the mean is over what is left."""
    axis = axis_of(1 if x.rank > 1 else 0, x.rank)
    products = g("mul", g("log_softmax", x, axis=axis), target)
    if weight is not None:
        products = g("mul", products, along(g, weight, products, axis))
    losses = g("neg", g("reduce_sum", products, axes=[axis] if x.rank > 1 else None))
    return finished(g, losses, reduction)


def floats(g: Builder, x: Operand) -> Wire:
    """A wire of float64."""
    return as_dtype(g, g.wire(x), "float64")
