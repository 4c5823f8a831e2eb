"""A foreign graph as a document, node by node: what importers of torch and jax share.

A foreign node becomes one node of ours or several; its name, value and gradient stand on the one whose wire is the
foreign output, and helpers carry no claims. What depends on constants or on given integers alone is folded.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...engine.shape import Shape
from ...schema import Graph, Problem
from .errors import InteropError
from .lowering import Builder, Refusal, Wire
from .lowering.naming import rows, written
from .naming import helper_stem, to_id

#: Lowers one call of the foreign system.
Call = Callable[[Builder, str, Sequence[Any], Mapping[str, Any]], Any]

ORIGIN = "org.chainrule.origin"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that an importer changed or left out (interop.md 1)."""

    code: str
    message: str
    node: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """A document, and what was changed on the way to it."""

    document: Graph
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Foreign:
    """A node of another system's graph: arguments are wires or plain values; claims are what the system computed."""

    name: str
    op: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] | None = None
    value: NDArray[Any] | None = None
    grad: NDArray[Any] | None = None
    origin: Mapping[str, Any] | None = None


class Importer:
    """Takes foreign nodes in order and gives the document; nodes without counterpart are collected, all of them."""

    def __init__(self, call: Call, *, folds: bool = True) -> None:
        self._g = Builder(folds=folds)
        self._call = call
        self._taken: set[str] = set()
        self._folded: list[str] = []
        self._refused: dict[tuple[str, str], list[str]] = {}
        self._renamed = 0

    @property
    def refused(self) -> bool:
        """True if a node had no counterpart."""
        return bool(self._refused)

    def leaf(
        self,
        node: Foreign,
        value: NDArray[Any] | None,
        *,
        kind: str,
        label: str | None = None,
        shape: Shape = (),
        dtype: str = "",
    ) -> Wire:
        """A leaf of this kind, input, param or const, with its value or with its shape and dtype."""
        wire = self._g.leaf(value, op=kind, name=self._name(node.name), shape=shape, dtype=dtype)
        self._state(wire, node, label=label)
        return wire

    def node(self, node: Foreign) -> Any:
        """What the node comes out as: a wire, or a list of them that `part` reads. None where it has no counterpart."""
        before = len(self._g.drafts)
        try:
            found = self._call(self._g, node.op, node.args, node.kwargs or {})
        except Refusal as refusal:
            self._refused.setdefault((node.op, refusal.why), []).append(node.name)
            return None
        if isinstance(found, list):
            return cast(Any, found)
        wire = self._settled(found, node)
        for draft in self._g.drafts[before:]:
            draft.stem = draft.stem or helper_stem(to_id(node.name, set()), draft.op)
        return wire

    def part(self, node: Foreign, parts: Sequence[Wire | None], index: int) -> Wire | None:
        """An output of a node that has several."""
        wire = parts[index]
        return None if wire is None else self._settled(wire, node)

    def document(self, outputs: Sequence[tuple[Wire, Any]], **header: Any) -> Conversion:
        """The document with these outputs, each with its seed; InteropError if a node had no counterpart."""
        if self._refused:
            raise InteropError(_problem(op, why, names) for (op, why), names in self._refused.items())
        placed = [self._g.placed(wire) for wire, _ in outputs]
        nodes = rows(self._g.drafts)
        listed = [
            {"node": nodes[place]["id"]} | ({} if seed is None else {"seed": written(np.asarray(seed, np.float64))})
            for place, (_, seed) in zip(placed, outputs, strict=True)
        ]
        graph = Graph.build(nodes=cast(Any, nodes), outputs=cast(Any, listed), **header)
        return Conversion(graph, tuple(self._notes()))

    def _settled(self, wire: Wire, node: Foreign) -> Wire:
        """The wire under the node's name, with its claims; a folded one has neither."""
        if wire.known is not None and (self._g.folds or not wire.floats):
            self._folded.append(node.name)
            return wire
        named = self._g.named(wire, self._name(node.name))
        self._state(named, node)
        return named

    def _name(self, foreign: str) -> str:
        found = to_id(foreign, self._taken)
        self._taken.add(found)
        self._renamed += found != foreign
        return found

    def _state(self, wire: Wire, node: Foreign, *, label: str | None = None) -> None:
        draft = self._g.drafts[self._g.placed(wire)]
        label = label or (node.name if node.name != draft.name else None)
        if label is not None:
            draft.stated["label"] = label
        if node.value is not None and draft.value is None:
            draft.stated["value"] = written(node.value, wire.dtype)
        if node.grad is not None and draft.op != "const":
            draft.stated["grad"] = written(node.grad)
        if node.origin:
            draft.stated["ext"] = {ORIGIN: dict(node.origin)}

    def _notes(self) -> list[Note]:
        found: list[Note] = []
        if self._folded:
            message = "nodes computed from constants, or from integers that are given, were evaluated"
            found.append(Note("folded", message, count=len(self._folded)))
        spread = Counter(draft.op for draft in self._g.drafts)["broadcast_to"]
        if spread:
            found.append(Note("broadcast", "broadcast_to was written where the source broadcasts", count=spread))
        if self._renamed:
            found.append(Note("renamed", "names became ids; the originals are the labels", count=self._renamed))
        return found


def _problem(op: str, why: str, names: Sequence[str]) -> Problem:
    times = "" if len(names) == 1 else f", {len(names)} times"
    message = f"{why} (first at {names[0]}{times})"
    return Problem(code="import.unsupported", at="", message=message if op in why else f"{op}: {message}", node=None)
