"""What the nodes of a graph are to each other, by position: the arrays that everything else starts from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Structure:
    """A graph without its numbers. Positions count the nodes from 0, in the order of the document.

    ``ids``, ``ops``, ``dtypes`` (effective) and ``operands`` have one entry a node; ``index`` gives the position of
    an id; ``outputs`` are the positions of the outputs, in their order.
    """

    ids: list[str]
    index: dict[str, int]
    ops: list[str]
    operands: list[tuple[int, ...]]
    dtypes: list[str]
    outputs: list[int]

    def consumers(self) -> list[list[tuple[int, int]]]:
        """For each node, the (gate, port) pairs that take it, in the order of the gates."""
        taken: list[list[tuple[int, int]]] = [[] for _ in self.ids]
        for gate, operands in enumerate(self.operands):
            for port, operand in enumerate(operands):
                taken[operand].append((gate, port))
        return taken
