"""`explain`: how a wire comes by its value and its gradient, gate by gate, as the lecture says it."""

from collections.abc import Iterator

from ..schema import Graph, UsageError
from ..schema.wording import nearest, nearest_clause
from .amounts import amount, bracketed, times
from .circuit import Branch, Circuit, Quantity
from .gates import manner


def explain(graph: Graph, node: str) -> str:
    """The value of a node, the branches that its gradient is the sum of, and what it sends on; in words.

    Every downstream gradient is shown as local times upstream. Stated numbers are used where there are any, and the
    computed one is named beside each that differs. Raises UsageError for an id that the graph does not have, and
    DocumentError if the graph cannot be computed.
    """
    index = graph.structure.index
    if node not in index:
        raise UsageError(f"no node has the id {node}{nearest_clause(nearest(node, index))}")
    circuit = Circuit(graph)
    return "\n".join([*_value(circuit, node), *_gradient(circuit, node), *_onward(circuit, node)]) + "\n"


def _value(circuit: Circuit, name: str) -> Iterator[str]:
    row, value = circuit.node(name), circuit.value(name)
    if circuit.rule(name) is None:
        article = "an" if row["op"] == "input" else "a"
        yield f"{name} = {value.text}, {article} {row['op']}"
        return
    yield f"{name} = {circuit.equation(name)} = {circuit.arithmetic(name)} = {value.text}{_computed(value)}"
    yield from _kink(circuit, name)


def _kink(circuit: Circuit, gate: str) -> Iterator[str]:
    """That a gate has no derivative at this point, if it has none."""
    if circuit.at_kink(gate):
        op, convention = circuit.node(gate)["op"], circuit.computed.kinks
        yield f"  {gate} is at the kink of {op}: every slope between those on its two sides is right;"
        yield f"  what is computed here follows the convention {convention!r}"


def _gradient(circuit: Circuit, name: str) -> Iterator[str]:
    if name not in circuit.computed.grads:
        yield "no gradient is asked for here: it is a constant, or no floating number"
        return
    branches = [circuit.branch(gate, port) for gate, port in circuit.branches[name]]
    seed = _seed(circuit, name)
    parts = [] if seed is None else [seed]
    if seed is not None:
        yield f"  {name} is an output: the backward pass starts here with the seed {seed}"
    for branch in branches:
        yield f"  from {branch.gate}: {_product(circuit, branch)}"
        yield from _kink(circuit, branch.gate)
        parts.append(branch.sent.text)
    yield _total(circuit.gradient(name), parts)


def _seed(circuit: Circuit, name: str) -> str | None:
    for output in circuit.graph.outputs:
        if output["node"] == name:
            return amount(output.get("seed", 1))
    return None


def _total(gradient: Quantity, parts: list[str]) -> str:
    text = f"{gradient.text}{_computed(gradient)}"
    if not parts:
        return f"gradient = {text}: no gate reads it and it is no output"
    if len(parts) == 1:
        return f"gradient = {text}"
    return f"gradient = {' + '.join([parts[0], *map(bracketed, parts[1:])])} = {text}: branches add"


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
    local = _slope(slope, branch.local.text)
    product = f"{times(branch.local.text, branch.upstream.text)} = {branch.sent.text}"
    return (
        f"local d {branch.gate} / d {operand} = {local}{_computed(branch.local)}, "
        f"upstream {branch.upstream.text}: {product}{_computed(branch.sent)}"
    )


def _slope(formula: str, number: str) -> str:
    """The local gradient as a formula and a number; a gate with branches says them in brackets."""
    if formula == number:
        return number
    return f"{number} ({formula})" if " if " in formula else f"{formula} = {number}"


def _computed(quantity: Quantity) -> str:
    """The engine's number where the stated one is another."""
    if quantity.computed is None:
        return ""
    return f" (computed: {amount(quantity.computed)})"
