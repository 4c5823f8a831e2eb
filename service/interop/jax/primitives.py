"""jax's primitives with their parameters. Operands of two may differ in axes of extent 1."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from ..lowering import Builder, Wire, refuse
from ..lowering.builder import Operand
from ..lowering.shaping import as_dtype, cut, each, flipped, joined, padded, reshaped, spread, turned, without_axes
from .gathering import gather
from .windows import conv_general_dilated, reduce_window_max, reduce_window_sum

#: A primitive gives a wire, or a list of them.
Lowered = Wire | list[Wire]

#: jax's name -> the op, where they mean the same.
SAME = {
    **{
        name: name for name in ("add", "sub", "mul", "div", "pow", "neg", "exp", "log", "log1p", "expm1", "tanh", "abs")
    },
    **{name: name for name in ("sqrt", "rsqrt", "square", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh")},
    **{name: name for name in ("asinh", "acosh", "atanh", "atan2", "sign", "floor", "ceil", "erf", "erfc")},
    "max": "maximum",
    "min": "minimum",
    "logistic": "sigmoid",
    "add_any": "add",
    "not": "logical_not",
    "and": "logical_and",
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "stop_gradient": "stop_gradient",
    "copy": "identity",
    "copy_p": "identity",
}


def _same(g: Builder, *operands: Operand, op: str, accuracy: Any = None) -> Wire:
    return each(g, op, *operands)


def _integer_pow(g: Builder, x: Operand, *, y: int) -> Wire:
    return each(g, "pow", x, float(y))


def _exp2(g: Builder, x: Wire, *, accuracy: Any = None) -> Wire:
    return g("exp", g("mul", x, float(np.log(2))))


def _round(g: Builder, x: Wire, *, rounding_method: Any) -> Wire:
    if str(rounding_method).rsplit(".", 1)[-1] not in ("1", "TO_NEAREST_EVEN"):
        refuse(f"rounding {rounding_method}")
    return g("round", x)


def _select_n(g: Builder, which: Wire, *cases: Operand) -> Wire:
    """The case that `which` names: of two, the last is the true one."""
    if which.dtype == "bool":
        return each(g, "where", which, cases[1], cases[0])
    if which.known is None:
        refuse("select_n by integers that are not given")
    found: Operand = cases[0]
    for k, case in enumerate(cases[1:], start=1):
        found = each(g, "where", g.constant(which.known == k), case, found)
    return g.wire(found)


def _clamp(g: Builder, low: Operand, x: Operand, high: Operand) -> Wire:
    return each(g, "minimum", each(g, "maximum", x, low), high)


def _convert(g: Builder, x: Operand, *, new_dtype: Any, weak_type: bool = False, sharding: Any = None) -> Wire:
    dtype = _dtype(new_dtype)
    wire = x if isinstance(x, Wire) else g.constant(x)
    if dtype == wire.dtype:
        return g("identity", wire)
    return as_dtype(g, wire, dtype)


def _dtype(dtype: Any) -> str:
    """The dtype as a document names it; other integers are int64."""
    name = str(np.dtype(dtype))
    return "int64" if name.startswith(("int", "uint")) and name != "int32" else name


# --- shapes ----------------------------------------------------------------------------------------------------------


def _broadcast_in_dim(
    g: Builder, x: Operand, *, shape: Sequence[int], broadcast_dimensions: Sequence[int], sharding: Any = None
) -> Wire:
    """Axis k of x becomes axis broadcast_dimensions[k]; new axes repeat it."""
    wire = g.wire(x)
    placed = [1] * len(shape)
    for axis, extent in zip(broadcast_dimensions, wire.shape, strict=True):
        placed[axis] = extent
    return spread(g, reshaped(g, wire, placed), tuple(shape))


def _reshape(g: Builder, x: Wire, *, new_sizes: Sequence[int], dimensions: Any = None, sharding: Any = None) -> Wire:
    return reshaped(g, x, new_sizes)


def _transpose(g: Builder, x: Wire, *, permutation: Sequence[int]) -> Wire:
    return turned(g, x, permutation)


def _squeeze(g: Builder, x: Wire, *, dimensions: Sequence[int]) -> Wire:
    return without_axes(g, x, dimensions)


def _expand_dims(g: Builder, x: Wire, *, dimensions: Sequence[int]) -> Wire:
    return g("unsqueeze", x, axes=sorted(dimensions))


def _slice(
    g: Builder, x: Wire, *, start_indices: Sequence[int], limit_indices: Sequence[int], strides: Any = None
) -> Wire:
    return cut(g, x, start_indices, limit_indices, strides or [1] * x.rank)


def _dynamic_slice(g: Builder, x: Wire, *starts: Any, slice_sizes: Sequence[int]) -> Wire:
    """A slice whose starts are given; they are moved so that it fits."""
    places: list[int] = []
    for extent, size, start in zip(x.shape, slice_sizes, starts, strict=True):
        known = start.known if isinstance(start, Wire) else start
        if known is None:
            refuse("dynamic_slice at places that are not given")
        places.append(min(max(int(known), 0), extent - size))
    return cut(g, x, places, [p + size for p, size in zip(places, slice_sizes, strict=True)], [1] * x.rank)


def _concatenate(g: Builder, *parts: Wire, dimension: int) -> Wire:
    return joined(g, parts, dimension)


def _rev(g: Builder, x: Wire, *, dimensions: Sequence[int]) -> Wire:
    return flipped(g, x, dimensions)


def _split(g: Builder, x: Wire, *, sizes: Sequence[int], axis: int) -> list[Wire]:
    return [g("identity", x)] if len(sizes) == 1 else g.parts("split", x, axis=axis, split=sizes)


def _pad(g: Builder, x: Wire, filling: Operand, *, padding_config: Sequence[Sequence[int]]) -> Wire:
    if any(config[2] for config in padding_config):
        refuse("pad between entries")
    value = filling.known if isinstance(filling, Wire) else filling
    if value is None:
        refuse("pad with a number that is not given")
    before, after = ([config[k] for config in padding_config] for k in (0, 1))
    return padded(g, x, before, after, value=float(value))


def _iota(g: Builder, *, dtype: Any, shape: Sequence[int], dimension: int, sharding: Any = None) -> Wire:
    return g.constant(np.indices(tuple(shape))[dimension], _dtype(dtype))


# --- sums ------------------------------------------------------------------------------------------------------------


def _reduce(g: Builder, x: Wire, *, axes: Sequence[int], op: str, out_sharding: Any = None) -> Wire:
    return g(op, x, axes=sorted(axes)) if axes else x


def _argmax(g: Builder, x: Wire, *, axes: Sequence[int], index_dtype: Any) -> Wire:
    return g("argmax", x, axis=axes[0])


def _cumsum(g: Builder, x: Wire, *, axis: int, reverse: bool = False) -> Wire:
    return g("cumsum", x, axis=axis, reverse=reverse)


def _dot_general(
    g: Builder,
    x: Wire,
    y: Wire,
    *,
    dimension_numbers: Any,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Wire:
    """An einsum whose result has the batch axes, the free axes of x, then those of y."""
    (sum_x, sum_y), (batch_x, batch_y) = dimension_numbers
    labels_x = list(range(x.rank))
    labels_y = [x.rank + k for k in range(y.rank)]
    for a, b in [*zip(sum_x, sum_y, strict=True), *zip(batch_x, batch_y, strict=True)]:
        labels_y[b] = a
    taken = {*sum_x, *batch_x}
    free = [k for k in range(x.rank) if k not in taken]
    output = [*batch_x, *free, *(label for label in labels_y if label >= x.rank)]
    order: dict[int, int] = {}
    for label in (*labels_x, *labels_y):
        order.setdefault(label, len(order))
    indices = [order[label] for label in (*labels_x, *labels_y)]
    return g("einsum", x, y, indices=indices, output=[order[label] for label in output])


#: jax's name of a primitive -> what it becomes.
PRIMITIVES: Mapping[str, Callable[..., Lowered]] = MappingProxyType(
    {
        **{name: partial(_same, op=op) for name, op in SAME.items()},
        **{name: partial(_reduce, op=name) for name in ("reduce_sum", "reduce_max", "reduce_min", "reduce_prod")},
        "integer_pow": _integer_pow,
        "exp2": _exp2,
        "round": _round,
        "select_n": _select_n,
        "clamp": _clamp,
        "convert_element_type": _convert,
        "broadcast_in_dim": _broadcast_in_dim,
        "reshape": _reshape,
        "transpose": _transpose,
        "squeeze": _squeeze,
        "expand_dims": _expand_dims,
        "slice": _slice,
        "dynamic_slice": _dynamic_slice,
        "concatenate": _concatenate,
        "rev": _rev,
        "split": _split,
        "pad": _pad,
        "iota": _iota,
        "argmax": _argmax,
        "cumsum": _cumsum,
        "dot_general": _dot_general,
        "conv_general_dilated": conv_general_dilated,
        "reduce_window_max": reduce_window_max,
        "reduce_window_sum": reduce_window_sum,
        "gather": gather,
    }
)
