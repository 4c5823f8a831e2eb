"""Wrong gradient rules must be caught: by the referee where the document was made with them, by differences always."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.rule import Pattern, Rule
from chainrule.engine.trials import arity

from .mutants import RULES, circuit

Mutant = Callable[[tuple[Any, ...]], tuple[Any, ...]]


def scaled(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(gradient * 1.001 for gradient in gradients)


def negated(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(gradient * -1.0 for gradient in gradients)


def dropped(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    return (gradients[0] * 0.0, *gradients[1:])


def doubled(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(gradient * 2.0 for gradient in gradients)


def swapped(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    return gradients[::-1]


MUTANTS: list[Mutant] = [scaled, negated, dropped, doubled, swapped]

#: Mutants that are no mutants: one operand has nothing to swap, a sum's slots are equal, relu and its like send 1 or 0.
SAME = {("add", "swapped"), ("add_n", "swapped"), ("maximum", "dropped"), ("dropout", "swapped"), ("clip", "swapped")}
SAME |= {
    ("where", "dropped"),
    ("where", "swapped"),
    *((name, "swapped") for name, rule in RULES.items() if len(rule.operands) == 1 != arity(rule) - 2),
}

#: What sends nothing on has no factor that could be wrong.
SENDING = [name for name, rule in RULES.items() if rule.pattern is not Pattern.STOPPER]

CASES = [(name, mutant) for name in SENDING for mutant in MUTANTS if (name, mutant.__name__) not in SAME]


@contextmanager
def broken(rule: Rule, mutant: Mutant) -> Iterator[None]:
    """The rule with a mutated gradient in floats, as the engine would use it; other systems keep the right one."""
    right = rule._local

    def wrong(xp: Any, out: Any, *operands: Any) -> Any:
        gradients = right(xp, out, *operands)
        gradients = gradients if type(gradients) is tuple else (gradients,)
        return mutant(gradients) if type(xp).__name__ in ("Floats", "Arrays") else gradients

    rule._local = wrong
    try:
        yield
    finally:
        rule._local = right


@pytest.mark.parametrize(("name", "mutant"), CASES, ids=[f"{name}-{mutant.__name__}" for name, mutant in CASES])
def test_a_document_made_with_a_wrong_rule_is_refuted(name: str, mutant: Mutant) -> None:
    with broken(RULES[name], mutant):
        document = cr.annotate(circuit(RULES[name]))
    report = cr.verify(document)
    assert report.verdict is not None
    assert report.verdict["local"] == "refuted"
    assert report.verdict["global"] == "refuted"


@pytest.mark.parametrize(("name", "mutant"), CASES, ids=[f"{name}-{mutant.__name__}" for name, mutant in CASES])
def test_differences_see_a_wrong_rule_that_nothing_else_knows_of(name: str, mutant: Mutant) -> None:
    with broken(RULES[name], mutant):
        report = cr.verify(cr.annotate(circuit(RULES[name])), detail="all").model_dump()
        seen = [e for row in report["claims"] for e in row["evidence"] if e["method"] == "finite-difference"]
    assert "against" in {evidence["says"] for evidence in seen}
