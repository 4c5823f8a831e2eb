"""The proof without derivative rules: sound, narrow, silent where there is no derivative."""

import math
from dataclasses import dataclass
from typing import Any

import pytest
from flint import acb, arb, fmpq
from hypothesis import assume, given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.numbers.analytic import Analytic, Box
from chainrule.engine.plan import Plan, plan
from chainrule.engine.registry import OPS
from chainrule.engine.verify.cauchy import Proof, Refusal, prove, slope
from chainrule.engine.verify.claims import address, claims_of
from chainrule.engine.verify.equations import from_inputs
from chainrule.engine.verify.evidence import Evidence
from chainrule.engine.verify.findings import Finding
from chainrule.engine.verify.rule_free import RuleFree, hear
from chainrule.engine.verify.states import States
from chainrule.schema import Graph

NEURON = "f = 1/(1+exp(-(w0*x0+w1*x1+w2)))"
LECTURE = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}


def planned(text: str, values: dict[str, Any]) -> Plan:
    return plan(cr.parse(text, values=values))


def heard(graph: Graph, **allowed: int) -> dict[str, Evidence]:
    """The word on every claim of a graph, by address."""
    made = plan(graph)
    findings = [Finding(claim) for claim in claims_of(made)]
    for finding in findings:
        for entry, raw in enumerate(finding.claim.entries):
            judgement = from_inputs(made, 128).judge(finding.claim, entry) if raw is not None else None
            if judgement is not None:
                finding.overall.entries[entry] = judgement
    hear(States(made, [finding.claim for finding in findings]), findings, **allowed)
    return {address(made, f.key): f.evidence[0] for f in findings if f.evidence}


def rational(x: float) -> fmpq:
    return fmpq(*x.as_integer_ratio())


def with_claim(graph: Graph, name: str, grad: Any) -> Graph:
    rows: list[Any] = [{**row, "grad": grad} if row["id"] == name else dict(row) for row in graph.nodes]
    return graph.with_nodes(rows)


# --- one op ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("sqrt", 4.0, fmpq(1, 4)),
        ("square", -3.0, fmpq(-6)),
        ("reciprocal", 1e-300, -1 / rational(1e-300) ** 2),
        ("reciprocal", 1e300, -1 / rational(1e300) ** 2),
        ("log", 5e-324, 1 / rational(5e-324)),
        ("relu", 5e-324, fmpq(1)),
        ("abs", -1e-200, fmpq(-1)),
        ("identity", 1.7976931348623157e308, fmpq(1)),
    ],
)
def test_the_enclosure_holds_the_derivative_and_is_narrow(name: str, at: float, expected: fmpq) -> None:
    found = slope(OPS[name], [rational(at)], 0)
    assert isinstance(found, Proof)
    low, high = found.enclosure
    assert low <= expected <= high
    assert (high - low) * 2**60 <= abs(expected)


def test_saturated_gates_are_enclosed_as_narrowly() -> None:
    found = slope(OPS["tanh"], [fmpq(30)], 0)
    assert isinstance(found, Proof)
    low, high = found.enclosure
    assert 0 < low < high < low * (1 + fmpq(1, 2**60))


def test_a_derivative_of_nought_is_enclosed_below_the_least_number() -> None:
    found = slope(OPS["cos"], [fmpq(0)], 0)
    assert isinstance(found, Proof)
    assert -fmpq(1, 2**1075) < found.enclosure.low <= 0 <= found.enclosure.high < fmpq(1, 2**1075)


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("sqrt", [0]),
        ("log", [0]),
        ("log", [-1]),
        ("reciprocal", [0]),
        ("relu", [0]),
        ("abs", [0]),
        ("maximum", [1, 1]),
        ("minimum", [-2, -2]),
        ("pow", [0, fmpq(1, 2)]),
        ("pow", [-8, fmpq(1, 3)]),
    ],
)
def test_at_kinks_branch_points_and_poles_there_is_no_proof(name: str, operands: list[Any]) -> None:
    for port in range(len(operands)):
        found = slope(OPS[name], [fmpq(x) for x in operands], port)
        assert isinstance(found, Refusal)
        assert found.evaluations < 200


def test_an_operand_used_twice_moves_in_both_slots() -> None:
    found = slope(OPS["mul"], [fmpq(3), fmpq(3)], None)
    assert isinstance(found, Proof)
    assert found.enclosure.low <= 6 <= found.enclosure.high


