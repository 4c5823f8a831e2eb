"""Windows: convolutions and pools. Padding and rounding of sizes are resolved to amounts."""

from collections.abc import Sequence
from math import prod
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


def last_reach(extent: int, kernel: int, stride: int, dilation: int, before: int, after: int, ceil_mode: bool) -> int:
    """What stands after an axis up to where its last window ends; negative where the windows stop short.

    With `ceil_mode` a last window that is cut off counts, if it starts inside the tensor or the padding before it.
    """
    reach = dilation * (kernel - 1) + 1
    room = extent + before + after - reach
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (count - 1) * stride >= extent + before:
        count -= 1
    return (count - 1) * stride + reach - extent - before


def pooled(
    g: Builder,
    op: str,
    x: Wire,
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    before: Sequence[int],
    after: Sequence[int],
    ceil_mode: bool = False,
    whole: bool = False,
) -> Wire:
    """A pool over [n, c, spatial...]; `whole`: a mean counts the padding."""
    rank = len(kernel)
    ends = [
        last_reach(x.shape[2 + k], kernel[k], strides[k], dilations[k], before[k], after[k], ceil_mode)
        for k in range(rank)
    ]
    attrs: dict[str, Any] = {"kernel_shape": kernel, "strides": strides, "dilations": dilations}
    attrs["pads"] = [*before, *(max(end, 0) for end in ends)]
    shortened = _shortened(g, x, [max(-end, 0) for end in ends])
    if op == "max_pool":
        return g(op, shortened, **attrs)
    past = any(end > amount for end, amount in zip(ends, after, strict=True))
    if (past and whole) or set(attrs.pop("dilations")) - {1}:
        refuse("an average pool with gaps, or with a window past the padding, whose divisor is none that there is")
    return g(op, shortened, **attrs, count_include_pad=whole)


def _shortened(g: Builder, x: Wire, surplus: Sequence[int]) -> Wire:
    """x without what no window reaches."""
    ends = [*x.shape[:2], *(extent - left for extent, left in zip(x.shape[2:], surplus, strict=True))]
    return cut(g, x, [0] * x.rank, ends, [1] * x.rank)


def _padding(padding: Sizes, kernel: Sequence[int]) -> tuple[int, ...]:
    pads = sizes(padding, len(kernel))
    if any(2 * pad > extent for pad, extent in zip(pads, kernel, strict=True)):
        refuse(f"a pool with padding {list(pads)} of windows {list(kernel)}")
    return pads


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
    kernel = sizes(kernel_size, rank)
    strides = sizes(kernel if stride in (None, [], ()) else stride, rank)
    pads = _padding(padding, kernel)
    out = pooled(g, "max_pool", x, kernel, strides, sizes(dilation, rank), pads, pads, ceil_mode)
    return [_unbatched(g, out, alone), None] if return_indices else _unbatched(g, out, alone)


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
    strides = sizes(kernel if stride in (None, [], ()) else stride, rank)
    pads = _padding(padding, kernel)
    whole = count_include_pad or divisor_override is not None
    out = pooled(g, "average_pool", x, kernel, strides, (1,) * rank, pads, pads, ceil_mode, whole)
    if divisor_override is not None:
        out = g("mul", out, prod(kernel) / divisor_override)
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
