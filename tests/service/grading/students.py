"""Simulated students: six habits of rounding, honest or with one mistake, in 50 digits (grading.md 24.2)."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, DecimalException

from .circuits import FORWARD, ONE, SWITCHES, ZERO, Circuit, Node, slopes

HABITS = ("hand", "steps", "keeps", "calculator", "mixed", "sigfigs")

#: What 50-digit arithmetic leaves of a difference that is 0.
NOTHING = Decimal("1e-35")


class Impossible(Exception):
    """A step that nobody could have carried out."""


@dataclass
class Sheet:
    """What one student writes: address -> text; `kept` are the numbers behind."""

    claims: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Decimal] = field(default_factory=dict)
    written: dict[str, Decimal] = field(default_factory=dict)


#: Replaces one step: (student, circuit, sheet) are known by closure; gets the right number, gives the wrong one.
Wrong = Callable[["Student", Sheet, Decimal], Decimal]


@dataclass(frozen=True)
class Mistake:
    """One mistake: its code, the address where it is made; how the step or the finished text is changed."""

    code: str
    address: str
    step: Callable[..., Decimal] | None = None
    #: (gate, port) if one contribution is wrong; None if the whole wire is.
    slot: tuple[str, int] | None = None
    text: Callable[[str, Sheet], str] | None = None


@dataclass
class Student:
    """One student with a habit."""

    habit: str
    decimals: int
    truncates: bool
    drops_zeros: bool
    dice: random.Random
    mistake: Mistake | None = None

    def sheet(self, circuit: Circuit) -> Sheet:
        """The sheet; Impossible if a step cannot be made."""
        sheet = Sheet()
        try:
            for node in circuit.nodes:
                self._forward(node, sheet)
            for name in circuit.trained:
                self._backward(circuit, name, sheet)
        except (DecimalException, ZeroDivisionError, OverflowError) as error:
            raise Impossible from error
        return sheet

    def use(self, sheet: Sheet, address: str) -> Decimal:
        """The number with which the student goes on."""
        keeps = self.habit in ("keeps", "calculator") or (self.habit == "mixed" and self.dice.random() < 0.5)
        return (sheet.kept if keeps else sheet.written)[address]

    def local(self, sheet: Sheet, node: Node, port: int) -> Decimal:
        """A local gradient, rounded if the habit rounds scratch work."""
        a, b, out = self.around(sheet, node)
        number = slopes(node.op, a, b, out, port, self.dice)
        return self._scratch(number) if node.op not in SWITCHES else number

    def around(self, sheet: Sheet, node: Node) -> tuple[Decimal, Decimal | None, Decimal]:
        """Operands and output of a gate as the student uses them."""
        operands = [self.use(sheet, f"value:{wire}") for wire in node.inputs]
        return operands[0], operands[1] if len(operands) > 1 else None, self.use(sheet, f"value:{node.name}")

    def sent(self, sheet: Sheet, node: Node, port: int) -> Decimal:
        """What a gate sends to an operand."""
        local, up = self.local(sheet, node, port), self.use(sheet, f"grad:{node.name}")
        if self.mistake is not None and self.mistake.slot == (node.name, port):
            assert self.mistake.step is not None
            return self.mistake.step(self, sheet, node, port, local, up)
        return local * up

    def _scratch(self, number: Decimal) -> Decimal:
        return self.rounded(number) if self.habit == "steps" else number

    def _forward(self, node: Node, sheet: Sheet) -> None:
        address = f"value:{node.name}"
        if node.is_leaf:
            sheet.kept[address] = sheet.written[address] = Decimal(node.value)
            return
        operands = [self.use(sheet, f"value:{wire}") for wire in node.inputs]
        number = FORWARD[node.op](*operands)
        if self._is_here(address) and self.mistake.step is not None:
            number = self.mistake.step(self, sheet, node, operands, number)
        self._write(sheet, address, number)

    def _backward(self, circuit: Circuit, name: str, sheet: Sheet) -> None:
        address = f"grad:{name}"
        uses = circuit.uses[name]
        seed = ONE if name == circuit.nodes[-1].name else ZERO
        sent = [self.sent(sheet, node, port) for node, port in uses]
        if len(sent) > 1:
            sent = [self._scratch(number) for number in sent]
        if self._is_here(address) and self.mistake.slot is None and self.mistake.step is not None:
            number = self.mistake.step(self, sheet, sent, seed)
        else:
            number = seed + sum(sent, ZERO)
        self._write(sheet, address, number)

    def _is_here(self, address: str) -> bool:
        return self.mistake is not None and self.mistake.address == address

    def _write(self, sheet: Sheet, address: str, number: Decimal) -> None:
        if abs(number) > 5000:
            raise Impossible
        if abs(number) < NOTHING:
            number = ZERO
        written = self.rounded(number)
        text = self.printed(written)
        if self._is_here(address) and self.mistake.text is not None:
            text = self.mistake.text(text, sheet)
            number = written = Decimal(text)
        sheet.kept[address], sheet.written[address], sheet.claims[address] = number, written, text

    # How numbers are rounded and printed.

    def rounded(self, number: Decimal) -> Decimal:
        """The number to the digits of this student."""
        return number.quantize(self._unit(number), rounding=ROUND_DOWN if self.truncates else ROUND_HALF_UP)

    def _unit(self, number: Decimal) -> Decimal:
        if self.habit not in ("calculator", "sigfigs"):
            return Decimal((0, (1,), -self.decimals))
        exponent = number.adjusted() - self.decimals + 1 if number else 0
        return Decimal((0, (1,), exponent))

    def printed(self, number: Decimal) -> str:
        """The digits that are written."""
        if number and number.adjusted() < -9 and self.habit in ("calculator", "sigfigs"):
            return format(number, "e")
        text = format(number, "f")
        if text.startswith("-") and not number:
            text = text[1:]
        if self.drops_zeros and "." in text:
            text = text.rstrip("0").rstrip(".")
        return text


def student(habit: str, decimals: int, dice: random.Random, mistake: Mistake | None = None) -> Student:
    """A student with the habits of rounding drawn."""
    digits = {"calculator": dice.randint(8, 10), "sigfigs": dice.randint(2, 4)}.get(habit, decimals)
    truncates, drops = dice.random() < 0.3, dice.random() < 0.2
    return Student(habit, digits, truncates, drops, random.Random(dice.random()), mistake)
