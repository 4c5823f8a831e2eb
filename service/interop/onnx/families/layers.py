"""Products, windows, normalisations, losses, attention."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import along, axis_of, each, reshaped, spread
from ...torch.families.convolution import pooled
from ...torch.families.linear import einsum as torch_einsum
from ...torch.families.linear import matmul as torch_matmul
from ..calls import Lowered, Node, node


@node("MatMul")
def matmul(g: Builder, n: Node) -> Wire:
    return torch_matmul(g, n.wire(0), n.wire(1))


@node("Einsum")
def einsum(g: Builder, n: Node) -> Wire:
    return torch_einsum(g, n.attrs["equation"], *n.wires())


@node("Gemm")
def gemm(g: Builder, n: Node) -> Wire:
    ways = {ours: bool(n.attrs.get(theirs, 0)) for ours, theirs in (("trans_a", "transA"), ("trans_b", "transB"))}
    a, b, c = n.wire(0), n.wire(1), n.optional(2)
    alpha, beta = n.attrs.get("alpha", 1.0), n.attrs.get("beta", 1.0)
    if c is None or beta == 0:
        return g("gemm", a, b, alpha=alpha, **ways)
    shape = (a.shape[ways["trans_a"]], b.shape[1 - ways["trans_b"]])
    return g("gemm", a, b, spread(g, c, shape), alpha=alpha, beta=beta, **ways)


# --- windows ---------------------------------------------------------------------------------------------------------


def _amounts(n: Node, x: Wire, kernel: Sequence[int]) -> tuple[dict[str, list[int]], list[int], list[int]]:
    """Strides and dilations, and padding before and after each spatial axis, `auto_pad` resolved."""
    rank = len(kernel)
    strides = list(n.attrs.get("strides") or [1] * rank)
    dilations = list(n.attrs.get("dilations") or [1] * rank)
    automatic = n.attrs.get("auto_pad", "NOTSET")
    if automatic in ("NOTSET", "", "VALID"):
        pads = list(n.attrs.get("pads") or [0] * (2 * rank)) if automatic != "VALID" else [0] * (2 * rank)
        return {"strides": strides, "dilations": dilations}, pads[:rank], pads[rank:]
    before, after = [0] * rank, [0] * rank
    for k, extent in enumerate(x.shape[2:]):
        reach = dilations[k] * (kernel[k] - 1) + 1
        missing = max((-(-extent // strides[k]) - 1) * strides[k] + reach - extent, 0)
        small, large = missing // 2, missing - missing // 2
        before[k], after[k] = (small, large) if automatic == "SAME_UPPER" else (large, small)
    return {"strides": strides, "dilations": dilations}, before, after


@node("Conv")
def conv(g: Builder, n: Node) -> Wire:
    x, w = n.wire(0), n.wire(1)
    attrs, before, after = _amounts(n, x, w.shape[2:])
    operands = [wire for wire in (x, w, n.optional(2)) if wire is not None]
    return g("conv", *operands, **attrs, pads=[*before, *after], group=n.attrs.get("group", 1))


@node("MaxPool", "AveragePool")
def pool(g: Builder, n: Node) -> Lowered:
    if n.reads(1):
        refuse("MaxPool whose places are read")
    x, kernel = n.wire(0), list(n.attrs["kernel_shape"])
    attrs, before, after = _amounts(n, x, kernel)
    whole = bool(n.attrs.get("count_include_pad", 0))
    op = "max_pool" if n.op == "MaxPool" else "average_pool"
    found = pooled(
        g, op, x, kernel, attrs["strides"], attrs["dilations"], before, after, bool(n.attrs.get("ceil_mode", 0)), whole
    )
    return [found, None]


@node("GlobalAveragePool", "GlobalMaxPool")
def global_pool(g: Builder, n: Node) -> Wire:
    op = "global_average_pool" if n.op == "GlobalAveragePool" else "global_max_pool"
    return g(op, n.wire(0))


@node("LRN")
def lrn(g: Builder, n: Node) -> Wire:
    numbers = {name: n.attrs.get(name, default) for name, default in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0))}
    return g("lrn", n.wire(0), size=n.attrs["size"], **numbers)


# --- normalisation ---------------------------------------------------------------------------------------------------


@node("BatchNormalization")
def batch_normalization(g: Builder, n: Node) -> Lowered:
    x, scale, bias, mean, variance = n.wires()
    epsilon = n.attrs.get("epsilon", 1e-5)
    if n.attrs.get("training_mode", 0):
        if n.reads(1, 2):
            return _trained(g, n, epsilon)
        return [g("batch_normalization_training", x, scale, bias, epsilon=epsilon), None, None]
    return g("batch_normalization", x, scale, bias, mean, variance, epsilon=epsilon)


def _trained(g: Builder, n: Node, epsilon: float) -> Lowered:
    """With the new running averages: momentum times the old ones, the rest from the batch (variances biased)."""
    x, scale, bias, mean, variance = n.wires()
    keep = float(n.attrs.get("momentum", 0.9))
    axes = [k for k in range(x.rank) if k != 1]
    fresh = g("reduce_mean", x, axes=axes), g("var", x, axes=axes)
    running = [
        g("add", g("mul", old, keep), g("mul", new, 1 - keep)) for old, new in zip((mean, variance), fresh, strict=True)
    ]
    return [g("batch_normalization_training", x, scale, bias, epsilon=epsilon), *running]


@node("LayerNormalization")
def layer_normalization(g: Builder, n: Node) -> Lowered:
    x = n.wire(0)
    axis = axis_of(n.attrs.get("axis", -1), x.rank)
    epsilon = n.attrs.get("epsilon", 1e-5)
    operands = [x, *(spread(g, w, x.shape[axis:]) for w in (n.optional(1), n.optional(2)) if w is not None)]
    found = g("layer_normalization", *operands, axis=axis, epsilon=epsilon)
    if not n.reads(1, 2):
        return [found, None, None]
    axes = list(range(axis, x.rank))
    mean = g("reduce_mean", x, axes=axes, keepdims=True)
    spreads = g("rsqrt", g("add", g("var", x, axes=axes, keepdims=True), float(epsilon)))
    return [found, mean, spreads]


@node("RMSNormalization")
def rms_normalization(g: Builder, n: Node) -> Wire:
    x = n.wire(0)
    axis = axis_of(n.attrs.get("axis", -1), x.rank)
    scale = spread(g, n.wire(1), x.shape[axis:])
    return g("rms_normalization", x, scale, axis=axis, epsilon=n.attrs.get("epsilon", 1e-5))


@node("InstanceNormalization", "GroupNormalization")
def group_normalization(g: Builder, n: Node) -> Wire:
    x = n.wire(0)
    groups = n.attrs.get("num_groups", x.shape[1])
    rows = reshaped(g, x, (x.shape[0], groups, -1))
    normal = g("layer_normalization", rows, axis=2, epsilon=n.attrs.get("epsilon", 1e-5))
    scaled = g("mul", reshaped(g, normal, x.shape), along(g, n.wire(1), x, 1))
    return g("add", scaled, along(g, n.wire(2), x, 1))


@node("MeanVarianceNormalization")
def mean_variance_normalization(g: Builder, n: Node) -> Wire:
    """Deviations over the standard deviation plus 1e-9."""
    x, axes = n.wire(0), sorted(n.attrs.get("axes", [0, 2, 3]))
    apart = g("sub", x, spread(g, g("reduce_mean", x, axes=axes, keepdims=True), x.shape))
    size = g("add", g("std", x, axes=axes, keepdims=True), 1e-9)
    return g("div", apart, spread(g, size, x.shape))


# --- losses ----------------------------------------------------------------------------------------------------------


@node("SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss")
def by_label(g: Builder, n: Node) -> Lowered:
    x, labels, weight = n.wire(0), n.wire(1), n.optional(2)
    op = "softmax_cross_entropy" if n.op == "SoftmaxCrossEntropyLoss" else "nll_loss"
    ignored = n.attrs.get("ignore_index")
    if labels.known is not None and ignored is not None and not bool(np.any(labels.known == ignored)):
        ignored = None
    operands = [x, labels] if weight is None else [x, labels, weight]
    loss = g(op, *operands, reduction=n.attrs.get("reduction", "mean"), ignore_index=ignored)
    return [loss, g("log_softmax", x, axis=1) if n.reads(1) else None]


# --- attention -------------------------------------------------------------------------------------------------------


@node("Attention")
def attention(g: Builder, n: Node) -> Lowered:
    """Four axes, as many heads of keys as of queries, nothing kept, nothing capped; else its own body is imported."""
    extra: list[Any] = [n.optional(k) for k in range(4, 7)]
    odd = any(wire is not None for wire in extra) or n.reads(1, 2, 3) or n.attrs.get("softcap", 0.0)
    odd = odd or set(n.attrs) - PLAIN
    q, k, v, mask = n.wire(0), n.wire(1), n.wire(2), n.optional(3)
    if odd or q.rank != 4 or q.shape[1] != k.shape[1] or n.attrs.get("softmax_precision"):
        refuse("Attention with three axes, grouped heads, a cache or a cap")
    operands = [q, k, v]
    if mask is not None:
        _refuse_hidden_rows(mask, bool(n.attrs.get("is_causal", 0)))
        added = mask if mask.floats else each(g, "where", mask, 0.0, g.constant(-np.inf))
        operands.append(spread(g, added, (*q.shape[:3], k.shape[2])))
    return g("attention", *operands, scale=n.attrs.get("scale"), is_causal=bool(n.attrs.get("is_causal", 0)))


#: Attributes of an Attention that is the op; any other asks for more than it can.
PLAIN = frozenset({"is_causal", "scale", "softcap", "q_num_heads", "kv_num_heads", "qk_matmul_output_mode"})


def _refuse_hidden_rows(mask: Wire, causal: bool) -> None:
    """A query that may see nothing comes out as 0 in ONNX, and as NaN here."""
    if mask.known is None:
        return
    shown = mask.known if mask.dtype == "bool" else np.isfinite(mask.known)
    if causal:
        shown = shown & np.tri(*shown.shape[-2:], dtype=np.bool_)
    if not np.all(np.any(shown, axis=-1)):
        refuse("Attention with a query that may see nothing")
