"""Contractions: sums of products over shared axes."""

from itertools import chain
from math import prod
from typing import Any

import numpy as np

from ..attributes import Bool, Ints, Real
from ..body import Board, Wire, composite
from ..rule import Pattern, structured
from ..shape import Shape, ShapeFault
from .arithmetic import add, mul
from .arrangement import like, reshape, transpose
from .reduction import reduce_sum


@structured(pattern=Pattern.SWITCHER)
def matmul(xp: Any, a: Any, b: Any) -> Any:
    """Matrix products over the last two axes: each operand receives the gradient times the other, transposed."""
    return xp.matmul(a, b)


@matmul.pullback
def matmul_pullback(xp: Any, grad: Any, out: Any, a: Any, b: Any) -> Any:
    return xp.matmul(grad, xp.transposed(b)), xp.matmul(xp.transposed(a), grad)


@matmul.products
def matmul_products(out: Shape, a: Shape, b: Shape) -> int:
    return prod(out) * a[-1]


@matmul.shape
def matmul_shape(a: Shape, b: Shape) -> Shape:
    if min(len(a), len(b)) < 2:
        raise ShapeFault(
            f"multiplies shapes {list(a)} and {list(b)}: matrices are needed; for vectors there are dot and outer"
        )
    if a[:-2] != b[:-2] or a[-1] != b[-2]:
        raise ShapeFault(f"multiplies shapes {list(a)} and {list(b)}: leading axes are equal, then [m, k] and [k, n]")
    return (*a[:-1], b[-1])


@structured(pattern=Pattern.SWITCHER)
def einsum(xp: Any, *xs: Any, indices: Ints, output: Ints) -> Any:
    """Sums of products over labelled axes: `indices` labels the axes of all operands, `output` those of the result."""
    return xp.einsum(xs, _labels([xp.shape(x) for x in xs], indices), output)


@einsum.pullback
def einsum_pullback(xp: Any, grad: Any, out: Any, *xs: Any, indices: Ints, output: Ints) -> Any:
    labels = _labels([xp.shape(x) for x in xs], indices)
    return tuple(_einsum_port(xp, grad, xs, labels, output, port) for port in range(len(xs)))


@einsum.products
def einsum_products(out: Shape, *xs: Shape, indices: Ints, output: Ints) -> int:
    return prod(dict(zip(indices, chain.from_iterable(xs), strict=True)).values())


@einsum.shape
def einsum_shape(*xs: Shape, indices: Ints, output: Ints) -> Shape:
    if len(indices) != sum(map(len, xs)):
        raise ShapeFault(f"labels {len(indices)} axes; the operands have {sum(map(len, xs))}", attribute="indices")
    extents: dict[int, int] = {}
    for label, extent in zip(indices, (extent for x in xs for extent in x), strict=True):
        if label > len(extents) or label < 0:
            raise ShapeFault(
                f"has label {label} too early: labels are numbered in order of first appearance from 0",
                attribute="indices",
            )
        if extents.setdefault(label, extent) != extent:
            raise ShapeFault(f"gives label {label} to extents {extents[label]} and {extent}")
    if len(set(output)) < len(output) or not set(output) <= set(extents):
        raise ShapeFault(f"is {list(output)}; expected labels of the operands, each at most once", attribute="output")
    return tuple(extents[label] for label in output)


def _labels(shapes: list[Shape], indices: Ints) -> list[list[int]]:
    """The labels of each operand."""
    ends = np.cumsum([len(shape) for shape in shapes]).tolist()
    return [list(indices[end - len(shape) : end]) for end, shape in zip(ends, shapes, strict=True)]


def _einsum_port(xp: Any, grad: Any, xs: Any, labels: list[list[int]], output: Ints, port: int) -> Any:
    """What one operand receives: the einsum of the gradient with the others, spread where a label stands alone."""
    own = labels[port]
    others = [x for k, x in enumerate(xs) if k != port]
    other_labels = [row for k, row in enumerate(labels) if k != port]
    unique = list(dict.fromkeys(own))
    known = [label for label in unique if label in output or any(label in row for row in other_labels)]
    reduced = xp.einsum((grad, *others), [list(output), *other_labels], known)
    extents = dict(zip(own, xp.shape(xs[port]), strict=True))
    aligned = xp.reshaped(reduced, tuple(extents[label] if label in known else 1 for label in unique))
    received = xp.spread(aligned, tuple(extents[label] for label in unique))
    return received if len(unique) == len(own) else _on_diagonal(xp, received, unique, own, extents)


def _on_diagonal(xp: Any, received: Any, unique: list[int], own: list[int], extents: dict[int, int]) -> Any:
    """A gradient of the diagonal as one of the whole operand: 0 off the diagonal."""
    for place, label in enumerate(own):
        if label in own[:place]:
            grid = np.eye(extents[label])
            fresh = max(*unique, *own) + 1 + place
            relabelled = [*own[:place], fresh]
            received = xp.einsum((received, xp.tensor(grid)), [[*own[:place]], [label, fresh]], relabelled)
            own = [*own[:place], fresh, *own[place + 1 :]]
    return received


