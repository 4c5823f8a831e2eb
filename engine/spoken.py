"""Ops on whole tensors in words: bodies of composites and pullbacks, printed by running them at an example.

Each number is a term beside an array, so that a rule that asks for shapes gets those of the example of its declaration.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ..schema.canonical_number import exact_text
from .body import Body, Step, body_of
from .certification.tensor_trials import as_made, tensor_trials
from .dtypes import anything
from .numbers.arrays import Arrays
from .numbers.formulas import Term, term
from .rule import Rule
from .spelling import stated_attributes

#: Fractions of larger denominators are printed in digits.
_LONG = 10**6

#: A body of more gates is told by what is in it.
PRINTED = 24


def _over(a: Any, b: Any) -> Any:
    return a / b


_INFIX: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": _over,
}

#: Attributes that say nothing but the shapes of the example.
_SHAPES = {"broadcast_to": ("shape",), "reshape": ("shape",)}


def body_text(rule: Rule) -> str | None:
    """The body of a composite as statements, wires that are read twice by name; None for an op without body."""
    if not rule.has_body:
        return None
    bound, shapes = _example(rule)
    body = body_of(bound, shapes)
    gates = [step.rule.name for step in body.steps if step.rule is not None]
    if len(gates) > PRINTED:
        return f"{len(gates)} gates: " + ", ".join(f"{count} {op}" for op, count in Counter(gates).most_common())
    return "; ".join(_statements(bound, body, len(shapes)))


def pullback_texts(rule: Rule) -> tuple[str, ...]:
    """What each operand receives of `grad`, as the pullback computes it at the example."""
    ports = [port for port in range(len(rule.operands)) if not rule.is_fixed(port)]
    if rule.elementwise or rule.has_body or not ports:
        return ()
    if rule.dtype is anything:
        return tuple(f"to {rule.name_of(port)}: the gradient of each entry, where it came from" for port in ports)
    trial = next(iter(tensor_trials(rule, "float64")), None)
    if trial is None:
        return ()
    named = [_Spoken(Term(rule.name_of(port)), x) for port, x in enumerate(trial.operands)]
    out = as_made(rule, [_Spoken(Term("out"), x) for x in trial.computed])
    grad = as_made(rule, [_Spoken(Term("grad"), x) for x in trial.cotangents])
    received = trial.rule.pull(Speaking(), grad, out, named)
    return tuple(
        f"to {rule.name_of(port)}: {part.term.text}"
        for port, part in enumerate(received)
        if part is not None and not rule.is_fixed(port)
    )


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A tensor and how it was made."""

    term: Term
    array: Any


class Speaking:
    """The arrays, each of whose functions also says what it was asked; fused kernels would say nothing."""

    fuses = False

    def __init__(self) -> None:
        self._arrays = Arrays()

    def shape(self, x: Any) -> Any:
        """The tensor's shape."""
        return np.shape(_array(x))

    def places(self, x: Any) -> Any:
        """Integers."""
        return self._arrays.places(_array(x))

    def constant(self, number: Any) -> _Spoken:
        """A number."""
        return _Spoken(_number(number), self._arrays.constant(number))

    def tensor(self, numbers: Any) -> _Spoken:
        """Numbers that a rule contains."""
        return _Spoken(Term("constants"), self._arrays.tensor(numbers))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self._arrays, name)

        def spoken(*given: Any, **named: Any) -> Any:
            made = function(*map(_arrayed, given), **{key: _arrayed(raw) for key, raw in named.items()})
            # What fills the holes of a rearrangement is not worth a word.
            heard = _flat(given[:2]) if name == "rearranged" else _flat(given)
            said = _said(name, [raw.term for raw in heard if isinstance(raw, _Spoken)])
            if isinstance(made, tuple):
                return tuple(_Spoken(said, part) for part in cast(tuple[Any, ...], made))
            return _Spoken(said, made)

        return spoken


#: Functions of tensor systems by the words that formulas have for them; what only spreads entries says nothing.
_WORDS = {
    "spread": "", "reshaped": "", "transposed": "transpose", "returned": "back where they came from: ",
    "rearranged": "read at the same places: ",
}  # fmt: skip


def _said(name: str, terms: Sequence[Term]) -> Term:
    if name in _INFIX and len(terms) == 2:
        return _INFIX[name](*terms)
    if name == "neg":
        return -terms[0]
    word = _WORDS.get(name, name)
    if not word and len(terms) == 1:
        return terms[0]
    text = ", ".join(each.text for each in terms)
    return Term(f"{word}{text}" if word.endswith(": ") else f"{word}({text})")


def _number(number: int | Fraction) -> Term:
    """A number, in digits where its fraction is long."""
    exact = Fraction(number)
    return Term(exact_text(exact)) if exact > 0 and exact.denominator > _LONG else term(exact)


def _flat(given: Sequence[Any]) -> list[Any]:
    return [part for raw in given for part in (cast(list[Any], raw) if isinstance(raw, (list, tuple)) else [raw])]


def _array(x: Any) -> Any:
    return x.array if isinstance(x, _Spoken) else x


def _arrayed(raw: Any) -> Any:
    return type(raw)(map(_arrayed, raw)) if type(raw) in (list, tuple) else _array(raw)


def _example(rule: Rule) -> tuple[Rule, tuple[Any, ...]]:
    """The composite with attributes filled in, and shapes of operands: scalars where it works entry by entry."""
    if rule.elementwise:
        count = 3 if rule.variadic else len(rule.operands)
        return rule.bound({}), ((),) * count
    trial = next(iter(tensor_trials(rule, "float64")))
    return trial.rule, tuple(x.shape for x in trial.operands)


def _statements(rule: Rule, body: Body, operands: int) -> list[str]:
    read = Counter(k for step in body.steps for k in step.operands)
    terms: list[Term] = [Term(rule.name_of(port)) for port in range(operands)]
    said: list[str] = []
    for k, step in enumerate(body.steps[operands:], start=operands):
        made = _gate(step, [terms[place] for place in step.operands])
        if step.rule is not None and read[k] > 1 and step.operands:
            said.append(f"v{len(said)} = {made.text}")
            made = Term(f"v{len(said) - 1}")
        terms.append(made)
    outputs = ", ".join(terms[k].text for k in body.outputs)
    return [*said, f"({outputs})" if body.is_tuple else outputs]


def _gate(step: Step, operands: list[Term]) -> Term:
    if step.rule is None:
        return Term("constants") if isinstance(step.constant, np.ndarray) else _number(step.constant or Fraction(0))
    if step.rule.name in _INFIX and len(operands) == 2:
        return _INFIX[step.rule.name](*operands)
    hidden = _SHAPES.get(step.rule.name, ())
    attrs = [f"{name}={value}" for name, value in stated_attributes(step.rule).items() if name not in hidden]
    text = ", ".join(operand.text for operand in operands)
    return Term(f"{step.rule.name}({text}{'; ' if attrs else ''}{', '.join(attrs)})")
