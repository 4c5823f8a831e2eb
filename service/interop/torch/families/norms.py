"""Norms and distances, of orders 2, 1, inf and -inf: the others are no op of the set."""

import math
from typing import Any

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import axes_of, axis_of, each, spread
from ..calls import call, demand_float64
from .elementwise import bounded
from .reductions import Dims, reduced


def norm_over(g: Builder, x: Wire, order: Any, dim: Dims, keepdim: bool) -> Wire:
    """The vector norm of this order over axes."""
    p = _order(order)
    if p == 2:
        return reduced(g, "reduce_l2", x, dim, keepdim)
    if p == 1:
        return reduced(g, "reduce_sum", g("abs", x), dim, keepdim)
    if math.isinf(p):
        return reduced(g, "reduce_max" if p > 0 else "reduce_min", g("abs", x), dim, keepdim)
    return refuse(f"a norm of order {p:g}: there are 2, 1, inf and -inf")


def _order(order: Any) -> float:
    if order is None or order == "fro":
        return 2.0
    if isinstance(order, str):
        refuse(f"a norm of order {order}")
    return float(order)


@call("linalg.vector_norm")
def vector_norm(
    g: Builder,
    x: Wire,
    ord: Any = 2,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Wire:
    demand_float64(dtype)
    return norm_over(g, x, ord, dim, keepdim)


@call("linalg.norm")
def linalg_norm(
    g: Builder,
    A: Wire,
    ord: Any = None,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Wire:
    demand_float64(dtype)
    over = axes_of(dim, A.rank)
    matrix = ord is not None and (len(over) if over else A.rank) == 2 and A.rank >= 2
    return matrix_norm(g, A, ord, _pair(dim, A.rank), keepdim) if matrix else norm_over(g, A, ord, dim, keepdim)


def _pair(dim: Any, rank: int) -> tuple[int, int]:
    first, second = (-2, -1) if dim is None else dim
    return axis_of(first, rank), axis_of(second, rank)


@call("linalg.matrix_norm")
def matrix_norm(
    g: Builder,
    A: Wire,
    ord: Any = "fro",
    dim: Any = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Wire:
    """fro; 1 and -1: extreme column sums; inf and -inf: extreme row sums."""
    demand_float64(dtype)
    rows, columns = _pair(dim, A.rank)
    if ord in ("fro", None):
        return reduced(g, "reduce_l2", A, (rows, columns), keepdim)
    if isinstance(ord, str) or abs(float(ord)) not in (1.0, math.inf):
        refuse(f"a matrix norm of order {ord}, which needs singular values")
    summed, left = (rows, columns) if abs(float(ord)) == 1 else (columns, rows)
    sums = reduced(g, "reduce_sum", g("abs", A), summed, True)
    extreme = reduced(g, "reduce_max" if float(ord) > 0 else "reduce_min", sums, left, True)
    return extreme if keepdim else g("squeeze", extreme, axes=sorted((rows, columns)))


@call("norm")
def norm(
    g: Builder,
    input: Wire,
    p: Any = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    dtype: Any = None,
) -> Wire:
    demand_float64(dtype)
    return norm_over(g, input, p, dim, keepdim)


@call("dist")
def dist(g: Builder, input: Wire, other: Wire, p: float = 2) -> Wire:
    return norm_over(g, each(g, "sub", input, other), p, None, False)


@call("nn.functional.pairwise_distance")
def pairwise_distance(g: Builder, x1: Wire, x2: Wire, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Wire:
    return norm_over(g, each(g, "add", each(g, "sub", x1, x2), eps), p, -1, keepdim)


@call("nn.functional.normalize")
def normalize(g: Builder, input: Wire, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Wire:
    size = bounded(g, norm_over(g, input, p, dim, input.rank > 0), eps, None)
    return g("div", input, spread(g, size, input.shape))


@call("nn.functional.cosine_similarity")
def cosine_similarity(g: Builder, x1: Wire, x2: Wire, dim: int = 1, eps: float = 1e-8) -> Wire:
    """The sum of products of both vectors, each over its norm, which counts as eps at least."""
    shape = each(g, "mul", x1, x2).shape
    axis = axis_of(dim, len(shape))
    unit = [_unit(g, spread(g, x, shape), axis, eps) for x in (x1, x2)]
    return reduced(g, "reduce_sum", g("mul", *unit), axis)


def _unit(g: Builder, x: Wire, axis: int, eps: float) -> Wire:
    size = bounded(g, norm_over(g, x, 2, axis, x.rank > 0), eps, None)
    return g("div", x, spread(g, size, x.shape))
