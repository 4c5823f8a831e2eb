"""Shapes: a wire's shape follows from its operands; nothing broadcasts but a scalar with a tensor."""

from collections.abc import Sequence
from math import prod

Shape = tuple[int, ...]

SCALAR: Shape = ()


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
