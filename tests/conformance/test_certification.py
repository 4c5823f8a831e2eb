"""Every op, slot and dtype is certified; a new op is among them as soon as it is declared."""

import re
from collections import Counter
from fractions import Fraction
from functools import cache, partial
from itertools import islice
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx, fmpq

import chainrule as cr
from chainrule.engine.body import Body, body_of
from chainrule.engine.catalogue import Entry, ops
from chainrule.engine.certification.certify import HEADERS, Row, cells, certification
from chainrule.engine.certification.measures import ball_gradient
from chainrule.engine.certification.tally import NO_SLOT
from chainrule.engine.certification.trials import Trial, arity, ends, slots, spelt, trials, variants
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.numbers.balls import Balls
from chainrule.engine.numbers.complexes import Complex, Complexes
from chainrule.engine.numbers.floats import Floats
from chainrule.engine.numbers.intervals import enclosing, point
from chainrule.engine.numbers.protocol import Undecided
from chainrule.engine.numbers.tensors import Tensors, array, entrywise, flat
from chainrule.engine.plan import plan
from chainrule.engine.registry import OPS as ALL
from chainrule.engine.rule import Rule
from chainrule.engine.verify.values import Values
from chainrule.schema.dtype import FORMATS

#: Ops that work entry by entry.
OPS = {name: rule for name, rule in ALL.items() if rule.elementwise}

#: Every op with every set of attributes that is certified.
VARIANTS = {spelt(rule): rule for name in OPS for rule in variants(OPS[name])}

CHECKS = ("C1", "C2", "C3", "C4", "C5", "C6", "C8", "C9", "C12")


@cache
def rows(name: str) -> list[Row]:
    return certification([name], points=100)


@pytest.mark.parametrize("name", OPS)
def test_every_op_is_certified_in_every_slot_and_dtype(name: str) -> None:
    found = {(row.op, row.slot, row.dtype) for row in rows(name)}
    assert found == {
        (spelt(rule), slot, dtype) for rule in variants(OPS[name]) for slot in named(rule) for dtype in FORMATS
    }
    assert [problem for row in rows(name) for problem in row.problems] == []


def named(rule: Rule) -> list[str]:
    return [rule.name_of(port) for port in slots(rule)] or [NO_SLOT]


@pytest.mark.parametrize("name", OPS)
def test_nearly_every_smooth_point_has_a_proof(name: str) -> None:
    for row in rows(name):
        assert row.proved >= 0.95 * row.smooth
        assert row.smooth >= 50 or row.slot == NO_SLOT


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


@pytest.mark.parametrize("name", VARIANTS)
def test_real_parts_of_arrays_are_those_of_the_real_kernels_too(name: str) -> None:
    rule = VARIANTS[name]
    points = [t.operands for t in trials(rule, "float64", 40) if t.place == "inside"]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    with np.errstate(all="ignore"):
        found = rule.forward(Complexes(), *[Complex(column + 0j) for column in columns])
        real = rule.forward(Arrays(), *columns)
    assert np.array_equal(np.broadcast_to(found.real, real.shape), real, equal_nan=True)


# --- C7: a composite is its body -------------------------------------------------------------------------------------

COMPOSITES = [name for name, rule in VARIANTS.items() if rule.has_body]


@pytest.mark.parametrize("name", COMPOSITES)
def test_a_composite_and_its_body_overlap_in_value_and_gradient(name: str) -> None:
    rule, compared, system = VARIANTS[name], 0, Tensors(Balls())
    body = body_of(rule, ((),) * arity(rule))
    for trial in trials(rule, "float64", 100):
        if trial.place != "inside":
            continue
        with ctx.workprec(400):
            operands = [array([arb(x)], ()) for x in trial.exact]
            [whole], [opened] = flat(value_of(system, rule, operands)), flat(body.value(system, operands))
            assert not opened.is_finite() or opened.overlaps(whole), f"{trial}: {opened} is not {whole}"
            compared += opened.is_finite() and gradients_overlap(trial, body, operands)
    assert compared >= 80


