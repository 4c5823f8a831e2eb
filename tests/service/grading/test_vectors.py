"""The test vectors of the design: sheets that everybody can check by hand (grading.md 25)."""

import json
from pathlib import Path
from typing import Any

import pytest

import chainrule as cr
from chainrule.service.grading.grading import Graded, shadow

from .sheets import ALL, exam, grade

FIXTURES = Path(__file__).parents[3] / "fixtures"

NEURON = "p0 = w0*x0; p1 = w1*x1; s = p0 + p1; u = s + w2; n = -u; e = exp(n); d = e + 1; f = reciprocal(d)"
VALUES = {"w0": "2", "x0": "-1", "w1": "-3", "x1": "-2", "w2": "-3"}


def graph(text: str, values: dict[str, str]) -> dict[str, Any]:
    return json.loads(cr.dump(cr.parse(text, values)))


def states(found: Graded) -> dict[str, str]:
    return {one.slot.address: one.state for one in found.slots}


def diagnosis(found: Graded, address: str) -> Any:
    return next(one.worst.diagnosis for one in found.slots if one.slot.address == address)


def add_mul(**policy: Any) -> Any:
    return exam(graph("q = x + y; f = q * z", {"x": "-2", "y": "5", "z": "-4"}), {}, **policy)


def test_the_first_circuit_of_the_lecture_is_exact() -> None:
    claims = {
        "value:q": "3",
        "value:f": "-12",
        "grad:f": "1",
        "grad:z": "3",
        "grad:q": "-4",
        "grad:x": "-4",
        "grad:y": "-4",
    }
    found = grade(add_mul(), claims)
    assert set(states(found).values()) == {"correct"}
    assert {verdicts.local for verdicts in found.cells.values()} == {"proved"}
    assert all(
        v.judged is not None and v.judged.operand is not None and v.judged.operand.is_point
        for v in found.cells.values()
    )


def slots_of_neuron() -> Any:
    names = ["value:h", *(f"grad:{name}" for name in ("h", "g", "e", "d", "w0", "x0", "w1", "x1", "w2"))]
    return [{"slot": name} for name in names]


def neuron_exam(decimals: int, *, sheet: str = "u") -> Any:
    # h = 1 + e, g = 1 * e in the lecture's drawing; here h is d, and the four gates are n, e, d, f.
    return exam(
        graph(NEURON, VALUES),
        {"min_decimals": decimals},
        [{"slot": "value:e"}, {"slot": "value:d"}, {"slot": "value:f"}, {"slot": "grad:*"}],
    )


HAND = {
    "value:e": "0.37", "value:d": "1.37", "value:f": "0.73", "grad:f": "1.00", "grad:d": "-0.53", "grad:e": "-0.53",
    "grad:n": "-0.20", "grad:u": "0.20", "grad:s": "0.20", "grad:p0": "0.20", "grad:p1": "0.20", "grad:w2": "0.20",
    "grad:w0": "-0.20", "grad:x0": "0.40", "grad:w1": "-0.40", "grad:x1": "-0.60",
}  # fmt: skip


def test_the_neuron_by_hand_with_two_decimals_drifts_and_is_right() -> None:
    found = grade(neuron_exam(2), HAND)
    assert found.roots == ()
    assert {place for place, state in states(found).items() if state == "rounding-drift"} == {
        "grad:x0",
        "grad:w1",
        "grad:x1",
    }
    assert found.score.points == found.score.most


def test_one_decimal_where_one_is_asked_for_is_right() -> None:
    claims = {**HAND, "grad:w0": "-0.2", "grad:x0": "0.4", "grad:w1": "-0.4", "grad:x1": "-0.6"}
    found = grade(neuron_exam(1), claims)
    assert set(states(found).values()) == {"correct"}


