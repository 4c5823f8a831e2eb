"""The ops that the nodes of a document may be: those of its op set, and calls of its functions."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..function import Function, called
from ..jsontypes import is_list
from ..node import Node
from ..opset import core_ops


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The version of the core set that the document declares, and its functions."""

    opset: int
    functions: Mapping[str, Function]

    def components(self, row: Node) -> int | None:
        """How many tensors a node makes; None where nobody can say, because its op or a list of it is wrong."""
        name = called(row["op"])
        if name is not None:
            return len(self.functions[name]["outputs"]) if name in self.functions else None
        entry = core_ops().get(row["op"])
        if entry is None:
            return None
        if isinstance(entry.outputs, int):
            return entry.outputs
        stated = row.get("attrs", {}).get(entry.outputs)
        return len(stated) if is_list(stated) else None

    def is_tuple(self, row: Node) -> bool:
        """Whether a node makes several tensors, so that only `get` may take it."""
        return self.components(row) not in (1, None)
