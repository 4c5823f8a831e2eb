"""Every op, slot and dtype is certified; a new op is among them as soon as it is declared."""

import re
from collections import Counter
from functools import cache

import numpy as np
import pytest
from flint import ctx, fmpq

import chainrule as cr
from chainrule.engine.catalogue import ops
from chainrule.engine.certify import HEADERS, Row, cells, certification
from chainrule.engine.measures import ball_gradient
from chainrule.engine.numbers.intervals import enclosing, point
from chainrule.engine.plan import plan
from chainrule.engine.registry import OPS
from chainrule.engine.trials import Trial, ends, trials
from chainrule.engine.verify.values import Values
from chainrule.schema.dtype import FORMATS

CHECKS = ("C1", "C2", "C3", "C4", "C5", "C6", "C8", "C9", "C12")


@cache
def rows(name: str) -> list[Row]:
    return certification([name], points=100)


@pytest.mark.parametrize("name", OPS)
def test_every_op_is_certified_in_every_slot_and_dtype(name: str) -> None:
    assert {(row.slot, row.dtype) for row in rows(name)} == {(s, d) for s in OPS[name].operands for d in FORMATS}
    assert [problem for row in rows(name) for problem in row.problems] == []


@pytest.mark.parametrize("name", OPS)
def test_nearly_every_smooth_point_has_a_proof(name: str) -> None:
    for row in rows(name):
        assert row.proved >= 0.95 * row.smooth >= 50


@pytest.mark.parametrize("name", OPS)
def test_the_constants_bound_what_was_measured(name: str) -> None:
    for row in rows(name):
        assert row.value <= max(row.value_bound, 1 if row.value_bound else 0)
        assert row.gradient <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", OPS)
def test_every_op_is_certified_at_a_thousand_points_and_more(name: str) -> None:
    assert [problem for row in certification([name], points=1500) for problem in row.problems] == []


def test_every_check_looked_at_something() -> None:
    looked: Counter[str] = Counter()
    for name in OPS:
        for row in rows(name):
            looked.update(row.checks)
    assert set(looked) == set(CHECKS)
    assert min(looked.values()) > 100


@pytest.mark.parametrize("name", OPS)
def test_complex_kernels_were_heard_in_double_precision(name: str) -> None:
    for row in rows(name):
        assert row.checks.get("C2", 0) > 50 or row.dtype != "float64"


def test_points_are_the_same_at_every_run_and_hold_the_ends_of_the_dtype() -> None:
    first, again = ([trial.operands for trial in trials(OPS["mul"], "float16", 20)] for _ in range(2))
    assert first == again
    assert (65504.0, 0.0) in first
    assert (5.960464477539063e-08, -1.0) in first
    assert (1.0009765625, 1.0) in first
    assert len(ends("float64", 1)) >= 20


def test_the_table_is_printed_under_its_headers() -> None:
    assert [len(cells(row)) for row in rows("relu")] == [len(HEADERS)] * 4
    assert cells(rows("relu")[0])[-2:] == ["exact", "yes"]
    assert cells(rows("sigmoid")[0])[-2].endswith("of (3|d| + 6|v|) u")


# --- C11: what is printed is what runs -------------------------------------------------------------------------------


def printed(name: str, port: int, guard: float) -> str:
    """The printed local gradient as an expression; of a piecewise one, the branch on the guard's side."""
    entry = next(entry for entry in ops() if entry.name == name)
    text = entry.local[port].split(" = ", 1)[1]
    branches = re.match(r"(\S+) if (.+?) < 0, (\S+) if \2 > 0, at 0 any of", text)
    return text if branches is None else branches[1 if guard < 0 else 3]


@pytest.mark.parametrize("name", OPS)
def test_the_printed_formula_evaluated_is_the_local_gradient(name: str) -> None:
    rule, compared = OPS[name], 0
    for trial in trials(rule, "float64", 30):
        if trial.place != "inside" or not all(abs(x) < 1e100 for x in trial.operands):
            continue
        for port in range(len(rule.operands)):
            compared += overlaps(trial, port)
    assert compared > 30


def overlaps(trial: Trial, port: int) -> bool:
    """True if both exist, and they are the same number; fails if they are not."""
    names = trial.rule.operands
    guard = trial.rule.distance(np, trial.operands) if trial.rule.has_kink else 0.0
    formula = printed(trial.rule.name, port, guard)
    call = f"{trial.rule.name}({', '.join(names)})"
    # Every operand is used, so that each may have a value.
    text = f"out = {call}; f = {formula} + 0*out"
    made = plan(cr.parse(text, values=dict(zip(names, trial.operands, strict=True))))
    with ctx.workprec(333):
        stated = ball_gradient(trial, port)
        found = Values(made, 333).entries[made.ids.index("f")][0]
        if stated is None or not stated.is_finite() or found is None:
            return False
        assert found.exact.gap(enclosing(stated)) == 0, f"{trial}: {formula}"
    return True


def test_a_printed_formula_that_is_another_one_would_be_seen() -> None:
    trial = Trial(OPS["sigmoid"], "float64", [0.5])
    with ctx.workprec(333):
        stated = ball_gradient(trial, 0)
        assert stated is not None
        assert enclosing(stated).gap(point(fmpq(1, 2))) > 0
