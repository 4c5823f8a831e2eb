"""Random circuits as exercises have them, and honest arithmetic on them in 50 digits (grading.md 24.1)."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, getcontext
from functools import cached_property

getcontext().prec = 50

LEAVES = [
    "4",
    "-4",
    "3",
    "-3",
    "2",
    "-2",
    "1",
    "-1",
    "5",
    "0.5",
    "-0.5",
    "0.1",
    "0.2",
    "-0.3",
    "1.5",
    "-1.5",
    "0.4",
    "0.8",
    "-0.25",
    "2.5",
    "0.75",
    "-1.2",
    "0.05",
    "1.37",
    "-0.62",
]
CONSTANTS = ["1", "1", "1", "2", "-1", "0.5", "3"]
UNARY = ["neg", "reciprocal", "square", "exp", "log", "sigmoid", "tanh", "relu"]
BINARY = ["add", "sub", "mul", "div", "maximum"]

ONE, ZERO = Decimal(1), Decimal(0)


def sigmoid(a: Decimal) -> Decimal:
    return ONE / (ONE + (-a).exp())


def tanh(a: Decimal) -> Decimal:
    up, down = a.exp(), (-a).exp()
    return (up - down) / (up + down)


FORWARD: Mapping[str, Callable[..., Decimal]] = {
    "neg": lambda a: -a,
    "reciprocal": lambda a: ONE / a,
    "square": lambda a: a * a,
    "exp": lambda a: a.exp(),
    "log": lambda a: a.ln(),
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": lambda a: max(a, ZERO),
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "maximum": max,
}


@dataclass(frozen=True)
class Node:
    """One wire: its name, what makes it, from what; the text of a leaf's value."""

    name: str
    op: str
    inputs: tuple[str, ...] = ()
    value: str = ""

    @property
    def is_leaf(self) -> bool:
        return self.op in ("input", "const")


