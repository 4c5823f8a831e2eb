"""What a written number is: its grammar, its rational, its nearest number of the dtype, and the set that it claims."""

import math
import struct
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.schema import Rounding
from chainrule.schema.dtype import FORMATS
from chainrule.schema.number import (
    HALF_SUBNORMAL,
    LARGEST,
    OVERFLOW,
    UNIT_ROUNDOFF,
    Interval,
    Raw,
    claimed,
    exact,
    is_printed,
    nearest,
    round_to,
)
from chainrule.schema.number_faults import number_fault

from .strategies import finite, numbers

NARROW = {"float32": np.float32, "float16": np.float16}
THIRDS = st.fractions(-(10**6), 10**6)


def code(raw: Any, dtype: str | None = "float64", *, finite_only: bool = False) -> str | None:
    fault = number_fault(raw, dtype, finite=finite_only)
    return fault.code if fault else None


@pytest.mark.parametrize(
    "text",
    ["0", "-0", "0.20", "-5.3e-1", "12", "1e+3", "1/3", "-0/5", "NaN", "-Infinity", "0x1p+0", "-0x0p+0", "0x1.8p-3"],
)
def test_texts_of_the_grammar_are_numbers(text: str) -> None:
    assert code(text) is None


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1\n", "+1", "1_0", "1.", ".5", "01", "1e5000", "1E5", "nan", "inf", "１２", "1,5", "0.5/3", "1/0",
     "1/-3", "--1", "0x1", "0x2p+0", "0x1.P+0", "0x1p0", "0x1.00000000000000p+0", "true", "1/03", "0" * 5000, "1" * 32],
)  # fmt: skip
def test_other_texts_are_not(text: str) -> None:
    assert code(text) == "value.number"


def test_a_decimal_has_at_most_40_digits_that_count() -> None:
    assert code("0." + "1" * 40) is None
    assert code("1" + "0" * 30 + "." + "0" * 40) is None
    assert code("1" * 31 + "." + "1" * 10) == "value.number"


@pytest.mark.parametrize(
    ("raw", "dtype", "expected"),
    [
        (True, "bool", None),
        (1, "bool", "value.type"),
        ("1", "bool", "value.type"),
        (False, "float64", "value.type"),
        (None, "float64", "value.type"),
        ({}, "float64", "value.type"),
        (math.inf, "float64", "value.nonfinite"),
        ("1e999", "float64", "value.range"),
        ("10e999", "float64", "value.range"),
        ("0.01e-999", "float64", "value.range"),
        ("1e-999", "float64", None),
        ("0e999", "float64", None),
        ("0x1p+1024", "float64", "value.range"),
        ("0x1p-1074", "float64", None),
        ("0x1p-1075", "float64", "value.range"),
        (65519.99, "float16", None),
        (65520, "float16", "value.range"),
        ("65520", "float16", "value.range"),
        (2.0, "int64", None),
        (2.5, "int64", "value.range"),
        ("NaN", "int32", "value.range"),
        ("4/2", "int32", None),
        ("0x1.8p+0", "int32", "value.range"),
        ("9223372036854775807", "int64", None),
        ("9223372036854775808", "int64", "value.range"),
        (2**53, "int64", "value.range"),
        (2**53 - 1, "int64", None),
        (True, None, None),
        (1e300, None, None),
        ("word", None, "value.number"),
    ],
)
def test_a_number_must_fit_its_wire(raw: Any, dtype: str | None, expected: str | None) -> None:
    assert code(raw, dtype) == expected


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_seeds_are_finite(text: str) -> None:
    assert code(text) is None
    assert code(text, finite_only=True) == "value.nonfinite"


@pytest.mark.parametrize(
    ("text", "mend"),
    [("nan", '"NaN"'), ("12,5", '"12.5"'), ("1_0", '"10"'), ("\u22123", '"-3"'), ("+1", '"1"'), ("1.2E1", '"1.2e1"')],
)
def test_the_message_says_how_to_write_what_was_meant(text: str, mend: str) -> None:
    fault = number_fault(text, "float64")
    assert fault is not None
    assert f"write {mend}" in fault.expected


@pytest.mark.parametrize("dtype", FORMATS)
def test_the_constants_of_a_dtype_belong_together(dtype: str) -> None:
    largest = LARGEST[dtype]
    assert round_to(largest, dtype) == largest
    assert round_to(OVERFLOW[dtype], dtype) == math.inf
    assert round_to(OVERFLOW[dtype] - Fraction(1, 10**9), dtype) == largest
    assert round_to(1 + UNIT_ROUNDOFF[dtype], dtype) == 1
    assert round_to(1 + UNIT_ROUNDOFF[dtype] * 3, dtype) == 1 + 4 * UNIT_ROUNDOFF[dtype]
    assert round_to(HALF_SUBNORMAL[dtype], dtype) == 0
    assert round_to(HALF_SUBNORMAL[dtype] * Fraction(3, 2), dtype) == 2 * HALF_SUBNORMAL[dtype]


@given(finite, st.sampled_from(sorted(NARROW)))
def test_rounding_a_double_is_what_the_hardware_does(value: float, dtype: str) -> None:
    with np.errstate(over="ignore"):
        expected = float(NARROW[dtype](value))
    assert round_to(value, dtype).hex() == expected.hex()
    if value:
        assert round_to(Fraction(value), dtype) == expected


@given(finite)
def test_bfloat16_is_the_upper_half_of_a_float32(value: float) -> None:
    rounded = round_to(value, "bfloat16")
    if math.isfinite(rounded):
        bits = struct.unpack("<I", struct.pack("<f", rounded))[0]
        assert bits & 0xFFFF == 0
        assert Fraction(rounded) in claimed_ends(value)


