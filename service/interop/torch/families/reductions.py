"""Many numbers to one: sums, means, products, extremes, variances, running sums."""

from collections.abc import Sequence
from typing import Any

from ...lowering import Builder, Wire, refuse
from ...lowering.builder import Operand
from ...lowering.shaping import as_dtype, axes_of, axis_of, each, joined, piece, reshaped, spread
from ..calls import call, demand_float64

Dims = int | Sequence[int] | None


def reduced(g: Builder, op: str, x: Wire, dim: Dims, keepdim: bool = False, **attrs: Any) -> Wire:
    """A reduction; over no axes, and of a rank-0 tensor, it is over all of them."""
    return g(op, x, axes=axes_of(dim, x.rank), keepdims=keepdim and x.rank > 0, **attrs)


@call("sum")
def sum_(g: Builder, input: Wire, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Wire:
    demand_float64(dtype)
    return reduced(g, "reduce_sum", input, dim, keepdim)


@call("mean")
def mean(g: Builder, input: Wire, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Wire:
    demand_float64(dtype)
    return reduced(g, "reduce_mean", input, dim, keepdim)


@call("prod")
def prod_(g: Builder, input: Wire, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Wire:
    demand_float64(dtype)
    return reduced(g, "reduce_prod", input, dim, keepdim)


@call("nansum")
def nansum(g: Builder, input: Wire, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Wire:
    demand_float64(dtype)
    return reduced(g, "reduce_sum", each(g, "where", g("equal", input, input), input, 0), dim, keepdim)


@call("nanmean")
def nanmean(g: Builder, input: Wire, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Wire:
    demand_float64(dtype)
    numbers = g("equal", input, input)
    total = reduced(g, "reduce_sum", each(g, "where", numbers, input, 0), dim, keepdim)
    return g("div", total, reduced(g, "reduce_sum", g("cast", numbers, to="float64"), dim, keepdim))


@call("amax")
def amax(g: Builder, input: Wire, dim: Dims = None, keepdim: bool = False) -> Wire:
    return reduced(g, "reduce_max", input, dim, keepdim)


@call("amin")
def amin(g: Builder, input: Wire, dim: Dims = None, keepdim: bool = False) -> Wire:
    return reduced(g, "reduce_min", input, dim, keepdim)


@call("aminmax")
def aminmax(g: Builder, input: Wire, *, dim: int | None = None, keepdim: bool = False) -> list[Wire]:
    return [reduced(g, op, input, dim, keepdim) for op in ("reduce_min", "reduce_max")]


@call("max")
def max_(g: Builder, input: Wire, dim: Any = None, keepdim: bool = False) -> Any:
    return _extreme(g, "maximum", "reduce_max", input, dim, keepdim)


@call("min")
def min_(g: Builder, input: Wire, dim: Any = None, keepdim: bool = False) -> Any:
    return _extreme(g, "minimum", "reduce_min", input, dim, keepdim)


def _extreme(g: Builder, pairwise: str, over: str, x: Wire, dim: Any, keepdim: bool) -> Any:
    """Of all entries, of two tensors, or along a dimension, where the places come out beside the values."""
    if isinstance(dim, Wire):
        return each(g, pairwise, x, dim)
    found = reduced(g, over, x, dim, keepdim)
    return found if dim is None else [found, None]


@call("logsumexp", "special.logsumexp")
def logsumexp(g: Builder, input: Wire, dim: Dims, keepdim: bool = False) -> Wire:
    return reduced(g, "reduce_logsumexp", as_dtype(g, input, "float64"), dim, keepdim)


@call("any")
def any_(g: Builder, input: Wire, dim: Dims = None, keepdim: bool = False) -> Wire:
    return _truth(g, "reduce_max", input, dim, keepdim)


@call("all")
def all_(g: Builder, input: Wire, dim: Dims = None, keepdim: bool = False) -> Wire:
    return _truth(g, "reduce_min", input, dim, keepdim)


def _truth(g: Builder, over: str, x: Wire, dim: Dims, keepdim: bool) -> Wire:
    """The extreme of the truth values as numbers."""
    truths = x if x.dtype == "bool" else each(g, "not_equal", x, 0)
    return each(g, "greater", reduced(g, over, as_dtype(g, truths, "float64"), dim, keepdim), 0.0)


@call("argmax", "argmin", "count_nonzero", "isnan", "isfinite", "isinf", "signbit")
def places(g: Builder, input: Wire, *args: Any, **kwargs: Any) -> None:
    """No gradient flows from places and counts."""


# --- variance --------------------------------------------------------------------------------------------------------


def _spread_of(
    g: Builder, op: str, x: Wire, dim: Any, unbiased: bool | None, keepdim: bool, correction: float | None
) -> Wire:
    """A variance or deviation; torch divides by N - 1 unless told, and may get `unbiased` in the place of `dim`."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    return reduced(g, op, x, dim, keepdim, correction=float(correction))


@call("var")
def var(
    g: Builder,
    input: Wire,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Wire:
    return _spread_of(g, "var", input, dim, unbiased, keepdim, correction)


@call("std")
def std(
    g: Builder,
    input: Wire,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Wire:
    return _spread_of(g, "std", input, dim, unbiased, keepdim, correction)


@call("var_mean")
def var_mean(
    g: Builder,
    input: Wire,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> list[Wire]:
    over = None if isinstance(dim, bool) else dim
    first = _spread_of(g, "var", input, dim, unbiased, keepdim, correction)
    return [first, reduced(g, "reduce_mean", input, over, keepdim)]


@call("std_mean")
def std_mean(
    g: Builder,
    input: Wire,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> list[Wire]:
    over = None if isinstance(dim, bool) else dim
    first = _spread_of(g, "std", input, dim, unbiased, keepdim, correction)
    return [first, reduced(g, "reduce_mean", input, over, keepdim)]


# --- running ---------------------------------------------------------------------------------------------------------


@call("cumsum")
def cumsum(g: Builder, input: Wire, dim: int, *, dtype: Any = None) -> Wire:
    demand_float64(dtype)
    if input.rank == 0:
        return g("identity", input)
    return g("cumsum", input, axis=axis_of(dim, input.rank))


@call("cumprod")
def cumprod(g: Builder, input: Wire, dim: int, *, dtype: Any = None) -> Wire:
    demand_float64(dtype)
    return _running(g, "mul", input, dim)


@call("cummax")
def cummax(g: Builder, input: Wire, dim: int) -> Any:
    return [_running(g, "maximum", input, dim), None]


@call("cummin")
def cummin(g: Builder, input: Wire, dim: int) -> Any:
    return [_running(g, "minimum", input, dim), None]


#: The longest axis along which a running function is written out gate by gate.
LONGEST = 256


def _running(g: Builder, op: str, x: Wire, dim: int) -> Wire:
    """A running function for which there is no op, gate by gate: each entry with what came before."""
    axis = axis_of(dim, x.rank)
    extent = x.shape[axis] if x.rank else 1
    if extent < 2:
        return g("identity", x)
    if extent > LONGEST:
        refuse(f"a running {op} over {extent} entries; up to {LONGEST} are written out")
    found = [piece(g, x, axis, 0, 1)]
    for k in range(1, extent):
        found.append(g(op, found[-1], piece(g, x, axis, k, k + 1)))
    return joined(g, found, axis)


@call("diff")
def diff(
    g: Builder,
    input: Wire,
    n: int = 1,
    dim: int = -1,
    prepend: Wire | None = None,
    append: Wire | None = None,
) -> Wire:
    axis = axis_of(dim, input.rank)
    parts = [part for part in (prepend, input, append) if part is not None]
    x = input if len(parts) == 1 else joined(g, parts, axis)
    for _ in range(min(n, x.shape[axis])):
        extent = x.shape[axis]
        x = g("sub", piece(g, x, axis, min(1, extent), extent), piece(g, x, axis, 0, max(extent - 1, 0)))
    return x


@call("trapezoid", "trapz")
def trapezoid(g: Builder, y: Wire, x: Wire | None = None, *, dx: Operand = 1, dim: int = -1) -> Wire:
    axis = axis_of(dim, y.rank)
    return reduced(g, "reduce_sum", _trapezoids(g, y, x, dx, axis), axis)


@call("cumulative_trapezoid")
def cumulative_trapezoid(g: Builder, y: Wire, x: Wire | None = None, *, dx: Operand = 1, dim: int = -1) -> Wire:
    axis = axis_of(dim, y.rank)
    return g("cumsum", _trapezoids(g, y, x, dx, axis), axis=axis)


def _trapezoids(g: Builder, y: Wire, x: Wire | None, dx: Operand, axis: int) -> Wire:
    """The areas between neighbours: half the sum of the heights times the width."""
    sums = g("add", *_neighbours(g, y, axis))
    if x is None:
        return each(g, "mul", sums, each(g, "mul", g.wire(dx), 0.5))
    turned = x if x.rank > 1 else reshaped(g, x, [x.shape[0] if k == axis else 1 for k in range(y.rank)])
    own = axis if x.rank == 1 else axis - (y.rank - x.rank)
    before, after = _neighbours(g, turned, own)
    return g("mul", each(g, "mul", sums, g("sub", after, before)), 0.5)


def _neighbours(g: Builder, x: Wire, axis: int) -> tuple[Wire, Wire]:
    extent = x.shape[axis]
    return piece(g, x, axis, 0, extent - 1), piece(g, x, axis, 1, extent)


@call("sum_to_size")
def sum_to_size(g: Builder, input: Wire, *size: Any) -> Wire:
    shape = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else tuple(size)
    lead = input.rank - len(shape)
    axes = [k for k in range(input.rank) if k < lead or (shape[k - lead] == 1 and input.shape[k] != 1)]
    return reshaped(g, g("reduce_sum", input, axes=axes), shape) if axes else g("identity", input)


@call("cov")
def cov(g: Builder, input: Wire, *, correction: float = 1) -> Wire:
    rows = reshaped(g, input, (1,) * (2 - input.rank) + input.shape)
    count = rows.shape[1] - correction
    if count <= 0:
        refuse(f"a covariance over {count} degrees of freedom")
    mean = g("reduce_mean", rows, axes=[1], keepdims=True)
    apart = g("sub", rows, spread(g, mean, rows.shape))
    found = g("div", g("matmul", apart, g("transpose", apart, perm=[1, 0])), float(count))
    return found if input.rank == 2 else reshaped(g, found, ())
