"""Rules run on wires instead of numbers: where a rule adds two numbers, an `add` gate is drawn.

So an op on tensors becomes the scalar gates that it consists of, from its own forward rule and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..schema import Node
from ..schema.grammar import read_fraction
from ..schema.number import nearest
from .arrangement import Rearrangement
from .numbers.floats import Floats
from .numbers.protocol import Outside
from .numbers.tensors import Entries, Tensors, array, entrywise, flat, read_rows
from .registry import OPS
from .rule import MIDDLE, UPPER, Rule, shares

#: The place of a wire in the graph as it was, and one entry of it.
Home = tuple[int, int]


class Part:
    """One scalar wire: a place in the opened graph. Arithmetic on parts draws gates."""

    __slots__ = ("place", "wiring")

    def __init__(self, place: int, wiring: Wiring) -> None:
        self.place, self.wiring = place, wiring

    def __add__(self, other: Part | int) -> Part:
        return self.wiring.gate(OPS["add"], (self, self.wiring.part(other)))

    def __radd__(self, other: int) -> Part:
        return self.wiring.part(other) + self

    def __sub__(self, other: Part | int) -> Part:
        return self.wiring.gate(OPS["sub"], (self, self.wiring.part(other)))

    def __rsub__(self, other: int) -> Part:
        return self.wiring.part(other) - self

    def __mul__(self, other: Part | int) -> Part:
        return self.wiring.gate(OPS["mul"], (self, self.wiring.part(other)))

    def __rmul__(self, other: int) -> Part:
        return self.wiring.part(other) * self

    def __truediv__(self, other: Part | int) -> Part:
        return self.wiring.gate(OPS["div"], (self, self.wiring.part(other)))

    def __rtruediv__(self, other: int) -> Part:
        return self.wiring.part(other) / self

    def __neg__(self) -> Part:
        return self.wiring.gate(OPS["neg"], (self,))


@dataclass
class Wiring:
    """The opened graph while it is drawn; also the number system whose numbers are its wires.

    `home` and `dtype` are those of the gate that is being opened.
    """

    most: int
    rows: list[Node] = field(default_factory=list[Node])
    rules: list[Rule | None] = field(default_factory=list[Rule | None])
    operands: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])
    dtypes: list[str] = field(default_factory=list[str])
    homes: list[Home] = field(default_factory=list[Home])
    inner: set[int] = field(default_factory=set[int])
    home: Home = (0, 0)
    dtype: str = "float64"
    name: str = ""
    _constants: dict[tuple[str, Any], Part] = field(default_factory=dict[tuple[str, Any], Part])

    def __getattr__(self, name: str) -> Any:
        """A function of the system: a gate of that op."""
        if name not in OPS:
            raise AttributeError(name)
        return partial(self.drawn, OPS[name])

    def drawn(self, rule: Rule, *operands: Part) -> Part:
        """A gate inside the op that is being opened."""
        return self.gate(rule, operands)

    def constant(self, number: Any) -> Part:
        """A constant of the opened graph, one for equal numbers; minus infinity hides what it is added to."""
        key = (self.dtype, number)
        if key not in self._constants:
            self._constants[key] = self._constant(number)
        return self._constants[key]

    def _constant(self, number: Any) -> Part:
        """A number as a document can write it: infinite, a fraction, a double, or a quotient of two doubles."""
        if isinstance(number, float):
            return self._leaf(number, self.dtype)
        written = f"{number.numerator}/{number.denominator}"
        if read_fraction(written) is not None:
            return self._leaf(written, self.dtype)
        if is_double(number):
            return self._leaf(float(number), "float64")
        if is_double(number.numerator) and is_double(number.denominator):
            over, under = (self._leaf(float(part), "float64") for part in (number.numerator, number.denominator))
            return over / under
        raise Outside(f"{written} is no constant that a document can state")

    def _leaf(self, raw: Any, dtype: str) -> Part:
        place = self.wire({"id": f"{len(self.rows)}", "op": "const", "value": raw}, None, (), dtype)
        self.inner.add(place)
        return Part(place, self)

    def part(self, number: Part | int) -> Part:
        """A part itself, or an integer as one."""
        return number if isinstance(number, Part) else self.constant(Fraction(number))

    def gate(self, rule: Rule, operands: Sequence[Part]) -> Part:
        """A gate inside the op that is being opened."""
        hidden = self._hidden(rule, operands)
        if hidden is not None:
            return hidden
        if len(self.rows) >= self.most:
            raise Outside(f"more than {self.most} parts")
        row: Node = {"id": f"{self.name}~{len(self.rows)}", "op": rule.name}
        place = self.wire(row, rule, tuple(operand.place for operand in operands), self.dtype)
        self.inner.add(place)
        return Part(place, self)

    def wire(self, row: Node, rule: Rule | None, operands: tuple[int, ...], dtype: str) -> int:
        """A new wire, by its row."""
        self.rows.append(row)
        self.rules.append(rule)
        self.operands.append(operands)
        self.dtypes.append(dtype)
        self.homes.append(self.home)
        return len(self.rows) - 1

    def number(self, place: int) -> float:
        """The number on a wire of integers, by the rules of floats."""
        rule, row = self.rules[place], self.rows[place]
        if rule is not None:
            return rule.forward(Floats(), *(self.number(k) for k in self.operands[place]))
        if "value" not in row:
            raise Outside(f"{row['id']} has no value")
        return nearest(row["value"], self.dtypes[place])

    def _hidden(self, rule: Rule, operands: Sequence[Part]) -> Part | None:
        """What a gate with minus infinity among its operands makes; None for any other gate."""
        known = [self._constants.get((self.dtype, -np.inf)) is operand for operand in operands]
        if not any(known):
            return None
        if rule.name == "add" or (rule.name == "sub" and known == [True, False]):
            return self.constant(-np.inf)
        if rule.name in ("maximum", "logaddexp") and not all(known):
            return operands[known.index(False)]
        if rule.name == "exp":
            return self.constant(Fraction(0))
        raise Outside(f"{rule.name} of minus infinity")


#: The maximum of two entries of a window; at a tie it takes what pooling takes.
WINDOWED = replace(OPS["maximum"], at_kink=shares(zero=MIDDLE, torch=UPPER, jax=UPPER, first=UPPER))


def is_double(number: int | Fraction) -> bool:
    """True for a rational that binary64 holds."""
    try:
        return Fraction(float(number)) == number
    except OverflowError:
        return False


class WireTensors(Tensors):
    """Tensors of wires: an elementwise op is one gate an entry, whatever its own rule computes."""

    def run(self, rule: Rule, operands: Sequence[Entries]) -> Entries:
        """One gate an entry."""
        return entrywise(partial(self.each.drawn, rule), operands)

    def largest_of(self, function: Rearrangement, x: Entries) -> Entries:
        """One maximum after the other, each with the conventions of windows: the first takes all but under `zero`."""
        rows, shape = read_rows(function, x)
        return array([reduce(partial(self.each.drawn, WINDOWED), row) for row in rows], shape)

    def places(self, x: Entries) -> NDArray[np.int64]:
        """The numbers on wires of integers."""
        numbers = [int(self.each.number(part.place)) for part in flat(x)]
        return np.array(numbers, dtype=np.int64).reshape(x.shape)

    def tensor(self, numbers: Any) -> Entries:
        """Constants; minus infinity among them hides what it is added to."""
        entries = [float(x) if np.isinf(x) else Fraction(float(x)) for x in numbers.flat]
        return array([self.each.constant(entry) for entry in entries], numbers.shape)
