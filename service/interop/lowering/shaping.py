"""Shapes written out: broadcasting, axes counted from 0, pieces of tensors. What changes nothing makes no gate."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ....engine.dtypes import FLOATING, floating
from ....engine.registry import OPS
from ....engine.shape import Shape
from .builder import Builder, Operand, Wire
from .refusal import refuse

# --- axes ------------------------------------------------------------------------------------------------------------


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from 0; a rank-0 tensor counts as one of one axis."""
    room = max(rank, 1)
    if not -room <= axis < room:
        refuse(f"axis {axis} of a tensor of {rank} axes")
    return axis % room


def axes_of(axes: int | Sequence[int] | None, rank: int) -> tuple[int, ...] | None:
    """Ascending axes counted from 0; None for all of them, which no axes mean too."""
    if axes is None or rank == 0:
        return None
    listed = [axes] if isinstance(axes, int) else list(axes)
    if not listed:
        return None
    return tuple(sorted({axis_of(axis, rank) for axis in listed}))


def sizes(number: int | Sequence[int], count: int) -> tuple[int, ...]:
    """One number an axis, where one number may stand for all."""
    listed = [number] if isinstance(number, int) else list(number)
    return tuple(listed * count) if len(listed) == 1 else tuple(listed)


def with_size(x: Shape, axis: int, extent: int) -> Shape:
    """The shape with another extent of one axis."""
    return (*x[:axis], extent, *x[axis + 1 :])


# --- broadcasting ----------------------------------------------------------------------------------------------------


