"""A second class, drawn and computed apart from the first simulation: other circuits, other people, typed texts.

Every sheet is honest: each number is made by the right operation from the numbers that its writer has, which are the
written ones, the ones behind them, or a mixture; everything unwritten is exact, or rounded to the digits of the sheet.
From the root of the repository: ``python -m tests.service.grading.second_class [CIRCUITS] [SEED]``.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, DecimalException, localcontext
from fractions import Fraction

from chainrule.schema import read
from chainrule.service.grading.exam import Exam, exam_of
from chainrule.service.grading.grading import Graded, graded
from chainrule.service.grading.reading.carriers import read_submission

Number = Decimal | Fraction
Row = tuple[str, str, tuple[str, ...], str]

LEAVES = ("0.5", "-1", "2", "3", "-0.4", "1.5", "0.7", "-2", "1", "0.25", "-1.25", "0.9", "4", "-3")


@dataclass(frozen=True)
class Op:
    """One gate: its value, and for each operand the ways to write its local gradient, of (operands, output)."""

    value: Callable[..., Number]
    slopes: tuple[tuple[Callable[..., Number], ...], ...]
    #: True where the numbers are so that the gate can be drawn there.
    suits: Callable[..., bool]


#: How somebody rounds what goes on to a scratch paper.
Round = Callable[[Number], Number]


def _sigmoid(a: Decimal, r: Round) -> Decimal:
    return 1 / (1 + r((-a).exp()))


def _tanh(a: Decimal, r: Round) -> Decimal:
    e = r((2 * a).exp())
    return (e - 1) / (e + 1)


def _sigmoid_slope(a: Decimal, o: Decimal, r: Round) -> Decimal:
    s = r(_sigmoid(a, r))
    return s * (1 - s)


def _always(*_: Number) -> bool:
    return True


def _one(*numbers: Number) -> Number:
    return 1 + 0 * numbers[0]


def _minus_one(*numbers: Number) -> Number:
    return -1 + 0 * numbers[0]


OPS: dict[str, Op] = {
    "add": Op(lambda a, b, r: a + b, ((lambda a, b, o, r: _one(a),), (lambda a, b, o, r: _one(a),)), _always),
    "sub": Op(lambda a, b, r: a - b, ((lambda a, b, o, r: _one(a),), (lambda a, b, o, r: _minus_one(a),)), _always),
    "mul": Op(lambda a, b, r: a * b, ((lambda a, b, o, r: b,), (lambda a, b, o, r: a,)), _always),
    "div": Op(
        lambda a, b, r: a / b,
        ((lambda a, b, o, r: 1 / b,), (lambda a, b, o, r: -a / r(b * b), lambda a, b, o, r: -o / b)),
        lambda a, b: abs(b) >= Decimal("0.4"),
    ),
    "maximum": Op(
        lambda a, b, r: max(a, b),
        ((lambda a, b, o, r: (a > b) + 0 * a,), (lambda a, b, o, r: (b > a) + 0 * a,)),
        lambda a, b: abs(a - b) > Decimal("0.3"),
    ),
    "relu": Op(lambda a, r: max(a, 0 * a), ((lambda a, o, r: (a > 0) + 0 * a,),), lambda a: abs(a) > Decimal("0.3")),
    "neg": Op(lambda a, r: -a, ((lambda a, o, r: _minus_one(a),),), _always),
    "square": Op(lambda a, r: a * a, ((lambda a, o, r: 2 * a,),), _always),
    "sigmoid": Op(_sigmoid, ((lambda a, o, r: o * (1 - o), _sigmoid_slope),), lambda a: abs(a) < 4),
    "tanh": Op(
        _tanh,
        ((lambda a, o, r: 1 - r(o * o), lambda a, o, r: 1 - r(r(_tanh(a, r)) ** 2)),),
        lambda a: abs(a) < 3,
    ),
    "exp": Op(lambda a, r: a.exp(), ((lambda a, o, r: o, lambda a, o, r: a.exp()),), lambda a: abs(a) < 2.5),
    "log": Op(lambda a, r: a.ln(), ((lambda a, o, r: 1 / a,),), lambda a: a > Decimal("0.3")),
    "sqrt": Op(
        lambda a, r: a.sqrt(),
        ((lambda a, o, r: 1 / (2 * o), lambda a, o, r: 1 / (2 * r(a.sqrt()))),),
        lambda a: a > Decimal("0.3"),
    ),
    "reciprocal": Op(
        lambda a, r: 1 / a,
        ((lambda a, o, r: -1 / r(a * a), lambda a, o, r: -o * o, lambda a, o, r: -o / a),),
        lambda a: abs(a) > Decimal("0.4"),
    ),
}
RATIONAL = ("add", "sub", "mul", "div", "maximum", "relu", "neg", "square", "reciprocal")
UNARY = {name for name, op in OPS.items() if len(op.slopes) == 1}


def circuit(dice: random.Random, ops: tuple[str, ...]) -> list[Row]:
    """Rows of a random circuit whose last gate uses everything that would hang loose."""
    rows: list[Row] = [(f"v{i}", "input", (), dice.choice(LEAVES)) for i in range(dice.randint(2, 5))]
    values = {name: Fraction(text) for name, _, _, text in rows}
    exact = {name: Decimal(text) for name, _, _, text in rows}
    while len(values) < len(rows) or len(rows) < dice.randint(7, 13):
        op = dice.choice(ops)
        operands = tuple(dice.choice([row[0] for row in rows[-4:]] + [rows[0][0]]) for _ in OPS[op].slopes)
        numbers = [exact[name] for name in operands]
        if not OPS[op].suits(*numbers):
            continue
        found = Decimal(OPS[op].value(*numbers, Decimal))
        if not Decimal("0.02") < abs(found) < 30:
            continue
        name = f"n{len(rows)}"
        rows.append((name, op, operands, ""))
        exact[name], values[name] = found, Fraction(0)
    used = {operand for row in rows for operand in row[2]}
    loose = [row[0] for row in rows if row[0] not in used]
    for i, other in enumerate(loose[1:]):
        rows.append((f"s{i}", "add", (loose[0] if i == 0 else f"s{i - 1}", other), ""))
    return rows


@dataclass(frozen=True)
class Person:
    """How somebody rounds, what they go on with, and how they type."""

    digits: int
    by: str  # decimals, significant or fraction
    way: str
    goes_on: str  # written, behind, either
    rounds_all: bool
    types: str

    def cut(self, number: Number, more: int = 0) -> Number:
        """The number with the digits that this person writes, or some `more`."""
        if isinstance(number, Fraction) or number == 0:
            return number
        place = -self.digits - more if self.by == "decimals" else number.adjusted() - self.digits + 1
        return number.quantize(Decimal(1).scaleb(place), rounding=self.way)

    def typed(self, number: Number, dice: random.Random) -> str:
        """The number as it is typed into a form."""
        text = _fraction(number, dice) if isinstance(number, Fraction) else format(number, "f")
        if text.startswith("-") and not number:
            text = text[1:]
        if self.types == "comma" and "." in text and len(text.partition(".")[2]) != 3:
            text = text.replace(".", ",")
        if self.types == "minus":
            text = text.replace("-", "\u2212")
        if self.types == "spaces":
            text = f" = {text} "
        return text


def _fraction(number: Fraction, dice: random.Random) -> str:
    if number.denominator == 1:
        return str(number)
    known = {Fraction(1, 2): "½", Fraction(2, 3): "⅔", Fraction(3, 4): "¾"}
    return known[number] if number in known and dice.random() < 0.5 else f"{number.numerator}/{number.denominator}"


def person(dice: random.Random) -> Person:
    """Somebody of the class."""
    by = dice.choice(("decimals", "decimals", "decimals", "significant", "fraction"))
    digits = dice.randint(1, 4) if by == "decimals" else 3
    way = dice.choice((ROUND_HALF_UP, ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN))
    goes_on = dice.choice(("written", "behind", "either"))
    types = dice.choice(("plain", "comma", "minus", "spaces"))
    return Person(digits, by, way, goes_on, dice.random() < 0.4, types)


class Sheet:
    """The numbers of one person on one circuit."""

    def __init__(self, rows: list[Row], one: Person, dice: random.Random) -> None:
        self.rows, self.one, self.dice = rows, one, dice
        self.behind: dict[str, Number] = {}
        self.written: dict[str, Number] = {}
        number = Fraction if one.by == "fraction" else Decimal
        for name, op, operands, text in rows:
            if op == "input":
                self.behind[f"value:{name}"] = self.written[f"value:{name}"] = number(text)
            else:
                self._write(f"value:{name}", self._value(op, operands))
        for name, *_ in reversed(rows):
            sent = [self._scratch(local * self._use(f"grad:{gate}")) for gate, local in self._above(name)]
            only = sent[0] if len(sent) == 1 else sum(sent, number(name == rows[-1][0]))
            self._write(f"grad:{name}", only)

    def answers(self) -> dict[str, str]:
        """What is typed."""
        leaves = {f"value:{row[0]}" for row in self.rows if row[1] == "input"}
        return {name: self.one.typed(n, self.dice) for name, n in self.written.items() if name not in leaves}

    def _value(self, op: str, operands: tuple[str, ...]) -> Number:
        return OPS[op].value(*(self._use(f"value:{wire}") for wire in operands), self._scratch)

    def _above(self, name: str) -> Iterator[tuple[str, Number]]:
        for gate, op, operands, _ in self.rows:
            for port, operand in enumerate(operands):
                if operand == name:
                    numbers = [self._use(f"value:{wire}") for wire in (*operands, gate)]
                    yield gate, self._slope(op, self.dice.choice(OPS[op].slopes[port])(*numbers, self._scratch))

    def _slope(self, op: str, local: Number) -> Number:
        """Switches and signs are numbers of the sheet: nobody rounds them again."""
        return local if op in ("add", "sub", "mul", "neg", "relu", "maximum") else self._scratch(local)

    def _scratch(self, number: Number) -> Number:
        return self.one.cut(number) if self.one.rounds_all and self.one.by == "decimals" else number

    def _use(self, address: str) -> Number:
        goes_on = self.dice.choice(("written", "behind")) if self.one.goes_on == "either" else self.one.goes_on
        return self.written[address] if goes_on == "written" else self.behind[address]

    def _write(self, address: str, number: Number) -> None:
        if abs(number) > 1000 or (isinstance(number, Fraction) and number.denominator > 10**6):
            raise ArithmeticError
        if isinstance(number, Decimal) and abs(number) < Decimal("1e-30"):
            number = Decimal(0)
        more = 0 if self.one.rounds_all or self.dice.random() < 0.8 else self.dice.randint(1, 2)
        self.behind[address], self.written[address] = number, self.one.cut(number, more)


def task(rows: list[Row], one: Person) -> Exam:
    """The assignment for a circuit, at the digits of a person."""
    nodes = [
        {"id": name, "op": op, "inputs": list(operands)} if operands else {"id": name, "op": op, "value": text}
        for name, op, operands, text in rows
    ]
    graph = {"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}, "nodes": nodes,
             "outputs": [{"node": rows[-1][0], "seed": 1}]}  # fmt: skip
    form = {"min_decimals": None, "min_sigfigs": 3} if one.by == "significant" else {"min_decimals": one.digits}
    slots = [{"slot": "value:*"}, {"slot": "grad:*"}]
    document = {"chainrule": "1.0", "kind": "assignment", "id": "second", "graph": graph, "slots": slots}
    return exam_of(read(json.dumps(document | {"policy": {"form": form}}).encode()))


def sheets(circuits: int, seed: int) -> Iterator[tuple[Person, dict[str, str], Graded]]:
    """Graded sheets of a class, several people a circuit."""
    dice = random.Random(seed)
    with localcontext(prec=60):
        for _ in range(circuits):
            people = [person(dice) for _ in range(3)]
            rational = any(one.by == "fraction" for one in people)
            rows = circuit(dice, RATIONAL if rational else tuple(OPS))
            for one in people:
                try:
                    answers = Sheet(rows, one, dice).answers()
                    exam = task(rows, one)
                except (ArithmeticError, DecimalException):
                    continue
                submission = read_submission(exam, json.dumps({"answers": answers}, ensure_ascii=False).encode())
                yield one, answers, graded(exam, submission)


def refuted(circuits: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many numbers were judged, by how they were rounded, and those that were refuted or not read."""
    counts, found = Counter[str](), list[str]()
    for one, answers, grade in sheets(circuits, seed):
        counts[one.by] += len(answers)
        for cell, verdicts in grade.cells.items():
            if verdicts.judged is None or verdicts.local == "refuted":
                name = grade.exam.circuit.name(cell)
                nodes = [
                    (row["id"], row.get("op"), row.get("inputs", row.get("value"))) for row in grade.exam.graph.nodes
                ]
                found.append(f"{one}: {name} = {answers.get(name)} of {answers} on {nodes}")
    return counts, found


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    numbers, wrong = refuted(given[0] if given else 2_000, given[1] if len(given) > 1 else 31)
    print(f"{sum(numbers.values()):,} honest numbers ({dict(numbers)}), refuted: {len(wrong)}")  # noqa: T201
    print("\n".join(wrong[:20]))  # noqa: T201
