"""A graph's numbers as people meet them: what is stated where it is stated, and what the engine computes beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..engine.backward import Gradients, backward
from ..engine.forward import forward
from ..engine.numbers.arrays import Arrays
from ..engine.numbers.formulas import SIGN, Formulas, Term, term
from ..engine.plan import Number, number
from ..engine.registry import OPS
from ..engine.rule import Rule
from ..schema import Graph, Node
from ..schema.jsontypes import is_list
from .amounts import amount


class Quantity(NamedTuple):
    """A number on a wire: as text, and as a number; `computed` is the engine's where the document states another."""

    text: str
    number: Number
    computed: Number | None = None


class Branch(NamedTuple):
    """One use of a wire by a gate: what the gate sends back along it."""

    gate: str
    port: int
    local: Quantity
    upstream: Quantity
    sent: Quantity


@dataclass(frozen=True)
class Circuit:
    """A graph with its numbers by id. Raises DocumentError on first need of a number that cannot be computed."""

    graph: Graph

    @cached_property
    def values(self) -> Mapping[str, Number]:
        """The engine's forward pass."""
        return forward(self.graph)

    @cached_property
    def computed(self) -> Gradients:
        """The engine's backward pass, under the convention that the document names."""
        return backward(self.graph, kinks=self.graph.kinks or "zero")

    @cached_property
    def branches(self) -> Mapping[str, list[tuple[str, int]]]:
        """Id of a wire -> the gates that take it, and as which operand."""
        structure = self.graph.structure
        uses = structure.consumers()
        return {name: [(structure.ids[gate], port) for gate, port in uses[i]] for i, name in enumerate(structure.ids)}

    def node(self, name: str) -> Node:
        """The row of a node."""
        return self.graph.nodes[self.graph.structure.index[name]]

    def rule(self, name: str) -> Rule | None:
        """The rule of a gate; None for a leaf."""
        return OPS.get(self.node(name)["op"])

    def operands(self, gate: str) -> Sequence[str]:
        """The ids of a gate's operands; none of a leaf."""
        return self.node(gate).get("inputs", [])

    def dtype(self, name: str) -> str:
        """The dtype of a wire."""
        return self.graph.structure.dtypes[self.graph.structure.index[name]]

    def value(self, name: str) -> Quantity:
        """The value on a wire."""
        node = self.node(name)
        return self._quantity(node.get("value"), self.values[name], self.dtype(name))

    def gradient(self, name: str) -> Quantity:
        """The gradient of a wire, after adding over its branches."""
        computed = self.computed.grads.get(name)
        return self._quantity(self.node(name).get("grad"), computed, self.dtype(name))

    def branch(self, gate: str, port: int) -> Branch:
        """What a gate sends to one operand: its local gradient times its own gradient."""
        node, operand = self.node(gate), self.operands(gate)[port]
        local = self._quantity(_at(node.get("local"), port), self.computed.local[gate][port], self.dtype(gate))
        upstream = self.gradient(gate)
        product = self._product(local, upstream, operand)
        stated = _at(node.get("downstream"), port)
        computed = self.computed.downstream[gate][port]
        sent = self._quantity(stated, computed, self.dtype(operand)) if stated is not None else product
        return Branch(gate, port, local, upstream, sent)

    def equation(self, name: str) -> str:
        """The gate's formula over the ids of its operands: `x + y`."""
        return self._formula(name, [Term(operand) for operand in self.operands(name)])

    def arithmetic(self, name: str) -> str:
        """The gate's formula over the numbers of its operands: `-2 + 5`."""
        return self._formula(name, [_term(self.value(operand).text) for operand in self.operands(name)])

    def slope(self, gate: str, port: int) -> str:
        """The formula of a local gradient over ids: `y` for the first operand of `x * y`."""
        rule = self.rule(gate)
        assert rule is not None
        operands = [Term(operand) for operand in self.operands(gate)]
        return term(rule.local(Formulas(), Term(gate), operands)[port]).text

    def at_kink(self, gate: str) -> bool:
        """True if some entry of the gate's operands is exactly where its op has no derivative."""
        rule = self.rule(gate)
        if rule is None or not rule.has_kink:
            return False
        operands = [np.asarray(self.values[operand]) for operand in self.operands(gate)]
        return bool(np.any(rule.distance(Arrays(), operands) == 0))

    def _formula(self, name: str, operands: list[Term]) -> str:
        rule = self.rule(name)
        assert rule is not None
        return term(rule.forward(Formulas(), *operands)).text

    def _quantity(self, stated: Any, computed: Number | None, dtype: str) -> Quantity:
        if stated is None or _has_gaps(stated):
            return Quantity("nothing" if computed is None else amount(computed), computed)
        floating = dtype if "float" in dtype else self.graph.dtype or "float64"
        text, said = amount(stated), number(stated, floating)
        same = computed is None or text == amount(computed) or np.array_equal(said, computed)
        return Quantity(text, said, None if same else computed)

    def _product(self, local: Quantity, upstream: Quantity, operand: str) -> Quantity:
        if local.number is None or upstream.number is None:
            return Quantity("nothing", None)
        with np.errstate(all="ignore"):
            product = np.asarray(local.number * upstream.number)
        summed = product.sum() if np.ndim(self.values[operand]) < product.ndim else product
        found = float(summed) if np.ndim(summed) == 0 else summed
        return Quantity(amount(found), found)


def _at(entries: Any, port: int) -> Any:
    return entries[port] if entries else None


def _has_gaps(stated: Any) -> bool:
    return is_list(stated) and any(entry is None or _has_gaps(entry) for entry in stated)


def _term(text: str) -> Term:
    return Term(text, SIGN) if text.startswith("-") else Term(text)
