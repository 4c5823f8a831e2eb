"""Documents with ops on tensors, judged in their parts and in arrays: what is right is never refuted, a wrong entry is.

Each op stands alone between leaves, at the points where it is certified.
"""

import base64
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.certification.tensor_trials import TensorTrial, tensor_trials
from chainrule.engine.verify.outcome import Outcome
from chainrule.schema import Graph
from chainrule.schema.dtype import FORMATS

from ...tensor_documents import (
    PATHS,
    STRUCTURED,
    in_arrays,
    in_parts,
    op_document,
    refuted,
    said,
    stated_entries,
    unjudged,
    with_entry,
)
from ...tensor_graphs import GATE, random_tensor_graph

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


# --- random graphs ---------------------------------------------------------------------------------------------------

SEEDS = st.integers(0, 10**6)


@settings(max_examples=12)
@given(SEEDS, st.sampled_from(sorted(FORMATS)))
def test_what_the_engine_writes_of_a_random_graph_is_not_refuted_and_wholly_judged(seed: int, dtype: str) -> None:
    graph = cr.annotate(random_tensor_graph(seed, dtype=dtype))
    for name, judge in PATHS.items():
        found = judge(graph)
        assert refuted(found) == set(), name
        assert unjudged(found) == [], name


@settings(max_examples=12)
@given(SEEDS, st.randoms(use_true_random=False))
def test_an_error_of_one_percent_in_a_random_graph_is_refuted_where_it_stands(seed: int, draw: random.Random) -> None:
    graph = cr.annotate(random_tensor_graph(seed))
    before = {name: judge(graph) for name, judge in PATHS.items()}
    places = [(key, entry, x) for key, entry, x in stated_entries(graph) if abs(x) > 1e-3]
    tied = {f.key for found in before.values() for f in found.claims if "kink-admissible" in f.reasons}
    places = [place for place in places if place[0] not in tied]
    assume(places)
    key, entry, x = draw.choice(places)
    for name, judge in PATHS.items():
        found = judge(with_entry(graph, key, entry, x * 1.01))
        assert "refuted" in said(found, key, entry), name
        assert {at for at in refuted(found) if at[0] == key} == {(key, entry)}, name
        assert key in found.first_faults


@settings(max_examples=8)
@given(SEEDS, st.randoms(use_true_random=False))
def test_what_one_path_refutes_is_called_right_by_neither(seed: int, draw: random.Random) -> None:
    graph = cr.annotate(random_tensor_graph(seed))
    for _ in range(3):
        key, entry, x = draw.choice(stated_entries(graph))
        graph = with_entry(graph, key, entry, x + draw.choice((-1, 1)) * 10 ** draw.uniform(-12, 0))
    parts, arrays = in_parts(graph), in_arrays(graph)
    # What is claimed of a call as a whole is judged by the pipeline, beside either path.
    by_both = {finding.key for finding in parts.claims} & {finding.key for finding in arrays.claims}
    for one, other in ((parts, arrays), (arrays, parts)):
        for key, entry in ((key, entry) for key, entry in refuted(one) if key in by_both):
            sides = zip(said(one, key, entry), said(other, key, entry), strict=True)
            assert not any({a, b} == {"refuted", "proved"} for a, b in sides), (key, entry)
            beyond = [
                (a, b) for a, b in zip(said(one, key, entry), said(other, key, entry), strict=True) if a == "refuted"
            ]
            assert all(b != "consistent" for _, b in beyond) or not is_far(one, key, entry), (key, entry)


def is_far(outcome: Outcome, key: Any, entry: int) -> bool:
    """True if an entry is off by more than room for another order of the same sums explains."""
    [finding] = [finding for finding in outcome.claims if finding.key == key]
    found = [side.entries[entry] for side in (finding.local, finding.overall) if entry in side.entries]
    wrong = [judgement for judgement in found if judgement.gap is not None and judgement.allowance]
    return any(judgement.gap > 64 * judgement.allowance for judgement in wrong)


# --- how numbers are written -----------------------------------------------------------------------------------------

X = [[0.5, -1.25], [2.0, 0.75]]
W = [[1.5, 0.25], [-0.5, 1.0]]


def product(**claims: Any) -> Graph:
    """y = x w, summed; with claims such as y__value."""
    rows: list[dict[str, Any]] = [
        {"id": "x", "op": "input", "value": X},
        {"id": "w", "op": "param", "value": W},
        {"id": "y", "op": "matmul", "inputs": ["x", "w"]},
        {"id": "f", "op": "reduce_sum", "inputs": ["y"]},
    ]
    for name, raw in claims.items():
        wire, field = name.split("__")
        next(row for row in rows if row["id"] == wire)[field] = raw
    return Graph.build(nodes=rows, outputs=[{"node": "f"}])


Y = [[1.375, -1.125], [2.625, 1.25]]


@ON_BOTH_PATHS
def test_printed_decimals_in_tensors_claim_what_rounds_to_them(judge: Callable[[Graph], Outcome]) -> None:
    good = judge(product(y__value=[["1.38", "-1.1"], ["2.6", "1.250"]], x__grad=[["1.75", "0.5"], ["1.8", "0.50"]]))
    assert refuted(good) == set()
    assert unjudged(good) == []
    bad = judge(product(y__value=[["1.38", "-1.1"], ["2.7", "1.250"]]))
    assert refuted(bad) == {((2, "value", None), 2)}


