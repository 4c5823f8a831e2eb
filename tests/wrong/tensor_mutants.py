"""Wrong pullbacks of ops on tensors, and what catches each: values alone, and a verification of a document."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from flint import ctx

import chainrule as cr
from chainrule.engine.certification.tensor_certificates import (
    BITS,
    Measured,
    all_operands_at_once,
    pullback_against_proof,
)
from chainrule.engine.certification.tensor_trials import TensorTrial, as_made, tensor_trials
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.numbers.protocol import Undecided
from chainrule.engine.numbers.tensors import flat
from chainrule.engine.registry import FAMILY_OF, OPS
from chainrule.engine.rule import Rule
from chainrule.engine.verify.cauchy import Proof
from chainrule.schema import Graph

from ..engine.tensor_documents import in_arrays, op_document, refuted, tensor

#: The rule with its attributes, the number system, upstream, output, operands -> wrong parts, None toward fixed ones.
Mutant = Callable[[Rule, Any, Any, Any, Sequence[Any]], tuple[Any, ...]]

STRUCTURED = {name: rule for name, rule in OPS.items() if not rule.elementwise}

RECURRENT = [name for name in STRUCTURED if FAMILY_OF[name] == "recurrent"]


def _each(parts: Sequence[Any], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(None if part is None else change(part) for part in parts)


def factor(rule: Rule, xp: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Off by one in a thousand."""

    def longer(part: Any) -> Any:
        return xp.mul(part, xp.constant(Fraction(1001, 1000)))

    return _each(rule.pull(xp, grad, out, operands), longer)


