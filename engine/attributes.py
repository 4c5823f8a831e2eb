"""Attributes of ops: declared as keyword-only parameters of the forward rule, read from documents (format.md 8).

A parameter's annotation is the attribute's type, its default the attribute's default as documents would write it.
A default of None depends on the operands (all axes, all ones, the last axis): the rule itself resolves it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Annotated, Any, Literal, cast, get_args, get_origin

from ..schema.canonical_number import exact_text
from ..schema.number import exact

Int = Annotated[int, "int"]
#: Written as a number or as text; rules get the exact rational.
Real = Annotated[Any, "real"]
Bool = Annotated[bool, "bool"]
Ints = Annotated[tuple[int, ...], "ints"]
Extents = Annotated[tuple[int, ...], "shape"]
DtypeName = Annotated[str, "dtype"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its type by the names of the format, and its default as a document would write it.

    `default` is None where the attribute is required, or where its default depends on the operands.
    """

    type: str
    required: bool
    default: Any = None
    values: tuple[str, ...] = ()

    def read(self, raw: Any) -> Any:
        """The attribute as rules take it: reals as exact rationals, lists as tuples."""
        if self.type == "real":
            return exact(raw, "float64")
        return tuple(raw) if self.type in ("ints", "shape") else raw

    def write(self, value: Any) -> Any:
        """The attribute as documents write it; the inverse of `read`."""
        if self.type == "real":
            nearest = float(value)
            return nearest if value == nearest else exact_text(value)
        return list(value) if self.type in ("ints", "shape") else value

    def is_default(self, value: Any) -> bool:
        """True for the value, as rules take it, of an attribute that is left out."""
        return self.default is not None and value == self.read(self.default)

    def published(self) -> dict[str, Any]:
        """The attribute as the published op set states it."""
        stated: dict[str, Any] = {"type": self.type}
        if self.required:
            stated["required"] = True
        elif self.default is not None:
            stated["default"] = self.default
        return {**stated, "values": list(self.values)} if self.values else stated


def declared(forward: Callable[..., Any]) -> Mapping[str, Attribute]:
    """The attributes of an op, by name, from the keyword-only parameters of its forward rule."""
    parameters = signature(forward).parameters.values()
    return {p.name: _attribute(p) for p in parameters if p.kind is Parameter.KEYWORD_ONLY}


def _attribute(parameter: Parameter) -> Attribute:
    required = parameter.default is Parameter.empty
    default = None if required else parameter.default
    if get_origin(parameter.annotation) is Literal:
        return Attribute("string", required, default, cast(tuple[str, ...], get_args(parameter.annotation)))
    return Attribute(_type_name(parameter.annotation), required, default)


def _type_name(annotation: Any) -> str:
    """The name in `Annotated[..., name]`, also inside `... | None`."""
    if get_origin(annotation) is Annotated:
        return cast(str, get_args(annotation)[1])
    return next(_type_name(part) for part in get_args(annotation) if part is not type(None))


def values_of(attributes: Mapping[str, Attribute], stated: Mapping[str, Any]) -> dict[str, Any]:
    """Every attribute as rules take it: what a node states, else the default; None where that is up to the rule."""
    found: dict[str, Any] = {}
    for name, attribute in attributes.items():
        raw = stated.get(name, attribute.default)
        found[name] = None if raw is None else attribute.read(raw)
    return found
