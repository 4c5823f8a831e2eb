"""Wrong rules are refuted by values alone, and a careless rule-free method does not pass."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from flint import acb, arb, fmpq

import chainrule as cr
from chainrule.engine.certification import certificates
from chainrule.engine.certification.certificates import analytic_honoured
from chainrule.engine.certification.certify import certification
from chainrule.engine.certification.trials import Trial
from chainrule.engine.numbers.analytic import Analytic, Box
from chainrule.engine.registry import OPS
from chainrule.engine.verify import cauchy

from .make_mutants import MUTANTS_FILE, written
from .mutants import CASES, RULES, Mutant, caught_in_certification, circuit, factor, mutated

NAMES = [f"{name}-{mutant.__name__}" for name, mutant in CASES]


def test_every_rule_has_five_mutants_and_more_and_one_of_nought_two() -> None:
    counts = Counter(name for name, _ in CASES)
    assert set(counts) == set(RULES)
    assert {name for name, count in counts.items() if count < 5} == {"sign", "floor", "ceil", "round", "trunc"}
    assert min(counts.values()) >= 2


@pytest.mark.parametrize(("name", "mutant"), CASES, ids=NAMES)
def test_a_wrong_rule_is_refuted_by_values_alone(name: str, mutant: Mutant) -> None:
    assert "rule-free" in caught_in_certification(name, mutant)


def test_it_is_recorded_by_which_methods_each_wrong_rule_is_caught() -> None:
    recorded = json.loads(MUTANTS_FILE.read_text("utf-8"))
    assert {(name, mutant) for name in recorded for mutant in recorded[name]} == {(n, m.__name__) for n, m in CASES}
    assert all("rule-free" in methods for mutants in recorded.values() for methods in mutants.values())
    assert MUTANTS_FILE.read_text("utf-8") == written()


def test_a_wrong_rule_gets_no_certificate() -> None:
    rows = certification(["mul"], points=20, dtypes=("float32",), rules={"mul": mutated(OPS["mul"], factor)})
    assert [row.certified for row in rows] == [False, False]
    assert {"C3", "C12"} <= {check for row in rows for check in row.failed}
    assert rows[0].problems[-1].startswith("and ")


def test_a_wrong_constant_gets_no_certificate() -> None:
    too_small = replace(OPS["tanh"], error=replace(OPS["tanh"].error, relative=0, absolute=(0, 0, 0)))
    rows = certification(["tanh"], points=50, dtypes=("float64",), rules={"tanh": too_small})
    assert "C12" in rows[0].failed
    exact = replace(OPS["exp"], error=replace(OPS["exp"].error, value=0))
    rows = certification(["exp"], points=50, dtypes=("float64",), rules={"exp": exact})
    assert "C1" in rows[0].failed


# --- crippled methods ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Careless(Analytic):
    """Functions as FLINT has them unless asked: finite across branch cuts and kinks."""

    def sqrt(self, x: Box) -> Box:
        return Box(x.z.sqrt())

    def log(self, x: Box) -> Box:
        return Box(x.z.log())

    def pow(self, base: Box, exponent: Box) -> Box:
        return Box(base.z.pow(exponent.z))

    def maximum(self, a: Box, b: Box) -> Box:
        return Box(a.z.real_max(b.z))

    def minimum(self, a: Box, b: Box) -> Box:
        return Box(a.z.real_min(b.z))


AT = {"sqrt": [0.0], "log": [-1.0], "pow": [0.0, 0.5], "maximum": [1.0, 1.0], "minimum": [1.0, 1.0], "relu": [0.0]}


@pytest.mark.parametrize("name", AT)
def test_a_system_that_is_not_asked_to_be_analytic_is_caught_by_c5(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any(analytic_honoured(Trial(OPS[name], "float64", AT[name]), 0))
    monkeypatch.setattr(certificates, "Analytic", Careless)
    assert any(analytic_honoured(Trial(OPS[name], "float64", AT[name]), 0))


def test_an_absolute_value_that_is_not_asked_to_be_analytic_is_caught_by_c5(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(box: Box) -> Box:
        return Box(box.z.real_abs())

    monkeypatch.setattr(Box, "__abs__", careless)
    assert any(analytic_honoured(Trial(OPS["abs"], "float64", [0.0]), 0))


def test_without_analytic_the_square_root_at_0_would_get_a_slope_and_a_kink_one_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cauchy, "Analytic", Careless)
    assert isinstance(cauchy.slope(OPS["sqrt"], [fmpq(0)], 0), cauchy.Proof)
    rows = certification(["relu"], points=20, dtypes=("float64",))
    assert "C6" in rows[0].failed


def test_without_the_remainder_a_polynomial_s_derivative_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def cube(t: acb) -> acb:
        return (1 + t) * (1 + t) * (1 + t)

    sound = cauchy.prove(cube)
    assert isinstance(sound, cauchy.Proof)
    assert sound.enclosure.low <= 3 <= sound.enclosure.high

    def none(*_: Any) -> Any:
        return arb(0)

    monkeypatch.setattr(cauchy, "_remainder", none)
    careless = cauchy.prove(cube)
    assert isinstance(careless, cauchy.Proof)
    assert not careless.enclosure.low <= 3 <= careless.enclosure.high


def test_a_lying_gradient_rule_does_not_reach_the_proof() -> None:
    wrong = mutated(OPS["tanh"], factor)
    right, lied = (cauchy.slope(rule, [fmpq(1, 2)], 0) for rule in (OPS["tanh"], wrong))
    assert right == lied


def test_documents_at_the_point_are_right_without_a_mutant() -> None:
    with np.errstate(all="ignore"):
        for rule in RULES.values():
            assert cr.verify(cr.annotate(circuit(rule))).claims == []
