"""How names and constants of a document are spelt in an expression."""

import re
from collections.abc import Sequence
from keyword import iskeyword
from typing import Any

from ....schema import LEAVES, Node
from ....schema.jsontypes import is_object
from ....schema.tensor import read, write
from .constants import Value, all_integers
from .guards import LONGEST_NAME


def is_name(node_id: str) -> bool:
    """True if an id can stand in an expression as it is."""
    return node_id.isidentifier() and not iskeyword(node_id) and len(node_id) <= LONGEST_NAME


def names_of(rows: Sequence[Node]) -> dict[str, str]:
    """A name for every node: leaves keep their ids, other ids lose what no name may hold."""
    names = {row["id"]: row["id"] for row in rows if row["op"] in LEAVES}
    taken = set(names.values())
    for row in rows:
        if row["op"] not in LEAVES:
            names[row["id"]] = _free(re.sub(r"\W", "_", row["id"])[: LONGEST_NAME - 8], taken)
            taken.add(names[row["id"]])
    return names


def _free(stem: str, taken: set[str]) -> str:
    candidate, number = stem, 1
    while candidate in taken or iskeyword(candidate):
        number += 1
        candidate = f"{stem}_{number}"
    return candidate


def literal(constant: Node, default: str) -> str:
    """The text of a constant's value in a document of that default dtype."""
    dtype = constant.get("dtype", default)
    value: Value = _dense(constant.get("value"), dtype)
    if dtype not in ("int64", "int32", "bool"):
        value = _as_floats(value) if isinstance(value, list) else _positive_zero(value)
    natural = "int64" if isinstance(value, list) and all_integers(value) else default
    if natural != dtype:
        return f'const({value!r}, dtype="{dtype}")'
    return repr(value) if _is_plain(value) else f"const({value!r})"


def _dense(value: Any, dtype: str) -> Value:
    """A tensor in base64 as nested lists; anything else as it is."""
    if not is_object(value):
        return value
    tensor = read(value, dtype)
    return write(tensor.shape, tensor.entries)


def _is_plain(value: Value) -> bool:
    return isinstance(value, list) or (type(value) in (int, float) and not repr(value).startswith("-"))


def _as_floats(value: Value) -> Value:
    if isinstance(value, list):
        return [_as_floats(entry) for entry in value]
    return _positive_zero(float(value) if type(value) is int else value)


def _positive_zero(value: Value) -> Value:
    """A JSON zero has no sign in a document; in an expression it would have one."""
    return 0.0 if value == 0 and isinstance(value, float) else value
