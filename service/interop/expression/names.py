"""Function names: those of the op set, and what people write instead of them."""

from difflib import get_close_matches

from ....engine.registry import OPS
from ....engine.rule import Rule

#: Modules that may stand in front of a function; they are dropped.
MODULES = frozenset({"math", "np", "numpy", "torch", "jnp"})

#: Other spellings of ops; never written into a document.
ALIASES = {
    "absolute": "abs",
    "divide": "div",
    "expit": "sigmoid",
    "fabs": "abs",
    "ln": "log",
    "logistic": "sigmoid",
    "max": "maximum",
    "min": "minimum",
    "multiply": "mul",
    "negative": "neg",
    "positive": "identity",
    "power": "pow",
    "subtract": "sub",
}

#: Functions that take any number of operands from two on, folded to the left.
FOLDED = frozenset({"max", "min"})


def op_of(function: str) -> str:
    """The op's own spelling of a function."""
    return ALIASES.get(function, function)


def rule_of(op: str) -> Rule | None:
    """The op's declaration; None if the op set does not have it."""
    return OPS.get(op)


def nearest(function: str) -> tuple[str, ...]:
    """The three known functions whose spelling is nearest."""
    return tuple(get_close_matches(function, sorted({*OPS, *ALIASES}), n=3, cutoff=0.0))
