"""The way back: what spells a gate out becomes the gate, and nothing else does."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.certification.tensor_trials import tensor_trials
from chainrule.engine.closing import closed
from chainrule.engine.opening import opened
from chainrule.engine.registry import OPS
from chainrule.schema import Graph, shape_digest

from ..schema.documents import graph
from ..schema.functions import PAIR, SIGMOID, body, calling, got, node
from ..schema.test_expansion import DEEP, NEURON, TUPLE, nested
from .tensor_documents import op_document
from .tensor_graphs import random_tensor_graph
from .test_opening import BODIES, reread, rows

#: The sigmoid, drawn by hand.
DRAWN = (
    node("one", "const", value=1),
    node("n", "neg", "x"),
    node("e", "exp", "n", value="7.39"),
    node("d", "add", "e", "one"),
    node("y", "reciprocal", "d", value="0.12", grad="1.0"),
    node("f", "mul", "y", "x"),
)


def there_and_back(first: Graph, ops: tuple[str, ...] | None = None) -> Graph:
    return reread(closed(reread(opened(first, ops).graph)).graph)


def stated(found: Graph, *fields: str) -> dict[str, Any]:
    return {row["id"]: {name: row[name] for name in fields if name in row} for row in found.nodes}


def test_a_box_that_names_its_function_becomes_a_call() -> None:
    box = {"id": "s", "fn": "sigmoid", "inputs": ["x"], "nodes": ["one", "n", "e", "d", "y"], "local": ["0.10"]}
    made = closed(graph(calling(*DRAWN, functions={"sigmoid": SIGMOID}, groups=[box])))
    assert reread(made.graph).nodes[1:] == [
        {"id": "s", "op": "fn:sigmoid", "inputs": ["x"], "value": "0.12", "grad": "1.0", "local": ["0.10"]},
        {"id": "f", "op": "mul", "inputs": ["s", "x"]},
    ]
    assert made.lost == ("e: value",)


def test_what_a_box_says_of_a_wire_that_enters_twice_is_not_said_of_two_operands() -> None:
    function = body(node("p", "mul", "a", "b"), params=["a", "b"])
    box = {"id": "f", "fn": "g", "inputs": ["x", "x"], "nodes": ["q"], "local": [-4, -4]}
    rows_ = [node("q", "mul", "x", "x"), node("r", "neg", "q")]
    made = closed(graph(calling(*rows_, functions={"g": function}, groups=[box])))
    assert made.graph.nodes[1] == {"id": "f", "op": "fn:g", "inputs": ["x", "x"]}
    assert made.lost == ("f: local",)


def test_a_box_without_function_stays() -> None:
    box = {"id": "s", "inputs": ["x"], "nodes": ["one", "n", "e", "d", "y"]}
    text = calling(*DRAWN, functions={"sigmoid": SIGMOID}, groups=[box])
    assert closed(graph(text)).graph.nodes == graph(text).nodes
    assert closed(graph(text)).graph.groups == [box]


def test_a_function_that_is_named_like_an_op_is_no_op() -> None:
    first = graph(calling(node("s", "fn:sigmoid", "x"), functions={"sigmoid": SIGMOID}))
    found = there_and_back(first)
    assert found.nodes == first.nodes
    assert shape_digest(found) == shape_digest(first)


@pytest.mark.parametrize(
    "label", ["sigmoid", "softmax", 'softmax {"axis":7}', "softmax {", 'softmax {"axis":"x"}', "x"]
)
def test_a_label_alone_makes_no_op(label: str) -> None:
    function = body(node("n", "neg", "a"), label=label)
    first = graph(calling(node("s", "fn:g", "x"), functions={"g": function}))
    assert there_and_back(first).nodes == first.nodes


def test_nodes_under_one_path_become_the_call_again() -> None:
    made = closed(graph(calling(*under("s", one=1), node("f", "mul", "s/y", "x"), functions={"sigmoid": SIGMOID})))
    assert [(row["id"], row["op"]) for row in reread(made.graph).nodes[1:]] == [("s", "fn:sigmoid"), ("f", "mul")]


def under(path: str, *, one: float) -> list[dict[str, Any]]:
    return [
        node(f"{path}/one", "const", value=one),
        node(f"{path}/n", "neg", "x"),
        node(f"{path}/e", "exp", f"{path}/n"),
        node(f"{path}/d", "add", f"{path}/e", f"{path}/one"),
        node(f"{path}/y", "reciprocal", f"{path}/d"),
    ]


@pytest.mark.parametrize(
    "rows_",
    [
        [*under("s", one=2), node("f", "mul", "s/y", "x")],
        [*under("s", one=1)[:-1], node("s/y", "square", "s/d"), node("f", "mul", "s/y", "x")],
        [*under("s", one=1), node("f", "mul", "s/y", "s/e")],
        [*under("s", one=1), node("s/z", "neg", "x"), node("f", "mul", "s/y", "s/z")],
        [
            *under("s", one=1)[:-1],
            node("w", "neg", "s/d"),
            node("s/y", "reciprocal", "s/d"),
            node("f", "mul", "s/y", "w"),
        ],
        [node("s", "neg", "x"), *under("s", one=1), node("f", "mul", "s/y", "s")],
    ],
    ids=["constant", "op", "inner-wire-read", "more-below", "inner-wire-read-between", "id-taken"],
)
def test_what_is_not_the_body_stays(rows_: list[dict[str, Any]]) -> None:
    text = calling(*rows_, functions={"sigmoid": SIGMOID})
    assert closed(graph(text)).graph.nodes == graph(text).nodes


def test_a_call_of_several_outputs_comes_back_with_get_nodes() -> None:
    rows_ = [node("p", "fn:g", "x"), got("h", "p", 0), got("i", "p", 1), node("f", "mul", "h", "i")]
    found = there_and_back(graph(calling(*rows_, functions={"g": PAIR})))
    assert [(row["id"], row["op"], row.get("inputs")) for row in found.nodes[1:]] == [
        ("p", "fn:g", ["x"]), ("p.0", "get", ["p"]), ("p.1", "get", ["p"]), ("f", "mul", ["p.0", "p.1"])
    ]  # fmt: skip


def test_numbers_of_gates_come_back_and_those_inside_are_named() -> None:
    first = cr.annotate(cr.parse("f = sigmoid(u) * u", u=1))
    open_ = cr.annotate(opened(first).graph)
    made = closed(open_)
    assert stated(made.graph, "value", "grad") == stated(first, "value", "grad")
    assert "sigmoid/exp: value" in made.lost
    assert "sigmoid/const: value" not in made.lost


def test_attributes_come_back_as_they_were() -> None:
    x = {"id": "x", "op": "input", "value": [[1, 2], [3, 5]]}
    rows_ = [x, node("s", "softmax", "x", attrs={"axis": 0}), node("f", "selu", "s", attrs={"alpha": "1.3"})]
    first = Graph.build(nodes=rows_, outputs=[{"node": "f"}])
    found = there_and_back(first)
    assert found.nodes == first.nodes
    assert found.functions is None


@pytest.mark.parametrize("text", [NEURON, TUPLE, DEEP])
def test_the_shape_digest_comes_back(text: bytes) -> None:
    assert shape_digest(there_and_back(graph(text), ())) == shape_digest(graph(text))


@settings(max_examples=60)
@given(nested())
def test_so_it_does_for_functions_that_call_each_other(text: bytes) -> None:
    assert shape_digest(there_and_back(graph(text), ())) == shape_digest(graph(text))


@pytest.mark.parametrize("name", BODIES)
def test_every_composite_comes_back(name: str) -> None:
    for trial in list(tensor_trials(OPS[name], "float32"))[:3]:
        first = op_document(trial)
        found = there_and_back(first)
        assert shape_digest(found) == shape_digest(first)
        assert name in {row["op"] for row in found.nodes}


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(["float64", "float32"]))
def test_random_graphs_come_back_with_their_numbers(seed: int, dtype: str) -> None:
    first = cr.annotate(random_tensor_graph(seed, dtype=dtype))
    made = opened(first)
    found = reread(closed(made.graph).graph)
    assert shape_digest(found) == shape_digest(first)
    kept = stated(found, "value", "grad", "local")
    for name, numbers in stated(first, "value", "grad", "local").items():
        gone = {fact.rsplit(": ", 1)[1] for fact in made.lost if fact.rsplit(": ", 1)[0] == name}
        if name in kept:
            assert kept[name] == {field: raw for field, raw in numbers.items() if field not in gone}
    assert rows(found).keys() == rows(there_and_back(found)).keys()
