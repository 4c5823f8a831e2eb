"""Addresses of numbers in a graph: `value:h`, `grad:x1`, `local:f#0`, `grad:W[0,1]` (format.md 11)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from .node import LEAVES
from .structure import Structure

FIELDS = ("value", "grad", "local", "downstream")

#: Fields that speak of one operand of a gate.
PORTED = ("local", "downstream")

_ADDRESS = re.compile(
    r"(value|grad|local|downstream):(\*|[^\s:#\[\]*]{1,1024})(?:#(0|[1-9][0-9]{0,4}))?"
    r"(?:\[((?:0|[1-9][0-9]{0,8})(?:, ?(?:0|[1-9][0-9]{0,8})){0,7})\])?"
)


class Address(NamedTuple):
    """A field of a node (`*`: of every node that has it), an operand's index, an element of a tensor."""

    field: str
    node: str
    port: int | None = None
    element: tuple[int, ...] | None = None

    def __str__(self) -> str:
        port = "" if self.port is None else f"#{self.port}"
        index = "" if self.element is None else f"[{','.join(map(str, self.element))}]"
        return f"{self.field}:{self.node}{port}{index}"

    @property
    def is_wildcard(self) -> bool:
        """True for all numbers of a field."""
        return self.node == "*"


def read_address(text: str) -> Address | None:
    """The address that a text is; None for any other text."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return None
    field, node, port, index = match.groups()
    return Address(
        field,
        node,
        None if port is None else int(port),
        None if index is None else tuple(int(part) for part in index.split(",")),
    )


def expanded(address: Address, structure: Structure) -> Iterator[Address]:
    """The numbers that an address means, in the order of the nodes: itself, or all that a wildcard matches."""
    if not address.is_wildcard:
        yield address
        return
    for position, (name, op) in enumerate(zip(structure.ids, structure.ops, strict=True)):
        if address.field in PORTED:
            for port in _open_ports(position, structure):
                if address.port in (None, port):
                    yield Address(address.field, name, port, address.element)
        elif op not in (LEAVES if address.field == "value" else ("const",)):
            yield Address(address.field, name, None, address.element)


def _open_ports(gate: int, structure: Structure) -> Iterator[int]:
    """The ports through which a gradient flows: constants receive none."""
    for port, operand in enumerate(structure.operands[gate]):
        if structure.ops[operand] != "const":
            yield port
