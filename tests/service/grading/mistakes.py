"""Mistakes that simulated students make, written down apart from the catalogue that has to find them (24.2)."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from itertools import pairwise

from .circuits import ONE, ZERO, Circuit, Node, sigmoid
from .students import Mistake, Sheet, Student

ROUTERS = ("add", "sub", "maximum", "relu")
CURVED = ("reciprocal", "square", "exp", "log", "sigmoid", "tanh")


@dataclass(frozen=True)
class At:
    """One operand of one gate in the student's numbers: own and other operand, output, local, upstream, port."""

    a: Decimal
    b: Decimal | None
    out: Decimal
    local: Decimal
    up: Decimal
    port: int


@dataclass(frozen=True)
class SlotMistake:
    code: str
    gates: tuple[str, ...]
    formula: Callable[[At], Decimal]
    port: int | None = None

    def concerns(self, node: Node, port: int) -> bool:
        return node.op in self.gates and self.port in (None, port)


ANY = ("add", "sub", "mul", "div", "maximum", "neg", "relu", *CURVED)
SCALED = tuple(op for op in ANY if op not in ROUTERS)

SLOTS = [
    SlotMistake("local-only", ANY, lambda at: at.local),
    SlotMistake("upstream-only", ("mul", "div", "neg", *(op for op in CURVED if op != "exp")), lambda at: at.up),
    SlotMistake("add-local-upstream", SCALED, lambda at: at.local + at.up),
    SlotMistake("divide-by-local", SCALED, lambda at: at.up / at.local),
    SlotMistake("sign-slip", ANY, lambda at: -at.local * at.up),
    SlotMistake("mul-not-switched", ("mul",), lambda at: at.a * at.up),
    SlotMistake("mul-both", ("mul",), lambda at: at.a * at.b * at.up),
    SlotMistake("add-multiplies", ("add",), lambda at: at.b * at.up),
    SlotMistake("add-splits", ("add",), lambda at: at.up / 2),
    SlotMistake("sub-sign-lost", ("sub",), lambda at: at.up, 1),
    SlotMistake("div-den-sign", ("div",), lambda at: at.b / at.a**2 * at.up, 1),
    SlotMistake("div-den-first-power", ("div",), lambda at: -at.b / at.a * at.up, 1),
    SlotMistake("div-swapped", ("div",), lambda at: -at.b / at.a**2 * at.up, 0),
    SlotMistake("reciprocal-sign-dropped", ("reciprocal",), lambda at: at.up / at.a**2),
    SlotMistake("reciprocal-first-power", ("reciprocal",), lambda at: -at.up / at.a),
    SlotMistake("out-for-in", ("reciprocal",), lambda at: -at.up / at.out**2),
    SlotMistake("out-for-in", ("square",), lambda at: 2 * at.out * at.up),
    SlotMistake("out-for-in", ("log",), lambda at: at.up / at.out),
    SlotMistake("square-no-two", ("square",), lambda at: at.a * at.up),
    SlotMistake("pow-exponent-kept", ("square",), lambda at: 2 * at.out * at.up),
    SlotMistake("exp-is-one", ("exp",), lambda at: at.up),
    SlotMistake("exp-power-rule", ("exp",), lambda at: at.a * at.up),
    SlotMistake("log-base", ("log",), lambda at: at.up / (at.a * Decimal(10).ln())),
    SlotMistake("sigmoid-at-input", ("sigmoid",), lambda at: at.a * (1 - at.a) * at.up),
    SlotMistake("sigmoid-s-only", ("sigmoid",), lambda at: at.out * at.up),
    SlotMistake("sigmoid-1ms-only", ("sigmoid",), lambda at: (1 - at.out) * at.up),
    SlotMistake("sigmoid-plus", ("sigmoid",), lambda at: at.out * (1 + at.out) * at.up),
    SlotMistake("tanh-not-squared", ("tanh",), lambda at: (1 - at.out) * at.up),
    SlotMistake("tanh-as-sigmoid", ("tanh",), lambda at: at.out * (1 - at.out) * at.up),
    SlotMistake("tanh-at-input", ("tanh",), lambda at: (1 - at.a**2) * at.up),
    SlotMistake("max-to-loser", ("maximum",), lambda at: at.up if at.a < at.b else ZERO),
    SlotMistake("max-split", ("maximum",), lambda at: at.up / 2),
    SlotMistake("max-both", ("maximum",), lambda at: at.up),
    SlotMistake("relu-pass-through", ("relu",), lambda at: at.up),
    SlotMistake("relu-value-gate", ("relu",), lambda at: at.out * at.up),
    SlotMistake("relu-gates-on-upstream", ("relu",), lambda at: max(at.up, ZERO)),
]

