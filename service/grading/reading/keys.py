"""What the keys of an answer mean: addresses, and the short forms that people write (grading.md 2.1)."""

from __future__ import annotations

import re

from ....schema.address import FIELDS, PORTED, Address, read_address
from ..exam import Exam

_SHORT = {name[0]: name for name in FIELDS}
_DOTTED = re.compile(r"(.+)\.(value|grad|local|downstream)(?:[.#](\d+))?")


def resolved(key: str, exam: Exam) -> Address | None:
    """The number that a key means; None if it means none of this graph."""
    text = key.strip()
    for address in (_plain(text), _dotted(text), _derivative(text, exam)):
        if address is not None and exam.cells_of(address) is not None:
            return address
    return None


def _plain(text: str) -> Address | None:
    field, colon, rest = text.partition(":")
    return read_address(f"{_SHORT.get(field, field)}:{rest}") if colon else None


def _dotted(text: str) -> Address | None:
    match = _DOTTED.fullmatch(text)
    if match is None:
        return None
    node, field, port = match.groups()
    if (port is not None) != (field in PORTED):
        return None
    return read_address(f"{field}:{node}" + (f"#{port}" if port is not None else ""))


def _derivative(text: str, exam: Exam) -> Address | None:
    """`df/dx` where f is the only output, `dx` where no node has that name."""
    outputs = [output["node"] for output in exam.graph.outputs]
    if len(outputs) == 1 and text.startswith(f"d{outputs[0]}/d"):
        return Address("grad", text.removeprefix(f"d{outputs[0]}/d"))
    if text.startswith("d") and text not in exam.index:
        return Address("grad", text[1:])
    return None
