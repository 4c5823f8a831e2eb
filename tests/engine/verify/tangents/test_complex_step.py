"""The complex step: never against a right claim, and no wrong one that its bar can see gets past it."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.numbers.complexes import Complex, Complexes
from chainrule.engine.plan import plan
from chainrule.engine.verify.claims import claims_of
from chainrule.engine.verify.columns import Columns
from chainrule.engine.verify.states import States
from chainrule.engine.verify.tangents import complex_step as module
from chainrule.engine.verify.tangents.bisection import ENOUGH, PARTS, bisect
from chainrule.schema import Graph

from ...graphs import random_graph
from ..simulated import MACHINES, net, simulated
from ..stepping import because, claiming, document, names, probes, scaled, stepped, words

DTYPES = ["float64", "float32", "float16", "bfloat16"]


# --- right claims ----------------------------------------------------------------------------------------------------


def in_dtype(graph: Graph, dtype: str) -> Graph:
    return cr.annotate(Graph.build(nodes=graph.nodes, outputs=list(graph.outputs), dtype=dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), gates=st.integers(1, 150))
def test_the_engines_own_gradients_are_never_spoken_against(dtype: str, seed: int, gates: int) -> None:
    found = stepped(in_dtype(random_graph(seed, gates), dtype), probes(str(seed)))
    assert found.agrees
    assert "against" not in {evidence.says for evidence in found.evidence.values()}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES.keys())
def test_what_honest_machines_computed_is_never_spoken_against(machine: Any) -> None:
    graphs = [*(net(seed) for seed in range(10)), *(random_graph(seed, 40) for seed in range(40))]
    honest = [found for graph in graphs if (found := simulated(graph, machine)) is not None]
    assert len(honest) > 20
    assert "against" not in {word for graph in honest for word in words(graph).values()}


def test_in_float64_nearly_every_right_claim_of_a_random_graph_is_spoken_for() -> None:
    said = [word for seed in range(60) for word in words(cr.annotate(random_graph(seed, 60))).values()]
    assert said.count("for") > 0.97 * len(said)


def test_the_bar_is_far_from_touched_and_still_narrow() -> None:
    found = [probe for seed in range(60) for probe in stepped(cr.annotate(random_graph(seed, 30))).probes]
    assert max(abs(probe.value - probe.claimed) / probe.bar for probe in found if probe.bar) < 0.25
    assert np.median([probe.bar for probe in found]) < 1e-11


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), power=st.integers(-300, 300))
def test_scaling_the_objective_by_a_power_of_two_changes_nothing(seed: int, power: int) -> None:
    graph = random_graph(seed, 25)
    outputs: list[Any] = [{**graph.outputs[0], "seed": 2.0**power}]
    moved = cr.annotate(Graph.build(nodes=graph.nodes, outputs=outputs))
    assert words(moved) == words(cr.annotate(graph))


def test_the_order_of_the_nodes_changes_nothing() -> None:
    graph = cr.annotate(random_graph(5, 30))
    order = list(range(len(graph.nodes)))
    random.Random(1).shuffle(order)
    placed: list[Any] = []
    while order:
        ready = [i for i in order if {*graph.nodes[i].get("inputs", ())} <= {row["id"] for row in placed}]
        placed.append(graph.nodes[ready[0]])
        order.remove(ready[0])
    shuffled = Graph.build(nodes=placed, outputs=list(graph.outputs))
    assert [row["id"] for row in placed] != [row["id"] for row in graph.nodes]
    assert [probe.value for probe in stepped(shuffled).probes] == [probe.value for probe in stepped(graph).probes]
    assert words(shuffled) == words(graph)


def test_tensors_and_scalars_among_them_are_heard_entry_by_entry() -> None:
    graph = document("f = w*sigmoid(x + b) - relu(x)", w=2, b=0.25, x=[0.5, -1.0, 3.0, 1e-3])
    assert set(words(graph).values()) == {"for"}
    grads: Any = graph.nodes[graph.structure.index["x"]]["grad"]
    wrong = claiming(graph, x=[g * (1.01 if k == 2 else 1) for k, g in enumerate(grads)])
    assert names(wrong) == [("x", 2)]
    assert words(wrong)["x"] == "against"
    assert words(wrong)["b"] == "for"


# --- wrong claims ----------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), place=st.randoms(use_true_random=False))
def test_a_gradient_off_by_one_percent_is_named_and_no_other(seed: int, place: random.Random) -> None:
    graph = cr.annotate(random_graph(seed, 40))
    said = words(graph)
    rows: list[Any] = [dict(row) for row in graph.nodes]
    seen = [row for row in rows if said.get(row["id"]) == "for" and row["grad"]]
    if not seen:
        return
    wrong = place.choice(seen)
    wrong["grad"] = wrong["grad"] * 1.01
    found = words(graph.with_nodes(rows))
    assert {name for name, word in found.items() if word == "against"} == {wrong["id"]}


def test_a_nonzero_gradient_claimed_as_zero_is_named() -> None:
    graph = document("f = tanh(x*y) + exp(z)", x=0.3, y=1.5, z=-2)
    for wire in ("x", "y", "z"):
        assert names(claiming(graph, **{wire: 0})) == [(wire, 0)]


def test_one_percent_in_one_of_a_thousand_entries_spanning_24_decades_is_seen_200_times_of_200() -> None:
    assert sum(seen_in_mixed_scale(seed) for seed in range(200)) == 200


def seen_in_mixed_scale(seed: int) -> bool:
    draw = random.Random(seed)
    factors = [draw.choice([-1, 1]) * 10 ** draw.uniform(-12, 12) for _ in range(1000)]
    claims, wrong = list(factors), draw.randrange(1000)
    claims[wrong] *= 1.01
    return not stepped(claiming(scaled(factors), x=claims), probes(str(seed))).agrees


def test_one_entry_of_ten_thousand_is_named() -> None:
    claims = [1.0] * 10_000
    claims[4321] = 19.8
    assert names(claiming(scaled([1.0] * 10_000), x=claims)) == [("x", 4321)]


def softmax_sum() -> Graph:
    return document("a = exp(x); b = exp(y); c = exp(z); s = a + b + c; f = a/s + b/s + c/s", x=0.3, y=-1.2, z=2)


def test_an_error_that_a_normaliser_hides_from_equal_weights_is_seen() -> None:
    graph = document("f = log(exp(x) + exp(y) + exp(z))", x=0.3, y=-1.2, z=2)
    grads = {row["id"]: row["grad"] for row in graph.nodes if row["id"] in "xyz"}
    # Off by 1/5 and -1/5 of what is claimed: weights of 1 over the claimed sizes add up to 0.
    forged = claiming(graph, x=grads["x"] * 1.25, z=grads["z"] / 1.2)
    assert {name for name, _ in names(forged)} == {"x", "z"}


def test_the_forgotten_normaliser_of_a_softmax_is_seen_where_the_right_gradient_is_0() -> None:
    graph = softmax_sum()
    assert "against" not in words(graph).values()
    values = cr.forward(graph)
    shares = {wire: values[power] / values["s"] for wire, power in zip("xyz", "abc", strict=True)}
    assert {name for name, _ in names(claiming(graph, **shares))} == {"x", "y", "z"}


@pytest.mark.parametrize(
    "forged",
    [
        # Orthogonal to (0.29290938, 0.95614021), which torch's fast mode always draws for two entries.
        [9562.402069234618, -2928.093796797218],
        # Orthogonal to RandomState(0).randn(2), the direction of jax's check_grads for two entries.
        [1 + 4.0015720836722330, 1 - 17.640523459676641],
    ],
)
def test_claims_forged_for_a_fixed_probe_are_seen(forged: list[float]) -> None:
    assert names(claiming(scaled([1.0, 1.0]), x=forged)) == [("x", 0), ("x", 1)]


def test_of_a_carried_error_the_wires_nearest_the_output_are_named() -> None:
    nodes: list[Any] = [{"id": "n0", "op": "input", "value": 0.7}]
    nodes += [{"id": f"n{k}", "op": "sin", "inputs": [f"n{k - 1}"]} for k in range(1, 300)]
    graph = cr.annotate(Graph.build(nodes=nodes, outputs=[{"node": "n299"}]))
    carried = {f"n{k}": graph.nodes[k]["grad"] * 1.5 for k in range(250)}
    found = names(claiming(graph, **carried))
    assert ("n249", 0) in found
    assert {int(name[1:]) for name, _ in found} <= set(range(250))


# --- silence ---------------------------------------------------------------------------------------------------------


def test_printed_claims_are_left_to_others() -> None:
    graph = claiming(document("f = x*y", x=3, y=-4), x="-4.0")
    assert because(graph, "x") == "printed digits"
    assert words(graph)["y"] == "for"


def test_above_a_tie_it_is_silent_and_below_it_speaks() -> None:
    graph = document("a = maximum(x, y); f = a*z", x=2, y=2, z=5)
    assert words(graph) == {"x": "silent", "y": "silent", "z": "for", "a": "for", "f": "for"}
    assert "guard" in str(because(graph, "x"))


def test_a_wire_tied_with_itself_is_no_kink() -> None:
    assert words(document("f = maximum(x, x)", x=2)) == {"x": "for", "f": "for"}


def test_a_guard_that_rounding_could_turn_is_a_tie() -> None:
    graph = document("f = relu(x*x - y)", x=0.1, y=0.010000000000000002)
    assert words(graph)["x"] == "silent"


def test_a_value_that_is_not_finite_stops_only_what_leads_to_it() -> None:
    graph = document("a = log(x); b = relu(a); f = b + y*z", x=-1, y=2, z=3)
    assert words(graph)["x"] == "silent"
    assert words(document("a = exp(x); f = a/a + y", x=800, y=2))["x"] == "silent"


def test_without_a_leafs_value_it_says_why_it_is_silent() -> None:
    nodes: list[Any] = [{"id": "x", "op": "input", "grad": 2}, {"id": "f", "op": "square", "inputs": ["x"], "grad": 1}]
    made = plan(Graph.build(nodes=nodes, outputs=[{"node": "f"}]))
    columns = Columns(made)
    found = module.witness(States(made, columns), columns, probes())
    assert [found.says(claim).says for claim in columns] == ["silent", "silent"]


def test_a_declared_surrogate_is_not_judged_by_the_derivative() -> None:
    graph = document("a = square(x); f = a*y", x=3, y=2)
    reversal = {"rule": "scale", "factor": -1}
    rows: list[Any] = [{**row, "surrogate": reversal} if row["id"] == "a" else row for row in graph.nodes]
    made = plan(graph.with_nodes(rows))
    found = module.complex_step(made, [claim for claim in claims_of(made) if claim.field == "grad"], probes())
    said = {graph.structure.ids[node]: evidence for node, evidence in found.evidence.items()}
    assert said["x"].details["because"] == "a declared surrogate is no derivative"
    assert said["y"].says == "for"


def test_where_no_output_is_reached_zero_is_right_and_anything_else_is_wrong() -> None:
    nodes: list[Any] = [
        {"id": "x", "op": "input", "value": 2, "grad": 1},
        {"id": "y", "op": "input", "value": 3, "grad": 0},
        {"id": "u", "op": "mul", "inputs": ["x", "y"], "grad": 0},
        {"id": "f", "op": "identity", "inputs": ["x"], "grad": 1},
    ]
    graph = Graph.build(nodes=nodes, outputs=[{"node": "f"}])
    assert set(words(graph).values()) == {"for"}
    assert names(claiming(graph, u=1e-9)) == [("u", 0)]


# --- the ends of the number range ------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1e-250, 1e-120, 1e120, 1e250])
def test_gradients_of_any_size_are_heard(factor: float) -> None:
    graph = document("f = sin(x)*c", x=0.5, c=factor)
    assert set(words(graph).values()) == {"for"}
    assert names(claiming(graph, x=graph.nodes[0]["grad"] * 1.01)) == [("x", 0)]
    assert names(claiming(graph, x=0)) == [("x", 0)]


@pytest.mark.parametrize("factor", [1e-290, 1e-300, 5e-324])
def test_what_underflows_is_never_taken_for_a_gradient_of_0(factor: float) -> None:
    graph = document("f = sin(x)*c", x=0.5, c=factor)
    assert "against" not in words(graph).values()
    assert words(claiming(graph, x=0))["x"] != "for"


def test_a_saturated_gate_does_not_silence_the_rest() -> None:
    graph = document("f = sigmoid(x) + tanh(y) + exp(z)*w", x=-800, y=900, z=-760, w=3)
    assert "against" not in words(graph).values()
    rest = document("f = sigmoid(x) + a*b", x=-800, a=2, b=3)
    assert {wire: words(rest)[wire] for wire in "ab"} == {"a": "for", "b": "for"}


def test_complex_kernels_see_real_parts_only_and_keep_them() -> None:
    h = 2.0**-100
    for x in (-3.0, -1e-120, 2e-120, 0.7, 1e120):
        moved = Complex(complex(x, h * abs(x)))
        assert abs(moved).z == complex(abs(x), np.sign(x) * h * abs(x))
        assert (1 / moved).z.imag == pytest.approx(-h / abs(x), rel=1e-15)
        assert Complexes().maximum(moved, Complex(x)).z.real == x
        assert Complexes().square(Complex(x)).z.imag == 0
    with np.errstate(all="ignore"):
        assert np.isnan(Complexes().log(Complex(complex(-2, h))).z)


# --- cost ------------------------------------------------------------------------------------------------------------


def chain(length: int) -> Graph:
    nodes: list[Any] = [{"id": "n0", "op": "input", "value": 0.7}, {"id": "c", "op": "const", "value": 1}]
    nodes += [
        {"id": f"n{k}", "op": "sin", "inputs": [f"n{k - 1}"]}
        if k % 100 == 0
        else {"id": f"n{k}", "op": "mul", "inputs": [f"n{k - 1}", "c"]}
        for k in range(1, length)
    ]
    return cr.annotate(Graph.build(nodes=nodes, outputs=[{"node": f"n{length - 1}"}]))


def test_a_chain_deeper_than_the_interpreters_stack_is_heard() -> None:
    assert set(words(chain(5_000)).values()) == {"for"}


@pytest.mark.slow
def test_a_hundred_thousand_nodes_are_heard_and_one_wrong_gradient_is_named() -> None:
    graph = chain(100_000)
    assert set(words(graph).values()) == {"for"}
    wrong = graph.nodes[50_000]
    assert names(claiming(graph, **{wrong["id"]: wrong["grad"] * 1.01})) == [(wrong["id"], 0)]


@pytest.mark.parametrize("wrong", [1, 100, 99_999])
def test_naming_takes_a_bounded_number_of_passes(wrong: int) -> None:
    entries, bad = np.arange(100_000), np.zeros(100_000, dtype=bool)
    bad[np.linspace(0, 99_999, wrong).astype(int)] = True
    batches: list[int] = []

    def attempt(parts: Any, number: int) -> list[bool]:
        batches.append(len(parts))
        return [bool(bad[part].any()) for part in parts]

    doubt = bisect(entries, 1000, attempt)
    assert len(batches) <= 5
    assert max(batches) <= PARTS
    assert bad[doubt.named].all()
    assert 1 <= doubt.named.size <= ENOUGH + PARTS


def test_a_right_document_takes_one_pass_a_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []
    real = module.run

    def counted(*args: Any, **kwargs: Any) -> Any:
        passes.append(1)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, "run", counted)
    words(document("f = tanh(x*y)", x=0.5, y=2), count=3)
    assert len(passes) == 3
