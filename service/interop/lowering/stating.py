"""Attributes as documents state them: in JSON's words, and only where they differ from the default."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from ....engine.attributes import Attribute
from ....engine.rule import Rule
from ....engine.shape import Shape


def stated(rule: Rule, attrs: Mapping[str, Any], shapes: Sequence[Shape]) -> dict[str, Any]:
    """The attributes without those that equal their default, also where the default depends on the operands."""
    found: dict[str, Any] = {}
    for name, raw in attrs.items():
        attribute = rule.attributes[name]
        written = _written(attribute, raw)
        if not _is_default(attribute, name, written, shapes[0] if shapes else ()):
            found[name] = written
    return found


def _written(attribute: Attribute, raw: Any) -> Any:
    if attribute.type in ("ints", "shape"):
        return [int(entry) for entry in raw]
    if attribute.type == "real":
        return attribute.write(Fraction(raw)) if isinstance(raw, Fraction) else float(raw)
    return {"int": int, "bool": bool}.get(attribute.type, str)(raw)


def _is_default(attribute: Attribute, name: str, written: Any, x: Shape) -> bool:
    if attribute.required:
        return False
    if attribute.default is not None:
        return attribute.read(written) == attribute.read(attribute.default)
    return name in _DEPENDENT and _DEPENDENT[name](written, x)


def _all_axes(axes: list[int], x: Shape) -> bool:
    return axes == list(range(len(x)))


def _last_axis(axis: int, x: Shape) -> bool:
    return axis == len(x) - 1


def _all_ones(numbers: list[int], x: Shape) -> bool:
    return set(numbers) <= {1}


def _all_zeros(numbers: list[int], x: Shape) -> bool:
    return set(numbers) <= {0}


#: Attributes whose default depends on the operands (ops.md 5), and when they equal it.
_DEPENDENT = {
    "axes": _all_axes,
    "axis": _last_axis,
    "strides": _all_ones,
    "dilations": _all_ones,
    "steps": _all_ones,
    "pads": _all_zeros,
}