def test_a_number_beyond_every_format_is_refused_and_not_spelt_out() -> None:
    found = slope(OPS["exp"], [fmpq(10) ** 12], 0)
    assert isinstance(found, Refusal)
    assert found.because == "beyond every number format"


@given(st.floats(-30, 30), st.floats(-3, 3), st.integers(-40, 2))
def test_no_enclosure_misses_the_derivative_of_a_polynomial(x: float, c: float, power: int) -> None:
    # (x - c)^3 + (x - c) / 2^power: its derivative is known exactly.
    x_exact, c_exact, weight = rational(x), rational(c), fmpq(2) ** -power

    def displaced(t: acb) -> acb:
        moved = acb(arb(x_exact - c_exact)) + t
        return moved * moved * moved + moved * arb(weight)

    found = prove(displaced)
    assert isinstance(found, Proof)
    expected = 3 * (x_exact - c_exact) ** 2 + weight
    assert found.enclosure.low <= expected <= found.enclosure.high


@dataclass(frozen=True, slots=True)
class Careless(Analytic):
    """A square root that ignores its branch point, as FLINT's does unless it is asked not to."""

    def sqrt(self, x: Box) -> Box:
        return Box(x.z.sqrt())


def test_without_the_analytic_flag_the_square_root_at_0_would_have_a_derivative() -> None:
    assert isinstance(slope(OPS["sqrt"], [fmpq(0)], 0, system=Careless()), Proof)
    assert isinstance(slope(OPS["sqrt"], [fmpq(0)], 0), Refusal)


# --- graphs ----------------------------------------------------------------------------------------------------------


def test_every_wire_of_the_lecture_s_neuron_agrees_with_the_referee() -> None:
    made = planned(NEURON, LECTURE)
    method, referee = RuleFree(made), from_inputs(made, 333)
    for wire in range(len(made.ids)):
        found, known = method.wire(wire), referee.gradients.of(wire)[0]
        assert isinstance(found, Proof)
        assert known is not None
        assert found.enclosure.gap(known.exact) == 0
        assert found.evaluations <= 8


def test_slots_and_local_gradients_are_proved_alone() -> None:
    made = planned("f = x*x + x", {"x": 3})
    gate = made.ids.index("mul")
    method = RuleFree(made)
    for port in (0, 1):
        for found in (method.slot(gate, port), method.local(gate, port)):
            assert isinstance(found, Proof)
            assert found.enclosure.low <= 3 <= found.enclosure.high
    total = method.wire(made.ids.index("x"))
    assert isinstance(total, Proof)
    assert total.enclosure.low <= 7 <= total.enclosure.high


def test_a_direction_over_several_wires_is_the_sum_of_its_parts() -> None:
    made = planned("f = x*y + sin(x)", {"x": 2, "y": 5})
    x, y, product = (made.ids.index(name) for name in ("x", "y", "mul"))
    found = RuleFree(made).along({x: {0: fmpq(1)}, y: {0: fmpq(-1, 2)}, product: {0: fmpq(3)}})
    assert isinstance(found, Proof)
    expected = 5 + math.cos(2) - 0.5 * 2 + 3
    assert float(found.enclosure.low.p) / float(found.enclosure.low.q) == pytest.approx(expected, rel=1e-14)


def test_entries_of_tensors_move_alone_and_a_scalar_moves_all_of_them() -> None:
    graph = cr.parse("f = w*square(x)", values={"w": 3, "x": [1, -2, 5]})
    made = plan(Graph.build(nodes=graph.nodes, outputs=[{"node": "f", "seed": [1, 10, 100]}]))
    method = RuleFree(made)
    expected = {("x", 0): 6, ("x", 1): -120, ("x", 2): 3000, ("w", 0): 2541}
    for (name, entry), gradient in expected.items():
        found = method.wire(made.ids.index(name), entry)
        assert isinstance(found, Proof)
        assert found.enclosure.low <= gradient <= found.enclosure.high


def test_a_kink_beside_the_wire_is_no_hindrance() -> None:
    made = planned("f = relu(a) * 3 + x*x", {"a": 0, "x": 2})
    found = RuleFree(made).wire(made.ids.index("x"))
    assert isinstance(found, Proof)
    assert found.enclosure.low <= 4 <= found.enclosure.high