def value_of(system: Tensors, rule: Rule, operands: list[Any]) -> Any:
    return entrywise(partial(rule.forward, system.each), operands)


def gradients_overlap(trial: Trial, body: Body, operands: list[Any]) -> bool:
    """True if the body has gradients; fails if one is not the rule's. Inside, a body may have kinks of its own."""
    system = Tensors(Balls())
    try:
        parts = body.pull(system, array([arb(1)], ()), operands)
    except Undecided:
        return False
    for port in trial.slots:
        [part], stated = flat(parts[port]), ball_gradient(trial, port)
        assert stated is not None
        assert not part.is_finite() or part.overlaps(stated), f"{trial}: {part} is not {stated}"
    return True


def test_a_body_of_another_function_would_be_seen() -> None:
    trial = Trial(OPS["silu"], "float64", [0.5])
    operands = [array([arb(x)], ()) for x in trial.exact]
    with ctx.workprec(400), pytest.raises(AssertionError):
        gradients_overlap(trial, body_of(OPS["softplus"], ((),)), operands)


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


@cache
def catalogue() -> dict[str, Entry]:
    return {entry.name: entry for entry in ops()}


def printed(name: str, port: int, guard: float) -> str:
    """The printed local gradient as an expression; of a piecewise one, the branch on the guard's side."""
    text = catalogue()[name].local[port].split(" = ", 1)[1]
    branches = re.match(r"(.+?) if (.+?) < 0, (.+?) if (.+?) > 0, at 0 any of", text)
    text = text if branches is None else branches[1 if guard < 0 else 3]
    return text.replace("pi", "(4 * atan(1))")


#: Rules whose first variant is what is printed, with names in place of their attributes.
PRINTED = [name for name, rule in OPS.items() if slots(rule) and not rule.variadic and name != "where"]


@pytest.mark.parametrize("name", PRINTED)
def test_the_printed_formula_evaluated_is_the_local_gradient(name: str) -> None:
    reals = any(attribute.type == "real" for attribute in OPS[name].attributes.values())
    rule, compared = variants(OPS[name])[-1 if reals else 0], 0
    inside = (trial for trial in trials(rule, "float64", 40) if trial.place == "inside")
    for trial in islice((trial for trial in inside if all(abs(x) < 1e100 for x in trial.operands)), 50):
        for port in trial.slots:
            compared += overlaps(trial, port)
    assert compared > 25


def overlaps(trial: Trial, port: int) -> bool:
    """True if both exist, and they are the same number; fails if they are not."""
    rule = trial.rule
    guard = float(rule.distance(Floats(), trial.operands)) if rule.has_kink else 0.0
    formula = printed(rule.name, trial.slots.index(port), guard)
    reals = {name: float(value) for name, value in rule.values.items() if isinstance(value, Fraction)}
    values = dict(zip(rule.operands, trial.operands, strict=True)) | reals
    # Every operand is used, so that each may have a value.
    used = " + ".join(f"0 * {name}" for name in values)
    made = plan(cr.parse(f"out = {catalogue()[rule.name].formula}; f = {formula} + 0*out + {used}", values=values))
    with ctx.workprec(333):
        stated = ball_gradient(trial, port)
        found = Values(made, 333).of(made.ids.index("f"))[0]
        if stated is None or not stated.is_finite() or found is None:
            return False
        gap = found.exact.gap(enclosing(stated))
        # An attribute that is no double is one among the operands of the text.
        assert gap <= enclosing(stated).size * inexact(rule), f"{trial}: {formula}"
    return True


def inexact(rule: Rule) -> fmpq:
    given = [value for value in rule.values.values() if isinstance(value, Fraction)]
    return fmpq(0) if all(Fraction(float(value)) == value for value in given) else fmpq(1, 2**50)


def test_a_printed_formula_that_is_another_one_would_be_seen() -> None:
    trial = Trial(OPS["sigmoid"], "float64", [0.5])
    with ctx.workprec(333):
        stated = ball_gradient(trial, 0)
        assert stated is not None
        assert enclosing(stated).gap(point(fmpq(1, 2))) > 0
