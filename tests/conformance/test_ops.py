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
from chainrule.engine.forward import evaluate
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.numbers.balls import Balls
from chainrule.engine.numbers.intervals import Interval, Intervals, point
from chainrule.engine.numbers.protocol import Outside, Undecided
from chainrule.engine.registry import OPS

from .make_ops import DIGITS, OPS_FOLDER, written

#: Half a unit of the last of 50 digits, beside the number.
LAST = fmpq(1, 10 ** (DIGITS - 1))

U = 2.0**-53


def read(name: str) -> dict[str, Any]:
    return json.loads((OPS_FOLDER / f"{name}.json").read_text("utf-8"))


def number(spelt: float | str) -> float:
    if isinstance(spelt, str):
        return -0.0 if spelt == "-0x0p+0" else float(spelt.replace("Infinity", "inf"))
    return spelt


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


def test_every_op_has_its_file_and_every_file_its_op() -> None:
    assert {path.stem for path in Path(OPS_FOLDER).glob("*.json")} == set(OPS)


@pytest.mark.parametrize("name", OPS)
def test_the_script_writes_the_same_bytes_again(name: str) -> None:
    assert (OPS_FOLDER / f"{name}.json").read_text("utf-8") == written(OPS[name])


@pytest.mark.parametrize("name", OPS)
def test_values_and_gradients_of_every_rule_are_those_of_the_file(name: str) -> None:
    rule, file = OPS[name], read(name)
    assert file["operands"] == list(rule.operands)
    assert len(file["points"]) >= 8
    for row in file["points"]:
        operands = [exact(x) for x in row["at"]]
        with ctx.workprec(400):
            out = rule.forward(Balls(), *map(arb, operands))
            gradients = rule.local(Balls(), out, [arb(x) for x in operands])
            assert met(out, row["value"]), row
            for gradient, digits in zip(gradients, row["gradients"], strict=True):
                assert digits is None or met(gradient, digits), row


def met(ball: arb, digits: str | list[str]) -> bool:
    low, high = claimed(digits)
    return not (ball < arb(low) or ball > arb(high))


@pytest.mark.parametrize("name", OPS)
def test_intervals_and_floats_give_them_too(name: str) -> None:
    rule = OPS[name]
    for row in read(name)["points"]:
        # Beyond their formats, and at 0 to the power of a fraction, intervals give nothing.
        with suppress(Outside):
            image = rule.forward(Intervals(None, 400), *[point(exact(x)) for x in row["at"]])
            assert image.gap(claimed(row["value"])) == 0, row
        value = evaluate(rule, True, row["at"])
        assert value == pytest.approx(float(row["value"]), rel=(rule.error.value + 1) * U, abs=5e-324)
        with np.errstate(all="ignore"):
            local = local_gradients(rule, True, value, row["at"], "zero")
        for gradient, digits in zip(local, row["gradients"], strict=True):
            if isinstance(digits, str):
                constant, linear, quadratic = rule.error.absolute
                slack = (constant + linear * abs(value) + quadratic * value * value) * U
                bound = (rule.error.relative + 1) * U
                assert gradient == pytest.approx(float(digits), rel=bound, abs=slack + 1e-323), row


@pytest.mark.parametrize("name", [name for name, rule in OPS.items() if rule.has_kink])
def test_on_a_kink_the_slopes_on_both_sides_are_the_ends_of_the_set(name: str) -> None:
    rule, kinks = OPS[name], read(name)["kinks"]
    assert kinks
    for row in kinks:
        operands = [arb(exact(x)) for x in row["at"]]
        with pytest.raises(Undecided):
            rule.local(Balls(), rule.forward(Balls(), *operands), operands)
        ends = [rule.local(Balls(arb(share)), arb(0), operands) for share in (0, 1)]
        for port, slopes in enumerate(row["slopes"]):
            assert sorted(map(float, slopes)) == sorted(float(end[port].mid()) for end in ends)


@pytest.mark.parametrize("name", [name for name, rule in OPS.items() if not rule.has_kink])
def test_an_op_without_a_guard_has_no_kink_in_its_file(name: str) -> None:
    assert read(name)["kinks"] == []


@pytest.mark.parametrize("name", OPS)
def test_outside_the_domain_there_is_no_number(name: str) -> None:
    for operands in read(name)["outside"]:
        with np.errstate(all="ignore"):
            assert not math.isfinite(evaluate(OPS[name], True, operands))
        assert not OPS[name].forward(Balls(), *[arb(exact(x)) for x in operands]).is_finite()


@pytest.mark.parametrize("name", OPS)
def test_zeros_infinities_and_no_numbers_come_out_as_listed(name: str) -> None:
    with np.errstate(all="ignore"):
        for row in read(name)["ieee"]:
            operands, expected = [number(x) for x in row["at"]], number(row["value"])
            scalar = evaluate(OPS[name], True, operands)
            array = float(OPS[name].forward(Arrays(), *map(np.float64, operands)))
            for found in (scalar, array):
                assert found == expected or (math.isnan(found) and math.isnan(expected)), row
