"""A graph's numbers as people meet them: what is stated where it is stated, and what the engine computes beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..engine.backward import Gradients, backward
from ..engine.numbers.arrays import Arrays
from ..engine.numbers.formulas import SUM, Formulas, Term, term
from ..engine.plan import Number, Plan, leaf_numbers, plan
from ..engine.registry import OPS
from ..engine.rule import Rule
from ..engine.shape import index_of, size
from ..engine.verify.kinks.margins import Coordinate, Margin, margins_of
from ..schema import DocumentError, Graph, Node
from .amounts import times
from .passes import slopes_from, value_from, values_of
from .quantity import Quantity, is_whole, made_quantity, stated_quantity

#: A negative number binds less than a sum, so that it stands in brackets wherever it does not begin the formula.
_SIGNED = SUM - 1


class Branch(NamedTuple):
    """One use of a wire by a gate: what the gate sends back along it.

    `slope` is what the gate's formula makes of the numbers shown, `product` what local times upstream comes to.
    """

    gate: str
    port: int
    local: Quantity
    upstream: Quantity
    sent: Quantity
    slope: Number | None
    product: Number | None

    @property
    def is_summed(self) -> bool:
        """True if a scalar gets the sum over a tensor's entries."""
        if self.product is None or self.upstream.number is None:
            return False
        return np.ndim(self.product) < np.ndim(self.upstream.number)


class Met(NamedTuple):
    """The kink that a leaf meets first: its gate, and how far the entry at `place` moves until then."""

    gate: str
    distance: float
    place: Sequence[int]


#: Entries of a leaf, and nodes of a graph, up to which the nearest kink is looked for.
_LOOKED_AT, _NODES = 32, 10_000


@dataclass(frozen=True)
class Circuit:
    """A graph with its numbers by id. Raises DocumentError on first need of a number that cannot be computed."""

    graph: Graph

    @cached_property
    def plan(self) -> Plan:
        """The graph as the engine runs over it."""
        return plan(self.graph)

    @cached_property
    def values(self) -> Mapping[str, Number]:
        """The engine's forward pass, as far as leaves have values."""
        return values_of(self.plan)

    @cached_property
    def computed(self) -> Gradients:
        """The engine's backward pass; DocumentError where a leaf has no value or the objective is not defined."""
        return backward(self.graph, kinks=self.kinks)

    @cached_property
    def _passed(self) -> Gradients | None:
        try:
            return self.computed
        except DocumentError:
            return None

    @property
    def kinks(self) -> str:
        """The convention that the document names for points without a derivative."""
        return self.graph.kinks or "zero"

    @cached_property
    def branches(self) -> Mapping[str, list[tuple[str, int]]]:
        """Id of a wire -> the gates that take it, and as which operand."""
        structure = self.graph.structure
        uses = structure.consumers()
        return {name: [(structure.ids[gate], port) for gate, port in uses[i]] for i, name in enumerate(structure.ids)}

    def node(self, name: str) -> Node:
        """The row of a node."""
        return self.graph.nodes[self._place(name)]

    def rule(self, name: str) -> Rule | None:
        """The rule of a gate; None for a leaf."""
        return OPS.get(self.node(name)["op"])

    def operands(self, gate: str) -> Sequence[str]:
        """The ids of a gate's operands; none of a leaf."""
        return self.node(gate).get("inputs", [])

    def dtype(self, name: str) -> str:
        """The dtype of a wire."""
        return self.graph.structure.dtypes[self._place(name)]

    def value(self, name: str) -> Quantity:
        """The value on a wire."""
        return self._quantity(self.node(name).get("value"), None, self.values.get(name), self.dtype(name), name)

    def made(self, gate: str) -> Number | None:
        """What a gate makes of its operands as they are shown; None where one is not known."""
        return value_from(self.plan, self._place(gate), self._numbers(gate))

    def gradient(self, name: str) -> Quantity:
        """The gradient of a wire, after adding over its branches."""
        computed = self._passed.grads.get(name) if self._passed else None
        unknown = f"the gradient of {name}"
        return self._quantity(self.node(name).get("grad"), None, computed, self.dtype(name), unknown)

    def branch(self, gate: str, port: int) -> Branch:
        """What a gate sends to one operand: its local gradient times its own gradient."""
        node, operand, passed = self.node(gate), self.operands(gate)[port], self._passed
        slope = self._slopes(gate)[port]
        exact = passed.local[gate][port] if passed else None
        local = self._quantity(_at(node.get("local"), port), slope, exact, self.dtype(gate), self.slope(gate, port))
        upstream = self.gradient(gate)
        product = self._product(local, upstream, operand)
        exact = passed.downstream[gate][port] if passed else None
        unknown = times(local.text, upstream.text)
        sent = self._quantity(_at(node.get("downstream"), port), product, exact, self.dtype(operand), unknown)
        return Branch(gate, port, local, upstream, sent, slope, product)

    def is_output(self, name: str) -> bool:
        """True if the backward pass starts at this wire, or also there."""
        return any(output["node"] == name for output in self.graph.outputs)

    def is_dead(self, name: str) -> bool:
        """True if no output depends on this wire."""
        return not self.plan.reaching[self._place(name)]

    def quantity(self, stated: Any, name: str) -> Quantity:
        """A number that is stated beside the nodes, such as a seed, in the dtype of a wire."""
        return stated_quantity(stated, None, self.graph, self.dtype(name))

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

    def nearest_kink(self, leaf: str) -> Met | None:
        """The kink that a leaf meets first, either way; None if it meets none, is not trained, or is large."""
        place, made = self._place(leaf), self.plan
        entries = range(size(made.shapes[place]))
        if not made.trained[place] or len(entries) > _LOOKED_AT or len(made.ids) > _NODES:
            return None
        found = margins_of(made, leaf_numbers(made), [(place, entry) for entry in entries])
        if not found:
            return None
        (_, entry), margin = min(found.items(), key=_distance)
        return Met(made.ids[margin.gate], margin.distance, index_of(entry, made.shapes[place]))

    def _formula(self, name: str, operands: list[Term]) -> str:
        rule = self.rule(name)
        assert rule is not None
        if rule.composite:
            return f"{rule.name}({', '.join(operand.text for operand in operands)})"
        return term(rule.forward(Formulas(), *operands)).text

    def _place(self, name: str) -> int:
        return self.graph.structure.index[name]

    def _numbers(self, gate: str) -> list[Number | None]:
        return [self.value(operand).number for operand in self.operands(gate)]

    def _slopes(self, gate: str) -> Sequence[Number | None]:
        out = self.value(gate).number
        return slopes_from(self.plan, self._place(gate), out, self._numbers(gate), self.kinks)

    def _quantity(
        self, stated: Any, made: Number | None, computed: Number | None, dtype: str, unknown: str
    ) -> Quantity:
        if is_whole(stated):
            return stated_quantity(stated, computed, self.graph, dtype)
        return made_quantity(made, computed, unknown)

    def _product(self, local: Quantity, upstream: Quantity, operand: str) -> Number | None:
        if local.number is None or upstream.number is None:
            return None
        with np.errstate(all="ignore"):
            product = np.asarray(local.number * upstream.number)
        summed = product.sum() if len(self.plan.shapes[self._place(operand)]) < product.ndim else product
        return float(summed) if np.ndim(summed) == 0 else summed


def _distance(item: tuple[Coordinate, Margin]) -> float:
    return item[1].distance


def _at(entries: Any, port: int) -> Any:
    return entries[port] if entries else None


def _term(text: str) -> Term:
    return Term(text, _SIGNED) if text.startswith("-") else Term(text)
