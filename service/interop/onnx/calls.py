"""How a node of ONNX is declared: one function an operator, for the newest op set that the importer reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..lowering import Builder, Wire, refuse


@dataclass(frozen=True, slots=True)
class Node:
    """A node: operands (None where an optional one is absent), attributes, and which outputs are read."""

    op: str
    operands: Sequence[Wire | None]
    attrs: Mapping[str, Any]
    read: Sequence[bool]

    def wire(self, place: int) -> Wire:
        """An operand that must be there."""
        found = self.optional(place)
        return refuse(f"{self.op} without operand {place}") if found is None else found

    def optional(self, place: int) -> Wire | None:
        """An operand, None where it is absent."""
        return self.operands[place] if place < len(self.operands) else None

    def wires(self) -> list[Wire]:
        """All operands, none of them absent."""
        return [self.wire(place) for place in range(len(self.operands))]

    def numbers(self, place: int) -> NDArray[Any] | None:
        """What a constant operand holds; None where it is absent, refused where it is not settled."""
        found = self.optional(place)
        if found is None:
            return None
        return refuse(f"{self.op} with an operand {place} that is not constant") if found.known is None else found.known

    def ints(self, place: int) -> list[int] | None:
        """A constant operand as a list of integers."""
        found = self.numbers(place)
        return None if found is None else [int(number) for number in np.ravel(found)]

    def reads(self, *places: int) -> bool:
        """True if one of these outputs is read."""
        return any(self.read[place] for place in places if place < len(self.read))


#: What a node comes out as: a wire, or one entry an output.
Lowered = Wire | Sequence[Wire | None]
Lowering = Callable[[Builder, Node], Lowered]

#: Every operator declared so far.
DECLARED: dict[str, Lowering] = {}


def node(*names: str) -> Callable[[Lowering], Lowering]:
    """Declare what operators of these names become."""

    def declare(function: Lowering) -> Lowering:
        DECLARED.update(dict.fromkeys(names, function))
        return function

    return declare