#: Code -> what becomes of the branches, in the order of the forward pass.
FORKS: dict[str, Callable[[list[Decimal], random.Random], Decimal]] = {
    "last-write-wins": lambda sent, dice: sent[0],
    "first-branch-only": lambda sent, dice: sent[-1],
    "missing-branches": lambda sent, dice: sum(sent, ZERO) - dice.choice(sent),
    "branches-averaged": lambda sent, dice: sum(sent, ZERO) / len(sent),
    "branches-multiplied": lambda sent, dice: reduce(lambda a, b: a * b, sent, ONE),
    "branches-max": lambda sent, dice: max(sent),
    "double-counted": lambda sent, dice: sum(sent, ZERO) + dice.choice(sent),
}

#: Code -> (gates, what the wrong operation makes of the operands).
FORWARDS: dict[str, tuple[tuple[str, ...], Callable[[str, list[Decimal]], Decimal]]] = {
    "forward-op-swapped": (("add", "mul"), lambda op, x: x[0] * x[1] if op == "add" else x[0] + x[1]),
    "forward-max-is-min": (("maximum",), lambda op, x: min(x)),
    "forward-sigmoid-sign": (("sigmoid",), lambda op, x: sigmoid(-x[0])),
    "forward-square-doubles": (("square",), lambda op, x: 2 * x[0]),
    "forward-relu-absent": (("relu",), lambda op, x: x[0]),
    "forward-div-swapped": (("div",), lambda op, x: x[1] / x[0]),
    "forward-sub-swapped": (("sub",), lambda op, x: x[1] - x[0]),
    "forward-log-base": (("log",), lambda op, x: x[0].log10()),
}

SURFACE = ("decimal-slip", "digit-swap", "value-for-grad")


def mistakes(circuit: Circuit, dice: random.Random) -> dict[str, list[Mistake]]:
    """Every mistake that can be made on a circuit, by code."""
    found: dict[str, list[Mistake]] = {}
    for mistake in _all(circuit, dice):
        found.setdefault(mistake.code, []).append(mistake)
    return found


def draw(circuit: Circuit, dice: random.Random) -> Mistake:
    """A mistake whose code is drawn first, then its place."""
    possible = mistakes(circuit, dice)
    return dice.choice(possible[dice.choice(sorted(possible))])


def _all(circuit: Circuit, dice: random.Random) -> Iterator[Mistake]:
    for name in circuit.trained:
        address, uses = f"grad:{name}", circuit.uses[name]
        for node, port in uses:
            for wrong in SLOTS:
                if wrong.concerns(node, port):
                    yield Mistake(wrong.code, address, _slot_step(wrong), (node.name, port))
        if len(uses) > 1:
            for code, formula in FORKS.items():
                yield Mistake(code, address, _fork_step(formula, dice))
        yield Mistake("decimal-slip", address, text=_shifted)
        yield Mistake("digit-swap", address, text=_swapped)
        yield Mistake("value-for-grad", address, text=_value_of(name))
    for node in circuit.gates:
        for code, (gates, formula) in FORWARDS.items():
            if node.op in gates:
                yield Mistake(code, f"value:{node.name}", _forward_step(formula))


def _slot_step(wrong: SlotMistake) -> Callable[..., Decimal]:
    def step(student: Student, sheet: Sheet, node: Node, port: int, local: Decimal, up: Decimal) -> Decimal:
        first, second, out = student.around(sheet, node)
        a, b = (first, second) if port == 0 else (second, first)
        return wrong.formula(At(a, b, out, local, up, port))

    return step


def _fork_step(
    formula: Callable[[list[Decimal], random.Random], Decimal], dice: random.Random
) -> Callable[..., Decimal]:
    seed = dice.random()

    def step(student: Student, sheet: Sheet, sent: list[Decimal], own: Decimal) -> Decimal:
        return own + formula(sent, random.Random(seed))

    return step


def _forward_step(formula: Callable[[str, list[Decimal]], Decimal]) -> Callable[..., Decimal]:
    def step(student: Student, sheet: Sheet, node: Node, operands: list[Decimal], right: Decimal) -> Decimal:
        return formula(node.op, operands)

    return step


def _shifted(text: str, sheet: Sheet) -> str:
    """The decimal point one place to the right, all digits kept."""
    if "." not in text:
        return text + "0" if Decimal(text) else text
    sign, bare = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, decimals = bare.split(".")
    moved = (whole + decimals[0]).lstrip("0") or "0"
    return sign + moved + (f".{decimals[1:]}" if len(decimals) > 1 else "")


def _swapped(text: str, sheet: Sheet) -> str:
    """The first two neighbouring digits that differ and are not 0, exchanged."""
    places = [i for i, char in enumerate(text) if char.isdigit()]
    for i, k in pairwise(places):
        if text[i] != text[k] and "0" not in (text[i], text[k]):
            return text[:i] + text[k] + text[i + 1 : k] + text[i] + text[k + 1 :]
    return text


def _value_of(name: str) -> Callable[[str, Sheet], str]:
    def changed(text: str, sheet: Sheet) -> str:
        return sheet.claims.get(f"value:{name}") or str(sheet.written[f"value:{name}"])

    return changed
