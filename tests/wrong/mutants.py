"""Wrong gradient rules, and by which methods each is caught."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.engine.certificates import adjoint, rule_against_proof
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Rule
from chainrule.engine.trials import Trial, trials
from chainrule.schema import Graph

#: A rule, the number system, the output and the operands -> wrong local gradients.
Mutant = Callable[[Rule, Any, Any, Sequence[Any]], tuple[Any, ...]]

#: Points off kinks at which documents are made with a wrong rule.
POINT = {"a": 0.7, "b": 1.9}

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
)

#: Pairs that are no mutants, because the wrong rule is the right one.
SAME = {
    *((name, swapped_slots) for name, rule in OPS.items() if len(rule.operands) == 1),
    *((name, swapped_operands) for name, rule in OPS.items() if len(rule.operands) == 1),
    *((name, derivative_at_the_output) for name in ("identity", "neg", "add", "sub")),
    *((name, swapped_operands) for name in ("add", "sub")),
    ("add", swapped_slots),
    ("exp", value_for_derivative),
}

CASES = [(name, mutant) for name in OPS for mutant in MUTANTS if (name, mutant) not in SAME]


def mutated(rule: Rule, mutant: Mutant) -> Rule:
    """A copy of the rule whose gradient is wrong in every number system."""

    def wrong(xp: Any, out: Any, *operands: Any) -> tuple[Any, ...]:
        return mutant(rule, xp, out, operands)

    return replace(rule, _local=wrong)


@contextmanager
def broken(rule: Rule, mutant: Mutant) -> Iterator[None]:
    """The rule itself, wrong in floats and arrays only: as an engine would be that made a document."""
    right, copy = rule._local, replace(rule)

    def wrong(xp: Any, out: Any, *operands: Any) -> Any:
        if type(xp).__name__ in ("Floats", "Arrays"):
            return mutant(copy, xp, out, operands)
        return copy.local(xp, out, operands)

    rule._local = wrong
    try:
        yield
    finally:
        rule._local = right


def circuit(rule: Rule) -> Graph:
    """The op alone, at a point off its kink."""
    operands = ["a", "b"][: len(rule.operands)]
    return cr.parse(f"f = {rule.name}({', '.join(operands)})", values={name: POINT[name] for name in operands})


def caught_by(name: str, mutant: Mutant) -> list[str]:
    """The methods that catch a mutant: those of certification, and those of a verification of a document."""
    return [*caught_in_certification(name, mutant), *caught_in_a_document(name, mutant)]


def caught_in_certification(name: str, mutant: Mutant) -> list[str]:
    """`rule-free` if C3 refutes the rule at some point, `complex-step` if C8 does."""
    wrong = mutated(OPS[name], mutant)
    with np.errstate(all="ignore"):
        copies = [with_rule(trial, wrong) for trial in points(name)]
        refuted = any(
            answer for t in copies for port in range(len(t.operands)) for answer in rule_against_proof(t, port)
        )
        stepped = any(answer for t in copies for answer in adjoint(t))
    return ["rule-free"] * refuted + ["complex-step"] * stepped


@cache
def points(name: str) -> list[Trial]:
    """The drawn points of one op, whose proofs serve all its mutants: they come from its values alone."""
    drawn = [trial for trial in trials(OPS[name], "float64", POINTS) if trial.place == "inside"]
    return drawn[:POINTS]


def with_rule(trial: Trial, rule: Rule) -> Trial:
    """The same point under another gradient rule, with what is proved there."""
    copy = Trial(rule, trial.dtype, trial.operands)
    copy.proofs = trial.proofs
    return copy


def caught_in_a_document(name: str, mutant: Mutant) -> list[str]:
    """The methods that speak against a document which was made with the wrong rule."""
    with broken(OPS[name], mutant):
        document = cr.annotate(circuit(OPS[name]))
    report = cr.verify(document, detail="all").model_dump()
    said = {e["method"] for row in report["claims"] for e in row["evidence"] if e["says"] == "against"}
    return [method for method in ("local", "finite-difference") if method in said]
