"""ATen's overloads: most are the public function of that name; those below take other arguments."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..lowering import Builder, Wire, refuse
from ..lowering.shaping import as_dtype, common_shape, piece, spread, turned, without_axes
from .calls import Lowered, Lowering
from .families.activations import log_softmax, softmax
from .families.binary import where
from .families.convolution import conv, max_pool
from .families.indexing import getitem
from .families.losses import (
    binary_cross_entropy,
    cross_entropy,
    huber_loss,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from .families.normalisation import batch_norm, group_norm, layer_norm

#: ATen says a reduction by a number.
REDUCTIONS = ("none", "mean", "sum")


def _reducing(function: Callable[..., Any], place: int) -> Lowering:
    """A loss of the public table that gets its reduction as a number, at this place."""

    def lowered(g: Builder, *args: Any, **kwargs: Any) -> Lowered:
        given = list(args[:place])
        number: int = args[place] if len(args) > place else kwargs.pop("reduction", 1)
        return function(g, *given, reduction=REDUCTIONS[number], **kwargs)

    return lowered


def cross_entropy_loss(
    g: Builder,
    x: Wire,
    target: Wire,
    weight: Wire | None = None,
    reduction: int = 1,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Wire:
    """torch.nn.functional.cross_entropy."""
    return cross_entropy(
        g,
        x,
        target,
        weight,
        ignore_index=ignore_index,
        reduction=REDUCTIONS[reduction],
        label_smoothing=label_smoothing,
    )


def nll_loss_forward(
    g: Builder, x: Wire, target: Wire, weight: Wire | None, reduction: int, ignore_index: int
) -> list[Wire | None]:
    """The loss; the total weight that comes out beside it is not differentiable."""
    return [nll_loss(g, x, target, weight, ignore_index=ignore_index, reduction=REDUCTIONS[reduction]), None]


def _along(g: Builder, x: Wire, dim: int, half_to_float: bool, *, op: Callable[..., Wire]) -> Wire:
    if half_to_float:
        refuse("a softmax that widens its operand")
    return op(g, x, dim)


def softmax_(g: Builder, x: Wire, dim: int, half_to_float: bool) -> Wire:
    """The softmax along an axis."""
    return _along(g, x, dim, half_to_float, op=softmax)


def log_softmax_(g: Builder, x: Wire, dim: int, half_to_float: bool) -> Wire:
    """The logarithm of the softmax along an axis."""
    return _along(g, x, dim, half_to_float, op=log_softmax)


# --- normalisation ---------------------------------------------------------------------------------------------------


def native_layer_norm(
    g: Builder, x: Wire, shape: Sequence[int], weight: Wire | None, bias: Wire | None, eps: float
) -> list[Wire | None]:
    """The normalised tensor; mean and inverse deviation beside it are read by nobody but the backward pass."""
    return [layer_norm(g, x, shape, weight, bias, eps), None, None]


def native_group_norm(
    g: Builder,
    x: Wire,
    weight: Wire | None,
    bias: Wire | None,
    n: int,
    channels: int,
    area: int,
    groups: int,
    eps: float,
) -> list[Wire | None]:
    """The normalised tensor, first of three outputs."""
    return [group_norm(g, x, groups, weight, bias, eps), None, None]


def native_batch_norm(
    g: Builder,
    x: Wire,
    weight: Wire | None,
    bias: Wire | None,
    mean: Wire,
    variance: Wire,
    training: bool,
    momentum: float,
    eps: float,
) -> list[Wire | None]:
    """The normalised tensor, first of several outputs; new running averages are read by nobody."""
    return [batch_norm(g, x, mean, variance, weight, bias, training, momentum, eps), None, None, None, None]


def batch_norm_no_stats(
    g: Builder, x: Wire, weight: Wire | None, bias: Wire | None, training: bool, momentum: float, eps: float
) -> list[Wire | None]:
    """Batch normalisation without running averages."""
    return [batch_norm(g, x, None, None, weight, bias, training, momentum, eps), None, None]


def batch_norm_no_training(
    g: Builder,
    x: Wire,
    weight: Wire | None,
    bias: Wire | None,
    mean: Wire,
    variance: Wire,
    momentum: float,
    eps: float,
) -> list[Wire | None]:
    """Batch normalisation by running averages."""
    return native_batch_norm(g, x, weight, bias, mean, variance, False, momentum, eps)


def public_batch_norm(
    g: Builder,
    x: Wire,
    weight: Wire | None,
    bias: Wire | None,
    mean: Wire | None,
    variance: Wire | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn: bool = True,
) -> Wire:
    """torch.batch_norm, whose averages stand behind weight and bias."""
    return batch_norm(g, x, mean, variance, weight, bias, training, momentum, eps)


# --- windows ---------------------------------------------------------------------------------------------------------


def convolution(
    g: Builder,
    x: Wire,
    weight: Wire,
    bias: Wire | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> Wire:
    """Any convolution that is not transposed."""
    if transposed:
        refuse("a transposed convolution")
    return conv(g, x, weight, bias, stride, padding, dilation, groups)


def max_pool2d_with_indices(g: Builder, x: Wire, *args: Any, **kwargs: Any) -> list[Wire | None]:
    """The largest of each window; their places are not differentiable."""
    return [max_pool(g, x, *args, **kwargs, rank=2), None]


# --- recurrent -------------------------------------------------------------------------------------------------------


def _biases(g: Builder, weights: Sequence[Wire], biases: Sequence[Wire | None]) -> list[Wire]:
    """Zeros where there are none."""
    return [spread(g, g.constant(0.0), (w.shape[0],)) if b is None else b for w, b in zip(weights, biases, strict=True)]


def gru_cell(g: Builder, x: Wire, h: Wire, wx: Wire, wh: Wire, bx: Wire | None = None, bh: Wire | None = None) -> Wire:
    """One step of a GRU; torch has its gates in our order."""
    return g("gru_cell", x, h, wx, wh, *_biases(g, [wx, wh], [bx, bh]))


def lstm_cell(
    g: Builder, x: Wire, state: Sequence[Wire], wx: Wire, wh: Wire, bx: Wire | None = None, bh: Wire | None = None
) -> list[Wire]:
    """One step of an LSTM; torch has its gates in our order."""
    return g.parts("lstm_cell", x, *state, wx, wh, *_biases(g, [wx, wh], [bx, bh]))


def lstm(
    g: Builder,
    x: Wire,
    state: Sequence[Wire],
    weights: Sequence[Wire],
    has_biases: bool,
    layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> list[Wire]:
    """Layers of LSTMs, one op a layer: every h of the last layer, then the last h and c of all layers."""
    _refuse_beyond("lstm", dropout and train, bidirectional)
    found, last = _layers(g, "lstm", x, state, weights, has_biases, layers, batch_first)
    return [found, *(g("stack", *states, axis=0) for states in last)]


def gru(
    g: Builder,
    x: Wire,
    state: Wire,
    weights: Sequence[Wire],
    has_biases: bool,
    layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> list[Wire]:
    """Layers of GRUs, one op a layer: every h of the last layer, then the last h of all layers."""
    _refuse_beyond("gru", dropout and train, bidirectional)
    found, last = _layers(g, "gru", x, [state], weights, has_biases, layers, batch_first)
    return [found, *(g("stack", *states, axis=0) for states in last)]


def _refuse_beyond(op: str, drops: float, bidirectional: bool) -> None:
    if bidirectional or drops:
        refuse(f"{op} in two directions, or with dropout")


def _layers(
    g: Builder,
    op: str,
    x: Wire,
    states: Sequence[Wire],
    weights: Sequence[Wire],
    has_biases: bool,
    layers: int,
    batch_first: bool,
) -> tuple[Wire, list[list[Wire]]]:
    sequence = turned(g, x, [1, 0, 2]) if batch_first else x
    each = 4 if has_biases else 2
    last: list[list[Wire]] = [[] for _ in states]
    for layer in range(layers):
        wx, wh, *biases = weights[layer * each : (layer + 1) * each]
        start = [without_axes(g, piece(g, state, 0, layer, layer + 1), (0,)) for state in states]
        sequence, *ends = g.parts(op, sequence, *start, wx, wh, *_biases(g, [wx, wh], biases or [None, None]))
        for kept, end in zip(last, ends, strict=True):
            kept.append(end)
    return (turned(g, sequence, [1, 0, 2]) if batch_first else sequence), last


# --- constants -------------------------------------------------------------------------------------------------------


def full(g: Builder, shape: Sequence[int], value: Any, *, dtype: str = "float64", **ignored: Any) -> Wire:
    """A constant tensor of one number."""
    return g.constant(np.full(tuple(shape), value), dtype)


def full_like(g: Builder, x: Wire, value: Any, *, dtype: str = "", **ignored: Any) -> Wire:
    """A constant tensor of one number, shaped like another."""
    return g.constant(np.full(x.shape, value), dtype or x.dtype)


def scalar_tensor(g: Builder, value: Any, *, dtype: str = "float64", **ignored: Any) -> Wire:
    """A constant number."""
    return g.constant(value, dtype)


def arange(g: Builder, *span: Any, dtype: str = "", **ignored: Any) -> Wire:
    """Numbers in steps."""
    return g.constant(np.arange(*span), dtype)


def zeros(g: Builder, shape: Sequence[int], *, dtype: str = "float64", **ignored: Any) -> Wire:
    """Zeros."""
    return full(g, shape, 0, dtype=dtype)


def ones(g: Builder, shape: Sequence[int], *, dtype: str = "float64", **ignored: Any) -> Wire:
    """Ones."""
    return full(g, shape, 1, dtype=dtype)


def zeros_like(g: Builder, x: Wire, *, dtype: str = "", **ignored: Any) -> Wire:
    """Zeros, shaped like another tensor."""
    return full_like(g, x, 0, dtype=dtype)


def ones_like(g: Builder, x: Wire, *, dtype: str = "", **ignored: Any) -> Wire:
    """Ones, shaped like another tensor."""
    return full_like(g, x, 1, dtype=dtype)


def to_copy(g: Builder, x: Wire, *, dtype: str = "", **ignored: Any) -> Wire:
    """Another dtype, or a copy."""
    return as_dtype(g, x, dtype) if dtype and dtype != x.dtype else g("identity", x)


def index(g: Builder, x: Wire, places: Sequence[Any]) -> Wire:
    """Square brackets with tensors of places; None stands for a whole axis."""
    return getitem(g, x, tuple(slice(None) if place is None else place for place in places))


def where_self(g: Builder, condition: Wire, a: Wire, b: Wire) -> Wire:
    """a where the condition holds, else b, of the shape that all three have together."""
    found = where(g, condition, a, b)
    return spread(g, found, common_shape([condition.shape, a.shape, b.shape]))


#: ATen's name, without overload -> what it becomes.
ATEN: dict[str, Lowering] = {
    "cross_entropy_loss": cross_entropy_loss,
    "nll_loss_forward": nll_loss_forward,
    "binary_cross_entropy": _reducing(binary_cross_entropy, 3),
    "mse_loss": _reducing(mse_loss, 2),
    "l1_loss": _reducing(l1_loss, 2),
    "smooth_l1_loss": _reducing(smooth_l1_loss, 2),
    "huber_loss": _reducing(huber_loss, 2),
    "_softmax": softmax_,
    "_log_softmax": log_softmax_,
    "native_layer_norm": native_layer_norm,
    "native_group_norm": native_group_norm,
    "native_batch_norm": native_batch_norm,
    "_native_batch_norm_legit": native_batch_norm,
    "_native_batch_norm_legit_functional": native_batch_norm,
    "_native_batch_norm_legit_no_training": batch_norm_no_training,
    "_native_batch_norm_legit.no_stats": batch_norm_no_stats,
    "batch_norm": public_batch_norm,
    "convolution": convolution,
    "max_pool2d_with_indices": max_pool2d_with_indices,
    "gru_cell": gru_cell,
    "lstm_cell": lstm_cell,
    "lstm": lstm,
    "gru": gru,
    "full": full,
    "full_like": full_like,
    "scalar_tensor": scalar_tensor,
    "arange": arange,
    "zeros": zeros,
    "ones": ones,
    "zeros_like": zeros_like,
    "ones_like": ones_like,
    "_to_copy": to_copy,
    "index": index,
    "where": where_self,
    "lift_fresh_copy": to_copy,
}
