"""Crippled copies of the judgement at kinks: each must fail a case that the suite holds, and the sound one none."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.verify.kinks import clarke, joint, patterns
from chainrule.engine.verify.kinks.joint import Row
from chainrule.engine.verify.kinks.weights import Weights
from chainrule.schema import Graph

Cripple = Callable[[pytest.MonkeyPatch], None]


def stated(text: str, claims: dict[str, float], **values: float) -> Graph:
    graph = cr.parse(text, values)
    rows: list[Any] = [
        {**node, "grad": claims[node["id"]]} if node["id"] in claims else dict(node) for node in graph.nodes
    ]
    return graph.with_nodes(rows)


#: Name of a case -> its document, and the verdicts that it must get.
CASES: dict[str, tuple[Graph, dict[str, list[str]]]] = {
    "a tie claimed by both slots": (
        stated("maximum(a, b)", {"a": 1.0, "b": 1.0}, a=1, b=1),
        {"local": ["refuted"], "global": ["refuted"]},
    ),
    "a tie claimed by both leaves behind it": (
        stated("maximum(2*a, 3*b)", {"a": 2.0, "b": 3.0}, a=3, b=2),
        {"local": ["refuted"], "global": ["refuted"]},
    ),
    "relu(x) - relu(-x) claimed 0": (
        stated("relu(x) - relu(-x)", {"x": 0.0}, x=0),
        {"local": ["consistent"], "global": ["refuted"]},
    ),
    "relu(x) - relu(-x) claimed 1": (
        stated("relu(x) - relu(-x)", {"x": 1.0}, x=0),
        {"local": ["proved"], "global": ["proved"]},
    ),
    "a limit along a curve": (
        stated("relu(y) - relu(y - square(x))", {"x": 0.0, "y": 1.0}, x=0, y=0),
        {"local": ["proved"], "global": ["undecided", "proved"]},
    ),
    "no limit, but a pattern of signs": (
        stated("relu(y) - relu(y - square(x))", {"x": 0.0, "y": -1.0}, x=0, y=0),
        {"local": ["proved", "consistent"], "global": ["undecided", "refuted"]},
    ),
    "a limit between two directions": (
        stated("abs(minimum(a, b))", {"a": -0.5, "b": 0.25}, a=0, b=0),
        {"local": ["proved", "consistent"], "global": ["proved"]},
    ),
}


def slots_apart(patch: pytest.MonkeyPatch) -> None:
    """Every claim has a choice of its own."""

    def apart(weights: Weights, rows: Sequence[Row]) -> list[list[Row]]:
        return [[row] for row in rows]

    sound = clarke.conflict

    def one_by_one(gradients: Any, rows: Any, *, rounded: bool) -> Any:
        return [row for row in rows if sound(gradients, [row], rounded=rounded)]

    patch.setattr(joint, "coupled", apart)
    patch.setattr(clarke, "coupled", apart)
    patch.setattr(clarke, "conflict", one_by_one)


def outer_for_clarke(patch: pytest.MonkeyPatch) -> None:
    """The hull of all sign patterns is taken for the Clarke set."""
    patch.setattr(patterns, "impossible", never)
    patch.setattr(patterns, "occurs", always)


def nothing_impossible(patch: pytest.MonkeyPatch) -> None:
    """No pattern of signs is ever dropped."""
    patch.setattr(patterns, "impossible", never)


def everything_occurs(patch: pytest.MonkeyPatch) -> None:
    """What is not shown to be impossible is taken to occur."""
    patch.setattr(patterns, "occurs", always)


def linearised_for_impossible(patch: pytest.MonkeyPatch) -> None:
    """A contradiction to first order is taken for a proof."""
    sound = patterns.occurs
    patch.setattr(patterns, "impossible", lambda cone, signs: len(signs) == len(cone.guards) and not sound(cone, signs))


def no_hull_of_choices(patch: pytest.MonkeyPatch) -> None:
    """Mixtures of limits are not admitted, only the limits themselves."""

    def corners(gradients: Any, rows: Any, *, rounded: bool) -> Any:
        met = [all(row.claimed.gap(g[row.place]) == 0 for row in rows) for g in gradients]
        return [] if any(met) else list(rows)

    patch.setattr(clarke, "conflict", corners)


def always(*_: Any) -> bool:
    return True


def never(*_: Any) -> bool:
    return False


CRIPPLED: list[tuple[Cripple, list[str]]] = [
    (slots_apart, ["a tie claimed by both slots", "a tie claimed by both leaves behind it"]),
    (outer_for_clarke, ["relu(x) - relu(-x) claimed 0", "no limit, but a pattern of signs"]),
    (nothing_impossible, ["relu(x) - relu(-x) claimed 0"]),
    (everything_occurs, ["no limit, but a pattern of signs"]),
    (linearised_for_impossible, ["a limit along a curve"]),
    (no_hull_of_choices, ["a limit between two directions"]),
]


def failed() -> list[str]:
    """The cases that get another verdict than they must."""
    found: list[str] = []
    for name, (graph, expected) in CASES.items():
        verdict = cr.verify(graph).verdict
        assert verdict is not None
        if any(verdict[side] not in allowed for side, allowed in expected.items()):
            found.append(name)
    return found


def test_the_sound_judgement_fails_no_case() -> None:
    assert failed() == []


@pytest.mark.parametrize(("cripple", "cases"), CRIPPLED, ids=[cripple.__name__ for cripple, _ in CRIPPLED])
def test_a_crippled_judgement_fails_its_cases(
    monkeypatch: pytest.MonkeyPatch, cripple: Cripple, cases: list[str]
) -> None:
    cripple(monkeypatch)
    assert set(cases) <= set(failed())
