"""How a misconception is declared: one block with a formula that every number system runs, and five headings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from inspect import getdoc
from typing import Any, NamedTuple

#: What the docstring of every block says, in this order.
HEADINGS = ("Why it is wrong:", "In the numbers:", "Example:", "Instead:")


class Kind(Enum):
    """What a formula speaks of."""

    SLOT = "what one gate sends to one operand"
    FORK = "what arrives at a wire with several branches"
    VALUE = "what a gate makes of its operands"
    TENSOR = "what a gate on tensors sends to one operand"
    SURFACE = "how a right number was written"
    SHEET = "every gradient of a sheet"


class At(NamedTuple):
    """One operand of one gate, in the numbers of some system."""

    op: str
    own: Any
    #: The other operand; None at a gate of one.
    other: Any
    out: Any
    local: Any
    up: Any
    port: int
    operands: Sequence[Any]


class Step(NamedTuple):
    """A gate on the way forward: its operands, and what the right operation makes of any."""

    operands: Sequence[Any]
    compute: Callable[..., Any]


class Fork(NamedTuple):
    """What the gates send to one wire; the backward pass may end with each of `last`, begin with each of `first`."""

    sent: Sequence[Any]
    last: Sequence[Any]
    first: Sequence[Any]


class Pull(NamedTuple):
    """What a gate on tensors sends to one operand, as arrays of numbers; `is_mean`: it says that it is a mean."""

    op: str
    port: int
    right: Any
    up: Any
    out: Any
    operands: Sequence[Any]
    is_mean: bool


#: A formula of (xp, At), (xp, Fork), (xp, Step) or (xp, Pull); a list holds several ways to make the mistake.
Formula = Callable[..., Any]


@dataclass(frozen=True)
class Misconception:
    """One mistake that people make, and what it makes of the numbers."""

    code: str
    family: str
    kind: Kind
    #: Ops at which it can happen; empty: all.
    gates: frozenset[str]
    #: Ops at which it cannot.
    but: frozenset[str]
    ports: tuple[int, ...] | None
    formula: Formula
    text: str

    def concerns(self, op: str, port: int | None = None) -> bool:
        """True if the mistake can happen at this gate, and at this operand."""
        at_gate = (not self.gates or op in self.gates) and op not in self.but
        return at_gate and (self.ports is None or port is None or port in self.ports)


def misconception(
    family: str,
    kind: Kind = Kind.SLOT,
    *,
    gates: Sequence[str] = (),
    but: Sequence[str] = (),
    ports: Sequence[int] | None = None,
) -> Callable[[Formula], Misconception]:
    """Declare a misconception; the decorated function is its wrong formula and gives the code its name."""

    def declare(formula: Formula) -> Misconception:
        return Misconception(
            code=formula.__name__.strip("_").replace("_", "-"),
            family=family,
            kind=kind,
            gates=frozenset(gates),
            but=frozenset(but),
            ports=None if ports is None else tuple(ports),
            formula=formula,
            text=getdoc(formula) or "",
        )

    return declare


#: Gates that pass gradients on unscaled.
UNSCALED = ("identity", "add", "sub", "maximum", "minimum", "relu")

#: Gates of one operand whose slope depends on where they are.
CURVED = ("reciprocal", "square", "pow", "sqrt", "exp", "log", "sigmoid", "tanh", "sin", "cos")
