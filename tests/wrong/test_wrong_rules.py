"""Wrong gradient rules must be caught: by the referee where the document was made with them, by differences always."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.certification.trials import arity
from chainrule.engine.rule import Pattern, Rule
from chainrule.schema import Graph

from .mutants import RULES, made_with, mutated

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


def document(name: str, mutant: Mutant) -> Graph:
    """What an engine with the mutated gradient would write of the op."""

    def wrong(rule: Rule, xp: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        return mutant(rule.local(xp, out, operands))

    return made_with(mutated(RULES[name], wrong))


@pytest.mark.parametrize(("name", "mutant"), CASES, ids=[f"{name}-{mutant.__name__}" for name, mutant in CASES])
def test_a_document_made_with_a_wrong_rule_is_refuted(name: str, mutant: Mutant) -> None:
    report = cr.verify(document(name, mutant))
    assert report.verdict is not None
    assert report.verdict["local"] == "refuted"
    assert report.verdict["global"] == "refuted"


@pytest.mark.parametrize(("name", "mutant"), CASES, ids=[f"{name}-{mutant.__name__}" for name, mutant in CASES])
def test_differences_speak_against_a_wrong_rule_and_need_no_right_one(name: str, mutant: Mutant) -> None:
    report = cr.verify(document(name, mutant), detail="all").model_dump()
    seen = [e for row in report["claims"] for e in row["evidence"] if e["method"] == "finite-difference"]
    assert "against" in {evidence["says"] for evidence in seen}