def common_shape(shapes: Sequence[Shape]) -> Shape:
    """The shape to which all grow; refused if they do not."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        listed = " and ".join(str(list(shape)) for shape in shapes)
        refuse(f"shapes {listed} together")


def spread(g: Builder, x: Wire, shape: Shape) -> Wire:
    """x broadcast to a shape."""
    return x if x.shape == shape else g("broadcast_to", x, shape=shape)


def aligned(g: Builder, wires: Sequence[Wire]) -> list[Wire]:
    """Operands of one shape; a rank-0 tensor stays what it is, unless all others do too."""
    shape = common_shape([wire.shape for wire in wires])
    return [wire if wire.shape == () else spread(g, wire, shape) for wire in wires]


def each(g: Builder, op: str, *operands: Operand, **attrs: Any) -> Wire:
    """An elementwise gate; operands are broadcast, integers that meet floats become floats."""
    conditions = [g.wire(operand) for operand in operands[:1]] if op == "where" else []
    wires = alike(g, operands[len(conditions) :])
    if OPS[op].dtype is floating and any(wire.known is None for wire in wires):
        wires = [as_dtype(g, wire, "float64") for wire in wires]
    return g(op, *aligned(g, [*conditions, *wires]), **attrs)


def alike(g: Builder, operands: Sequence[Operand]) -> list[Wire]:
    """Wires of one dtype: floats if one of them is, else integers; a whole number among integers is one of them."""
    tensors = {operand.dtype for operand in operands if isinstance(operand, Wire)}
    whole = len(tensors) > 0 and not tensors & FLOATING
    dtype = tensors.pop() if len(tensors) == 1 else "int64" if whole else "float64"
    if whole and not all(isinstance(operand, Wire) or float(operand).is_integer() for operand in operands):
        dtype = "float64"
    return [as_dtype(g, g.wire(operand), dtype) for operand in operands]


def as_dtype(g: Builder, x: Wire, dtype: str) -> Wire:
    """x as another dtype: converted on the spot where it is known, else by a cast."""
    if x.dtype == dtype:
        return x
    return g.constant(x.known, dtype) if x.known is not None else g("cast", x, to=dtype)


# --- arrangement -----------------------------------------------------------------------------------------------------


def reshaped(g: Builder, x: Wire, shape: Sequence[int]) -> Wire:
    """The same entries under another shape; one extent may be -1."""
    full = completed(shape, prod(x.shape))
    return x if full == x.shape else g("reshape", x, shape=full)


def completed(shape: Sequence[int], count: int) -> Shape:
    """The shape with its -1 computed."""
    known = prod(extent for extent in shape if extent != -1)
    if list(shape).count(-1) > 1 or (-1 in shape and (known == 0 or count % known)):
        refuse(f"shape {list(shape)} for {count} entries")
    return tuple(count // known if extent == -1 else int(extent) for extent in shape)


def with_axes(g: Builder, x: Wire, axes: Sequence[int]) -> Wire:
    """x with new axes of extent 1 at these places of the result."""
    return g("unsqueeze", x, axes=sorted(axes)) if axes else x


def without_axes(g: Builder, x: Wire, axes: Sequence[int]) -> Wire:
    """x without these axes of extent 1."""
    return g("squeeze", x, axes=sorted(axes)) if axes else x


def turned(g: Builder, x: Wire, perm: Sequence[int]) -> Wire:
    """x with its axes in another order."""
    return x if list(perm) == list(range(x.rank)) else g("transpose", x, perm=perm)


def swapped(g: Builder, x: Wire, a: int, b: int) -> Wire:
    """x with two axes exchanged."""
    perm = list(range(x.rank))
    perm[a], perm[b] = perm[b], perm[a]
    return turned(g, x, perm)


def piece(g: Builder, x: Wire, axis: int, start: int, end: int, step: int = 1) -> Wire:
    """The entries from `start` to `end` along one axis."""
    starts, ends, steps = [0] * x.rank, list(x.shape), [1] * x.rank
    starts[axis], ends[axis], steps[axis] = start, max(start, end), step
    return cut(g, x, starts, ends, steps)


def cut(g: Builder, x: Wire, starts: Sequence[int], ends: Sequence[int], steps: Sequence[int]) -> Wire:
    """A slice of every axis."""
    if set(starts) <= {0} and tuple(ends) == x.shape and set(steps) <= {1}:
        return x
    return g("slice", x, starts=starts, ends=ends, steps=steps)


def joined(g: Builder, parts: Sequence[Wire], axis: int) -> Wire:
    """One after the other along an axis."""
    return parts[0] if len(parts) == 1 else g("concat", *parts, axis=axis)


def flipped(g: Builder, x: Wire, axes: Sequence[int]) -> Wire:
    """x backward along these axes."""
    return g("flip", x, axes=sorted(axes)) if axes else x


def taken(g: Builder, x: Wire, places: Any, axis: int) -> Wire:
    """x at these places of an axis, which are constants."""
    return g("gather", x, g.constant(np.asarray(places, dtype=np.int64)), axis=axis)


def padded(g: Builder, x: Wire, before: Sequence[int], after: Sequence[int], **attrs: Any) -> Wire:
    """x with entries before and after each axis; negative amounts take entries away, first."""
    starts = [max(-amount, 0) for amount in before]
    ends = [extent - max(-amount, 0) for extent, amount in zip(x.shape, after, strict=True)]
    if any(start > end for start, end in zip(starts, ends, strict=True)):
        refuse(f"pads {list(before)}, {list(after)} of shape {list(x.shape)}")
    kept = cut(g, x, starts, ends, [1] * x.rank)
    pads = [max(amount, 0) for amount in (*before, *after)]
    if not any(pads):
        return kept
    value = attrs.get("value", 0.0)
    if np.isfinite(value):
        return g("pad", kept, pads=pads, **attrs)
    # An attribute is finite: what stands outside is chosen by a mask.
    inside = np.pad(np.ones(kept.shape, np.bool_), list(zip(pads[: x.rank], pads[x.rank :], strict=True)))
    return each(g, "where", g.constant(inside), g("pad", kept, pads=pads), float(value))


def along(g: Builder, v: Wire, x: Wire, axis: int) -> Wire:
    """v, whose only axis is this axis of x, broadcast to the shape of x."""
    placed = tuple(extent if k == axis else 1 for k, extent in enumerate(x.shape))
    return spread(g, reshaped(g, v, placed), x.shape)
