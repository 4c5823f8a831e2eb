"""Normalisations, with scale and bias; dropout, which is none of it where nothing is dropped."""

from collections.abc import Sequence
from math import prod

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import along, axis_of, each, padded, piece, reshaped, spread
from ..calls import call


def _affine(g: Builder, x: Wire, weight: Wire | None, bias: Wire | None, axis: int) -> Wire:
    """x times weight plus bias, vectors along one axis; each may be absent."""
    scaled = x if weight is None else g("mul", x, along(g, weight, x, axis))
    return scaled if bias is None else g("add", scaled, along(g, bias, x, axis))


@call("nn.functional.layer_norm", "layer_norm")
def layer_norm(
    g: Builder,
    input: Wire,
    normalized_shape: Sequence[int],
    weight: Wire | None = None,
    bias: Wire | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Wire:
    axis = input.rank - len(normalized_shape)
    attrs = {"axis": axis, "epsilon": eps}
    if weight is not None:
        return g("layer_normalization", input, weight, *([] if bias is None else [bias]), **attrs)
    normal = g("layer_normalization", input, **attrs)
    return normal if bias is None else g("add", normal, spread(g, bias, input.shape))


@call("nn.functional.rms_norm", "rms_norm")
def rms_norm(
    g: Builder,
    input: Wire,
    normalized_shape: Sequence[int],
    weight: Wire | None = None,
    eps: float | None = None,
) -> Wire:
    """Without an eps it is the spacing of float64 at 1."""
    axis = input.rank - len(normalized_shape)
    operands = [input] if weight is None else [input, weight]
    return g("rms_normalization", *operands, axis=axis, epsilon=2.0**-52 if eps is None else eps)


@call("nn.functional.group_norm", "group_norm")
def group_norm(
    g: Builder,
    input: Wire,
    num_groups: int,
    weight: Wire | None = None,
    bias: Wire | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Wire:
    n, channels = input.shape[:2]
    rows = reshaped(g, input, (n, num_groups, channels // num_groups * prod(input.shape[2:])))
    normal = reshaped(g, g("layer_normalization", rows, axis=2, epsilon=eps), input.shape)
    return _affine(g, normal, weight, bias, 1)


@call("nn.functional.instance_norm", "instance_norm")
def instance_norm(
    g: Builder,
    input: Wire,
    running_mean: Wire | None = None,
    running_var: Wire | None = None,
    weight: Wire | None = None,
    bias: Wire | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Wire:
    if not use_input_stats:
        return batch_norm(g, input, running_mean, running_var, weight, bias, False, momentum, eps)
    return group_norm(g, input, input.shape[1], weight, bias, eps)


@call("nn.functional.batch_norm", "batch_norm")
def batch_norm(
    g: Builder,
    input: Wire,
    running_mean: Wire | None,
    running_var: Wire | None,
    weight: Wire | None = None,
    bias: Wire | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Wire:
    channels = input.shape[1:2]
    scale = spread(g, g.constant(1.0), channels) if weight is None else weight
    shift = spread(g, g.constant(0.0), channels) if bias is None else bias
    if training:
        return g("batch_normalization_training", input, scale, shift, epsilon=eps)
    if running_mean is None or running_var is None:
        refuse("batch_norm outside training without running averages")
    return g("batch_normalization", input, scale, shift, running_mean, running_var, epsilon=eps)


@call("nn.functional.local_response_norm")
def local_response_norm(
    g: Builder,
    input: Wire,
    size: int,
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 1.0,
) -> Wire:
    """torch pads size // 2 before; where that is what the op does too, it is the op."""
    if size % 2:
        return g("lrn", input, size=size, alpha=alpha, beta=beta, bias=k)
    before, after = [0] * input.rank, [0] * input.rank
    before[1], after[1] = size // 2, (size - 1) // 2
    squares = padded(g, g("square", input), before, after)
    total = g("add_n", *(piece(g, squares, 1, j, j + input.shape[1]) for j in range(size)))
    return g("div", input, g("pow", g("add", g("mul", total, alpha / size), k), beta))


@call("nn.functional.dropout", "dropout", "feature_dropout", "alpha_dropout", "native_dropout")
@call("nn.functional.dropout1d", "nn.functional.dropout2d", "nn.functional.dropout3d")
@call("nn.functional.alpha_dropout", "nn.functional.feature_alpha_dropout")
def dropout(g: Builder, input: Wire, p: float = 0.5, training: bool = True, inplace: bool = False) -> Wire:
    if p and training:
        refuse("dropout in training: the mask that was drawn is not known")
    return g("identity", input)


@call("renorm")
def renorm(g: Builder, input: Wire, p: float, dim: int, maxnorm: float) -> Wire:
    """Slices whose 2-norm is above maxnorm are shrunk to it, over their norm plus 1e-7."""
    if p != 2:
        refuse(f"renorm of order {p}")
    axis = axis_of(dim, input.rank)
    size = g("reduce_l2", input, axes=[k for k in range(input.rank) if k != axis], keepdims=True)
    factor = g("div", float(maxnorm), g("add", size, 1e-7))
    chosen = each(g, "where", each(g, "greater", size, float(maxnorm)), factor, 1.0)
    return g("mul", input, spread(g, chosen, input.shape))