def test_one_decimal_where_two_are_asked_for_is_read_with_its_zeros() -> None:
    claims = {**HAND, "grad:w0": "-0.2", "grad:x0": "0.4", "grad:w1": "-0.4", "grad:x1": "-0.6"}
    found = grade(neuron_exam(2), claims)
    assert set(states(found).values()) == {"correct"}
    short = [one for one in found.slots if one.worst.judged is not None and "zeros-dropped" in one.worst.judged.form]
    assert {one.slot.address for one in short} == {"grad:w0", "grad:x0", "grad:w1", "grad:x1"}


def test_the_published_notes_are_right() -> None:
    found = grade(neuron_exam(2), {**HAND, "grad:x0": "0.39", "grad:w1": "-0.39", "grad:x1": "-0.59"})
    assert set(states(found).values()) == {"correct"}


@pytest.mark.parametrize(
    ("claim", "state"),
    [("0.1971", "rounding-drift"), ("0.1966", "correct"), ("0.1961", "rounding-drift"), ("0.2500", "wrong")],
)
def test_the_collapsed_sigmoid_from_a_printed_output(claim: str, state: str) -> None:
    one = exam(graph("f = sigmoid(a)", {"a": "1"}), {"min_decimals": 2}, [{"slot": "value:f"}, {"slot": "local:f#0"}])
    assert states(grade(one, {"value:f": "0.73", "local:f#0": claim}))["local:f#0"] == state


def exam_key() -> Graded:
    one = exam(graph("p = -z; q = exp(p); r = q + 1; f = reciprocal(r)", {"z": "3"}), {"min_decimals": 3})
    claims = {
        "value:p": "-3.000", "value:q": "0.0498", "value:r": "1.0498", "value:f": "0.953", "grad:f": "1.000",
        "grad:r": "-1.101", "grad:q": "-1.101", "grad:p": "-0.0548", "grad:z": "0.0548",
    }  # fmt: skip
    return grade(one, claims)


def test_the_published_exam_key_has_one_root_and_its_cause() -> None:
    found = exam_key()
    assert [found.exam.circuit.name(cell) for cell in found.roots] == ["grad:r"]
    (one,) = diagnosis(found, "grad:r").classes
    assert set(one.codes) == {"out-for-in", "divide-by-local"}
    assert diagnosis(found, "grad:r").outcome == "unique"
    gap = next(iter(found.roots))
    assert found.cells[gap].judged.gap >= 380
    assert {place for place, state in states(found).items() if state == "carried"} == {"grad:q", "grad:p", "grad:z"}
    assert {found.exam.circuit.name(cell) for cell in shadow(found, found.roots[0])} == {"grad:q", "grad:p", "grad:z"}


def test_a_plus_a_with_gradient_1_is_a_fork() -> None:
    found = grade(exam(graph("f = a + a", {"a": "3"}), {}), {"value:f": "6", "grad:f": "1", "grad:a": "1"})
    (one,) = diagnosis(found, "grad:a").classes
    assert one.family == "fork"
    assert "last-write-wins" in one.codes
    assert found.systematic == ()


@pytest.mark.parametrize(
    ("claim", "state", "reason"),
    [
        ("0", "correct", None),
        ("0.5", "correct", "kink-admissible"),
        ("1", "correct", "kink-admissible"),
        ("1.5", "wrong", None),
    ],
)
def test_every_slope_between_the_two_is_right_at_a_kink(claim: str, state: str, reason: str | None) -> None:
    one = exam(graph("f = relu(x)", {"x": "0"}), {"min_decimals": 0}, [{"slot": "grad:x"}])
    found = grade(one, {"grad:x": claim})
    assert states(found)["grad:x"] == state
    if reason is not None:
        (verdicts,) = found.cells.values()
        assert verdicts.truth is not None
        assert reason in verdicts.truth.reasons


def test_a_number_with_too_few_digits_says_nothing() -> None:
    one = exam(graph("f = sigmoid(a)", {"a": "1"}), {}, [{"slot": "local:f#0"}])
    found = grade(one, {"local:f#0": "0"})
    assert states(found) == {"local:f#0": "uninformative"}
    assert found.score.points == 0


