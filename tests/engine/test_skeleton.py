"""Plans of one structure share what was laid out; nothing else does."""

from typing import Any

import pytest

from chainrule.engine.backward import backward
from chainrule.engine.plan import plan
from chainrule.engine.skeleton import SKELETONS, key_of
from chainrule.schema import Graph


def circuit(*, value: Any = 2.0, names: str = "xyzqf", seed: float = 1.0, **more: Any) -> Graph:
    x, y, z, q, f = names
    nodes: list[Any] = [
        {"id": x, "op": "input", "value": value},
        {"id": y, "op": "param", "value": 5.0},
        {"id": z, "op": "const", "value": -4.0},
        {"id": q, "op": "add", "inputs": [x, y]},
        {"id": f, "op": "mul", "inputs": [q, z]} | more,
    ]
    return Graph.build(nodes=nodes, outputs=[{"node": f, "seed": seed}])


def test_values_seeds_names_and_annotations_are_no_part_of_the_structure() -> None:
    plain = plan(circuit())
    for other in (circuit(value=7.0), circuit(names="abcde"), circuit(seed=3.0), circuit(value="1/3"), circuit(grad=1)):
        assert plan(other).skeleton is plain.skeleton
        assert plan(other).graph is other


@pytest.mark.parametrize(
    "change", [{"op": "sub"}, {"inputs": ["z", "q"]}, {"op": "clip", "inputs": ["q"], "attrs": {"min": 0}}]
)
def test_another_gate_is_another_structure(change: dict[str, Any]) -> None:
    assert plan(circuit(**change)).skeleton is not plan(circuit()).skeleton


def test_another_attribute_surrogate_or_dtype_is_another_structure() -> None:
    def key(**more: Any) -> bytes:
        return key_of(circuit(op="clip", inputs=["q"], **more))

    stated: list[dict[str, Any]] = [
        {"attrs": {"min": 0}},
        {"attrs": {"min": 1}},
        {"attrs": {"max": 0}},
        {"attrs": {"min": 0}, "surrogate": {"rule": "straight-through"}},
    ]
    assert len({key(**more) for more in stated}) == len(stated)
    narrow = circuit().model_copy(update={"dtype": "float32"})
    assert key_of(Graph.build(nodes=narrow.nodes, outputs=narrow.outputs, dtype="float32")) != key_of(circuit())


def test_a_structure_that_was_met_with_other_numbers_gives_this_document_s_numbers() -> None:
    backward(circuit())
    found = backward(circuit(value=1.0, seed=0.5))
    assert dict(found.values) == {"x": 1, "y": 5, "z": -4, "q": 6, "f": -24}
    assert dict(found.grads) == {"x": -2, "y": -2, "q": -2, "f": 0.5}


def test_a_tensor_in_a_known_structure_is_not_taken_for_a_scalar() -> None:
    assert plan(circuit()).runner is not None
    assert plan(circuit(value=[1.0, 2.0], seed=[1.0, 1.0])).runner is None  # pyright: ignore[reportArgumentType]


def test_a_graph_keeps_its_plan_and_its_copies_do_not() -> None:
    graph = circuit()
    made = plan(graph)
    assert plan(graph) is made
    changed = graph.with_nodes([*graph.nodes[:4], {"id": "f", "op": "sub", "inputs": ["q", "z"]}])
    assert plan(changed).rules[4] is not made.rules[4]
    assert plan(graph).rules[4] is made.rules[4]
    assert graph == circuit()


def test_what_is_kept_counts_once() -> None:
    before = len(SKELETONS)
    plan(circuit(names="uvwst"))
    plan(circuit(names="vwstu", value=3.0))
    assert len(SKELETONS) <= before + 1
