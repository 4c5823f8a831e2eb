"""The obvious design of a grader: pydantic models, a networkx graph, an interpreter over a dict; file by file.

It does what a class needs and no more: every number is read as the interval of its digits and judged by the chain rule
over the student's own numbers, and by the truth; a wrong number is compared with the usual mistakes; what follows from
it is carried; a report of the same kind as ours comes out. It has one form of each step, no scratch paper, no
refusals, one language, and trusts its input. `number` is `float`, or `Fraction` for the exact ends that ours have.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

Number = Any


class Node(BaseModel):
    """One gate or leaf."""

    model_config = ConfigDict(extra="ignore")
    id: str
    op: str
    inputs: list[str] = []
    value: float | None = None


class Graph(BaseModel):
    """The circuit."""

    model_config = ConfigDict(extra="ignore")
    nodes: list[Node]
    outputs: list[dict[str, Any]]


class Asked(BaseModel):
    """Slots that are asked for."""

    model_config = ConfigDict(extra="ignore")
    slot: str
    points: str | int = 1
    group: str = "all"


class Assignment(BaseModel):
    """The assignment."""

    model_config = ConfigDict(extra="ignore")
    id: str
    graph: Graph
    slots: list[Asked]


class Submission(BaseModel):
    """What a student wrote."""

    answers: dict[str, str]


class SlotReport(BaseModel):
    """What is said of one number."""

    slot: str
    claim: str | None
    state: str
    local: str | None
    truth: str | None
    points: str
    credit: str
    roots: list[str]
    read: dict[str, str] | None = None
    predicted: dict[str, str] | None = None
    true_number: str | None = None
    codes: list[str] = []
    messages: list[str] = []


class Report(BaseModel):
    """The grade of one submission."""

    assignment: str
    by: str
    points: str
    max: str
    rounding: str
    first_error: str | None
    roots: list[str]
    slots: list[SlotReport]


class Span:
    """All numbers between two ends."""

    def __init__(self, low: Number, high: Number) -> None:
        self.low, self.high = low, high

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.high + other.high)

    def __neg__(self) -> "Span":
        return Span(-self.high, -self.low)

    def __mul__(self, other: "Span") -> "Span":
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Span(min(ends), max(ends))

    def inverse(self) -> "Span":
        if self.low <= 0 <= self.high:
            raise ZeroDivisionError
        return Span(1 / self.high, 1 / self.low)

    def exp(self) -> "Span":
        number = type(self.low)
        return Span(number(math.exp(self.low)), number(math.exp(self.high)))

    def meets(self, other: "Span") -> bool:
        return self.low <= other.high and other.low <= self.high

    def within(self, other: "Span") -> bool:
        return other.low <= self.low and self.high <= other.high

    def written(self) -> dict[str, str]:
        return {"lo": f"{float(self.low):.12g}", "hi": f"{float(self.high):.12g}"}


FORWARD: Mapping[str, Callable[..., Span]] = {
    "mul": lambda a, b: a * b,
    "add": lambda a, b: a + b,
    "neg": lambda a: -a,
    "exp": lambda a: a.exp(),
    "reciprocal": lambda a: a.inverse(),
}
ONE = Span(1, 1)
SLOPES: Mapping[str, Callable[..., Span]] = {
    "mul": lambda out, port, a, b: (b, a)[port],
    "add": lambda out, port, a, b: ONE,
    "neg": lambda out, port, a: -ONE,
    "exp": lambda out, port, a: out,
    "reciprocal": lambda out, port, a: -(a * a).inverse(),
}
#: The usual mistakes at one operand: local gradient, upstream gradient, own operand, output of the gate.
MISTAKES: Mapping[str, Callable[..., Span]] = {
    "local-only": lambda local, up, own, out: local,
    "upstream-only": lambda local, up, own, out: up,
    "add-local-upstream": lambda local, up, own, out: local + up,
    "divide-by-local": lambda local, up, own, out: up * local.inverse(),
    "sign-slip": lambda local, up, own, out: -(local * up),
    "mul-not-switched": lambda local, up, own, out: own * up,
    "mul-both": lambda local, up, own, out: own * local * up,
    "out-for-in": lambda local, up, own, out: -(up * (out * out).inverse()),
    "reciprocal-first-power": lambda local, up, own, out: -(up * own.inverse()),
    "add-splits": lambda local, up, own, out: up * Span(Fraction(1, 2), Fraction(1, 2)),
    "exp-power-rule": lambda local, up, own, out: own * up,
    "value-gate": lambda local, up, own, out: out * up,
}
TEXTS = {
    "correct": "",
    "missing": "Nothing is written here.",
    "rounding-drift": "Right step: the numbers before {claim} were already rounded.",
    "carried": "Follows correctly from your own number for {root}.",
    "disconnected": "The right number, but it does not follow from the numbers above it.",
    "wrong": "{claim} does not follow: the numbers before it allow {low} to {high}.",
}


class Obvious:
    """Grades files of one assignment."""

    def __init__(self, path: Path, number: type = float) -> None:
        self.assignment = Assignment.model_validate_json(path.read_bytes())
        self.number = number

    def report(self, path: Path) -> bytes:
        """The report on one file."""
        answers = Submission.model_validate_json(path.read_bytes()).answers
        sheet = Sheet(self.assignment, answers, self.number)
        return sheet.report(path.stem).model_dump_json().encode()


class Sheet:
    """One submission: its claims on a graph of its own."""

    def __init__(self, assignment: Assignment, answers: Mapping[str, str], number: type) -> None:
        import networkx as nx

        self.assignment, self.number = assignment, number
        self.answers = {name: text.strip().replace("\u2212", "-") for name, text in answers.items()}
        self.graph = nx.DiGraph()
        for node in assignment.graph.nodes:
            self.graph.add_node(node.id, node=node)
            self.graph.add_edges_from((operand, node.id) for operand in node.inputs)
        self.nodes: dict[str, Node] = dict(self.graph.nodes(data="node"))
        self.order = list(nx.topological_sort(self.graph))
        self.outputs = {output["node"] for output in assignment.graph.outputs}
        self.addresses = list(self._addresses())
        self.truths = self._predicted({})

    def _addresses(self) -> Iterator[str]:
        yield from (f"value:{name}" for name in self.order)
        for name in reversed(self.order):
            yield f"grad:{name}"
            yield from (f"local:{name}#{port}" for port in range(len(self.nodes[name].inputs)))

    def _predicted(self, claims: Mapping[str, Span]) -> dict[str, Span]:
        """What every step gives; later steps go on with the claims, where there are any."""
        used: dict[str, Span] = {}
        steps: dict[str, Span] = {}
        for address in self.addresses:
            steps[address] = self._step(address, used)
            used[address] = claims.get(address, steps[address])
        return steps

    def _step(self, address: str, used: Mapping[str, Span]) -> Span:
        field, _, name = address.partition(":")
        if field == "local":
            gate, _, port = name.partition("#")
            return self._slope(gate, int(port), used)
        node = self.nodes[name]
        if field == "value":
            number = self.number(node.value or 0)
            operands = [used[f"value:{one}"] for one in node.inputs]
            return FORWARD[node.op](*operands) if operands else Span(number, number)
        seed = self.number(name in self.outputs)
        sent = [self._slope(gate, port, used) * used[f"grad:{gate}"] for gate, port in self._uses(name)]
        return reduce(add, sent, Span(seed, seed))

    def _uses(self, name: str) -> list[tuple[str, int]]:
        gates = self.graph.successors(name)
        return [(gate, port) for gate in gates for port, one in enumerate(self.nodes[gate].inputs) if one == name]

    def _slope(self, gate: str, port: int, used: Mapping[str, Span]) -> Span:
        if f"local:{gate}#{port}" in used:
            return used[f"local:{gate}#{port}"]
        operands = [used[f"value:{one}"] for one in self.nodes[gate].inputs]
        return SLOPES[self.nodes[gate].op](used[f"value:{gate}"], port, *operands)

    def _read(self, text: str, truncates: bool) -> Span:
        value = Decimal(text)
        unit = Decimal(1).scaleb(value.as_tuple().exponent)  # type: ignore[arg-type]
        below, above = (unit / 2, unit / 2) if not truncates else (unit * (value <= 0), unit * (value >= 0))
        return Span(self.number(value - below), self.number(value + above))

    def report(self, by: str) -> Report:
        """The grade: digits are taken as rounded, or as cut off where that explains more."""
        nearest = self._judged(truncates=False)
        if not nearest[1]:
            return self._written(by, "nearest", *nearest)
        cut = self._judged(truncates=True)
        return (
            self._written(by, "truncate", *cut)
            if len(cut[1]) < len(nearest[1])
            else self._written(by, "nearest", *nearest)
        )

    def _judged(self, truncates: bool) -> tuple[dict[str, Span], list[str], dict[str, Span]]:
        claims = {address: self._read(text, truncates) for address, text in self.answers.items()}
        steps = self._predicted(claims)
        return claims, [address for address, claim in claims.items() if not claim.meets(steps[address])], steps

    def _written(
        self, by: str, rounding: str, claims: Mapping[str, Span], refuted: Sequence[str], steps: Mapping[str, Span]
    ) -> Report:
        roots = [address for address in refuted if not claims[address].meets(self.truths[address])]
        above = self._roots_above(set(roots))
        slots = [
            self._slot(address, points, claims, steps, above.get(address, []), address in refuted)
            for address, points in self._asked().items()
        ]
        total = sum((Fraction(slot.points) * Fraction(slot.credit) for slot in slots), Fraction(0))
        most = sum((Fraction(slot.points) for slot in slots), Fraction(0))
        first = next((address for address in self.addresses if address in roots), None)
        return Report(
            assignment=self.assignment.id, by=by, points=str(total), max=str(most), rounding=rounding,
            first_error=first, roots=roots, slots=slots,
        )  # fmt: skip

    def _asked(self) -> dict[str, str]:
        asked: dict[str, str] = {}
        for entry in self.assignment.slots:
            for address in self.addresses:
                name = address.partition(":")[2]
                is_leaf = name in self.nodes and not self.nodes[name].inputs
                is_meant = entry.slot == address or (
                    entry.slot.endswith(":*") and address.startswith(entry.slot[:-1])
                    and not (is_leaf and (address.startswith("value") or self.nodes[name].op == "const"))
                )  # fmt: skip
                if is_meant:
                    asked[address] = str(entry.points)
        return asked

    def _roots_above(self, roots: set[str]) -> dict[str, list[str]]:
        """For every number the nearest wrong numbers that it hangs on."""
        found: dict[str, list[str]] = {}
        for address in self.addresses:
            near: list[str] = []
            for one in self._dependencies(address):
                near += [one] if one in roots else found.get(one, [])
            found[address] = list(dict.fromkeys(near))
        return found

    def _dependencies(self, address: str) -> Iterator[str]:
        field, _, name = address.partition(":")
        if field == "value":
            yield from (f"value:{one}" for one in self.nodes[name].inputs)
        elif field == "local":
            gate = name.partition("#")[0]
            yield from (f"value:{one}" for one in (gate, *self.nodes[gate].inputs))
        else:
            for gate, port in self._uses(name):
                yield f"local:{gate}#{port}"
                yield f"grad:{gate}"

    def _slot(
        self, address: str, points: str, claims: Mapping[str, Span], steps: Mapping[str, Span], roots: list[str],
        is_refuted: bool,
    ) -> SlotReport:  # fmt: skip
        if address not in claims:
            return SlotReport(
                slot=address, claim=None, state="missing", local=None, truth=None, points=points, credit="0", roots=[],
                messages=[TEXTS["missing"]],
            )  # fmt: skip
        claim, step, truth = claims[address], steps[address], self.truths[address]
        is_true = truth.meets(claim)
        local = "refuted" if is_refuted else "proved" if step.within(claim) else "consistent"
        state = self._state(is_refuted, is_true, roots)
        found = SlotReport(
            slot=address, claim=self.answers[address], state=state, local=local,
            truth="proved" if is_true else "refuted", points=points, credit="0" if state == "wrong" else "1",
            roots=roots if state == "carried" else [],
        )  # fmt: skip
        if state != "correct":
            found.read, found.predicted, found.true_number = claim.written(), step.written(), f"{float(truth.low):.12g}"
            low, high = found.predicted["lo"], found.predicted["hi"]
            text = TEXTS[state].format(claim=found.claim, root=roots[0] if roots else "", low=low, high=high)
            found.messages.append(text)
        if state == "wrong":
            found.codes = self._codes(address, claim, claims, steps)
            found.messages += [f"This looks like {code}." for code in found.codes]
        return found

    def _state(self, is_refuted: bool, is_true: bool, roots: Sequence[str]) -> str:
        if is_true:
            return "disconnected" if is_refuted else "correct"
        return "wrong" if is_refuted else "carried" if roots else "rounding-drift"

    def _codes(self, address: str, claim: Span, claims: Mapping[str, Span], steps: Mapping[str, Span]) -> list[str]:
        """The mistakes that give the number, one at one gate."""
        if not address.startswith("grad"):
            return []
        used = {**steps, **claims}
        name, found = address.partition(":")[2], dict[str, None]()
        for gate, port in self._uses(name):
            local, up = self._slope(gate, port, used), used[f"grad:{gate}"]
            for code, formula in MISTAKES.items():
                try:
                    if formula(local, up, used[f"value:{name}"], used[f"value:{gate}"]).meets(claim):
                        found[code] = None
                except ZeroDivisionError:
                    continue
        return list(found)
