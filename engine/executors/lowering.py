"""Lowering: a rule as Python expressions, printed by running it on names (`numbers/source.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from re import findall

from ..numbers.source import Code, Source
from ..rule import Rule

#: Calls that never raise, whatever doubles they get.
_CALM = frozenset({"abs", "side", "maximum", "minimum", "sign", "equal", "less", "less_equal", "where"})

_SOURCE = Source()


@dataclass(frozen=True, slots=True)
class Lowered:
    """The value and the slopes of a gate, in the names x0, x1, ... of its operands and `out` of its result."""

    value: str
    slopes: tuple[str, ...]

    @property
    def is_calm(self) -> bool:
        """True if no slope can raise: nothing is divided, and only what is defined everywhere is called."""
        text = " ".join(self.slopes)
        return "/" not in text and set(findall(r"(\w+)\(", text)) <= _CALM

    @property
    def functions(self) -> set[str]:
        """The names of all functions that are called."""
        return set(findall(r"(\w+)\(", " ".join((self.value, *self.slopes))))


@lru_cache(4096)
def lowered(rule: Rule, arity: int) -> Lowered:
    """The expressions of a rule with so many operands."""
    operands = [Code(f"x{port}") for port in range(arity)]
    value: Code = rule.forward(_SOURCE, *operands)
    slopes: Sequence[Code | None] = rule.local(_SOURCE, Code("out"), operands)
    return Lowered(value.text, tuple("nan" if slope is None else slope.text for slope in slopes))
