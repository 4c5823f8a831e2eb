"""How deep a value or a text nests, counted without recursion."""

import re
from typing import Any, cast

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def nesting(value: Any) -> int:
    """The greatest number of arrays and objects that stand around one place of the value."""
    depth = 0
    level = _containers([value])
    while level:
        depth += 1
        level = [child for parent in level for child in _containers(_children(parent))]
    return depth


def _containers(values: list[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, (dict, list))]


def _children(parent: Any) -> list[Any]:
    return list(cast(dict[str, Any], parent).values()) if isinstance(parent, dict) else parent


def text_nesting(text: bytes) -> int:
    """The greatest number of brackets that are open at once in a JSON text, which may be cut off or broken."""
    depth = deepest = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", text)):
        depth += 1 if bracket[0] in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
