"""Rounded or cut off: decided once for a sheet, by what refutes fewer numbers, and if as few, by what explains more."""

from .sheets import exam, grade
from .test_vectors import graph

#: Somebody cuts digits off, keeps some of them in mind (exp(1.9218) is 6.833), and writes one wrong gradient.
CHAIN = graph("a = log(x); b = square(a); c = exp(b); f = tanh(c)", {"x": "4"})
CLAIMS = {
    "value:a": "1.386", "value:b": "1.921", "value:c": "6.833", "value:f": "0.999",
    "grad:f": "1.000", "grad:c": "0.001", "grad:b": "0.003", "grad:a": "0.010", "grad:x": "0.002",
}  # fmt: skip


def test_of_two_readings_that_refute_as_many_numbers_the_one_with_a_reason_is_taken() -> None:
    found = grade(exam(CHAIN, {"min_decimals": 3}), CLAIMS)
    assert found.direction == "truncate"
    refuted = {found.exam.circuit.name(cell) for cell, verdicts in found.cells.items() if verdicts.local == "refuted"}
    assert refuted == {"grad:b"}


def test_a_sheet_that_follows_in_both_readings_is_read_as_rounded() -> None:
    claims = {**CLAIMS, "value:b": "1.922", "grad:b": "0.007", "grad:a": "0.019", "grad:x": "0.005"}
    found = grade(exam(CHAIN, {"min_decimals": 3}), claims)
    assert found.direction == "nearest"
    assert "refuted" not in {verdicts.local for verdicts in found.cells.values()}
