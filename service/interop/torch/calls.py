"""How a call of torch is declared: one function a call, with torch's own names, order and defaults of arguments.

The function takes the builder, then what torch takes: wires where torch takes tensors. It gives a wire, None for an
output without gradient, or a list of these. Arguments that change nothing in a document (`out`, `memory_format`, ...)
are taken away before.
"""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, TypeVar

from ..lowering import Builder, Wire, refuse

#: What a call comes out as: None stands for an output that no gradient flows from.
Lowered = Wire | None | list["Wire | None"] | list[Wire]
Lowering = Callable[..., Lowered]

#: Keyword arguments that say where a result is put, not what it is.
_ASIDE = frozenset(
    {"out", "memory_format", "layout", "device", "requires_grad", "pin_memory", "generator", "inplace", "non_blocking"}
)


#: Every call declared so far; `table.py` reads all families and publishes it.
DECLARED: dict[str, Lowering] = {}


Declared = TypeVar("Declared", bound=Lowering)


def call(*names: str) -> Callable[[Declared], Declared]:
    """Declare what torch functions of these names become."""

    def declare(function: Declared) -> Declared:
        DECLARED.update(dict.fromkeys(names, function))
        return function

    return declare


def lowered(
    g: Builder, table: Mapping[str, Lowering], name: str, args: Any, kwargs: Mapping[str, Any], *, aten: bool = False
) -> Lowered:
    """The call as nodes; Refusal if it, or one of its arguments, has no counterpart. ATen's take `dtype` themselves."""
    if name not in table:
        refuse(f"{name}: there is no op for it")
    function = table[name]
    given = {key: value for key, value in kwargs.items() if key not in _ASIDE}
    taken = signature(function)
    if "dtype" in given and not aten and "dtype" not in taken.parameters:
        demand_float64(given.pop("dtype"))
    try:
        bound = taken.bind(g, *args, **given)
    except TypeError as error:
        refuse(f"{name}: {error}")
    return function(*bound.args, **bound.kwargs)


def demand_float64(dtype: Any) -> None:
    """Refuse any other dtype than float64, however it is said."""
    if dtype is not None and str(dtype).rsplit(".", 1)[-1] not in ("float64", "double"):
        refuse(f"dtype {dtype}")
