"""Shapes: a wire's shape follows from its operands; nothing broadcasts but a scalar with a tensor."""

from collections.abc import Sequence
from math import prod

Shape = tuple[int, ...]

SCALAR: Shape = ()


class ShapeFault(Exception):
    """Operands or attributes that an op cannot take: the code of the problem, and what is wrong with the mend."""

    def __init__(self, why: str, *, attribute: str | None = None) -> None:
        super().__init__(why)
        self.why, self.attribute = why, attribute


def elementwise_shape(operands: Sequence[Shape]) -> Shape | None:
    """The result's shape: the one shape of all tensor operands, `()` if there is none; None if two differ."""
    tensors = {shape for shape in operands if shape != SCALAR}
    if len(tensors) > 1:
        return None
    return tensors.pop() if tensors else SCALAR


def size(shape: Shape) -> int:
    """How many entries a tensor of this shape has."""
    return prod(shape)


def index_of(entry: int, shape: Shape) -> list[int]:
    """The index of a flat entry, in C order."""
    index: list[int] = []
    for extent in reversed(shape):
        entry, place = divmod(entry, extent)
        index.append(place)
    return index[::-1]


def axis_within(axis: int, rank: int, name: str = "axis") -> int:
    """The axis itself; ShapeFault unless it is one of `rank` axes, counted from 0."""
    if not 0 <= axis < rank:
        raise ShapeFault(f"names axis {axis}, but there are {rank}: count from 0", attribute=name)
    return axis


def axes_within(axes: Sequence[int] | None, rank: int, name: str = "axes") -> tuple[int, ...]:
    """The axes themselves, all for None; ShapeFault unless they are ascending axes of `rank`."""
    if axes is None:
        return tuple(range(rank))
    if list(axes) != sorted(set(axes)):
        raise ShapeFault(f"lists axes {list(axes)}: list each once, ascending", attribute=name)
    return tuple(axis_within(axis, rank, name) for axis in axes)


def reduced_shape(shape: Shape, axes: Sequence[int], *, keepdims: bool) -> Shape:
    """The shape after a reduction over these axes: they are dropped, or become 1."""
    if keepdims:
        return tuple(1 if axis in axes else extent for axis, extent in enumerate(shape))
    return tuple(extent for axis, extent in enumerate(shape) if axis not in axes)
