"""Windows: convolutions and pools. Padding and rounding of sizes are resolved to amounts."""

from collections.abc import Sequence
from typing import Any

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import cut, sizes, with_axes, without_axes
from ..calls import call

Sizes = int | Sequence[int]


def batched(g: Builder, x: Wire, rank: int) -> tuple[Wire, bool]:
    """x with a batch axis, and whether it had none."""
    return (with_axes(g, x, (0,)), True) if x.rank == rank + 1 else (x, False)


def _unbatched(g: Builder, x: Wire, alone: bool) -> Wire:
    return without_axes(g, x, (0,)) if alone else x


# --- convolution -----------------------------------------------------------------------------------------------------


@call("nn.functional.conv1d", "conv1d")
@call("nn.functional.conv2d", "conv2d")
@call("nn.functional.conv3d", "conv3d")
def conv(
    g: Builder,
    input: Wire,
    weight: Wire,
    bias: Wire | None = None,
    stride: Sizes = 1,
    padding: Any = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Wire:
    rank = weight.rank - 2
    x, alone = batched(g, input, rank)
    strides, dilations = sizes(stride, rank), sizes(dilation, rank)
    before, after = _amounts(padding, weight.shape[2:], dilations)
    operands = [x, weight] if bias is None else [x, weight, bias]
    out = g("conv", *operands, strides=strides, dilations=dilations, pads=[*before, *after], group=groups)
    return _unbatched(g, out, alone)


def _amounts(padding: Any, kernel: Sequence[int], dilations: Sequence[int]) -> tuple[list[int], list[int]]:
    """What stands before and after each axis; of `same` the odd one stands after."""
    if padding == "valid":
        padding = 0
    if padding == "same":
        totals = [dilation * (extent - 1) for extent, dilation in zip(kernel, dilations, strict=True)]
        return [total // 2 for total in totals], [total - total // 2 for total in totals]
    amounts = list(sizes(padding, len(kernel)))
    return amounts, amounts


# --- pools -----------------------------------------------------------------------------------------------------------


def window_amounts(extent: int, kernel: int, stride: int, pad: int, dilation: int, ceil_mode: bool) -> tuple[int, int]:
    """Padding before and after one axis, the latter up to where the last window ends; negative: windows stop short.

    With `ceil_mode` a last window that is cut off counts, if it starts inside the tensor or the padding before it.
    """
    reach = dilation * (kernel - 1) + 1
    room = extent + 2 * pad - reach
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (count - 1) * stride >= extent + pad:
        count -= 1
    return pad, (count - 1) * stride + reach - extent - pad


def _pool_attrs(
    x: Wire, kernel: Sequence[int], stride: Any, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> tuple[dict[str, Any], list[int]]:
    """Attributes of a pool, and what is left over at the end of each spatial axis."""
    rank = len(kernel)
    strides = sizes(kernel if stride in (None, [], ()) else stride, rank)
    pads, dilations = sizes(padding, rank), sizes(dilation, rank)
    spans = [
        window_amounts(x.shape[2 + k], kernel[k], strides[k], pads[k], dilations[k], ceil_mode) for k in range(rank)
    ]
    if any(2 * pad > extent for pad, extent in zip(pads, kernel, strict=True)):
        refuse(f"a pool with padding {list(pads)} of windows {list(kernel)}")
    after = [max(span[1], 0) for span in spans]
    attrs = {"kernel_shape": kernel, "strides": strides, "pads": [*(span[0] for span in spans), *after]}
    return {**attrs, "dilations": dilations}, [max(-span[1], 0) for span in spans]


def _shortened(g: Builder, x: Wire, surplus: Sequence[int]) -> Wire:
    """x without what no window reaches."""
    ends = [*x.shape[:2], *(extent - left for extent, left in zip(x.shape[2:], surplus, strict=True))]
    return cut(g, x, [0] * x.rank, ends, [1] * x.rank)


def max_pool(
    g: Builder,
    input: Wire,
    kernel_size: Sizes,
    stride: Any = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
    *,
    rank: int,
) -> Any:
    x, alone = batched(g, input, rank)
    attrs, surplus = _pool_attrs(x, sizes(kernel_size, rank), stride, padding, dilation, ceil_mode)
    out = _unbatched(g, g("max_pool", _shortened(g, x, surplus), **attrs), alone)
    return [out, None] if return_indices else out


def average_pool(
    g: Builder,
    input: Wire,
    kernel_size: Sizes,
    stride: Any = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    rank: int,
) -> Wire:
    x, alone = batched(g, input, rank)
    kernel = sizes(kernel_size, rank)
    attrs, surplus = _pool_attrs(x, kernel, stride, padding, 1, ceil_mode)
    del attrs["dilations"]
    past = any(after > pad for after, pad in zip(attrs["pads"][rank:], attrs["pads"][:rank], strict=True))
    if past and (count_include_pad or divisor_override is not None):
        refuse("an average pool with a window past the padding, whose divisor is none that there is")
    whole = count_include_pad or divisor_override is not None
    out = g("average_pool", _shortened(g, x, surplus), **attrs, count_include_pad=whole)
    if divisor_override is not None:
        count = 1
        for extent in kernel:
            count *= extent
        out = g("mul", out, count / divisor_override)
    return _unbatched(g, out, alone)


@call("nn.functional.max_pool1d", "max_pool1d")
def max_pool1d(g: Builder, input: Wire, *args: Any, **kwargs: Any) -> Any:
    return max_pool(g, input, *args, **kwargs, rank=1)


@call("nn.functional.max_pool2d", "max_pool2d")
def max_pool2d(g: Builder, input: Wire, *args: Any, **kwargs: Any) -> Any:
    return max_pool(g, input, *args, **kwargs, rank=2)


@call("nn.functional.max_pool3d", "max_pool3d")
def max_pool3d(g: Builder, input: Wire, *args: Any, **kwargs: Any) -> Any:
    return max_pool(g, input, *args, **kwargs, rank=3)


@call("nn.functional.avg_pool1d", "avg_pool1d")
def avg_pool1d(g: Builder, input: Wire, *args: Any, **kwargs: Any) -> Wire:
    return average_pool(g, input, *args, **kwargs, rank=1)


@call("nn.functional.avg_pool2d", "avg_pool2d")
def avg_pool2d(g: Builder, input: Wire, *args: Any, **kwargs: Any) -> Wire:
    return average_pool(g, input, *args, **kwargs, rank=2)


@call("nn.functional.avg_pool3d", "avg_pool3d")
def avg_pool3d(g: Builder, input: Wire, *args: Any, **kwargs: Any) -> Wire:
    return average_pool(g, input, *args, **kwargs, rank=3)


@call("nn.functional.lp_pool1d", "nn.functional.lp_pool2d", "nn.functional.lp_pool3d")
def lp_pool(g: Builder, input: Wire, norm_type: float, *args: Any, **kwargs: Any) -> Wire:
    refuse("lp_pool: there is no op for it")


# --- pools to a given size -------------------------------------------------------------------------------------------


def _adaptive(g: Builder, op: str, x: Wire, output_size: Any, rank: int) -> Wire:
    """Windows of one size, where the sizes divide; otherwise refused."""
    batch, alone = batched(g, x, rank)
    goals = [output_size] * rank if output_size is None or isinstance(output_size, int) else list(output_size)
    goals = [extent if goal is None else goal for goal, extent in zip(goals, batch.shape[2:], strict=True)]
    if any(goal < 1 or extent % goal for goal, extent in zip(goals, batch.shape[2:], strict=True)):
        refuse(f"an adaptive pool of {list(batch.shape[2:])} to {goals}, which does not divide")
    kernel = [extent // goal for goal, extent in zip(goals, batch.shape[2:], strict=True)]
    if set(goals) == {1}:
        name = "global_average_pool" if op == "average_pool" else "global_max_pool"
        return _unbatched(g, g(name, batch), alone)
    return _unbatched(g, g(op, batch, kernel_shape=kernel, strides=kernel), alone)


@call("nn.functional.adaptive_avg_pool1d", "adaptive_avg_pool1d")
def adaptive_avg_pool1d(g: Builder, input: Wire, output_size: Any) -> Wire:
    return _adaptive(g, "average_pool", input, output_size, 1)


@call("nn.functional.adaptive_avg_pool2d", "adaptive_avg_pool2d", "_adaptive_avg_pool2d")
def adaptive_avg_pool2d(g: Builder, input: Wire, output_size: Any) -> Wire:
    return _adaptive(g, "average_pool", input, output_size, 2)


@call("nn.functional.adaptive_avg_pool3d", "adaptive_avg_pool3d")
def adaptive_avg_pool3d(g: Builder, input: Wire, output_size: Any) -> Wire:
    return _adaptive(g, "average_pool", input, output_size, 3)


@call("nn.functional.adaptive_max_pool1d", "adaptive_max_pool1d")
def adaptive_max_pool1d(g: Builder, input: Wire, output_size: Any, return_indices: bool = False) -> Any:
    return _with_places(_adaptive(g, "max_pool", input, output_size, 1), return_indices)


@call("nn.functional.adaptive_max_pool2d", "adaptive_max_pool2d")
def adaptive_max_pool2d(g: Builder, input: Wire, output_size: Any, return_indices: bool = False) -> Any:
    return _with_places(_adaptive(g, "max_pool", input, output_size, 2), return_indices)


@call("nn.functional.adaptive_max_pool3d", "adaptive_max_pool3d")
def adaptive_max_pool3d(g: Builder, input: Wire, output_size: Any, return_indices: bool = False) -> Any:
    return _with_places(_adaptive(g, "max_pool", input, output_size, 3), return_indices)


def _with_places(out: Wire, return_indices: bool) -> Any:
    return [out, None] if return_indices else out
