"""Wrong pullbacks are refuted by values alone, and documents made with them by verification."""

from collections import Counter

import pytest

from .tensor_mutants import (
    MUTANTS,
    RECURRENT,
    STRUCTURED,
    caught_by,
    caught_in_a_document,
    different,
)

#: Ops that send nothing back have no pullback that could be wrong.
SENDING = [name for name, rule in STRUCTURED.items() if set(rule.operands) - rule.fixed]


@pytest.mark.parametrize("name", SENDING)
def test_a_wrong_pullback_is_refuted_by_values_alone_and_in_a_document(name: str) -> None:
    wrong = [mutant for mutant in MUTANTS if different(name, mutant)]
    assert len(wrong) >= 4
    expected = ["rule-free"] if name in RECURRENT else ["rule-free", "document"]
    found = {mutant.__name__: caught_by(name, mutant) for mutant in wrong}
    assert {mutant: methods for mutant, methods in found.items() if methods != expected} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", RECURRENT)
def test_a_document_of_a_recurrent_op_with_a_wrong_pullback_is_refuted(name: str) -> None:
    assert all(caught_in_a_document(name, mutant) for mutant in MUTANTS if different(name, mutant))


def test_each_mutant_is_another_function_for_some_op() -> None:
    found = Counter(mutant.__name__ for name in SENDING for mutant in MUTANTS if different(name, mutant))
    assert set(found) == {mutant.__name__ for mutant in MUTANTS}
    assert min(found.values()) >= 5