@composite(pattern=Pattern.SWITCHER)
def dot(g: Board, a: Wire, b: Wire) -> Wire:
    """The sum of products of two vectors."""
    if len(a.shape) != 1 or a.shape != b.shape:
        raise ShapeFault(f"takes shapes {list(a.shape)} and {list(b.shape)}: two vectors of one length are needed")
    return g(reduce_sum, g(mul, a, b))


@composite(pattern=Pattern.SWITCHER)
def outer(g: Board, a: Wire, b: Wire) -> Wire:
    """All products of the entries of two vectors."""
    if len(a.shape) != 1 or len(b.shape) != 1:
        raise ShapeFault(f"takes shapes {list(a.shape)} and {list(b.shape)}: two vectors are needed")
    return g(matmul, g(reshape, a, shape=(*a.shape, 1)), g(reshape, b, shape=(1, *b.shape)))


@composite(pattern=Pattern.SWITCHER)
def linear(g: Board, x: Wire, w: Wire, b: Wire | None = None) -> Wire:
    """x @ transpose(w) + b over the last axis of x; w is [out, in]."""
    if len(w.shape) != 2 or not x.shape or x.shape[-1] != w.shape[1]:
        raise ShapeFault(f"takes x {list(x.shape)} and w {list(w.shape)}: x is [..., in] and w [out, in]")
    if b is not None and b.shape != w.shape[:1]:
        raise ShapeFault(f"takes a bias {list(b.shape)}: w has {w.shape[0]} rows, one a bias")
    rows = x if len(x.shape) == 2 else g(reshape, x, shape=(_rows(x.shape), x.shape[-1]))
    product = g(matmul, rows, g(transpose, w, perm=(1, 0)))
    shape = (*x.shape[:-1], w.shape[0])
    found = product if len(x.shape) == 2 else g(reshape, product, shape=shape)
    return found if b is None else g(add, found, like(g, b, found))


@linear.fused
def linear_fused(x: Any, w: Any, b: Any = None) -> Any:
    product = np.matmul(x, w.T)
    return product if b is None else np.add(product, b, out=product)


@linear.fused_pullback
def linear_fused_pullback(xp: Any, grad: Any, out: Any, x: Any, w: Any, b: Any = None) -> tuple[Any, ...]:
    rows = grad.reshape(-1, w.shape[0])
    to_x, to_w = np.matmul(grad, w), np.matmul(rows.T, x.reshape(-1, w.shape[1]))
    return (to_x, to_w) if b is None else (to_x, to_w, np.sum(rows, axis=0))


@composite(pattern=Pattern.SWITCHER)
def gemm(
    g: Board,
    a: Wire,
    b: Wire,
    c: Wire | None = None,
    *,
    alpha: Real = 1,
    beta: Real = 1,
    trans_a: Bool = False,
    trans_b: Bool = False,
) -> Wire:
    """alpha * a @ b + beta * c, each matrix transposed first where that is asked for."""
    if len(a.shape) != 2 or len(b.shape) != 2:
        raise ShapeFault(f"multiplies shapes {list(a.shape)} and {list(b.shape)}: two matrices are needed")
    left = g(transpose, a, perm=(1, 0)) if trans_a else a
    right = g(transpose, b, perm=(1, 0)) if trans_b else b
    product = g(matmul, left, right)
    scaled = product if alpha == 1 else g(mul, alpha, product)
    if c is None:
        return scaled
    if c.shape != scaled.shape:
        raise ShapeFault(f"adds c {list(c.shape)} to a product of shape {list(scaled.shape)}: broadcast c before")
    return g(add, scaled, c if beta == 1 else g(mul, beta, c))


def _rows(shape: Shape) -> int:
    return int(np.prod(shape[:-1]))


# --- where they are certified ---------------------------------------------------------------------------------------

matmul.example((2, 3), (3, 2))
matmul.example((2, 1, 3), (2, 3, 1))
matmul.example((2, 0), (0, 3))
einsum.example((2, 3), (3, 2), indices=[0, 1, 1, 2], output=[0, 2])
einsum.example((2, 3), (2, 3), indices=[0, 1, 0, 1], output=[])
einsum.example((3, 3), indices=[0, 0], output=[])
einsum.example((3, 3), indices=[0, 0], output=[0])
einsum.example((2, 3), indices=[0, 1], output=[1])
einsum.example((2,), (2, 3), (3,), indices=[0, 0, 1, 1], output=[])
einsum.example((2, 2, 2), (2, 3), indices=[0, 0, 0, 0, 1], output=[1, 0])
einsum.example((2,), (3,), (), indices=[0, 1], output=[1, 0])
einsum.example((2, 0), (0,), indices=[0, 1, 1], output=[0])
dot.example((3,), (3,))
dot.example((0,), (0,))
outer.example((3,), (2,))
outer.example((1,), (0,))
linear.example((2, 3), (2, 3), (2,))
linear.example((2, 1, 3), (2, 3))
linear.example((3,), (1, 3), (1,))
gemm.example((3, 2), (3, 2), (2, 2), trans_a=True, alpha=0.5, beta=2)
gemm.example((2, 3), (1, 3), trans_b=True, alpha="1/3")
gemm.example((2, 1), (1, 2), (2, 2))
