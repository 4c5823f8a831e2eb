"""`explain`: how a wire comes by its value and its gradient, gate by gate, as the lecture says it."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..engine.plan import Number
from ..schema import Graph, UsageError
from ..schema.wording import nearest, nearest_clause
from .amounts import amount, bracketed, times
from .circuit import Branch, Circuit
from .gates import manner
from .quantity import Quantity, is_alike

#: A graph of so many nodes is listed where an id is wrong.
_FEW = 12

_NO_GRADIENT = "no gradient is asked for here: it is a constant, or no floating number"


def explain(graph: Graph, node: str) -> str:
    """The value of a node, the branches that its gradient is the sum of, and what it sends on; in words.

    Every downstream gradient is shown as local times upstream. Stated numbers are used where there are any; beside
    what an equation makes of them stands what is stated or computed instead, where that is another number. Raises
    UsageError for an id that the graph does not have, and DocumentError if the graph cannot be computed.
    """
    index = graph.structure.index
    if node not in index:
        raise UsageError(f"no node has the id {node}{_known(node, list(index))}")
    circuit = Circuit(graph)
    # Both passes come first: nothing is told of a graph that cannot be computed.
    gradient = list(_gradient(circuit, node)) if node in circuit.computed.grads else [_NO_GRADIENT]
    return "\n".join([*_value(circuit, node), *gradient, *_onward(circuit, node)]) + "\n"


def _known(node: str, ids: list[str]) -> str:
    """The ids that were meant: those that look like the one given, or all where they are few."""
    alike = nearest_clause(nearest(node, ids))
    return alike if alike or len(ids) > _FEW else f"; there are {', '.join(ids)}"


def _value(circuit: Circuit, name: str) -> Iterator[str]:
    row, value = circuit.node(name), circuit.value(name)
    if circuit.rule(name) is None:
        article = "an" if row["op"] == "input" else "a"
        yield f"{name} = {value.text}, {article} {row['op']}"
        yield from _nearest_kink(circuit, name)
        return
    made = _outcome(circuit.made(name), value)
    yield f"{name} = {circuit.equation(name)} = {circuit.arithmetic(name)} = {made}"
    yield from _kink(circuit, name)


def _kink(circuit: Circuit, gate: str) -> Iterator[str]:
    """That a gate has no derivative at this point, if it has none."""
    if circuit.at_kink(gate):
        op, convention = circuit.node(gate)["op"], circuit.kinks
        yield f"  {gate} is at the kink of {op}: every slope between those on its two sides is right;"
        yield f"  what is computed here follows the convention {convention!r}"


def _nearest_kink(circuit: Circuit, leaf: str) -> Iterator[str]:
    """How far a leaf may move until some gate meets its kink, if any does."""
    met = circuit.nearest_kink(leaf)
    if met is not None and met.distance:
        place = f" at {list(met.place)}" if met.place else ""
        yield f"  where {leaf} moves by {amount(met.distance)}{place}, the first kink is met: that of {met.gate}"


def _gradient(circuit: Circuit, name: str) -> Iterator[str]:
    branches = [circuit.branch(gate, port) for gate, port in circuit.branches[name]]
    seed = _seed(circuit, name)
    parts = [] if seed is None else [seed]
    if seed is not None:
        yield f"  {name} is an output: the backward pass starts here with the seed {seed.text}"
    for branch in branches:
        yield f"  from {branch.gate}: {_product(circuit, branch)}"
        yield from _kink(circuit, branch.gate)
        parts.append(branch.sent)
    yield _total(circuit.gradient(name), parts)


def _seed(circuit: Circuit, name: str) -> Quantity | None:
    for output in circuit.graph.outputs:
        if output["node"] == name:
            return circuit.quantity(output.get("seed", 1), name)
    return None


def _total(gradient: Quantity, parts: Sequence[Quantity]) -> str:
    """The sum of the branches; where there is none, the gradient is 0."""
    if not parts:
        return f"gradient = {_outcome(_zero(gradient), gradient)}: no gate reads it and it is no output"
    numbers = [part.number for part in parts if part.number is not None]
    made = _outcome(sum(numbers[1:], numbers[0]) if len(numbers) == len(parts) else None, gradient)
    if len(parts) == 1:
        return f"gradient = {made}"
    first, *others = (part.text for part in parts)
    return f"gradient = {' + '.join([first, *map(bracketed, others)])} = {made}: branches add"


def _zero(like: Quantity) -> Number:
    return 0.0 if like.number is None or np.ndim(like.number) == 0 else np.zeros(np.shape(like.number))


def _onward(circuit: Circuit, name: str) -> Iterator[str]:
    """What a gate sends to its operands."""
    rule = circuit.rule(name)
    if rule is None:
        return
    yield f"it sends on, local × upstream ({manner(rule.name)}):"
    for port, operand in enumerate(circuit.operands(name)):
        if circuit.computed.downstream[name][port] is None:
            yield f"  to {operand}: nothing, it is a constant"
        else:
            yield f"  to {operand}: {_product(circuit, circuit.branch(name, port))}"


def _product(circuit: Circuit, branch: Branch) -> str:
    """`local y = 5, upstream 1: 5 × 1 = 5`, the three numbers of a slot."""
    operand = circuit.operands(branch.gate)[branch.port]
    slope = circuit.slope(branch.gate, branch.port)
    local = _slope(slope, _outcome(branch.slope, branch.local))
    summed = "the sum of " if branch.is_summed else ""
    product = f"{summed}{times(branch.local.text, branch.upstream.text)} = {_outcome(branch.product, branch.sent)}"
    return f"local d {branch.gate} / d {operand} = {local}, upstream {branch.upstream.text}: {product}"


def _slope(formula: str, number: str) -> str:
    """The local gradient as a formula and a number; a gate with branches says them in brackets."""
    if number == formula or number.startswith(f"{formula} ("):
        return number
    return f"{number} ({formula})" if " if " in formula else f"{formula} = {number}"


def _outcome(made: Number | None, quantity: Quantity) -> str:
    """What an equation comes to, and in brackets what is stated or computed instead."""
    computed = "" if quantity.computed is None else f"computed: {amount(quantity.computed)}"
    if made is None or quantity.agrees(made):
        return f"{quantity.text} ({computed})" if computed else quantity.text
    if quantity.ends is None:
        return f"{amount(made)} (computed: {quantity.text})"
    if not computed:
        return f"{amount(made)} (stated and computed: {quantity.text})"
    others = [f"stated: {quantity.text}", *([] if np.all(is_alike(made, quantity.computed)) else [computed])]
    return f"{amount(made)} ({', '.join(others)})"
