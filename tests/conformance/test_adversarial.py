"""Claims that fool other checkers, or that they wrongly refuse: here each gets its verdicts and reasons."""

from collections.abc import Mapping
from typing import Any

import pytest

import chainrule as cr

from .adversarial import Case, cases, document
from .expectations import allowed, claims_of, unmet, worst


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


CASES = [pytest.param(case, id=case["id"]) for case in cases()]


@pytest.mark.parametrize("case", CASES)
def test_the_verdicts_and_reasons_are_those_that_the_case_expects(case: Case) -> None:
    assert judged(case) == []


@pytest.mark.parametrize("case", CASES)
def test_differences_never_speak_against_the_final_verdict(case: Case) -> None:
    for address, row in claims_of(document(case), asked(case)).items():
        refuted = row["global"]["verdict"] == "refuted"
        assert _differences_say(row) != ("for" if refuted else "against"), address


def _differences_say(row: Mapping[str, Any]) -> str:
    methods = {evidence["method"]: evidence["says"] for evidence in row["evidence"]}
    return methods.get("finite-difference", "silent")
