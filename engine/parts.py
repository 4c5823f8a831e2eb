"""A graph in its smallest parts: one scalar wire for every entry, and scalar gates of elementwise ops alone.

Every op but the elementwise ones is opened by running its forward rule on wires instead of numbers: where the rule adds
two numbers, an `add` gate is drawn. So a method that knows scalar gates knows every op, and what it judges of a matrix
product is what the product is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ..schema import Node, Output
from ..schema.structure import Structure
from ..schema.tensor import Tensor, read
from .dtypes import FLOATING
from .numbers.protocol import Outside
from .numbers.tensors import Entries, array, flat
from .plan import Plan, reaching_wires
from .registry import OPS
from .rule import Pattern, Rule
from .shape import SCALAR, Shape, index_of, size
from .wiring import Home, Part, WireTensors, Wiring

#: What a claim is about: node, field, operand.
Slot = tuple[int, str, int | None]


@dataclass(frozen=True, slots=True)
class Parts:
    """The opened graph as a plan of scalars, and the way back.

    `home` has, for every part, the node and entry that it belongs to: its own wire's, or of the gate that was opened.
    `slots` gives for the claims of the parts (part, field, operand) those that they are entries of.
    """

    plan: Plan
    home: Sequence[Home]
    slots: Mapping[Slot, tuple[Slot, int]]


def opened(plan: Plan, executed: Callable[[int], Any], most: int) -> Parts | None:
    """The graph in its smallest parts, claims included; None if there are more than `most`, or a part is no number.

    Where a gate finds places (the largest along an axis), they are those of `executed`, the graph as it was run.
    """
    if sum(map(size, plan.shapes)) > most:
        return None
    try:
        return _Opening(plan, executed, most).run()
    except Outside:
        return None


class _Opening:
    def __init__(self, plan: Plan, executed: Callable[[int], Any], most: int) -> None:
        self.plan, self.executed = plan, executed
        self.wiring = Wiring(most)
        self.tensors = WireTensors(self.wiring)
        self.wires: list[Entries] = []
        self.slots: dict[Slot, tuple[Slot, int]] = {}
        #: Tensors of the document that were read already, by the identity of what was written.
        self._tensors: dict[int, Tensor] = {}

    def run(self) -> Parts:
        for i, rule in enumerate(self.plan.rules):
            self.wiring.name, self.wiring.dtype = self.plan.ids[i], self.plan.dtypes[i]
            self.wires.append(self._wire(i, rule))
        wiring, plan = self.wiring, self.plan
        graph = plan.graph.with_nodes(wiring.rows, outputs=self._outputs(), functions=None, groups=None)
        ids = [row["id"] for row in wiring.rows]
        outputs = [part.place for k in plan.outputs for part in flat(self.wires[k])]
        ops = [row["op"] for row in wiring.rows]
        index = {name: place for place, name in enumerate(ids)}
        structure = Structure(ids, index, ops, wiring.operands, wiring.dtypes, outputs)
        made = Plan(
            graph=graph.with_leaf_claims(self._leaf_claims()).laid_out(structure),
            ids=ids,
            rules=wiring.rules,
            operands=wiring.operands,
            shapes=[SCALAR] * len(ids),
            dtypes=wiring.dtypes,
            trained=[self._is_trained(k) for k in range(len(ids))],
            reaching=self._reaching(outputs),
            outputs=outputs,
            inner=frozenset(wiring.inner),
            wholes={part: whole for part, (whole, _) in self.slots.items()},
        )
        return Parts(made, wiring.homes, self.slots)

    def _reaching(self, outputs: Sequence[int]) -> list[bool]:
        """The parts whose gradient counts: those on a way to an output, and those that are claimed to send something.

        A slice that nobody reads sends nothing; a number stated there is a term of its operand's equation all the same,
        as it is where gates are tensors.
        """
        found = reaching_wires(self.wiring.operands, outputs)
        for place, row in enumerate(self.wiring.rows):
            node, _ = self.wiring.homes[place]
            if not found[place] and self.plan.reaching[node]:
                found[place] = any(raw not in (0, None) for raw in (row.get("grad"), *row.get("downstream", ())))
        return found

    def _leaf_claims(self) -> dict[str, Any]:
        """Claims on the values of leaves, entry by entry."""
        found: dict[str, Any] = {}
        for name, raw in self.plan.graph.leaf_claims.items():
            i = self.plan.graph.structure.index[name]
            for entry, part in enumerate(flat(self.wires[i])):
                claimed = self._entry_of(raw, i, entry)
                if claimed is not None:
                    found[self.wiring.rows[part.place]["id"]] = claimed
                    self.slots[part.place, "value", None] = (i, "value", None), entry
        return found

    def _is_trained(self, place: int) -> bool:
        return self.wiring.dtypes[place] in FLOATING and self.wiring.rows[place]["op"] != "const"

    def _wire(self, i: int, rule: Rule | None) -> Entries:
        if rule is None:
            return self._leaf(i)
        self.wiring.home = (i, 0)
        operands = [self.wires[k] for k in self.plan.operands[i]]
        through = [
            self._entrance(i, port, operand) if self._is_summed(i, port) or not rule.elementwise else operand
            for port, operand in enumerate(operands)
        ]
        if rule.elementwise:
            return self._elementwise(i, rule, through)
        if rule.pattern is Pattern.STOPPER and self.plan.dtypes[i] not in FLOATING:
            return self._known(i)
        made = rule.forward(self.tensors, *through)
        return array([self._exit(i, entry, part) for entry, part in enumerate(flat(made))], self.plan.shapes[i])

    # --- wires ---------------------------------------------------------------------------------------------------

    def _leaf(self, i: int) -> Entries:
        node = self.plan.graph.nodes[i]
        raws: Sequence[Any] = [None] * size(self.plan.shapes[i])
        if "value" in node:
            raws = read(node["value"], self.plan.dtypes[i]).entries
        return self._rows(i, node["op"], None, [() for _ in raws], raws)

    def _known(self, i: int) -> Entries:
        """Places that a gate found, as constants."""
        found = [self.wiring.constant(Fraction(int(x))) for x in np.ravel(self.executed(i))]
        return array([self._exit(i, entry, part) for entry, part in enumerate(found)], self.plan.shapes[i])

    def _elementwise(self, i: int, rule: Rule, operands: Sequence[Entries]) -> Entries:
        shape = self.plan.shapes[i]
        spread = [flat(np.broadcast_to(operand, shape)) for operand in operands]
        places = [tuple(part.place for part in row) for row in zip(*spread, strict=True)] if spread else []
        return self._rows(i, rule.name, rule, places, None)

    def _rows(
        self, i: int, op: str, rule: Rule | None, operands: Sequence[tuple[int, ...]], leaf: Sequence[Any] | None
    ) -> Entries:
        """One wire an entry, with what the node claims there; `leaf` are values of a leaf, which are sources."""
        shape = self.plan.shapes[i]
        parts: list[Part] = []
        for entry, own in enumerate(operands):
            self.wiring.home = (i, entry)
            row = cast(Node, {"id": _entry_name(self.plan.ids[i], entry, shape), "op": op})
            if leaf is not None and leaf[entry] is not None:
                row["value"] = leaf[entry]
            place = self.wiring.wire(row, rule, own, self.plan.dtypes[i])
            parts.append(Part(place, self.wiring))
        for entry, part in enumerate(parts):
            self._claims(i, entry, part.place, leaf=leaf is not None)
        return array(parts, shape)

    def _claims(self, i: int, entry: int, place: int, *, leaf: bool) -> None:
        """Copy what is claimed at one entry of a node to the part that stands for it."""
        node, row = self.plan.graph.nodes[i], cast(dict[str, Any], self.wiring.rows[place])
        fields: tuple[str, ...] = ("grad",) if leaf else ("value", "grad")
        for name in fields:
            raw = self._entry_of(node.get(name), i, entry)
            if raw is not None:
                row[name] = raw
                self.slots[place, name, None] = (i, name, None), entry
        rule = self.plan.rules[i]
        for name in ("local", "downstream") if rule is not None and rule.elementwise else ():
            self._slot_claims(i, entry, place, name)

    def _slot_claims(self, i: int, entry: int, place: int, name: str) -> None:
        stated = cast(Sequence[Any], self.plan.graph.nodes[i].get(name, ()))
        entries: list[Any] = []
        for port, raw in enumerate(stated):
            summed = name == "downstream" and self._is_summed(i, port)
            found = None if summed else self._entry_of(raw, i, entry)
            entries.append(found)
            if found is not None:
                self.slots[place, name, port] = (i, name, port), entry
        if any(raw is not None for raw in entries):
            cast(dict[str, Any], self.wiring.rows[place])[name] = entries

    def _is_summed(self, i: int, port: int) -> bool:
        """True for a scalar that an elementwise gate combines with tensors: what it receives is one sum."""
        return self.plan.shapes[self.plan.operands[i][port]] != self.plan.shapes[i]

    def _entry_of(self, raw: Any, i: int, entry: int) -> Any:
        """One entry of a stated tensor, as it was written; bytes are machine numbers whatever the rounding says."""
        if raw is None:
            return None
        if isinstance(raw, (bool, int, float, str)):
            return raw
        if id(raw) not in self._tensors:
            self._tensors[id(raw)] = read(raw, self.plan.dtypes[i])
        tensor = self._tensors[id(raw)]
        found = tensor.entries[entry]
        return found.hex() if tensor.binary and isinstance(found, float) and np.isfinite(found) else found

    # --- gates that are opened -----------------------------------------------------------------------------------

    def _entrance(self, i: int, port: int, operand: Entries) -> Entries:
        """The operand as the opened gate reads it: by copies of its own where its downstream gradient is claimed."""
        stated = cast(Sequence[Any], self.plan.graph.nodes[i].get("downstream", ()))
        if port >= len(stated) or stated[port] is None:
            return operand
        parts: list[Part] = []
        own, self.wiring.dtype = self.wiring.dtype, self.plan.dtypes[self.plan.operands[i][port]]
        for entry, part in enumerate(flat(operand)):
            copy = self.wiring.gate(OPS["identity"], (part,))
            raw = self._entry_of(stated[port], self.plan.operands[i][port], entry)
            if raw is not None:
                self.wiring.rows[copy.place]["grad"] = raw
                self.slots[copy.place, "grad", None] = (i, "downstream", port), entry
            parts.append(copy)
        self.wiring.dtype = own
        return array(parts, operand.shape)

    def _exit(self, i: int, entry: int, part: Part | None) -> Part:
        """The wire of one entry of what an opened gate made."""
        if part is None:
            raise Outside("an index outside its tensor")
        self.wiring.home = (i, entry)
        name = _entry_name(self.plan.ids[i], entry, self.plan.shapes[i])
        row = cast(Node, {"id": name, "op": "identity"})
        place = self.wiring.wire(row, OPS["identity"], (part.place,), self.plan.dtypes[i])
        self._claims(i, entry, place, leaf=False)
        return Part(place, self.wiring)

    # --- outputs -------------------------------------------------------------------------------------------------

    def _outputs(self) -> list[Output]:
        found: list[Output] = []
        for output, i in zip(self.plan.graph.outputs, self.plan.outputs, strict=True):
            parts: list[Part] = flat(self.wires[i])
            seeds: Sequence[Any] = [None] * len(parts)
            if "seed" in output:
                seeds = read(output["seed"], self.plan.dtypes[i]).entries
            for part, seed in zip(parts, seeds, strict=True):
                name = self.wiring.rows[part.place]["id"]
                found.append({"node": name} if seed is None else {"node": name, "seed": seed})
        return found


def _entry_name(name: str, entry: int, shape: Shape) -> str:
    """`W[0,1]`: the part that stands for one entry of W; a scalar keeps its name."""
    return name if shape == SCALAR else f"{name}[{','.join(map(str, index_of(entry, shape)))}]"
