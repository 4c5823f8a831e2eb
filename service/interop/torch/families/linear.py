"""Products of vectors, matrices and tensors."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import axes_of, axis_of, common_shape, each, reshaped, spread, swapped, with_axes, without_axes
from ..calls import call
from .binary import scaled


@call("matmul", "__matmul__", "linalg.matmul")
def matmul(g: Builder, input: Wire, other: Wire) -> Wire:
    """Vectors count as a row on the left and as a column on the right; leading axes are broadcast."""
    if min(input.rank, other.rank) == 0:
        refuse("matmul of a number")
    if input.rank == other.rank == 1:
        return g("dot", input, other)
    left = with_axes(g, input, (0,)) if input.rank == 1 else input
    right = with_axes(g, other, (1,)) if other.rank == 1 else other
    lead = common_shape([left.shape[:-2], right.shape[:-2]])
    left, right = (spread(g, wire, (*lead, *wire.shape[-2:])) for wire in (left, right))
    found = g("matmul", left, right)
    gone = [axis for axis, vector in ((found.rank - 2, input.rank == 1), (found.rank - 1, other.rank == 1)) if vector]
    return without_axes(g, found, gone)


@call("__rmatmul__")
def rmatmul(g: Builder, input: Wire, other: Wire) -> Wire:
    return matmul(g, other, input)


@call("mm", "bmm")
def mm(g: Builder, input: Wire, mat2: Wire) -> Wire:
    return g("matmul", input, mat2)


@call("mv")
def mv(g: Builder, input: Wire, vec: Wire) -> Wire:
    return _matrix_vector(g, input, vec)


def _matrix_vector(g: Builder, matrix: Wire, vector: Wire) -> Wire:
    return without_axes(g, g("matmul", matrix, with_axes(g, vector, (1,))), (1,))


@call("dot", "vdot")
def dot(g: Builder, input: Wire, other: Wire) -> Wire:
    return g("dot", input, other)


@call("linalg.vecdot")
def vecdot(g: Builder, x: Wire, y: Wire, *, dim: int = -1) -> Wire:
    product = each(g, "mul", x, y)
    return g("reduce_sum", product, axes=axes_of(dim, product.rank))


@call("inner")
def inner(g: Builder, input: Wire, other: Wire) -> Wire:
    if min(input.rank, other.rank) == 0:
        return each(g, "mul", input, other)
    if input.rank == other.rank == 1:
        return g("dot", input, other)
    return tensordot(g, input, other, [[input.rank - 1], [other.rank - 1]])


@call("outer", "ger")
def outer(g: Builder, input: Wire, vec2: Wire) -> Wire:
    return g("outer", input, vec2)


@call("tensordot")
def tensordot(g: Builder, a: Wire, b: Wire, dims: Any = 2) -> Wire:
    """Contracts the last axes of a with the first of b, or those that are listed."""
    if isinstance(dims, int):
        pairs = [list(range(a.rank - dims, a.rank)), list(range(dims))]
    else:
        pairs = [[one] if isinstance(one, int) else list(one) for one in dims]
    left = [axis_of(axis, a.rank) for axis in pairs[0]]
    right = [axis_of(axis, b.rank) for axis in pairs[1]]
    names = list(range(a.rank))
    others = [names[left[right.index(k)]] if k in right else a.rank + k for k in range(b.rank)]
    kept = [label for label in (*names, *others) if not (label in names and label in others)]
    return contracted(g, [a, b], [names, others], kept)


def contracted(g: Builder, wires: Sequence[Wire], labels: Sequence[Sequence[Any]], output: Sequence[Any]) -> Wire:
    """An einsum; labels are numbered in order of first appearance."""
    numbers: dict[Any, int] = {}
    for label in (label for row in labels for label in row):
        numbers.setdefault(label, len(numbers))
    indices = [numbers[label] for row in labels for label in row]
    if not set(output) <= numbers.keys():
        refuse("an einsum whose result has a label that no operand has")
    return g("einsum", *wires, indices=indices, output=[numbers[label] for label in output])


@call("einsum")
def einsum(g: Builder, equation: Any, *operands: Any) -> Wire:
    """In torch's order, the equation first, or in OpInfo's, the operands as one list first."""
    if not isinstance(equation, str):
        operands, equation = (equation,), operands[0]
    wires = [wire for part in operands for wire in ([part] if isinstance(part, Wire) else part)]
    left, _, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(wires):
        refuse(f"einsum {equation!r} of {len(wires)} operands")
    dots = max((wire.rank - len(term.replace("...", "")) for term, wire in zip(terms, wires, strict=True)), default=0)
    rows = [
        _labels(term, wire.rank - len(term.replace("...", "")), dots) for term, wire in zip(terms, wires, strict=True)
    ]
    output = _labels(right, dots, dots) if "->" in equation else _implied(rows, dots)
    return contracted(g, _grown(g, wires, rows), rows, output)


def _labels(term: str, own: int, dots: int) -> list[Any]:
    """One label an axis; those that the dots stand for are numbered from the right."""
    before, ellipsis, after = term.partition("...")
    return [*before, *(range(dots - own, dots) if ellipsis else ()), *after]


def _implied(rows: Sequence[Sequence[Any]], dots: int) -> list[Any]:
    """Without an arrow: the axes of the dots, then the letters that occur once, in alphabetical order."""
    letters = [label for row in rows for label in row if isinstance(label, str)]
    order = sorted({letter for letter in letters if letters.count(letter) == 1}, key=lambda a: (a.islower(), a))
    has_dots = any(isinstance(label, int) for row in rows for label in row)
    return [*(range(dots) if has_dots else ()), *order]


def _grown(g: Builder, wires: Sequence[Wire], rows: Sequence[Sequence[Any]]) -> list[Wire]:
    """Operands whose axes of extent 1 have grown to what others have under their label."""
    extents: dict[Any, int] = {}
    for wire, row in zip(wires, rows, strict=True):
        for label, extent in zip(row, wire.shape, strict=True):
            extents[label] = extent if extents.get(label, 1) == 1 else extents[label]
    return [spread(g, w, tuple(extents[label] for label in row)) for w, row in zip(wires, rows, strict=True)]


# --- with a sum beside -----------------------------------------------------------------------------------------------


def _summed(g: Builder, input: Wire, product: Wire, beta: float, alpha: float) -> Wire:
    """beta input + alpha product; a beta of 0 ignores the input."""
    times = scaled(g, product, alpha)
    return g.wire(times) if beta == 0 else each(g, "add", scaled(g, input, beta), times)


@call("addmm")
def addmm(g: Builder, input: Wire, mat1: Wire, mat2: Wire, *, beta: float = 1, alpha: float = 1) -> Wire:
    shape = (mat1.shape[0], mat2.shape[-1])
    if beta == 0:
        return g("gemm", mat1, mat2, alpha=alpha)
    return g("gemm", mat1, mat2, spread(g, input, shape), alpha=alpha, beta=beta)


@call("addmv")
def addmv(g: Builder, input: Wire, mat: Wire, vec: Wire, *, beta: float = 1, alpha: float = 1) -> Wire:
    return _summed(g, input, _matrix_vector(g, mat, vec), beta, alpha)


@call("addr")
def addr(g: Builder, input: Wire, vec1: Wire, vec2: Wire, *, beta: float = 1, alpha: float = 1) -> Wire:
    return _summed(g, input, g("outer", vec1, vec2), beta, alpha)


@call("baddbmm")
def baddbmm(g: Builder, input: Wire, batch1: Wire, batch2: Wire, *, beta: float = 1, alpha: float = 1) -> Wire:
    return _summed(g, input, g("matmul", batch1, batch2), beta, alpha)


@call("addbmm")
def addbmm(g: Builder, input: Wire, batch1: Wire, batch2: Wire, *, beta: float = 1, alpha: float = 1) -> Wire:
    return _summed(g, input, g("reduce_sum", g("matmul", batch1, batch2), axes=[0]), beta, alpha)


@call("nn.functional.linear")
def linear(g: Builder, input: Wire, weight: Wire, bias: Wire | None = None) -> Wire:
    if weight.rank == 1:
        found = matmul(g, input, weight)
        return found if bias is None else each(g, "add", found, bias)
    row = reshaped(g, input, (1, *input.shape)) if input.rank == 1 else input
    wires = [row, weight] if bias is None else [row, weight, spread(g, bias, weight.shape[:1])]
    return reshaped(g, g("linear", *wires), (*input.shape[:-1], weight.shape[0]))


@call("nn.functional.bilinear")
def bilinear(g: Builder, input1: Wire, input2: Wire, weight: Wire, bias: Wire | None = None) -> Wire:
    lead = list(range(input1.rank - 1))
    labels = [[*lead, "i"], ["o", "i", "j"], [*lead, "j"]]
    found = contracted(g, [input1, weight, input2], labels, [*lead, "o"])
    return found if bias is None else each(g, "add", found, bias)


# --- chains and powers -----------------------------------------------------------------------------------------------


@call("linalg.multi_dot", "chain_matmul")
def multi_dot(g: Builder, tensors: Any, *others: Wire) -> Wire:
    wires = [tensors, *others] if isinstance(tensors, Wire) else list(tensors)
    return reduce(lambda a, b: matmul(g, a, b), wires)


@call("linalg.matrix_power", "matrix_power")
def matrix_power(g: Builder, input: Wire, n: int) -> Wire:
    if n < 0:
        refuse("a negative power of a matrix, which needs its inverse")
    if n == 0:
        return spread(g, g.constant(np.eye(input.shape[-1])), input.shape)
    power = input
    for _ in range(n - 1):
        power = g("matmul", power, input)
    return power if n > 1 else g("identity", input)


@call("kron")
def kron(g: Builder, input: Wire, other: Wire) -> Wire:
    """All products, the axes of both interleaved."""
    rank = max(input.rank, other.rank)
    a, b = ((1,) * (rank - wire.rank) + wire.shape for wire in (input, other))
    left = reshaped(g, input, [extent for pair in zip(a, (1,) * rank, strict=True) for extent in pair])
    right = reshaped(g, other, [extent for pair in zip((1,) * rank, b, strict=True) for extent in pair])
    return reshaped(g, each(g, "mul", left, right), [x * y for x, y in zip(a, b, strict=True)])


@call("cross", "linalg.cross")
def cross(g: Builder, input: Wire, other: Wire, dim: int = -1) -> Wire:
    shape = common_shape([input.shape, other.shape])
    axis = axis_of(dim, len(shape))
    a, b = (spread(g, wire, shape) for wire in (input, other))
    ahead, behind = g.constant(np.array([1, 2, 0])), g.constant(np.array([2, 0, 1]))
    first = g("mul", g("gather", a, ahead, axis=axis), g("gather", b, behind, axis=axis))
    return g("sub", first, g("mul", g("gather", a, behind, axis=axis), g("gather", b, ahead, axis=axis)))


@call("nn.functional.scaled_dot_product_attention")
def attention(
    g: Builder,
    query: Wire,
    key: Wire,
    value: Wire,
    attn_mask: Wire | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Wire:
    """A mask of truth values is -Infinity where it is false."""
    if dropout_p:
        refuse("attention with dropout: the mask that was drawn is not known")
    lead = common_shape([wire.shape[:-2] for wire in (query, key, value)])
    q, k, v = (spread(g, wire, (*lead, *wire.shape[-2:])) for wire in (query, key, value))
    if attn_mask is None:
        return g("attention", q, k, v, scale=scale, is_causal=is_causal)
    added = attn_mask if attn_mask.floats else each(g, "where", attn_mask, 0.0, g.constant(-np.inf))
    mask = spread(g, added, (*lead, q.shape[-2], k.shape[-2]))
    return g("attention", q, k, v, mask, scale=scale, is_causal=is_causal)


@call("t", "t_copy")
def t(g: Builder, input: Wire) -> Wire:
    return swapped(g, input, 0, 1) if input.rank == 2 else g("identity", input)


@call("linalg.vander", "vander")
def vander(g: Builder, x: Wire, *, N: int | None = None) -> Wire:
    """Powers 0, 1, ... along a new last axis, each from the one before."""
    count = x.shape[-1] if N is None else N
    powers = [spread(g, g.constant(1.0), x.shape)]
    for _ in range(count - 1):
        powers.append(g("mul", powers[-1], x) if len(powers) > 1 else x)
    return g("stack", *powers, axis=x.rank)
