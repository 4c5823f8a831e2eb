"""Wrong gradient rules, and by which methods each is caught."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from flint import arb, ctx

import chainrule as cr
from chainrule.engine.attributes import Attribute
from chainrule.engine.certification.certificates import adjoint, rule_against_proof
from chainrule.engine.certification.measures import ball_gradient
from chainrule.engine.certification.trials import BITS, Trial, arity, slots, trials, variants
from chainrule.engine.dtypes import choice
from chainrule.engine.gate import local_gradients
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Rule
from chainrule.schema import Graph

#: A rule, the number system, the output and the operands -> wrong local gradients.
Mutant = Callable[[Rule, Any, Any, Sequence[Any]], tuple[Any, ...]]

#: Points off kinks at which documents are made with a wrong rule.
POINT = {"a": 0.7, "b": 1.9, "c": -1.3}

#: The same for ops whose domain does not hold that point.
OUTSIDE = {"acosh": {"a": 1.9}}

#: Drawn points of a certification that looks for mutants.
POINTS = 30


def factor(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Off by one in a thousand."""
    return tuple(gradient * 1.001 for gradient in rule.local(xp, out, operands))


def doubled(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """A factor of 2 too much."""
    return tuple(gradient * 2 for gradient in rule.local(xp, out, operands))


def sign(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The sign forgotten."""
    return tuple(-gradient for gradient in rule.local(xp, out, operands))


def dropped_slot(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Nothing flows to the last operand."""
    return (*rule.local(xp, out, operands)[:-1], xp.constant(0))


def swapped_slots(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Each operand gets what belongs to the other."""
    return rule.local(xp, out, operands)[::-1]


def swapped_operands(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The rule reads its operands in the wrong order."""
    return rule.local(xp, out, operands[::-1])


def value_for_derivative(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The output itself."""
    return tuple(out for _ in operands)


def derivative_at_the_output(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The derivative, taken at the output instead of the operand."""
    there = [out for _ in operands]
    return rule.local(xp, rule.forward(xp, *there), there)


def constant_nought(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Nothing flows at all."""
    return tuple(xp.constant(0) for _ in operands)


def straight_through(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The gradient handed on as it is."""
    return tuple(xp.constant(1) for _ in operands)


MUTANTS: tuple[Mutant, ...] = (
    factor,
    doubled,
    sign,
    dropped_slot,
    swapped_slots,
    swapped_operands,
    value_for_derivative,
    derivative_at_the_output,
    constant_nought,
    straight_through,
)

#: Ops that work entry by entry and send something on, or might; with the attributes that they are tried with.
RULES = {
    name: variants(rule)[0] for name, rule in OPS.items() if rule.elementwise and slots(rule) and not rule.surrogate
}


def is_another(name: str, mutant: Mutant) -> bool:
    """True if the wrong rule differs from the right one at some drawn point: else it is no mutant."""
    rule = RULES[name]
    wrong = mutated(rule, mutant)
    with ctx.workprec(BITS):
        return any(
            differ(ball_gradient(t, port), ball_gradient(with_rule(t, wrong), port))
            for t in points(name)
            for port in t.slots
        )


def differ(right: arb | None, wrong: arb | None) -> bool:
    return right is not None and wrong is not None and right.is_finite() and not right.overlaps(wrong)


def mutated(rule: Rule, mutant: Mutant) -> Rule:
    """A copy of the rule whose gradient is wrong in every number system."""

    def wrong(xp: Any, out: Any, *operands: Any) -> tuple[Any, ...]:
        return mutant(rule, xp, out, operands)

    return replace(rule, _local=wrong)


def made_with(rule: Rule) -> Graph:
    """The op alone, with the numbers that an engine with this rule would write."""
    graph = cr.annotate(circuit(rule))
    *leaves, gate = [dict[str, Any](row) for row in graph.nodes]
    operands = [float(leaf["value"]) for leaf in leaves]
    with np.errstate(all="ignore"):
        local = [float(d) for d in local_gradients(rule, True, float(gate["value"]), operands, "zero")]
    sent = [None if right is None else d for right, d in zip(gate["local"], local, strict=True)]
    gate |= {"local": sent, "downstream": sent}
    for leaf, received in zip(leaves, sent, strict=True):
        if received is not None:
            leaf["grad"] = received
    return Graph.build(nodes=[*leaves, gate], outputs=[*graph.outputs])


def circuit(rule: Rule) -> Graph:
    """The op alone, at a point off its kinks and inside its domain."""
    given = OUTSIDE.get(rule.name, POINT)
    names = list(POINT)[: arity(rule)]
    leaves: list[Any] = [{"id": name, "op": "input", "value": given[name]} for name in names]
    if rule.dtype is choice:
        leaves[0] |= {"dtype": "bool", "value": True}
    gate: Any = {"id": "f", "op": rule.name, "inputs": names}
    if rule.attributes:
        gate["attrs"] = {n: a.write(rule.values[n]) for n, a in rule.attributes.items() if stands(a, rule.values[n])}
    return Graph.build(nodes=[*leaves, gate], outputs=[{"node": "f"}])


def stands(attribute: Attribute, value: Any) -> bool:
    """True for an attribute that a document states: one that is there, and not its default."""
    return value is not None and not attribute.is_default(value)


def caught_by(name: str, mutant: Mutant) -> list[str]:
    """The methods that catch a mutant: those of certification, and those of a verification of a document."""
    return [*caught_in_certification(name, mutant), *caught_in_a_document(name, mutant)]


def caught_in_certification(name: str, mutant: Mutant) -> list[str]:
    """`rule-free` if C3 refutes the rule at some point, `complex-step` if C8 does."""
    wrong = mutated(RULES[name], mutant)
    with np.errstate(all="ignore"):
        copies = [with_rule(trial, wrong) for trial in points(name)]
        refuted = any(answer for t in copies for port in t.slots for answer in rule_against_proof(t, port))
        stepped = any(answer for t in copies for answer in adjoint(t))
    return ["rule-free"] * refuted + ["complex-step"] * stepped


@cache
def points(name: str) -> list[Trial]:
    """The drawn points of one op, whose proofs serve all its mutants: they come from its values alone."""
    drawn = [trial for trial in trials(RULES[name], "float64", POINTS) if trial.place == "inside"]
    return drawn[:POINTS]


def with_rule(trial: Trial, rule: Rule) -> Trial:
    """The same point under another gradient rule, with what is proved there."""
    copy = Trial(rule, trial.dtype, trial.operands)
    copy.proofs = trial.proofs
    return copy


def caught_in_a_document(name: str, mutant: Mutant) -> list[str]:
    """The methods that speak against a document which was made with the wrong rule."""
    report = cr.verify(made_with(mutated(RULES[name], mutant)), detail="all").model_dump()
    said = {e["method"] for row in report["claims"] for e in row["evidence"] if e["says"] == "against"}
    return [method for method in ("local", "finite-difference") if method in said]


CASES = [(name, mutant) for name in RULES for mutant in MUTANTS if is_another(name, mutant)]
