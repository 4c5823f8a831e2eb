"""A document as it is written down: gates between wires whose shapes and dtypes are known at once.

What depends on constants alone, and arithmetic of integers that are given, is computed on the spot and never becomes
a node unless a gate reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ....engine.dtypes import FLOATING, DtypeFault
from ....engine.registry import OPS
from ....engine.rule import Rule
from ....engine.shape import Shape, ShapeFault
from .folding import folded
from .refusal import refuse
from .stating import stated

#: Numbers of any dtype that a document has, as NumPy holds them; float64 for every floating dtype.
Numbers = NDArray[Any]


@dataclass(slots=True, eq=False)
class Wire:
    """A wire: `known` are its numbers where they are settled (constants; integers and truth values that are given).

    `place` is its node; None for a constant that nothing reads yet.
    """

    shape: Shape
    dtype: str = "float64"
    known: Numbers | None = None
    place: int | None = None

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def floats(self) -> bool:
        """True if it is of a floating dtype."""
        return self.dtype in FLOATING


@dataclass(slots=True)
class Draft:
    """A node before it has a name: `operands` are places of earlier drafts, `stated` further fields of the node."""

    op: str
    shape: Shape
    dtype: str
    operands: tuple[int, ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    value: Numbers | None = None
    name: str | None = None
    stem: str | None = None
    stated: dict[str, Any] = field(default_factory=dict[str, Any])


#: What may stand for an operand: a wire, or a number that becomes a constant.
Operand = Wire | int | float | bool | Numbers


class Builder:
    """Collects drafts. Called with an op, operands and attributes (as documents write them) it gives a wire."""

    def __init__(self, *, folds: bool = True) -> None:
        self.drafts: list[Draft] = []
        #: False: gates between floats become nodes also where all their operands are constants.
        self.folds = folds

    def __call__(self, op: str, *operands: Operand, **attrs: Any) -> Wire:
        """A gate of one output; attributes that are None or equal their default are left out."""
        found = self.parts(op, *operands, **attrs)
        assert len(found) == 1, f"{op} makes a tuple"
        return found[0]

    def parts(self, op: str, *operands: Operand, **attrs: Any) -> list[Wire]:
        """A gate with all its outputs, read by get where there are several or the op makes a tuple."""
        if op not in OPS:
            refuse(f"there is no op {op}")
        wires = [self.wire(operand) for operand in operands]
        shapes = [wire.shape for wire in wires]
        written = stated(OPS[op], {name: raw for name, raw in attrs.items() if raw is not None}, shapes)
        rule = OPS[op].bound(written)
        inferred = _inferred(rule, shapes)
        made: list[Shape] = cast(Any, inferred) if isinstance(inferred, list) else [inferred]
        settled = all(wire.known is not None for wire in wires)
        if settled and (self.folds or not any(wire.floats for wire in wires)):
            numbers = folded(rule, [cast(Numbers, wire.known) for wire in wires], [wire.dtype for wire in wires])
            return [Wire(n.shape, dtype, n) for n, dtype in numbers]
        dtype = _dtype(rule, [wire.dtype for wire in wires], written)
        place = self._add(Draft(op, made[0], dtype, tuple(map(self.placed, wires)), written))
        if not isinstance(inferred, list):
            return [Wire(made[0], dtype, place=place)]
        return [self._component(place, k, shape, dtype) for k, shape in enumerate(made)]

    def leaf(
        self, value: Numbers | None, *, op: str = "input", name: str | None = None, shape: Shape = (), dtype: str = ""
    ) -> Wire:
        """A leaf, with its value or with its shape and dtype; integers and truth values that are given are settled."""
        dtype = dtype or ("float64" if value is None else dtype_of(value))
        shape = shape if value is None else value.shape
        place = self._add(Draft(op, shape, dtype, value=value, name=name))
        settled = value if op == "const" or dtype not in FLOATING else None
        return Wire(shape, dtype, settled, place)

    def constant(self, value: Any, dtype: str = "") -> Wire:
        """Numbers that the document contains; they become a node when a gate reads them."""
        numbers = np.asarray(value, dtype=NUMPY.get(dtype))
        dtype = dtype or dtype_of(numbers)
        return Wire(numbers.shape, dtype, numbers.astype(NUMPY[dtype]))

    def wire(self, operand: Operand) -> Wire:
        """The operand itself, or the constant that a number is: a float64, or a truth value."""
        if isinstance(operand, Wire):
            return operand
        return self.constant(operand, "" if isinstance(operand, (bool, np.ndarray)) else "float64")

    def placed(self, wire: Wire) -> int:
        """The place of the wire's node, which a constant gets now."""
        if wire.place is None:
            wire.place = self._add(Draft("const", wire.shape, wire.dtype, value=wire.known))
        return wire.place

    def named(self, wire: Wire, name: str) -> Wire:
        """The wire under a name of its own: its node's, or that of a copy if the node has a name or is a constant."""
        if wire.place is None or self.drafts[wire.place].name is not None or self.drafts[wire.place].op == "const":
            place = self._add(Draft("identity", wire.shape, wire.dtype, (self.placed(wire),)))
            wire = Wire(wire.shape, wire.dtype, wire.known, place)
        self.drafts[self.placed(wire)].name = name
        return wire

    def _component(self, place: int, index: int, shape: Shape, dtype: str) -> Wire:
        draft = Draft("get", shape, dtype, (place,), {"index": index})
        return Wire(shape, dtype, place=self._add(draft))

    def _add(self, draft: Draft) -> int:
        self.drafts.append(draft)
        return len(self.drafts) - 1


#: The dtype of NumPy that holds each dtype of a document.
NUMPY: Mapping[str, Any] = {
    **dict.fromkeys(FLOATING, np.float64),
    "int64": np.int64,
    "int32": np.int32,
    "bool": np.bool_,
}


def dtype_of(numbers: Numbers) -> str:
    """The document's dtype for an array: float64 for every floating one, int64 for every integer one."""
    kind = numbers.dtype.kind
    if kind not in "fiub":
        refuse(f"numbers of dtype {numbers.dtype}")
    return {"f": "float64", "b": "bool"}.get(kind, "int64")


def _inferred(rule: Rule, shapes: Sequence[Shape]) -> Any:
    if not rule.accepts(len(shapes)):
        refuse(f"{rule.name} of {len(shapes)} operands")
    try:
        return rule.infer(shapes)
    except ShapeFault as fault:
        place = f"{rule.name}'s {fault.attribute}" if fault.attribute else rule.name
        refuse(f"{place} {fault.why}")


def _dtype(rule: Rule, dtypes: Sequence[str], attrs: Mapping[str, Any]) -> str:
    try:
        made = rule.dtype(dtypes, attrs)
    except DtypeFault as fault:
        refuse(f"{rule.name} of a {dtypes[fault.port]} operand: it takes {fault.takes} there")
    return made if made in NUMPY else "float64"