def test_what_follows_from_a_wrong_number_without_its_zeros_is_carried() -> None:
    """A student who keeps all digits writes 0.873 for 0.87304, wrongly, and goes on with that."""
    one = exam(graph("g1 = tanh(x); g2 = g1 * y; g3 = sigmoid(g2)", {"x": "-2", "y": "-2"}), {"min_decimals": 4})
    claims = {
        "value:g1": "-0.964", "value:g2": "1.9281", "value:g3": "0.873",
        "grad:g3": "1", "grad:g2": "0.873", "grad:g1": "-1.7461", "grad:y": "-0.8416",
    }  # fmt: skip
    found = states(grade(one, claims))
    assert found["grad:g2"] == "wrong"
    assert (found["grad:g1"], found["grad:y"]) == ("carried", "carried")


def test_doubled_gradients_are_another_seed() -> None:
    one = exam(
        graph("q = x + y; f = q * z", {"x": "-2", "y": "5", "z": "-4"}), {},
        [{"slot": "value:*"}, *({"slot": f"grad:{name}"} for name in "qxyz")],
    )  # fmt: skip
    claims = {"value:q": "3", "value:f": "-12", "grad:q": "-8", "grad:z": "6", "grad:x": "-8", "grad:y": "-8"}
    (told,) = grade(one, claims).systematic
    assert (told.code, told.detail) == ("seed-not-one", "2")


def test_an_honest_sheet_through_a_saturated_tanh_is_not_refuted() -> None:
    one = exam(
        graph("t = tanh(x); s = 1 - t; f = s * y", {"x": "20", "y": "3"}),
        {},
        [{"slot": "value:f"}, {"slot": "grad:x"}, {"slot": "grad:y"}],
    )
    assert set(states(grade(one, {"value:f": "0.00", "grad:x": "0.00", "grad:y": "0.00"})).values()) == {"correct"}


def mazur() -> dict[str, Any]:
    case = json.loads((FIXTURES / "worked" / "worked_examples.json").read_text("utf-8"))
    example = next(one for one in case if one["name"] == "mazur-2-2-2")
    return json.loads(cr.dump(cr.parse("\n".join(example["steps"]), example["inputs"], output=example["output"])))


def test_hidden_gradients_from_updated_weights_are_told_as_such() -> None:
    """Mazur's network, its output weights updated (rate 0.5) before the hidden layer's gradients were taken."""
    circuit = mazur()
    true = cr.backward(circuit).grads
    updated = json.loads(json.dumps(circuit))
    for row in updated["nodes"]:
        if row["id"] in ("w5", "w6", "w7", "w8"):
            row["value"] = float(row["value"]) - 0.5 * float(true[row["id"]])
    # Upstream gradients of the outputs are those of the old weights; only the weights on the way down are new.
    down = {
        "outh1": sum(float(true[net]) * _value(updated, w) for net, w in (("neto1", "w5"), ("neto2", "w7"))),
        "outh2": sum(float(true[net]) * _value(updated, w) for net, w in (("neto1", "w6"), ("neto2", "w8"))),
    }
    names = ["neto1", "neto2", "w5", "w6", "w7", "w8", "outh1", "outh2"]
    one = exam(circuit, {"min_decimals": 9}, [{"slot": f"grad:{name}"} for name in names])
    claims = {f"grad:{name}": f"{down.get(name, float(true[name])):.9f}" for name in names}
    found = grade(one, claims)
    assert {found.exam.circuit.name(cell) for cell in found.roots} == {"grad:outh1", "grad:outh2"}
    (told,) = found.systematic
    assert (told.code, told.detail) == ("updated-params-in-backward", "1/2")


def _value(document: dict[str, Any], name: str) -> float:
    return float(next(row["value"] for row in document["nodes"] if row["id"] == name))


def test_all_slots_are_asked_by_two_wildcards() -> None:
    assert len(exam(graph(NEURON, VALUES), {}, ALL).slots) == 8 + 13
