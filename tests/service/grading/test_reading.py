"""What people type is read as one strict number, refused with a code, or nothing; and never evaluated."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.schema.grammar import read_decimal, read_fraction
from chainrule.service.grading.reading.carriers import read_submission
from chainrule.service.grading.reading.keys import resolved
from chainrule.service.grading.reading.normalise import Normal, Rules, normalised

from .sheets import exam
from .test_vectors import VALUES, graph

READ = {
    " - 0.20 ": "-0.20", "1 234.5": "1234.5", "−０．２０": "-0.20", "⅔": "2/3", "= (−0.2)": "-0.2", "53.4%": "0.534",
    "5.34×10⁻²": "5.34e-2",
    "5.34 * 10^-2": "5.34e-2", "5.34*10**-2": "5.34e-2", "0,20": "0.20", "1,234.5": "1234.5",
    ".5": "0.5", "5.": "5", "007": "7", "1/-2": "-1/2", "-0.00": "-0.00", "-０．６０": "-0.60", "−0.60": "-0.60",
    "= -0.60": "-0.60", "-60%": "-0.60", "-6.0×10⁻¹": "-6.0e-1", "-0,60": "-0.60", "≈ 0.20": "0.20",
    "약 0.2": "0.2",
    "+3": "3", "$-0.2$": "-0.2", "-½": "-1/2", "1.5E-3": "1.5e-3", "53.4퍼센트": "0.534", "2⁄3": "2/3",
    "0.5 %": "0.005",
}  # fmt: skip

REFUSED = {
    "0.2*(-3)": "expression", "sqrt(2)": "expression", "pi": "expression", "0.5/3": "expression", "1 1/2": "expression",
    "0.2, 0.3": "several", "±0.2": "several", "0.2 or 0.3": "several", "1,234": "ambiguous", "abc": "not-a-number",
    "0.2 m": "not-a-number", "nan": "not-a-number", "inf": "not-a-number", "0x1f": "not-a-number",
    "1_000": "not-a-number", "0.2(3)": "not-a-number", "1" * 41: "too-long", "1e301": "range",
    "1/0": "zero-denominator",
}  # fmt: skip


@pytest.mark.parametrize(("typed", "strict"), READ.items())
def test_a_number_is_read_as_it_was_meant(typed: str, strict: str) -> None:
    assert normalised(typed) == Normal(strict)


@pytest.mark.parametrize(("typed", "code"), REFUSED.items())
def test_what_is_no_number_is_refused_with_its_code(typed: str, code: str) -> None:
    assert normalised(typed) == Normal(refusal=f"answer.{code}")


@pytest.mark.parametrize("typed", ["", " ", "-", "?", "—", "모름"])
def test_nothing_is_nothing(typed: str) -> None:
    assert normalised(typed) == Normal()


def test_digits_that_go_on_were_cut_off() -> None:
    assert normalised("0.3333…") == normalised("0.3333...") == Normal("0.3333", cut=True)


def test_a_comma_can_be_the_only_decimal_mark() -> None:
    assert normalised("1,234", Rules(decimal_mark=",")).text == "1.234"
    assert normalised("1,234", Rules(decimal_mark=".")).text == "1234"


def test_fractions_and_per_cent_can_be_switched_off() -> None:
    assert normalised("1/2", Rules(fractions=False)).refusal == "answer.expression"
    assert normalised("50%", Rules(percent=False)).refusal is not None


@given(st.text(max_size=60))
def test_any_text_gives_a_strict_number_a_refusal_or_nothing(typed: str) -> None:
    found = normalised(typed)
    assert found.text is None or found.refusal is None
    if found.text is not None:
        assert read_decimal(found.text) is not None or read_fraction(found.text) is not None


NEURON = exam(graph("f = w0*x0 + w1*x1 + w2", VALUES), {})


@given(st.binary(max_size=200))
def test_any_bytes_give_a_submission(data: bytes) -> None:
    found = read_submission(NEURON, data)
    assert found.problems or found.carrier in ("answers", "csv")


@pytest.mark.parametrize(
    ("key", "address"),
    [
        ("grad:x1", "grad:x1"), ("g:x1", "grad:x1"), ("x1.grad", "grad:x1"), ("df/dx1", "grad:x1"), ("dx1", "grad:x1"),
        ("v:f", "value:f"), ("l:f#0", "local:f#0"), ("f.local.0", "local:f#0"), ("nothing", "None"),
        ("grad:nobody", "None"),
    ],
)  # fmt: skip
def test_keys_have_short_forms(key: str, address: str) -> None:
    assert str(resolved(key, NEURON)) == address


def test_nested_and_flat_answers_are_one() -> None:
    flat = {"answers": {"grad:x1": "-0.60", "local:f#0": "1"}}
    nested = {"answers": {"x1": {"grad": "-0.60"}, "f": {"local": ["1", None]}}}
    first, second = (read_submission(NEURON, json.dumps(one).encode()) for one in (flat, nested))
    assert first.written == second.written != {}


def test_one_number_answered_twice_is_a_problem() -> None:
    found = read_submission(NEURON, b'{"answers": {"grad:x1": "1", "x1.grad": "2"}}')
    assert [problem["code"] for problem in found.problems] == ["answers.duplicate"]
    assert (
        read_submission(NEURON, b'{"answers": {"grad:x1": "1", "grad:x1": "2"}}').problems[0]["code"]
        == "json.duplicate_key"
    )


def test_a_json_number_gets_the_zeros_that_it_lost() -> None:
    found = read_submission(NEURON, b'{"answers": {"grad:x1": 0.2}}')
    (written,) = found.written.values()
    assert written.claim is not None
    assert written.claim.text == "0.20"


def test_csv_is_read_with_a_byte_order_mark() -> None:
    found = read_submission(NEURON, '\ufeffslot,answer\r\ngrad:x1,"0,20"\r\n'.encode())
    assert [written.claim.text for written in found.written.values() if written.claim] == ["0.20"]


def test_unknown_keys_and_given_inputs_are_ignored_and_listed() -> None:
    found = read_submission(NEURON, b'{"answers": {"value:x1": "7", "bogus": "1", "grad:x1": "1"}}')
    assert [entry["why"] for entry in found.ignored] == ["given", "unknown"]


def test_claims_about_another_graph_are_not_graded() -> None:
    sheet = {"chainrule": "1.0", "kind": "annotations", "graph": "sha256:" + "0" * 64, "nodes": {"f": {"value": "1"}}}
    found = read_submission(NEURON, json.dumps(sheet).encode())
    assert [problem["code"] for problem in found.problems] == ["grade.structure-changed"]


def test_a_graph_with_other_inner_names_is_mapped_and_one_with_another_op_is_not() -> None:
    one = exam(graph("q = x + y; f = q * z", {"x": "-2", "y": "5", "z": "-4"}), {})
    renamed = graph("sum = x + y; f = sum * z", {"x": "-2", "y": "5", "z": "-4"})
    for row in renamed["nodes"]:
        row |= {"f": {"value": "-12.00"}, "sum": {"value": "3.00"}}.get(row["id"], {})
    found = read_submission(one, json.dumps(renamed).encode())
    assert {one.circuit.name(cell) for cell in found.written} == {"value:q", "value:f"}
    other = graph("q = x - y; f = q * z", {"x": "-2", "y": "5", "z": "-4"})
    problems = read_submission(one, json.dumps(other).encode()).problems
    assert [problem["code"] for problem in problems] == ["grade.structure-changed"]
    assert "the op is sub" in problems[0]["message"]


def test_a_submission_cannot_change_the_inputs() -> None:
    one = exam(graph("f = x * y", {"x": "2", "y": "3"}), {})
    changed = graph("f = x * y", {"x": "20", "y": "3"})
    changed["nodes"][-1]["value"] = "60.00"
    found = read_submission(one, json.dumps(changed).encode())
    assert {"key": "value:x", "why": "input-changed"} in found.ignored
    assert one.truth(next(iter(found.written))).low == 6
