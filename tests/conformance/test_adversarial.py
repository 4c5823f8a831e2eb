"""Claims that fool other checkers, or that they wrongly refuse: here each gets its verdicts and reasons."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

import chainrule as cr
from chainrule.schema import DocumentError

from .adversarial import Case, cases, document
from .expectations import allowed, claims_of, unmet, worst

#: Ops that this version does not have -> the cases that need them. A case that starts to pass fails: strike it out.
OPS: Mapping[str, Sequence[str]] = {
    "reduce_sum": (
        "one-entry-in-ten-thousand",
        "forged-for-fixed-probe",
        "zero-derivative-many-outputs",
        "bias-gradient-batch-of-one",
    ),
    "reduce_sum, softmax": ("softmax-sum-ones-weights",),
    "reduce_sum, gather": ("gather-repeated-index-overwritten", "index-with-gradient"),
    "reduce_sum, dropout": ("dropout-stored-mask",),
    "reduce_sum, matmul": ("mlp-float32",),
    "reduce_prod": ("nan-where-finite",),
    "reduce_max": ("reduce-max-tie-uneven",),
    "reduce_l2": ("norm-at-zero-inside",),
    "erf": ("gelu-tail", "gelu-collapsed-estimate"),
}


def asked(case: Case) -> Mapping[str, Any]:
    """The seed that the task asks for on its one output, where the case says one."""
    return {output["node"]: case["seed_asked"] for output in document(case).outputs} if "seed_asked" in case else {}


def judged(case: Case) -> list[str]:
    """Every verdict, reason and warning of the report that is not what the case expects."""
    claims, expect = claims_of(document(case), asked(case)), case["expect"]
    found = unmet(claims, expect["claims"])
    if worst(claims) not in allowed(expect["document"]):
        found.append(f"the document is {worst(claims)}, expected {expect['document']}")
    given = {warning["code"] for warning in cr.verify(document(case)).warnings or ()}
    return found + [f"no warning {code}" for code in expect.get("warnings", ()) if code not in given]


def parametrised() -> list[Any]:
    waiting = {name: pytest.mark.xfail(reason=f"needs {ops}", raises=DocumentError) for name, ops in _named(OPS)}
    return [pytest.param(case, id=case["id"], marks=waiting.get(case["id"], ())) for case in cases()]


def _named(table: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(name, reason) for reason, names in table.items() for name in names]


@pytest.mark.parametrize("case", parametrised())
def test_the_verdicts_and_reasons_are_those_that_the_case_expects(case: Case) -> None:
    assert judged(case) == []


@pytest.mark.parametrize("case", [param for param in parametrised() if not param.marks])
def test_differences_never_speak_against_the_final_verdict(case: Case) -> None:
    for address, row in claims_of(document(case), asked(case)).items():
        refuted = row["global"]["verdict"] == "refuted"
        assert _differences_say(row) != ("for" if refuted else "against"), address


def test_every_waiting_case_is_one_of_the_file() -> None:
    listed = [name for name, _ in _named(OPS)]
    assert len(listed) == len(set(listed))
    assert set(listed) <= {case["id"] for case in cases()}


def _differences_say(row: Mapping[str, Any]) -> str:
    methods = {evidence["method"]: evidence["says"] for evidence in row["evidence"]}
    return methods.get("finite-difference", "silent")
