"""What people published: each printed number gets the verdict that its digits and the truth demand."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import chainrule as cr
from chainrule.schema import Graph
from chainrule.schema.digest import graph_digest

from .by_hand import BY_HAND, UNREADABLE
from .documents import FIXTURES, made_files
from .expectations import allowed, claims_of, unmet, worst
from .make_worked import examples, files

FOLDER = FIXTURES / "worked"
CASES = sorted(FOLDER.glob("*.case.json"))
SLIDES, TWO_DECIMALS = "cs231n-sigmoid-lecture-slides", "cs231n-sigmoid-lecture-slides-2dp"


def case(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def graph(expected: dict[str, Any]) -> Graph:
    document = cr.load(FOLDER / expected["document"], kind="graph")
    assert isinstance(document, Graph)
    return document


def claim(name: str, address: str) -> Any:
    """What the report says of one number of one example."""
    return claims_of(graph(case(FOLDER / f"{name}.case.json")))[address]


def test_the_folder_is_what_the_script_writes() -> None:
    written = files()
    assert made_files(FOLDER) == sorted(written)
    for path, content in written.items():
        assert path.read_bytes() == content, f"{path.name}: run python -m tests.conformance.make_worked"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_case_has_the_form_that_its_schema_demands(path: Path) -> None:
    schema = json.loads((FIXTURES / "case.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(case(path))


def test_all_examples_are_there() -> None:
    kinds = Counter(case(path)["kind"] for path in CASES)
    assert kinds == {"exact": 17, "rounded": 9, "rounded_intermediates": 3, "known_wrong": 2}


def test_the_cases_hold_every_printed_number_once() -> None:
    numbers = Counter(part for path in CASES for part in ("claims", "leaves", "unreadable") for _ in case(path)[part])
    assert numbers == {"claims": 218, "leaves": 2, "unreadable": 1}


def test_the_numbers_worked_out_by_hand_are_those_of_the_data() -> None:
    known = {example["name"]: set(example["known_wrong"]) for example in examples()}
    blamed = {name: {wire.removesuffix(".grad") for wire in _slips(name)} for name in known}
    assert {name: wires for name, wires in blamed.items() if wires} == {name: w for name, w in known.items() if w}


def _slips(name: str) -> set[str]:
    judged = BY_HAND.get(name, {}).items()
    return {address for address, by_hand in judged if by_hand.cause in ("mistake", "follows")} | set(
        UNREADABLE.get(name, {})
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_a_number_is_called_proved_where_the_truth_rounds_to_its_digits(path: Path) -> None:
    expected = case(path)
    for address, number in (expected["claims"] | expected["leaves"]).items():
        printed = Decimal(number["printed"])
        half_unit = Decimal((0, (5,), printed.as_tuple().exponent - 1))
        rounds = abs(printed - Decimal(number["true"])) <= half_unit
        assert number["global"] == (["proved"] if rounds else ["refuted"]), address


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_every_printed_number_gets_its_verdicts_and_reasons(path: Path) -> None:
    expected = case(path)
    claims = claims_of(graph(expected))
    assert claims.keys() == expected["claims"].keys()
    assert unmet(claims, expected["claims"]) == []
    assert worst(claims) in allowed(expected["verdict"])


@pytest.mark.parametrize("path", [path for path in CASES if case(path)["leaves"]], ids=lambda path: path.name)
def test_a_printed_leaf_is_judged_against_its_source(path: Path) -> None:
    expected = case(path)
    source = graph(expected)
    nodes = {address.removesuffix(".value"): {"value": leaf["written"]} for address, leaf in expected["leaves"].items()}
    sheet = {"chainrule": "1.0", "kind": "annotations", "graph": graph_digest(source), "nodes": nodes}
    rows = cr.verify(source, sheet, detail="all").claims or ()
    assert unmet({f"{row['wire']}.{row['field']}": row for row in rows}, expected["leaves"]) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_the_first_faults_are_the_numbers_that_do_not_follow_from_the_others(path: Path) -> None:
    expected = case(path)
    faults = {fault["at"] for fault in cr.verify(graph(expected)).first_faults or ()}
    wrong_here = {address for address, number in expected["claims"].items() if number["local"] == ["refuted"]}
    assert faults == {f"grad:{address.removesuffix('.grad')}" for address in wrong_here}


def test_a_mistake_is_blamed_on_its_own_wire_and_what_follows_is_carried_from_it() -> None:
    report = cr.verify(graph(case(FOLDER / "exam-guide-sigmoid.case.json")))
    assert report.first_faults == [{"at": "grad:r", "carried": ["grad:z", "grad:p", "grad:q"]}]


def test_one_decimal_is_proved_where_two_are_not() -> None:
    assert claim(SLIDES, "x1.grad")["claim"] == "-0.6"
    assert claim(SLIDES, "x1.grad")["local"]["verdict"] == "proved"
    assert claim(SLIDES, "x1.grad")["global"]["verdict"] == "proved"


def test_two_decimals_follow_from_the_printed_number_and_miss_the_truth_and_the_report_says_both() -> None:
    row = claim(TWO_DECIMALS, "x1.grad")
    assert row["claim"] == "-0.60"
    assert (row["local"]["verdict"], row["local"]["relation"]) == ("consistent", "overlap")
    assert (row["global"]["verdict"], row["global"]["relation"]) == ("refuted", "disjoint")
    assert row["reasons"] == ["carried-rounding"]
    assert row["local"]["enclosure"] == ["-0.615", "-0.585"]
    assert row["global"]["size"]["half_units"] == pytest.approx(2.03, abs=0.005)
