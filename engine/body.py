"""Bodies of composites: drawn once between wires of given shapes, then run in any number system.

A body is a straight line of gates of other ops. Value and gradient of a composite are those of its body; a kernel of
its own is a matter of speed or of floating range, and is tested against the body (ops.md 6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, wraps
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .dtypes import DtypeRule, floating
from .pull import pulled
from .rule import Formula, Pattern, Rule, structured
from .shape import SCALAR, Shape

#: A number that a body contains: exact, or a tensor of doubles.
Constant = Fraction | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire on a board: the place of the step that makes it, and its shape."""

    step: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Step:
    """One wire of a body: an operand of the composite (no rule, no constant), a constant, or a gate."""

    shape: Shape
    rule: Rule | None = None
    operands: tuple[int, ...] = ()
    constant: Constant | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """Steps in order, the operands of the composite first; `outputs` are the places of what comes out."""

    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    is_tuple: bool

    def run(self, xp: Any, operands: Sequence[Any]) -> list[Any]:
        """The value of every step in the tensor system `xp`."""
        values: list[Any] = list(operands)
        for step in self.steps[len(operands) :]:
            if step.rule is None:
                values.append(_constant(xp, step.constant))
            else:
                values.append(applied(xp, step.rule, [values[k] for k in step.operands]))
        return values

    def value(self, xp: Any, operands: Sequence[Any]) -> Any:
        """What comes out: one tensor, or a list of them for a tuple."""
        values = self.run(xp, operands)
        found = [values[k] for k in self.outputs]
        return found if self.is_tuple else found[0]

    def pull(self, xp: Any, grad: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """What every operand receives of the gradient of what comes out: the body backward."""
        values = self.run(xp, operands)
        grads: list[Any] = [None] * len(values)
        for place, received in zip(self.outputs, grad if self.is_tuple else [grad], strict=True):
            grads[place] = _added(xp, grads[place], received)
        for i in range(len(values) - 1, len(operands) - 1, -1):
            step = self.steps[i]
            if step.rule is None or grads[i] is None:
                continue
            constants = [port for port, k in enumerate(step.operands) if self.steps[k].constant is not None]
            sent = pulled(xp, step.rule, grads[i], values[i], [values[k] for k in step.operands], constants)
            for port, (operand, part) in enumerate(zip(step.operands, sent, strict=True)):
                if part is not None and port not in constants:
                    grads[operand] = _added(xp, grads[operand], part)
        return tuple(_zero_if_none(xp, grads[k], values[k]) for k in range(len(operands)))


class Board:
    """What a body is drawn on: called with an op, wires and attributes, it adds a gate and gives its wire.

    Numbers among the wires become constants. Attributes are given as rules take them.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.steps = [Step(shape) for shape in shapes]

    def __call__(self, op: Rule, *wires: Wire | int | Fraction, **attrs: Any) -> Wire:
        """A gate of `op`; attributes that are not given have their defaults."""
        defaults = {name: attr.default for name, attr in op.attributes.items() if name not in attrs}
        known = {name: None if raw is None else op.attributes[name].read(raw) for name, raw in defaults.items()}
        rule = op.given({name: attrs.get(name, known.get(name)) for name in op.attributes}) if op.attributes else op
        operands = [wire if isinstance(wire, Wire) else self.constant(wire) for wire in wires]
        shape: Shape = rule.infer([wire.shape for wire in operands])
        return self._step(Step(shape, rule, tuple(wire.step for wire in operands)))

    def constant(self, number: int | Fraction | NDArray[np.float64]) -> Wire:
        """A number, or a tensor of doubles, that the body contains."""
        if isinstance(number, np.ndarray):
            return self._step(Step(number.shape, constant=number))
        return self._step(Step(SCALAR, constant=Fraction(number)))

    def _step(self, step: Step) -> Wire:
        self.steps.append(step)
        return Wire(len(self.steps) - 1, step.shape)


@lru_cache(maxsize=4096)
def body_of(rule: Rule, shapes: tuple[Shape, ...]) -> Body:
    """The body of a composite, attributes filled in, between operands of these shapes.

    Raises ShapeFault if a gate inside cannot take its operands.
    """
    board = Board(shapes)
    drawn = rule.drawn(board, [Wire(k, shape) for k, shape in enumerate(shapes)])
    wires = cast(list[Wire], drawn if isinstance(drawn, list) else [drawn])
    return _pruned(Body(tuple(board.steps), tuple(wire.step for wire in wires), isinstance(drawn, list)), len(shapes))


def _pruned(body: Body, operands: int) -> Body:
    """The body without what nothing outside sees; the operands stay."""
    seen = set(body.outputs)
    for place in range(len(body.steps) - 1, operands - 1, -1):
        if place in seen:
            seen.update(body.steps[place].operands)
    kept = [place for place in range(len(body.steps)) if place < operands or place in seen]
    moved = {place: new for new, place in enumerate(kept)}
    steps = [body.steps[place] for place in kept]
    steps = [replace(step, operands=tuple(moved[k] for k in step.operands)) for step in steps]
    return Body(tuple(steps), tuple(moved[k] for k in body.outputs), body.is_tuple)


@lru_cache(maxsize=4096)
def component(rule: Rule, k: int) -> Rule:
    """The op that makes component k of what a tuple-valued composite, attributes filled in, makes."""

    def drawn(g: Board, *wires: Wire) -> Wire:
        return rule.drawn(g, wires)[k]

    made = replace(rule, outputs=1, _body=drawn)
    made.forward, made._pull, made._shape = _run_by_body(lambda _: made)  # pyright: ignore[reportPrivateUsage]
    return made


def applied(xp: Any, rule: Rule, operands: Sequence[Any]) -> Any:
    """One gate forward in a tensor system."""
    return xp.run(rule, operands) if rule.elementwise else rule.forward(xp, *operands)


def composite(
    *,
    pattern: Pattern,
    since: int = 1,
    fixed: Sequence[str] = (),
    dtype: DtypeRule = floating,
    outputs: int | str = 1,
) -> Callable[[Formula], Rule]:
    """Declare an op by its body: the decorated function draws it on a board, between its operands' wires."""

    def declare(draw: Formula) -> Rule:
        forward, pullback, shape = _run_by_body(lambda attrs: rule.given(attrs) if attrs else rule)
        rule = structured(pattern=pattern, since=since, fixed=fixed, dtype=dtype)(wraps(draw)(forward))
        rule.outputs = outputs
        rule.pullback(pullback)
        rule.shape(shape)
        rule.body(draw)
        return rule

    return declare


def _run_by_body(rule: Callable[[dict[str, Any]], Rule]) -> tuple[Formula, Formula, Formula]:
    """Forward rule, pullback and shape that run the body of what `rule` makes of the attributes."""

    def body(xp: Any, operands: Sequence[Any], attrs: dict[str, Any]) -> Body:
        return body_of(rule(attrs), tuple(xp.shape(operand) for operand in operands))

    def forward(xp: Any, *operands: Any, **attrs: Any) -> Any:
        return body(xp, operands, attrs).value(xp, operands)

    def pullback(xp: Any, grad: Any, out: Any, *operands: Any, **attrs: Any) -> Any:
        received = body(xp, operands, attrs).pull(xp, grad, operands)
        of = rule(attrs)
        return tuple(None if of.is_fixed(port) else part for port, part in enumerate(received))

    def shape(*shapes: Shape, **attrs: Any) -> Any:
        drawn = body_of(rule(attrs), shapes)
        found = [drawn.steps[k].shape for k in drawn.outputs]
        return found if drawn.is_tuple else found[0]

    return forward, pullback, shape


def _constant(xp: Any, constant: Any) -> Any:
    return xp.tensor(constant) if isinstance(constant, np.ndarray) else xp.constant(constant)


def _added(xp: Any, a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else xp.add(a, b)


def _zero_if_none(xp: Any, grad: Any, value: Any) -> Any:
    return xp.spread(xp.constant(0), xp.shape(value)) if grad is None else grad
