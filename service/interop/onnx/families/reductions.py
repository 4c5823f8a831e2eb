"""Many numbers to one, running sums, softmax and their like."""

from functools import partial
from typing import Any

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import as_dtype, axes_of, axis_of, each, spread
from ...torch.families.reductions import cumprod as running_product
from ..calls import Node, node

#: ONNX's name -> the op that is applied before, the reduction, the op after.
REDUCTIONS = {
    "ReduceSum": (None, "reduce_sum", None),
    "ReduceMean": (None, "reduce_mean", None),
    "ReduceMax": (None, "reduce_max", None),
    "ReduceMin": (None, "reduce_min", None),
    "ReduceProd": (None, "reduce_prod", None),
    "ReduceL2": (None, "reduce_l2", None),
    "ReduceLogSumExp": (None, "reduce_logsumexp", None),
    "ReduceL1": ("abs", "reduce_sum", None),
    "ReduceSumSquare": ("square", "reduce_sum", None),
    "ReduceLogSum": (None, "reduce_sum", "log"),
}


def _reduced(g: Builder, n: Node, *, before: str | None, op: str, after: str | None) -> Wire:
    """Over the listed axes; over none if that is asked for, else over all."""
    x, axes = n.wire(0), n.ints(1)
    entered = g(before, x) if before else x
    if not axes and n.attrs.get("noop_with_empty_axes", 0):
        found = g("abs" if op == "reduce_l2" else "identity", entered)
    else:
        found = g(op, entered, axes=axes_of(axes, x.rank), keepdims=bool(n.attrs.get("keepdims", 1)))
    return g(after, found) if after else found


for _name, (_before, _op, _after) in REDUCTIONS.items():
    node(_name)(partial(_reduced, before=_before, op=_op, after=_after))


@node("CumSum")
def cumsum(g: Builder, n: Node) -> Wire:
    axis = axis_of((n.ints(1) or [0])[0], n.wire(0).rank)
    ways = {name: bool(n.attrs.get(name, 0)) for name in ("exclusive", "reverse")}
    return g("cumsum", n.wire(0), axis=axis, **ways)


@node("CumProd")
def cumprod(g: Builder, n: Node) -> Wire:
    if n.attrs.get("exclusive", 0) or n.attrs.get("reverse", 0):
        refuse("CumProd exclusive or reversed")
    return running_product(g, n.wire(0), (n.ints(1) or [0])[0])


@node("Softmax", "LogSoftmax")
def softmax(g: Builder, n: Node) -> Wire:
    op = "softmax" if n.op == "Softmax" else "log_softmax"
    return g(op, n.wire(0), axis=axis_of(n.attrs.get("axis", -1), n.wire(0).rank))


@node("Hardmax")
def hardmax(g: Builder, n: Node) -> Wire:
    """1 at the first largest entry along an axis."""
    x = n.wire(0)
    axis = axis_of(n.attrs.get("axis", -1), x.rank)
    ones = g("one_hot", g("argmax", x, axis=axis), depth=x.shape[axis])
    perm = [*range(axis), x.rank - 1, *range(axis, x.rank - 1)]
    return ones if axis == x.rank - 1 else g("transpose", ones, perm=perm)


@node("ArgMax")
def argmax(g: Builder, n: Node) -> Wire:
    if n.attrs.get("select_last_index", 0):
        refuse("ArgMax of the last of several")
    return g(
        "argmax",
        n.wire(0),
        axis=axis_of(n.attrs.get("axis", 0), n.wire(0).rank),
        keepdims=bool(n.attrs.get("keepdims", 1)),
    )


@node("LpNormalization")
def lp_normalization(g: Builder, n: Node) -> Wire:
    """x over its norm along an axis, and 0 where the norm is."""
    x, p = n.wire(0), n.attrs.get("p", 2)
    axis = axis_of(n.attrs.get("axis", -1), x.rank)
    size = g("reduce_l2", x, axes=[axis], keepdims=True) if p == 2 else _absolute_sum(g, x, axis)
    empty = each(g, "equal", size, 0.0)
    divisor = each(g, "where", empty, 1.0, size)
    return g("div", x, spread(g, divisor, x.shape))


def _absolute_sum(g: Builder, x: Wire, axis: int) -> Wire:
    return g("reduce_sum", g("abs", x), axes=[axis], keepdims=True)


def floats(g: Builder, x: Any) -> Wire:
    """A wire of float64."""
    return as_dtype(g, g.wire(x), "float64")