def claimed_ends(value: float) -> list[Fraction]:
    """The two bfloat16 numbers around a double, by truncating its float64 significand to 8 bits."""
    quantum = Fraction(2) ** max(math.frexp(value)[1] - 8, -133)
    below = Fraction(value) // quantum * quantum
    return [below, below + quantum]


@given(THIRDS, st.sampled_from(sorted(FORMATS)))
def test_rounding_a_rational_leaves_at_most_half_a_unit(value: Fraction, dtype: str) -> None:
    rounded = round_to(value, dtype)
    if math.isfinite(rounded):
        assert abs(Fraction(rounded) - value) <= max(abs(value) * UNIT_ROUNDOFF[dtype], HALF_SUBNORMAL[dtype])


@pytest.mark.parametrize(
    ("raw", "dtype", "expected"),
    [
        ("0.1", "float64", Fraction(1, 10)),
        (0.1, "float64", Fraction(0.1)),
        (0.1, "float32", Fraction(float(np.float32(0.1)))),
        ("1/3", "float16", Fraction(1, 3)),
        ("0x1.8p+0", "float64", Fraction(3, 2)),
        ("0x1.0000000000001p+0", "float32", Fraction(1)),
        ("-5.3e-1", "float64", Fraction(-53, 100)),
        (2.0, "int64", Fraction(2)),
        ("9223372036854775807", "int64", Fraction(2**63 - 1)),
        (True, "bool", Fraction(1)),
        ("Infinity", "float64", math.inf),
    ],
)
def test_a_source_is_exactly_what_is_written(raw: Raw, dtype: str, expected: Fraction | float) -> None:
    assert exact(raw, dtype) == expected


def test_only_hex_writes_a_negative_zero() -> None:
    assert math.copysign(1, nearest("-0x0p+0", "float64")) == -1
    for zero in (0, -0.0, "-0", "-0.0", "0/1"):
        assert math.copysign(1, nearest(zero, "float64")) == 1


@given(numbers, st.sampled_from(sorted(FORMATS)))
def test_the_nearest_number_is_the_rounded_exact_one(raw: Raw, dtype: str) -> None:
    value = exact(raw, dtype)
    expected = value if isinstance(value, float) else round_to(value, dtype)
    assert nearest(raw, dtype) == expected or (math.isnan(expected) and math.isnan(nearest(raw, dtype)))


def interval(low: str, high: str) -> Interval:
    return Interval(Fraction(low), Fraction(high))


@pytest.mark.parametrize(
    ("raw", "rounding", "expected"),
    [
        ("0.20", None, interval("0.195", "0.205")),
        ("0.2", None, interval("0.15", "0.25")),
        ("12", None, interval("11.5", "12.5")),
        ("-5.3e-1", None, interval("-0.535", "-0.525")),
        ("1/3", None, interval("1/3", "1/3")),
        ("0.20", Rounding(mode="exact", direction="truncate"), interval("0.20", "0.21")),
        ("-0.20", Rounding(mode="exact", direction="truncate"), interval("-0.21", "-0.20")),
        ("0.00", Rounding(mode="exact", direction="truncate"), interval("-0.01", "0.01")),
        ("0.20", Rounding(mode="exact", direction="any"), interval("0.19", "0.21")),
        (0.2, Rounding(mode="decimals", digits=2), interval("0.195", "0.205")),
        (3, Rounding(mode="decimals", digits=0), interval("2.5", "3.5")),
        (0.2, Rounding(mode="significant", digits=2), interval("0.195", "0.205")),
        (120, Rounding(mode="significant", digits=2), interval("115", "125")),
        (0, Rounding(mode="significant", digits=2), Interval(-HALF_SUBNORMAL["float64"], HALF_SUBNORMAL["float64"])),
    ],
)
def test_a_printed_number_claims_what_rounds_to_its_digits(
    raw: Raw, rounding: Rounding | None, expected: Interval
) -> None:
    assert claimed(raw, "float64", rounding) == expected


@pytest.mark.parametrize("dtype", FORMATS)
def test_a_machine_number_claims_what_rounds_to_it(dtype: str) -> None:
    u, eta = UNIT_ROUNDOFF[dtype], HALF_SUBNORMAL[dtype]
    assert claimed(1, dtype) == Interval(1 - u / 2, 1 + u)
    assert claimed(-1, dtype) == Interval(-1 - u, -1 + u / 2)
    assert claimed("-0x0p+0", dtype) == Interval(-eta, eta)
    largest = float(LARGEST[dtype])
    found = claimed(largest, dtype)
    assert isinstance(found, Interval)
    assert found.high == OVERFLOW[dtype]


@given(finite, st.sampled_from(sorted(FORMATS)))
def test_the_ends_of_a_claim_are_where_rounding_changes(raw: float, dtype: str) -> None:
    value = round_to(raw, dtype)
    if not math.isfinite(value) or not value:
        return
    found = claimed(raw, dtype)
    assert isinstance(found, Interval)
    width = found.high - found.low
    assert round_to(found.low + width / 1000, dtype) == round_to(found.high - width / 1000, dtype) == value
    assert round_to(found.low - width / 1000, dtype) != value
    assert round_to(found.high + width / 1000, dtype) != value


def test_nonfinite_claims_are_no_sets() -> None:
    assert claimed("Infinity", "float64") == math.inf
    assert claimed("-Infinity", "float64") == -math.inf


def test_the_digits_are_the_claim_only_where_they_are_printed() -> None:
    decimals = Rounding(mode="decimals", digits=2)
    assert [is_printed(raw) for raw in ("0.20", 0.2, "1/3", "0x1p+0", "NaN")] == [True, False, False, False, False]
    assert [is_printed(raw, decimals) for raw in (0.2, 3, "0x1p+0", "1/3")] == [True, True, False, False]
