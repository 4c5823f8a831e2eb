"""The op set as the format knows it: names, ages, outputs, attributes (format.md 18.3).

What an op computes is the engine's business; it generates the published file that is read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import orjson

#: The newest op set that this reader has.
NEWEST = 1

AttributeType = Literal["int", "real", "bool", "string", "ints", "reals", "shape", "dtype"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an op: required, or with a default; one whose default depends on the operands has neither."""

    type: AttributeType
    required: bool = False
    default: Any = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpEntry:
    """One op: the op set that first had it, how many tensors it makes, its attributes.

    ``outputs`` is a number, or the name of the list attribute that has one entry an output.
    """

    name: str
    since: int = 1
    deprecated: bool = False
    outputs: int | str = 1
    attrs: Mapping[str, Attribute] = field(default_factory=dict[str, Attribute])


@cache
def core_ops() -> Mapping[str, OpEntry]:
    """Every op of the core set by its name, in the order of publication."""
    text = files(__spec__.parent).joinpath(f"published/1.0/opset-core-{NEWEST}.json").read_bytes()
    return MappingProxyType({entry["name"]: _entry(entry) for entry in orjson.loads(text)["ops"]})


def _entry(published: dict[str, Any]) -> OpEntry:
    attrs = {name: _attribute(entry) for name, entry in published["attrs"].items()}
    return OpEntry(published["name"], published["since"], published["deprecated"], published["outputs"], attrs)


def _attribute(published: dict[str, Any]) -> Attribute:
    return Attribute(
        published["type"],
        published.get("required", False),
        published.get("default"),
        tuple(published.get("values", ())),
    )