@dataclass(frozen=True)
class Circuit:
    """Nodes in order; the last one is the output."""

    nodes: tuple[Node, ...]
    made: dict[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.made.update({node.name: node for node in self.nodes})

    @cached_property
    def gates(self) -> Sequence[Node]:
        return [node for node in self.nodes if not node.is_leaf]

    @cached_property
    def uses(self) -> Mapping[str, Sequence[tuple[Node, int]]]:
        """For every wire the gates and ports that read it."""
        found: dict[str, list[tuple[Node, int]]] = {node.name: [] for node in self.nodes}
        for node in self.nodes:
            for port, operand in enumerate(node.inputs):
                found[operand].append((node, port))
        return found

    @cached_property
    def trained(self) -> Sequence[str]:
        """Wires with a gradient, in the order of the backward pass."""
        return [node.name for node in reversed(self.nodes) if node.op != "const"]

    def document(self) -> dict:
        rows = []
        for node in self.nodes:
            row = {"id": node.name, "op": node.op}
            rows.append(row | ({"value": node.value} if node.is_leaf else {"inputs": list(node.inputs)}))
        outputs = [{"node": self.nodes[-1].name, "seed": 1}]
        return {"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}, "nodes": rows, "outputs": outputs}


def draw(dice: random.Random) -> Circuit:
    """A circuit of 4 to 9 gates whose numbers stay in the range of exercises."""
    while True:
        circuit = _drawn(dice)
        if circuit is not None and _gradients_are_small(circuit):
            return circuit


def _drawn(dice: random.Random) -> Circuit | None:
    nodes = [Node(f"x{i}", "input", (), dice.choice(LEAVES)) for i in range(dice.randint(2, 4))]
    if dice.random() < 0.4:
        nodes.append(Node("k", "const", (), dice.choice(CONSTANTS)))
    values = {node.name: Decimal(node.value) for node in nodes}
    for place in range(dice.randint(4, 9)):
        found = _gate(dice, f"g{place}", nodes, values)
        if found is not None:
            nodes.append(found)
    kept = _ancestors(nodes)
    gates = sum(not node.is_leaf for node in kept)
    return Circuit(tuple(kept)) if 4 <= gates <= 9 and any(node.op == "input" for node in kept) else None


def _gate(dice: random.Random, name: str, nodes: list[Node], values: dict[str, Decimal]) -> Node | None:
    newest = nodes[-1].name
    if dice.random() < 0.5:
        op = dice.choice(UNARY)
        inputs: tuple[str, ...] = (newest if dice.random() < 0.65 else dice.choice(nodes).name,)
    else:
        op = dice.choice(BINARY)
        first = newest if dice.random() < 0.7 else dice.choice(nodes).name
        second = dice.choice(nodes).name
        if op in ("add", "mul") and dice.random() < 0.3:
            second = first
        elif first == second:
            return None
        inputs = (first, second) if dice.random() < 0.5 else (second, first)
    operands = [values[wire] for wire in inputs]
    if not _is_allowed(op, operands):
        return None
    value = FORWARD[op](*operands)
    if abs(value) > 60 or 0 < abs(value) < Decimal("0.05"):
        return None
    values[name] = value
    return Node(name, op, inputs)


def _is_allowed(op: str, operands: list[Decimal]) -> bool:
    a = operands[0]
    match op:
        case "log":
            return a > 0 and abs(a.ln()) >= Decimal("0.05")
        case "reciprocal":
            return abs(a) >= Decimal("0.2")
        case "div":
            return abs(operands[1]) >= Decimal("0.2")
        case "exp":
            return abs(a) <= 3
        case "relu":
            return abs(a) >= Decimal("0.02")
        case "maximum":
            return abs(a - operands[1]) >= Decimal("0.02")
    return True


def _ancestors(nodes: list[Node]) -> list[Node]:
    made = {node.name: node for node in nodes}
    needed, waiting = set(), [nodes[-1].name]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(made[name].inputs)
    return [node for node in nodes if node.name in needed]


#: Op -> port -> the ways in which people write its local gradient, of (a, b, output).
SLOPES: Mapping[str, tuple[tuple[Callable[..., Decimal], ...], ...]] = {
    "neg": ((lambda a, b, out: -ONE,),),
    "reciprocal": ((lambda a, b, out: -ONE / (a * a), lambda a, b, out: -(out * out)),),
    "square": ((lambda a, b, out: 2 * a,),),
    "exp": ((lambda a, b, out: out, lambda a, b, out: a.exp()),),
    "log": ((lambda a, b, out: ONE / a,),),
    "sigmoid": ((lambda a, b, out: out * (1 - out), lambda a, b, out: sigmoid(a) * (1 - sigmoid(a))),),
    "tanh": ((lambda a, b, out: 1 - out * out, lambda a, b, out: 1 - tanh(a) ** 2),),
    "relu": ((lambda a, b, out: ONE if a > 0 else ZERO,),),
    "add": ((lambda a, b, out: ONE,), (lambda a, b, out: ONE,)),
    "sub": ((lambda a, b, out: ONE,), (lambda a, b, out: -ONE,)),
    "mul": ((lambda a, b, out: b,), (lambda a, b, out: a,)),
    "div": ((lambda a, b, out: ONE / b,), (lambda a, b, out: -a / (b * b), lambda a, b, out: -out / b)),
    "maximum": ((lambda a, b, out: ONE if a > b else ZERO,), (lambda a, b, out: ZERO if a > b else ONE,)),
}


def slopes(op: str, a: Decimal, b: Decimal | None, out: Decimal, port: int, dice: random.Random) -> Decimal:
    """The local gradient of a gate at a port, in one of the ways in which people write it."""
    return dice.choice(SLOPES[op][port])(a, b, out)


#: Local gradients that are a sign, a switch or a number of the sheet: nobody rounds them again.
SWITCHES = ("neg", "relu", "add", "sub", "mul", "maximum")


def exact_values(circuit: Circuit) -> dict[str, Decimal]:
    values: dict[str, Decimal] = {}
    for node in circuit.nodes:
        values[node.name] = (
            Decimal(node.value) if node.is_leaf else FORWARD[node.op](*(values[wire] for wire in node.inputs))
        )
    return values


def _gradients_are_small(circuit: Circuit) -> bool:
    values, dice = exact_values(circuit), random.Random(0)
    grads = {circuit.nodes[-1].name: ONE}
    for node in reversed(circuit.nodes):
        grads.setdefault(node.name, ZERO)
        if abs(grads[node.name]) > 200:
            return False
        operands = [values[wire] for wire in node.inputs]
        for port, wire in enumerate(node.inputs):
            b = operands[1] if len(operands) > 1 else None
            local = slopes(node.op, operands[0], b, values[node.name], port, dice)
            grads[wire] = grads.get(wire, ZERO) + local * grads[node.name]
    return True