def sign(rule: Rule, xp: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The sign forgotten."""
    return _each(rule.pull(xp, grad, out, operands), xp.neg)


def constant_nought(rule: Rule, xp: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Nothing flows at all."""

    def nothing(part: Any) -> Any:
        return xp.mul(part, xp.constant(0))

    return _each(rule.pull(xp, grad, out, operands), nothing)


def dropped_operand(rule: Rule, xp: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Nothing flows to the last operand that a gradient flows to."""
    parts = rule.pull(xp, grad, out, operands)
    last = max((port for port, part in enumerate(parts) if part is not None), default=-1)
    return tuple(xp.mul(part, xp.constant(0)) if port == last else part for port, part in enumerate(parts))


def swapped_operands(rule: Rule, xp: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Two operands with as many entries get what belongs to the other, entry by entry."""
    parts = list(rule.pull(xp, grad, out, operands))
    known = [port for port, part in enumerate(parts) if part is not None]
    for a in known:
        for b in known:
            shapes = xp.shape(parts[a]), xp.shape(parts[b])
            if a < b and np.prod(shapes[0]) == np.prod(shapes[1]):
                parts[a], parts[b] = xp.reshaped(parts[b], shapes[0]), xp.reshaped(parts[a], shapes[1])
                return tuple(parts)
    return tuple(parts)


def transposed(rule: Rule, xp: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The last two axes exchanged, and read as if they were not."""

    def turned(part: Any) -> Any:
        shape = xp.shape(part)
        return xp.reshaped(xp.transposed(part), shape) if len(shape) > 1 else part

    return _each(rule.pull(xp, grad, out, operands), turned)


def overwritten(rule: Rule, xp: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Where an entry went to several places, the last of them counts alone: nothing is summed."""
    return rule.pull(_Overwriting(xp), grad, out, operands)


def unsummed(rule: Rule, xp: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The first entry of what came out is forgotten."""

    def without_first(part: Any) -> Any:
        mask = np.ones(xp.shape(part))
        mask.reshape(-1)[:1] = 0.0
        return xp.mul(part, xp.tensor(mask))

    forgotten = [without_first(part) for part in grad] if isinstance(grad, list) else without_first(grad)
    return rule.pull(xp, forgotten, out, operands)


class _Overwriting:
    """A tensor system in which entries that come back from several places are not added up."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp

    def __getattr__(self, name: str) -> Any:
        return getattr(self.xp, name)

    def at(self, rule: Rule) -> Any:
        return self

    def returned(self, index: Any, grad: Any) -> Any:
        places = index.places.ravel()
        last = {place: k for k, place in enumerate(places.tolist())}
        mask = np.array([float(last[place] == k) for k, place in enumerate(places.tolist())])
        return self.xp.returned(index, self.xp.mul(grad, self.xp.tensor(mask.reshape(index.places.shape))))


MUTANTS: tuple[Mutant, ...] = (
    factor,
    sign,
    constant_nought,
    dropped_operand,
    swapped_operands,
    transposed,
    overwritten,
    unsummed,
)


@cache
def points(name: str) -> list[Measured]:
    """One point an example, whose proofs serve all mutants of the op: they come from its values alone."""
    by_example: dict[int, TensorTrial] = {}
    for trial in tensor_trials(STRUCTURED[name], "float64"):
        by_example.setdefault(id(trial.rule), trial)
    return [Measured(trial) for trial in by_example.values() if trial.slots]


def mutated(trial: TensorTrial, mutant: Mutant) -> Rule:
    """A copy of the rule whose pullback is wrong in every number system."""
    right = trial.rule

    def wrong(xp: Any, grad: Any, out: Any, *operands: Any) -> tuple[Any, ...]:
        return mutant(right, xp, grad, out, operands)

    return replace(right, _pull=wrong)


@cache
def different(name: str, mutant: Mutant) -> list[Measured]:
    """The points at which the wrong pullback sends other numbers than the right one, and there is a right one.

    At a norm of 0 there is a choice: values prove no derivative, and no pullback is wrong by them.
    """
    found: list[Measured] = []
    with np.errstate(all="ignore"), ctx.workprec(BITS):
        for at in points(name):
            if not any(isinstance(at.proof(port), Proof) for port in at.trial.slots):
                continue
            try:
                right, wrong = at.pulled(), at.with_rule(mutated(at.trial, mutant)).pulled()
            except Undecided:
                continue
            pairs = [(a, b) for a, b in zip(right, wrong, strict=True) if a is not None]
            if not all(x.overlaps(y) for a, b in pairs for x, y in zip(flat(a), flat(b), strict=True)):
                found.append(at)
    return found


@cache
def cases() -> list[tuple[str, Mutant]]:
    """Every op with every mutant that is another function than its pullback."""
    return [(name, mutant) for name in STRUCTURED for mutant in MUTANTS if different(name, mutant)]


def caught_by(name: str, mutant: Mutant) -> list[str]:
    """`rule-free` if C3 refutes the mutant at every point where it is wrong, `document` if a document made by it is.

    Documents of recurrent ops are left to the slow suite.
    """
    with np.errstate(all="ignore"):
        proved = all(_refuted_by_values(at, mutant) for at in different(name, mutant))
    return ["rule-free"] * proved + ["document"] * (name not in RECURRENT and caught_in_a_document(name, mutant))


def caught_in_a_document(name: str, mutant: Mutant) -> bool:
    """True if a document made with the wrong pullback is refuted."""
    return bool(refuted(in_arrays(wrong_document(different(name, mutant)[0].trial, mutant))))


def _refuted_by_values(at: Measured, mutant: Mutant) -> bool:
    wrong = at.with_rule(mutated(at.trial, mutant))
    ports = [answer for port in at.trial.slots for answer in pullback_against_proof(wrong, port)]
    return any([*ports, *all_operands_at_once(wrong)])


def wrong_document(trial: TensorTrial, mutant: Mutant) -> Graph:
    """A document with the gradients that an engine with this pullback would write."""
    graph = cr.annotate(op_document(trial))
    with np.errstate(all="ignore"):
        upstream, made = as_made(trial.rule, list(trial.cotangents)), as_made(trial.rule, trial.computed)
        parts = mutant(trial.rule, Arrays(), upstream, made, list(trial.operands))
    rows: list[Any] = [dict(row) for row in graph.nodes]
    for row in rows:
        port = int(row["id"][1:]) if row["id"].startswith("x") else None
        if port is not None and parts[port] is not None:
            row["grad"] = tensor(parts[port])
        if row["id"] == "y" and "downstream" in row:
            row["downstream"] = [None if part is None else tensor(part) for part in parts]
    return graph.with_nodes(rows)