@given(
    st.sampled_from(["x*tanh(y)", "sin(x*y)", "exp(-x)*y", "x/(1+y*y)", "maximum(x, y)*x", "sqrt(1+x*x)*y"]),
    st.floats(-20, 20),
    st.floats(-20, 20),
)
def test_no_enclosure_contradicts_the_referee(text: str, x: float, y: float) -> None:
    assume(x != y)
    made = planned(f"f = {text}", {"x": x, "y": y})
    method, referee = RuleFree(made), from_inputs(made, 1300)
    for wire in range(len(made.ids)):
        found, known = method.wire(wire), referee.gradients.of(wire)[0]
        assert isinstance(found, Proof)
        assert known is None or found.enclosure.gap(known.exact) == 0


# --- evidence --------------------------------------------------------------------------------------------------------


def test_right_gradients_are_spoken_for_and_values_are_not_looked_at() -> None:
    said = heard(cr.annotate(cr.parse(NEURON, values=LECTURE)))
    assert {evidence.says for evidence in said.values()} == {"for"}
    assert {address.split(":")[0] for address in said} == {"grad", "local", "downstream"}
    assert said["grad:w0"].details["precision"] == 333
    assert said["grad:w0"].details["enclosure"][0].startswith("-0.196611933241481")


@pytest.mark.parametrize("factor", [1.01, -1.0, 0.0, 1 + 1e-12])
def test_wrong_gradients_are_spoken_against(factor: float) -> None:
    graph = cr.annotate(cr.parse(NEURON, values=LECTURE))
    said = heard(with_claim(graph, "x0", 0.3932238664829637 * factor))
    assert said["grad:x0"].says == "against"
    assert said["grad:w0"].says == "for"


def test_printed_digits_are_judged_by_their_set() -> None:
    graph = cr.parse(NEURON, values=LECTURE)
    assert heard(with_claim(graph, "x0", "0.39"))["grad:x0"].says == "for"
    assert heard(with_claim(graph, "x0", "0.40"))["grad:x0"].says == "against"
    assert heard(with_claim(graph, "x0", "0.4"))["grad:x0"].says == "for"


def test_digits_that_would_hold_any_sign_are_not_spoken_for() -> None:
    said = heard(with_claim(cr.parse("f = tanh(x)", values={"x": 9}), "x", "0"))["grad:x"]
    assert (said.says, said.details["because"]) == ("silent", "uninformative")


@pytest.mark.parametrize(
    ("text", "x", "gate"),
    [
        ("f = relu(x)", 0, "f"),
        ("f = 2*abs(x)", 0, "abs"),
        ("f = sqrt(x)", 0, "f"),
        ("f = maximum(x, x)", 1, "f"),
        ("f = relu(sin(x) - sin(x))", 1, "f"),
        ("f = log(x)", -1, "f"),
    ],
)
def test_where_there_is_no_derivative_it_is_silent_and_names_the_gate(text: str, x: float, gate: str) -> None:
    said = heard(with_claim(cr.parse(text, values={"x": x}), "x", 0.5))["grad:x"]
    assert said.says == "silent"
    assert said.details["because"] == f"{gate} is not analytic here: a kink, a branch point, a pole or a tie"


def test_a_claim_that_is_no_number_is_not_judged() -> None:
    said = heard(with_claim(cr.parse("f = x*x", values={"x": 1}), "x", "NaN"))["grad:x"]
    assert (said.says, said.details["because"]) == ("silent", "no finite number is claimed")


def test_beyond_the_budget_it_is_silent() -> None:
    graph = with_claim(cr.parse(NEURON, values=LECTURE), "x0", 0.3932238664829637)
    assert heard(graph, work=10)["grad:x0"].details == {"because": "budget"}


def test_one_wrong_entry_of_a_tensor_decides_and_unseen_entries_keep_it_silent() -> None:
    graph = cr.parse("f = square(x)", values={"x": [1, 2, 3]})
    graph = Graph.build(nodes=graph.nodes, outputs=[{"node": "f", "seed": [1, 1, 1]}])
    wrong = heard(with_claim(graph, "x", [2, 4.04, 6]))["grad:x"]
    assert (wrong.says, wrong.details["entry"]) == ("against", 1)
    assert heard(with_claim(graph, "x", [2, 4, 6]))["grad:x"].says == "for"
    assert heard(with_claim(graph, "x", [2, 4, 6]), entries=2)["grad:x"].says == "silent"


def test_without_an_objective_nothing_is_said() -> None:
    said = heard(with_claim(cr.parse("f = x*x"), "x", 2))["grad:x"]
    assert said.says == "silent"
