"""Bodies of composites as documents write them: a function between operands of given shapes (format.md 9.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ..schema import Function, Node
from ..schema.canonical_number import exact_text
from ..schema.dtype import SAFE_INTEGER
from ..schema.tensor import write
from .body import Body, Constant, Step, body_of
from .dtypes import ANY_FLOATING, FLOATING, choice
from .rule import Rule
from .shape import Shape


@dataclass(frozen=True, slots=True)
class Wired:
    """A composite, attributes filled in, between wires: their shapes and dtypes, the dtype that it makes, and the
    dtype that nodes of its document have unless they say another.
    """

    rule: Rule
    shapes: tuple[Shape, ...]
    dtypes: tuple[str, ...]
    made: str
    default: str


def body_function(gate: Wired) -> Function:
    """The body as a function of the operands; composites in it are written out as well.

    An operand that the body hands through is an output under the operand's name.
    """
    params = [gate.rule.name_of(port) for port in range(len(gate.shapes))]
    speller = _Speller(gate, names=dict.fromkeys(params, 1))
    wires = [_Spelt(*wire) for wire in zip(params, gate.shapes, gate.dtypes, strict=True)]
    outputs = speller.spell(gate.rule, [speller.entering(port, wire) for port, wire in enumerate(wires)])
    return Function(params=params, nodes=speller.rows, outputs=[wire.name for wire in outputs])


def stated_attributes(rule: Rule) -> dict[str, Any]:
    """The attributes that are filled into a rule, as documents write them: without what is default."""
    return {
        name: attribute.write(rule.values[name])
        for name, attribute in rule.attributes.items()
        if rule.values.get(name) is not None and not attribute.is_default(rule.values[name])
    }


@dataclass(frozen=True, slots=True)
class _Spelt:
    """A wire of the function: its name, shape and dtype."""

    name: str
    shape: Shape
    dtype: str


@dataclass(slots=True)
class _Speller:
    """Writes the steps of a body as rows, each under the name of its op and a number."""

    gate: Wired
    names: dict[str, int]
    rows: list[Node] = field(default_factory=list[Node])

    def entering(self, port: int, wire: _Spelt) -> _Spelt:
        """The operand as the body reads it: toward a mask no gradient flows, though what multiplies with it has one."""
        if not self.gate.rule.is_fixed(port) or wire.dtype not in FLOATING:
            return wire
        return self._row("stop_gradient", {"inputs": [wire.name]}, wire.shape, wire.dtype)

    def spell(self, rule: Rule, operands: Sequence[_Spelt]) -> list[_Spelt]:
        """The rows of a composite's body, and the wires that come out."""
        body = body_of(rule, tuple(wire.shape for wire in operands))
        dtypes = _constant_dtypes(body, [wire.dtype for wire in operands], self._floating())
        wires: list[_Spelt] = list(operands)
        for k, step in enumerate(body.steps[len(operands) :], start=len(operands)):
            if step.constant is not None:
                wires.append(self._row("const", {"value": _written(step.constant)}, step.shape, dtypes[k]))
            else:
                wires.append(self._gate(step, [wires[k] for k in step.operands]))
        return [wires[k] for k in body.outputs]

    def _gate(self, step: Step, operands: list[_Spelt]) -> _Spelt:
        assert step.rule is not None
        if step.rule.has_body:
            [made] = self.spell(step.rule, operands)
            return made
        dtype = step.rule.dtype([wire.dtype for wire in operands], step.rule.values)
        fields: dict[str, Any] = {"inputs": [wire.name for wire in operands]}
        if attrs := stated_attributes(step.rule):
            fields["attrs"] = attrs
        return self._row(step.rule.name, fields, step.shape, self._floating() if dtype == ANY_FLOATING else dtype)

    def _row(self, op: str, fields: Mapping[str, Any], shape: Shape, dtype: str) -> _Spelt:
        number = self.names.get(op, 0) + 1
        self.names[op] = number
        name = op if number == 1 else f"{op}_{number}"
        stated = {} if dtype == self.gate.default else {"dtype": dtype}
        self.rows.append(cast(Node, {"id": name, "op": op, **fields, **stated}))
        return _Spelt(name, shape, dtype)

    def _floating(self) -> str:
        """The floating dtype of the composite: numbers that a body contains have it."""
        return next(dtype for dtype in (self.gate.made, *self.gate.dtypes) if dtype in FLOATING)


def _constant_dtypes(body: Body, operands: Sequence[str], floating: str) -> dict[int, str]:
    """The dtype of each constant: that of what it meets first in a gate, a comparison of labels for one."""
    known: dict[int, str] = dict(enumerate(operands))
    #: A wire whose dtype is open -> the constant that it follows.
    follows: dict[int, int] = {}
    for k, step in enumerate(body.steps):
        if step.rule is None:
            follows |= {k: k} if step.constant is not None else {}
            continue
        peers = step.operands[1:] if step.rule.dtype is choice else step.operands
        if all(peer in follows and follows[peer] not in known for peer in peers):
            follows[k] = follows[peers[0]]
            continue
        dtype = next(found for peer in peers if (found := known.get(follows.get(peer, peer))) is not None)
        known |= {follows[peer]: dtype for peer in peers if peer in follows and follows[peer] not in known}
        made = step.rule.dtype([known[follows.get(operand, operand)] for operand in step.operands], step.rule.values)
        known[k] = floating if made == ANY_FLOATING else made
    return {k: known.get(k, floating) for k, step in enumerate(body.steps) if step.constant is not None}


def _written(constant: Constant) -> Any:
    """A number or tensor of a body as a source."""
    if isinstance(constant, np.ndarray):
        return write(constant.shape, [_simple(float(entry)) for entry in constant.ravel()])
    return exact_source(constant)


def exact_source(number: Fraction) -> Any:
    """An exact rational as JSON says it where a double is that number, else in digits."""
    nearest = float(number)
    return _simple(nearest) if number == nearest else exact_text(number)


def _simple(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) <= SAFE_INTEGER else number
