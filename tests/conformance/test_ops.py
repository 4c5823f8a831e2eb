"""Our rules against fixtures/ops, in every number system that has real values."""

import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx, fmpq

from chainrule.engine.backward import local_gradients
from chainrule.engine.certification.trials import spelt, variants
from chainrule.engine.forward import evaluate
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.numbers.balls import Balls
from chainrule.engine.numbers.intervals import Interval, Intervals, point
from chainrule.engine.numbers.protocol import Outside, Undecided
from chainrule.engine.rule import Pattern, Rule

from .make_ops import DIGITS, ELEMENTWISE, OPS_FOLDER, stated, written

#: Half a unit of the last of 50 digits, beside the number.
LAST = fmpq(1, 10 ** (DIGITS - 1))

U = 2.0**-53


def read(name: str) -> dict[str, Any]:
    return json.loads((OPS_FOLDER / f"{name}.json").read_text("utf-8"))


def blocks(name: str) -> list[tuple[Rule, dict[str, Any]]]:
    """The rule with each set of attributes, and what the file says of it."""
    rules, file = variants(ELEMENTWISE[name]), read(name)
    found = [file, *file.get("others", [])]
    assert [block.get("attrs", {}) for block in found] == [stated(rule) for rule in rules]
    return list(zip(rules, found, strict=True))


#: Every op with every set of attributes.
CASES = [pytest.param(rule, block, id=spelt(rule)) for name in ELEMENTWISE for rule, block in blocks(name)]
KINKED = [case for case in CASES if case.values[0].has_kink]


def number(written: float | str) -> float:
    if isinstance(written, str):
        return -0.0 if written == "-0x0p+0" else float(written.replace("Infinity", "inf"))
    return written


def exact(x: float) -> fmpq:
    return fmpq(*x.as_integer_ratio())


def claimed(digits: str | list[str]) -> Interval:
    """What 50 digits tell of a number, or two ends."""
    ends = [decimal(end) for end in (digits if isinstance(digits, list) else [digits, digits])]
    slack = 0 if isinstance(digits, list) else abs(ends[0]) * LAST
    return Interval(ends[0] - slack, ends[1] + slack)


def decimal(digits: str) -> fmpq:
    mantissa, _, exponent = digits.partition("e")
    whole, _, fraction = mantissa.partition(".")
    return fmpq(int(whole + fraction)) * fmpq(10) ** (int(exponent or 0) - len(fraction))


def test_every_op_has_its_file() -> None:
    assert set(ELEMENTWISE) <= {path.stem for path in Path(OPS_FOLDER).glob("*.json")}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_script_writes_the_same_bytes_again(name: str) -> None:
    assert (OPS_FOLDER / f"{name}.json").read_text("utf-8") == written(ELEMENTWISE[name])


@pytest.mark.parametrize(("rule", "block"), CASES)
def test_values_and_gradients_of_every_rule_are_those_of_the_file(rule: Rule, block: dict[str, Any]) -> None:
    assert len(block["points"]) >= (4 if rule.pattern is Pattern.STOPPER else 8) or len(rule.operands) == 1
    for row in block["points"]:
        operands = [exact(x) for x in row["at"]]
        with ctx.workprec(400):
            out = rule.forward(Balls(), *map(arb, operands))
            assert met(out, row["value"]), row
            gradients = rule.local(Balls(), out, [arb(x) for x in operands])
            for gradient, digits in zip(gradients, row["gradients"], strict=True):
                assert digits is None or rule.surrogate or met(gradient, digits), row


def met(ball: arb, digits: str | list[str]) -> bool:
    low, high = claimed(digits)
    return not (ball < arb(low) or ball > arb(high))


@pytest.mark.parametrize(("rule", "block"), CASES)
def test_intervals_and_floats_give_them_too(rule: Rule, block: dict[str, Any]) -> None:
    for row in block["points"]:
        # Beyond their formats, and at 0 to the power of a fraction, intervals give nothing.
        with suppress(Outside):
            image = rule.forward(Intervals(None, 400), *[point(exact(x)) for x in row["at"]])
            assert image.gap(claimed(row["value"])) == 0, row
        value = evaluate(rule, True, row["at"])
        slack = rule.error.besides([abs(x) for x in row["at"]]) * U
        assert value == pytest.approx(float(row["value"]), rel=(rule.error.value + 1) * U, abs=slack + 5e-324)
        for gradient, bound, digits in zip(*near(rule, value, row["at"]), row["gradients"], strict=True):
            if isinstance(digits, str) and not rule.surrogate:
                assert gradient == pytest.approx(float(digits), rel=U, abs=bound + 1e-323), row


def near(rule: Rule, value: float, operands: list[float]) -> tuple[list[float], list[float]]:
    """Local gradients in floats, and how far each may be off."""
    with np.errstate(all="ignore"):
        local = [float(gradient) for gradient in local_gradients(rule, True, value, operands, "zero")]
    return local, [rule.error.slope(abs(gradient), abs(value), abs(operands[0])) * U for gradient in local]


@pytest.mark.parametrize(("rule", "block"), KINKED)
def test_on_a_kink_the_slopes_on_both_sides_are_the_ends_of_the_set(rule: Rule, block: dict[str, Any]) -> None:
    for row in block["kinks"]:
        operands = [arb(exact(x)) for x in row["at"]]
        out = rule.forward(Balls(), *operands)
        with pytest.raises(Undecided):
            rule.local(Balls(), out, operands)
        ends = [rule.local(Balls(arb(share)), out, operands) for share in (0, 1)]
        for port, slopes in enumerate(row["slopes"]):
            if slopes:
                expected = sorted(float(end[port].mid()) for end in ends)
                assert sorted(map(float, slopes)) == pytest.approx(expected, rel=2**-50, abs=2**-50)


def test_every_op_with_a_kink_has_points_on_it() -> None:
    on_a_kink = {rule.name for rule, block in (case.values for case in KINKED) if block["kinks"]}
    assert on_a_kink == {name for name, rule in ELEMENTWISE.items() if rule.has_kink}


@pytest.mark.parametrize(("rule", "block"), [case for case in CASES if case not in KINKED])
def test_an_op_without_a_guard_has_no_kink_in_its_file(rule: Rule, block: dict[str, Any]) -> None:
    assert block["kinks"] == []


@pytest.mark.parametrize(("rule", "block"), CASES)
def test_outside_the_domain_there_is_no_number(rule: Rule, block: dict[str, Any]) -> None:
    for operands in block["outside"]:
        with np.errstate(all="ignore"):
            assert not math.isfinite(evaluate(rule, True, operands))
        assert not rule.forward(Balls(), *[arb(exact(x)) for x in operands]).is_finite()


@pytest.mark.parametrize(("rule", "block"), CASES)
def test_zeros_infinities_and_no_numbers_come_out_as_listed(rule: Rule, block: dict[str, Any]) -> None:
    with np.errstate(all="ignore"):
        for row in block["ieee"]:
            operands, expected = [number(x) for x in row["at"]], number(row["value"])
            scalar = evaluate(rule, True, operands)
            array = float(rule.forward(Arrays(), *map(np.float64, operands)))
            for found in (scalar, array):
                assert found == expected or (math.isnan(found) and math.isnan(expected)), row
