"""jax's convolutions and reductions over windows."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, cast

from ..lowering import Builder, Wire, refuse
from ..lowering.shaping import turned


def conv_general_dilated(
    g: Builder,
    x: Wire,
    w: Wire,
    *,
    window_strides: Sequence[int],
    padding: Sequence[Sequence[int]],
    lhs_dilation: Sequence[int],
    rhs_dilation: Sequence[int],
    dimension_numbers: Any,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Wire:
    """A convolution in any layout; with gaps between the entries of x it is a transposed one, and refused."""
    if set(lhs_dilation) - {1} or batch_group_count != 1:
        refuse("a convolution with gaps in its operand, or of groups of the batch")
    lhs, rhs, out = _layouts(dimension_numbers)
    found = g(
        "conv",
        turned(g, x, lhs),
        turned(g, w, rhs),
        strides=window_strides,
        dilations=rhs_dilation,
        pads=_pads(padding),
        group=feature_group_count,
    )
    return turned(g, found, [out.index(axis) for axis in range(len(out))])


def _layouts(numbers: Any) -> tuple[list[int], list[int], list[int]]:
    """Where batch, channel and spatial axes stand in both operands and in the result."""
    fields = ("lhs_spec", "rhs_spec", "out_spec")
    held: Mapping[str, Any] = (
        cast(Any, numbers) if isinstance(numbers, dict) else {n: getattr(numbers, n) for n in fields}
    )
    lhs, rhs, out = (list(map(int, held[name])) for name in fields)
    return lhs, rhs, out


def _pads(padding: Sequence[Sequence[int]]) -> list[int]:
    if any(amount < 0 for pair in padding for amount in pair):
        refuse("a window with negative padding")
    return [pair[side] for side in (0, 1) for pair in padding]


def reduce_window_max(g: Builder, x: Wire, **parameters: Any) -> Wire:
    """The largest of each window."""
    return g("max_pool", x, **_pool(x, **parameters))


def reduce_window_sum(g: Builder, x: Wire, **parameters: Any) -> Wire:
    """The sum of each window: its mean, padding counted, times its size."""
    pool = _pool(x, **parameters)
    dilations = pool.pop("dilations")
    if set(dilations) - {1}:
        refuse("sums of windows with gaps")
    return g("mul", g("average_pool", x, **pool, count_include_pad=True), float(prod(pool["kernel_shape"])))


def _pool(
    x: Wire,
    *,
    window_dimensions: Sequence[int],
    window_strides: Sequence[int],
    padding: Sequence[Sequence[int]],
    base_dilation: Sequence[int],
    window_dilation: Sequence[int],
) -> dict[str, Any]:
    """Attributes of a pool, if the window moves over spatial axes of [n, c, spatial...] alone."""
    whole = [*window_dimensions[:2], *window_strides[:2], *base_dilation, *window_dilation[:2]]
    if set(whole) - {1} or any(amount for pair in padding[:2] for amount in pair) or x.rank < 3:
        refuse("windows over other than the last axes, or with gaps in the operand")
    return {
        "kernel_shape": window_dimensions[2:],
        "strides": window_strides[2:],
        "dilations": window_dilation[2:],
        "pads": _pads(padding[2:]),
    }