@ON_BOTH_PATHS
def test_bytes_claim_machine_numbers(judge: Callable[[Graph], Outcome]) -> None:
    packed = {"shape": [2, 2], "b64": base64.b64encode(np.array(Y, "<f8").tobytes()).decode()}
    assert refuted(judge(product(y__value=packed))) == set()
    wrong = np.array(Y)
    wrong[1, 0] *= 1.01
    packed = {"shape": [2, 2], "b64": base64.b64encode(wrong.astype("<f8").tobytes()).decode()}
    assert refuted(judge(product(y__value=packed))) == {((2, "value", None), 2)}


@ON_BOTH_PATHS
def test_entries_that_are_not_claimed_are_not_judged(judge: Callable[[Graph], Outcome]) -> None:
    found = judge(product(y__value=[[1.375, None], [2.625, 9.0]]))
    assert refuted(found) == {((2, "value", None), 3)}
    assert unjudged(found) == []


@ON_BOTH_PATHS
def test_a_scalar_beside_a_tensor_receives_one_sum_and_a_wrong_sum_is_refuted(
    judge: Callable[[Graph], Outcome],
) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "x", "op": "input", "value": [1.0, 2.0, 3.0]},
        {"id": "s", "op": "input", "value": 0.5},
        {"id": "y", "op": "mul", "inputs": ["x", "s"], "downstream": [None, 6]},
        {"id": "f", "op": "reduce_sum", "inputs": ["y"]},
    ]
    graph = Graph.build(nodes=rows, outputs=[{"node": "f"}])
    assert refuted(judge(graph)) == set()
    assert unjudged(judge(graph)) == []
    rows[2]["downstream"] = [None, 3]
    assert refuted(judge(Graph.build(nodes=rows, outputs=[{"node": "f"}]))) == {((2, "downstream", 1), 0)}


@ON_BOTH_PATHS
def test_what_reaches_no_output_sends_exactly_nothing(judge: Callable[[Graph], Outcome]) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "x", "op": "input", "value": [1.0, 2.0]},
        {"id": "dead", "op": "softmax", "inputs": ["x"], "downstream": [[0, 0]], "grad": [0, 0]},
        {"id": "f", "op": "reduce_sum", "inputs": ["x"]},
    ]
    assert refuted(judge(Graph.build(nodes=rows, outputs=[{"node": "f"}]))) == set()
    rows[1]["downstream"] = [[0, 0.5]]
    assert refuted(judge(Graph.build(nodes=rows, outputs=[{"node": "f"}]))) == {((1, "downstream", 0), 1)}


@ON_BOTH_PATHS
def test_integers_carry_no_gradient_and_their_values_are_judged(judge: Callable[[Graph], Outcome]) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "x", "op": "input", "value": [1.0, 3.0, 3.0]},
        {
            "id": "k",
            "op": "argmax",
            "inputs": ["x"],
            "attrs": {"axis": 0},
            "dtype": "int64",
            "value": 1,
            "downstream": [[0, 0, 0]],
        },
        {"id": "y", "op": "gather", "inputs": ["x", "k"], "value": 3},
    ]
    assert refuted(judge(Graph.build(nodes=rows, outputs=[{"node": "y"}]))) == set()
    assert unjudged(judge(Graph.build(nodes=rows, outputs=[{"node": "y"}]))) == []
    rows[1]["value"] = 2
    assert refuted(judge(Graph.build(nodes=rows, outputs=[{"node": "y"}]))) == {((1, "value", None), 0)}
    rows[1]["value"], rows[1]["grad"] = 1, 5
    assert refuted(judge(Graph.build(nodes=rows, outputs=[{"node": "y"}]))) == {((1, "grad", None), 0)}


def test_windows_that_overlap_at_a_tie_are_judged_as_one_tensor() -> None:
    """Entry by entry, each alone, the shares of three tied windows would lie outside the set of a single number."""
    pool = {"id": "y", "op": "max_pool", "inputs": ["r"], "attrs": {"kernel_shape": [3]}}
    rows = [
        {"id": "x", "op": "input", "value": [[[0.0, 1.0, 1.0, 1.0, 0.0]]]},
        {"id": "r", "op": "relu", "inputs": ["x"]},
    ]
    for kinks in ("zero", "torch"):
        seeded = [{"node": "y", "seed": [[[-0.5, 0.75, 2.0]]]}]
        found = in_parts(cr.annotate(Graph.build(nodes=[*rows, pool], outputs=seeded), kinks=kinks))
        assert refuted(found) == set()


def test_a_norm_whose_squares_leave_binary64_is_judged_in_arrays() -> None:
    rows = [{"id": "x", "op": "input", "value": [1e-200, -1e-200]}, {"id": "f", "op": "reduce_l2", "inputs": ["x"]}]
    graph = cr.annotate(Graph.build(nodes=rows, outputs=[{"node": "f"}]))
    found = in_parts(graph)
    assert refuted(found) == set()
    assert said(found, (1, "value", None), 0) == ("consistent", "consistent")
    assert refuted(in_parts(with_entry(graph, (0, "grad", None), 1, -0.6))) == {((0, "grad", None), 1)}


@pytest.mark.parametrize("exponent", [0, 1])
def test_a_call_states_a_local_gradient_toward_a_scalar_entry_by_entry(exponent: int) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "x", "op": "input", "value": [1.0, 2.0]},
        {"id": "s", "op": "input", "value": 0.5},
        {
            "id": "y",
            "op": "fn:gate",
            "inputs": ["x", "s"],
            "local": [None, [0.18070663892364836, 0.026592226683160525]],
        },
    ]
    rows[2]["local"][1][0] += exponent * 0.01
    graph = Graph.build(nodes=rows, outputs=[{"node": "y", "seed": [1, 2]}], functions={"gate": GATE})
    assert len(refuted(in_parts(graph))) == exponent
