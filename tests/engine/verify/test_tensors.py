"""Documents with ops on tensors, judged in their parts and in arrays: what is right is never refuted, a wrong entry is.

Each op stands alone between leaves, at the points where it is certified.
"""

import random
from collections.abc import Callable
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.tensor_trials import TensorTrial, tensor_trials
from chainrule.engine.verify.outcome import Outcome
from chainrule.schema import Graph

from ..tensor_documents import PATHS, STRUCTURED, op_document, refuted, said, stated_entries, unjudged, with_entry

ON_BOTH_PATHS = pytest.mark.parametrize("judge", PATHS.values(), ids=PATHS.keys())

#: Cells of recurrent nets are thousands of parts: they are judged in the slow suite.
LARGE = {name for name in STRUCTURED if name.startswith(("lstm", "gru"))}


def marked(name: str) -> Any:
    return pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name


EACH_OP = pytest.mark.parametrize("name", [marked(name) for name in STRUCTURED])


def points(name: str) -> list[TensorTrial]:
    """One point an example: numbers of the three kinds in turn."""
    found = list(tensor_trials(STRUCTURED[name], "float64"))
    by_example: dict[int, list[TensorTrial]] = {}
    for trial in found:
        by_example.setdefault(id(trial.rule), []).append(trial)
    return [trials[k % len(trials)] for k, trials in enumerate(by_example.values())]


@ON_BOTH_PATHS
@EACH_OP
def test_what_the_engine_writes_is_not_refuted_and_every_number_is_judged(
    name: str, judge: Callable[[Graph], Outcome]
) -> None:
    for trial in points(name):
        graph = cr.annotate(op_document(trial))
        found = judge(graph)
        assert refuted(found) == set(), str(trial)
        assert unjudged(found) == [], str(trial)
        assert found.first_faults == []


@ON_BOTH_PATHS
@EACH_OP
def test_an_error_of_one_percent_is_refuted_where_it_stands(name: str, judge: Callable[[Graph], Outcome]) -> None:
    draw, planted = random.Random(name), 0
    for trial in points(name)[:2]:
        graph = cr.annotate(op_document(trial))
        places = [(key, entry, x) for key, entry, x in stated_entries(graph) if abs(x) > 1e-3 and key[1] != "grad"]
        before = judge(graph)
        # At a tie the numbers beside the engine's own are admissible as well.
        places = [p for p in places if "kink-admissible" not in reasons(before, p[0])]
        if not places:
            continue
        key, entry, x = draw.choice(places)
        found = judge(with_entry(graph, key, entry, int(x) + 1 if name == "argmax" else x * 1.01))
        assert "refuted" in said(found, key, entry), f"{trial}: {key} {entry}"
        assert {at for at in refuted(found) if at[0] == key} == {(key, entry)}
        assert key in found.first_faults
        planted += 1
    assert planted or name in ("argmax", "one_hot")


def reasons(outcome: Outcome, key: Any) -> set[str]:
    [finding] = [finding for finding in outcome.claims if finding.key == key]
    return set(finding.reasons)


def test_a_claim_that_is_wrong_below_a_wrong_one_is_carried() -> None:
    trial = points("matmul")[0]
    graph = cr.annotate(op_document(trial))
    for judge in PATHS.values():
        key, entry, x = next(place for place in stated_entries(graph) if place[0][1:] == ("downstream", 0))
        wrong = with_entry(graph, key, entry, x * 1.25)
        wrong = with_entry(wrong, (0, "grad", None), entry, x * 1.25)
        found = judge(wrong)
        assert list(found.first_faults) == [key]
        [below] = [finding for finding in found.claims if finding.key == (0, "grad", None)]
        assert below.carried_from == key
        assert said(found, (0, "grad", None), entry) in (("consistent", "refuted"), ("proved", "refuted"))
