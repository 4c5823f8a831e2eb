"""Finite differences against the truth (verification.md 22, V3): the bar covers it, and differences never mislead."""

from collections.abc import Iterable

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.plan import plan, seed_numbers
from chainrule.engine.verify.differences.displacement import Displacement
from chainrule.engine.verify.differences.estimates import estimates, leaf_points, scale_of
from chainrule.engine.verify.differences.romberg import FULL, LEAN, MINIMAL, Estimate, Ladder
from chainrule.schema import Graph

from .documents import FIXTURES
from .oscillating import oscillating
from .random_functions import FUNCTIONS, draws

LADDERS = pytest.mark.parametrize("ladder", [FULL, LEAN, MINIMAL], ids=["full", "lean", "minimal"])

#: A bar below this share of the derivative tells something about it.
USEFUL = 1e-3

#: Shares that verification.md asks for; a function that cancels is in our sample and not in the one it was measured on.
LEAST_USEFUL = {"full": 0.95, "lean": 0.94, "minimal": 0.93}
MOST_MISLED = {"full": 0.003, "lean": 0.003, "minimal": 0.012}


def seen(graph: Graph, ladder: Ladder, jitter: float) -> Estimate:
    """The derivative in x as one ladder sees it."""
    made = plan(graph)
    leaves, leaf = leaf_points(made), made.ids.index("x")
    steps = ladder.steps(scale_of(leaves[leaf], 0), jitter)
    [found] = estimates(made, leaves, seed_numbers(made), [Displacement({leaf: np.ones(1)}, steps, ladder)])
    return found


def covered_and_useful(sample: Iterable[tuple[Graph, float]], ladder: Ladder) -> tuple[list[str], float]:
    """What the bar misses, and the share of bars that tell something."""
    missed, useful, count = [], 0, 0
    draw = np.random.default_rng(5)
    for graph, truth in sample:
        found = seen(graph, ladder, 1 + draw.random())
        count += 1
        useful += found.bar <= USEFUL * abs(truth)
        if found.because is None and abs(found.value - truth) > found.bar:
            missed.append(f"{cr.dump(graph).decode()}: {found.value} ± {found.bar}, truth {truth}")
    return missed, useful / count


def misled(sample: Iterable[tuple[Graph, float]], ladder: Ladder) -> float:
    """The share of right gradients that differences speak against."""
    draw = np.random.default_rng(6)
    against = []
    for graph, truth in sample:
        found = seen(graph, ladder, 1 + draw.random())
        against.append(found.because is None and abs(found.value - truth) > 2 * found.bar)
    return sum(against) / len(against)


def fair(count: int, seed: int) -> list[tuple[Graph, float]]:
    return [(draw.graph, draw.right) for draw in draws(count * len(FUNCTIONS), seed)]


@pytest.fixture(scope="module")
def few() -> list[tuple[Graph, float]]:
    return fair(20, seed=3)


@pytest.fixture(scope="module")
def few_oscillating() -> list[tuple[Graph, float]]:
    return list(oscillating(600, seed=4))


@LADDERS
def test_the_bar_covers_the_truth_on_the_fair_sample(ladder: Ladder, few: list[tuple[Graph, float]]) -> None:
    missed, useful = covered_and_useful(few, ladder)
    assert missed == []
    assert useful >= LEAST_USEFUL[ladder.name] - 0.02


@LADDERS
def test_differences_rarely_mislead_about_functions_faster_than_their_steps(
    ladder: Ladder, few_oscillating: list[tuple[Graph, float]]
) -> None:
    assert misled(few_oscillating, ladder) <= 2 * MOST_MISLED[ladder.name]


@pytest.mark.slow
@LADDERS
def test_the_bar_covers_the_truth_on_ten_thousand_draws(ladder: Ladder) -> None:
    missed, useful = covered_and_useful(fair(400, seed=13), ladder)
    assert len(missed) <= 1e-4 * 400 * len(FUNCTIONS)
    assert useful >= LEAST_USEFUL[ladder.name]


@pytest.mark.slow
@LADDERS
def test_differences_mislead_on_at_most_the_stated_share_of_oscillating_functions(ladder: Ladder) -> None:
    assert misled(oscillating(20_000, seed=14), ladder) <= MOST_MISLED[ladder.name]


def test_differences_are_shown_for_every_document_that_has_a_float_leaf_and_an_objective() -> None:
    shown = 0
    for path in sorted((*FIXTURES.glob("lecture/*.cr.json"), *FIXTURES.glob("worked/*.cr.json"))):
        document = cr.load(path)
        if isinstance(document, Graph) and is_differentiable(document):
            run = cr.verify(document).run or {}
            assert run.get("differences"), path.name
            shown += 1
    assert shown >= 40


def is_differentiable(graph: Graph) -> bool:
    made = plan(graph)
    bound = all("value" in node for node, rule in zip(graph.nodes, made.rules, strict=True) if rule is None)
    leaves = [trained for trained, rule in zip(made.trained, made.rules, strict=True) if rule is None]
    return bound and any(leaves) and (len(graph.outputs) == 1 or all("seed" in output for output in graph.outputs))
