"""Every misconception is written down whole, found where it happens, and not found in an honest sheet."""

import json
import random
from typing import Any

import pytest

from chainrule.service.grading.misconceptions.catalogue import catalogue, prior
from chainrule.service.grading.misconceptions.declaration import HEADINGS, Kind
from chainrule.service.grading.texts import texts

from . import mistakes
from .circuits import FORWARD, SLOPES, Circuit, Node
from .sheets import exam, grade
from .students import student

CATALOGUE = catalogue()


@pytest.mark.parametrize("found", CATALOGUE, ids=lambda found: found.code)
def test_a_block_says_what_why_how_it_shows_an_example_and_what_to_do_instead(found: Any) -> None:
    lines = found.text.splitlines()
    assert lines[0].endswith(".")
    places = [next((n for n, line in enumerate(lines) if line.startswith(heading)), -1) for heading in HEADINGS]
    assert -1 not in places
    assert places == sorted(places)


def test_codes_are_one_each() -> None:
    codes = [found.code for found in CATALOGUE]
    assert len(set(codes)) == len(codes) > 60
    assert [prior(code) for code in codes] == sorted(prior(code) for code in codes)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("found", CATALOGUE, ids=lambda found: found.code)
def test_a_misconception_has_a_name_a_question_and_an_answer(found: Any, language: str) -> None:
    assert all(texts(language).has(f"{found.code}.{part}") for part in ("name", "question", "told"))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("family", sorted({found.family for found in CATALOGUE}))
def test_a_family_has_a_question_and_an_answer(family: str, language: str) -> None:
    assert all(texts(language).has(f"{family}.{part}") for part in ("question", "told"))


NUMBERS = {"a": "1.37", "b": "-0.62", "c": "2.5", "d": "-1.5"}


def small(*gates: Node) -> Circuit:
    """A few gates between the inputs that they use and the output."""
    used = {wire for gate in gates for wire in gate.inputs}
    return Circuit((*(Node(name, "input", (), text) for name, text in NUMBERS.items() if name in used), *gates))


def circuits() -> list[Circuit]:
    """Every gate of the simulation between an input and a factor of either sign, and two forks."""
    found = [
        small(Node("g", op, operands), Node("f", "mul", ("g", factor)))
        for op in FORWARD
        for operands in ([("a", "b"), ("b", "c")] if len(SLOPES[op]) > 1 else [("a",), ("b",), ("c",)])
        for factor in ("c", "d")
        if op != "log" or operands != ("b",)
    ]
    fork = small(Node("g", "mul", ("a", "b")), Node("h", "add", ("a", "c")), Node("f", "mul", ("g", "h")))
    return [*found, fork]


def found_codes() -> set[str]:
    """The codes that are among the explanations of the mistake that they are, somewhere."""
    found: set[str] = set()
    for circuit in circuits():
        one = exam(circuit.document(), {"min_decimals": 4})
        honest = student("hand", 4, random.Random(1)).sheet(circuit).claims
        for code, made in mistakes.mistakes(circuit, random.Random(3)).items():
            for mistake in made if code not in found else ():
                claims = student("hand", 4, random.Random(1), mistake).sheet(circuit).claims
                if claims[mistake.address] == honest[mistake.address]:
                    continue
                graded = grade(one, claims)
                verdicts = next(v for cell, v in graded.cells.items() if one.circuit.name(cell) == mistake.address)
                codes = [name for cls in verdicts.diagnosis.classes for name in cls.codes] if verdicts.diagnosis else []
                found |= {code} & set(codes)
    return found


def test_every_mistake_of_the_simulation_is_found_by_its_own_code() -> None:
    possible = {code for circuit in circuits() for code in mistakes.mistakes(circuit, random.Random(3))}
    assert len(possible) > 45
    assert possible - found_codes() == set()


def test_an_honest_sheet_has_no_misconception() -> None:
    circuit = circuits()[-1]
    found = grade(
        exam(circuit.document(), {"min_decimals": 4}), student("keeps", 4, random.Random(1)).sheet(circuit).claims
    )
    assert all(verdicts.diagnosis is None for verdicts in found.cells.values())
    assert {verdicts.state for verdicts in found.cells.values()} <= {"correct", "rounding-drift"}


def test_formulas_are_of_every_kind_but_those_that_look_at_digits_or_sheets() -> None:
    counts = {kind: sum(found.kind is kind for found in CATALOGUE) for kind in Kind}
    assert counts[Kind.SLOT] > 30
    assert counts[Kind.FORK] == 7
    assert counts[Kind.VALUE] == 10


def test_the_texts_of_both_languages_have_the_same_keys_and_places() -> None:
    import re
    from importlib.resources import files

    folder = files("chainrule.service.grading").joinpath("locales")
    english, korean = (json.loads(folder.joinpath(f"{name}.json").read_text("utf-8")) for name in ("en", "ko"))
    assert english.keys() == korean.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", korean[key])), key
        assert "!" not in text
