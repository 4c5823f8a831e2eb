"""The bodies of the calls of a graph, each call by its path: what an expansion path names (format.md 4.3 and 9.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .function import NO_FUNCTIONS, Function, called
from .node import Node
from .stages.fields import row_dtype
from .stages.references import call_above


class Place(NamedTuple):
    """A node of a body: the path of the call, and the position among the nodes of the body."""

    call: str
    node: int


@dataclass(frozen=True, slots=True)
class Body:
    """What one call does: its function, and the dtype of each name that the nodes see."""

    function: Function
    dtypes: Mapping[str, str]


@dataclass(slots=True)
class _Scope:
    """The nodes of a list by id, and its calls with their functions."""

    index: Mapping[str, int]
    calls: Mapping[str, str]

    @classmethod
    def of(cls, rows: list[Node]) -> "_Scope":
        named = {row["id"]: called(row["op"]) for row in rows}
        return cls(
            {name: i for i, name in enumerate(named)},
            {name: function for name, function in named.items() if function is not None},
        )


@dataclass(slots=True)
class Bodies:
    """Finds the nodes of bodies by path, and lays out the bodies of calls when they are asked for."""

    rows: list[Node]
    functions: Mapping[str, Function] | None
    dtype: str | None
    _scopes: dict[str | None, _Scope] = field(default_factory=dict[str | None, _Scope])
    _bodies: dict[str, Body] = field(default_factory=dict[str, Body])

    def find(self, path: str) -> Place | None:
        """The node of a body that the path names; None if there is none."""
        scope, function, rest = self._scope(None), None, path
        while (call := call_above(rest, scope.calls)) is not None:
            function, rest = scope.calls[call], rest[len(call) + 1 :]
            scope = self._scope(function)
        if function is None or rest not in scope.index:
            return None
        return Place(path[: -len(rest) - 1], scope.index[rest])

    def body(self, call: str) -> Body:
        """The body of the call at a path that `find` gave."""
        if call not in self._bodies:
            self._lay_out(call)
        return self._bodies[call]

    def _scope(self, function: str | None) -> _Scope:
        if function not in self._scopes:
            rows = self.rows if function is None else (self.functions or NO_FUNCTIONS)[function]["nodes"]
            self._scopes[function] = _Scope.of(rows)
        return self._scopes[function]

    def _lay_out(self, path: str) -> None:
        """Lay out every body on the way: the dtypes of parameters are those of the operands around."""
        scope, rest, above = self._scope(None), path, ""
        rows, seen = self.rows, {row["id"]: row_dtype(row, self.dtype) for row in self.rows}
        while rest:
            call = rest if rest in scope.calls else call_above(rest, scope.calls) or ""
            row, name = rows[scope.index[call]], scope.calls[call]
            function = (self.functions or NO_FUNCTIONS)[name]
            entering = [seen[operand] for operand in row.get("inputs", ())]
            seen = dict(zip(function["params"], entering, strict=True))
            seen |= {inner["id"]: row_dtype(inner, self.dtype) for inner in function["nodes"]}
            above, rest = f"{above}{call}", rest[len(call) + 1 :]
            self._bodies[above] = Body(function, seen)
            above, scope, rows = f"{above}/", self._scope(name), function["nodes"]
