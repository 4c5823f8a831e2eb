"""Which dtypes an op takes, and which one it makes (ops.md 3). Nothing is converted silently."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

FLOATING = frozenset({"float64", "float32", "float16", "bfloat16"})
INDEX = frozenset({"int64", "int32"})


class DtypeFault(Exception):
    """Operands of dtypes that the op does not take: the operand's place, and what the op takes there."""

    def __init__(self, port: int, takes: str) -> None:
        super().__init__(takes)
        self.port, self.takes = port, takes


#: The operands' dtypes and the attributes -> the result's dtype; DtypeFault if an operand does not fit.
DtypeRule = Callable[[Sequence[str], Mapping[str, Any]], str]


def floating(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """One floating dtype for all operands and the result."""
    for port, dtype in enumerate(dtypes):
        if dtype not in FLOATING:
            raise DtypeFault(port, "a floating dtype")
    return _one(dtypes, 0)


def anything(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """One dtype, any, for all operands and the result."""
    return _one(dtypes, 0)


def comparison(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """Two operands of one dtype; the result is bool."""
    _one(dtypes, 0)
    return "bool"


def logical(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """bool in and out."""
    for port, dtype in enumerate(dtypes):
        _needs(port, dtype, frozenset({"bool"}), "bool")
    return "bool"


def choice(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """A bool condition, then two operands of one dtype, any."""
    _needs(0, dtypes[0], frozenset({"bool"}), "bool")
    return _one(dtypes, 1)


def indexed(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """Any dtype read at integer places: the second operand holds the places, further ones are like the first."""
    _needs(1, dtypes[1], INDEX, "int64 indices")
    for port, dtype in enumerate(dtypes[2:], start=2):
        _needs(port, dtype, frozenset({dtypes[0]}), f"{dtypes[0]}, as its first operand")
    return dtypes[0]


def labelled(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """Floating scores, then integer labels, then floating weights if any."""
    floating(dtypes[:1], attrs)
    return indexed(dtypes, attrs)


#: A result of whichever floating dtype its node states.
ANY_FLOATING = "a floating dtype"


def one_hot_dtype(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """Integer places in, any floating dtype out."""
    _needs(0, dtypes[0], INDEX, "int64 indices")
    return ANY_FLOATING


def places(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """Any dtype in, int64 places out."""
    return "int64"


def cast(dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    """Any dtype in, the one that the attribute `to` names out."""
    return attrs["to"]


def _one(dtypes: Sequence[str], first: int) -> str:
    for port, dtype in enumerate(dtypes[first + 1 :], start=first + 1):
        _needs(port, dtype, frozenset({dtypes[first]}), f"{dtypes[first]}, as operand {first}")
    return dtypes[first]


def _needs(port: int, dtype: str, allowed: frozenset[str], takes: str) -> None:
    if dtype not in allowed:
        raise DtypeFault(port, takes)


#: What the published op set calls each rule.
DTYPE_NAMES: Mapping[DtypeRule, str] = {
    floating: "floating",
    anything: "any",
    comparison: "comparison",
    logical: "logical",
    choice: "choice",
    indexed: "indexed",
    labelled: "labelled",
    one_hot_dtype: "one_hot",
    places: "places",
    cast: "cast",
}
