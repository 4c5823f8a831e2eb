"""Every op on tensors is certified in every operand and dtype, at the examples of its declaration."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from chainrule.engine.certification.certify import HEADERS, cells, certification
from chainrule.engine.certification.tally import NO_SLOT
from chainrule.engine.certification.tensor_certificates import Measured
from chainrule.engine.certification.tensor_certify import TensorRow
from chainrule.engine.certification.tensor_trials import tensor_trials
from chainrule.engine.registry import OPS
from chainrule.engine.verify.cauchy import Proof
from chainrule.schema.dtype import FORMATS

STRUCTURED = {name: rule for name, rule in OPS.items() if not rule.elementwise}

CHECKS = {"C1", "C2", "C3", "C4", "C6", "C7", "C8", "C9", "C12"}

NARROW = [dtype for dtype in FORMATS if dtype != "float64"]


@cache
def rows(name: str) -> list[TensorRow]:
    return [row for row in certification([name], dtypes=("float64",)) if isinstance(row, TensorRow)]


@pytest.mark.parametrize("name", STRUCTURED)
def test_every_op_is_certified_in_every_operand(name: str) -> None:
    rule = STRUCTURED[name]
    free = [operand for operand in rule.operands if operand not in rule.fixed]
    assert {row.slot.rstrip("0123456789") for row in rows(name)} == (set(free) or {NO_SLOT})
    assert [problem for row in rows(name) for problem in row.problems] == []
    assert all(row.certified and row.points >= 2 for row in rows(name))


@pytest.mark.parametrize("name", STRUCTURED)
def test_every_op_has_two_examples_and_more(name: str) -> None:
    examples = STRUCTURED[name].examples
    assert len(examples) >= 2 or name == "embedding"
    assert len({str(example) for example in examples}) == len(examples)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("name", STRUCTURED)
def test_every_op_is_certified_in_every_narrow_dtype(name: str, dtype: str) -> None:
    assert [problem for row in certification([name], dtypes=(dtype,)) for problem in row.problems] == []


def test_a_few_ops_are_certified_in_every_narrow_dtype() -> None:
    found = certification(["matmul", "reduce_max", "softmax"], dtypes=NARROW)
    assert [problem for row in found for problem in row.problems] == []
    assert {row.dtype for row in found} == set(NARROW)


def test_every_check_looked_at_something() -> None:
    looked: Counter[str] = Counter()
    for name in STRUCTURED:
        for row in rows(name):
            looked.update(row.checks)
    assert set(looked) == CHECKS
    assert min(looked.values()) > 50


def test_ties_are_told_from_smooth_points_by_values_alone() -> None:
    [row] = rows("reduce_max")
    assert row.tied >= 1
    assert row.proved == row.smooth == row.points - row.tied
    assert row.checks["C6"] > 10
    [smooth] = rows("reduce_logsumexp")
    assert smooth.tied == 0


def test_a_tie_of_entries_below_the_largest_is_no_tie() -> None:
    for name in ("reduce_max", "reduce_min"):
        [row] = rows(name)
        assert row.proved == row.smooth


def test_an_op_without_examples_is_not_certified() -> None:
    from dataclasses import replace

    bare = replace(OPS["matmul"], examples=[])
    found = certification(["matmul"], dtypes=("float64",), rules={"matmul": bare})
    assert [row.certified for row in found] == [False, False]
    assert "no example" in found[0].problems[0]


def test_rows_are_printed_under_the_headers_of_all_ops() -> None:
    [row] = rows("reduce_max")
    assert len(cells(row)) == len(HEADERS)
    assert cells(row)[4] == f"{row.proved}/{row.smooth}, {row.tied} tied"
    assert cells(row)[-1] == "yes"


def test_points_are_the_same_at_every_run() -> None:
    first, again = ([str(trial) for trial in tensor_trials(OPS["conv"], "float16")] for _ in range(2))
    assert first == again


def test_the_slope_of_a_product_is_proved_from_values_alone() -> None:
    trial = next(tensor_trials(OPS["dot"], "float64"))
    with np.errstate(all="ignore"):
        found = Measured(trial).proof(0)
    direction = trial.directions[0]
    assert direction is not None
    assert isinstance(found, Proof)
    expected = float(trial.cotangents[0]) * float(np.dot(direction, trial.operands[1]))
    assert float(found.enclosure.low) == pytest.approx(expected, rel=1e-12)
