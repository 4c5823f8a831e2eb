"""Calls written out for people: the same wires, the same shape digest, and a document that is read."""

import pytest
from hypothesis import given, settings

from chainrule.schema import Graph, UsageError, dump, inline, read, shape_digest

from .documents import TEXT, graph, refused
from .functions import PAIR, SIGMOID, body, calling, got, node
from .test_expansion import DEEP, NEURON, TUPLE, nested


def inlined(text: bytes) -> Graph:
    found = inline(graph(text))
    assert refused(dump(found)) == []
    return found


def test_a_graph_without_calls_is_left_as_it_is() -> None:
    assert dump(inlined(TEXT)) == dump(graph(TEXT))


def test_consumers_read_the_node_of_the_body() -> None:
    rows = inlined(NEURON).nodes
    assert [row["id"] for row in rows] == ["x", "s/one", "s/n", "s/e", "s/d", "s/y", "f"]
    assert rows[5] == {"id": "s/y", "op": "reciprocal", "inputs": ["s/d"], "value": "0.12", "grad": "1.0"}
    assert rows[6] == {"id": "f", "op": "mul", "inputs": ["s/y", "x"], "value": "-0.24"}


def test_get_of_a_call_is_gone() -> None:
    found = inlined(TUPLE)
    assert [(row["id"], row.get("inputs")) for row in found.nodes[3:]] == [
        ("m", ["p/c", "p/b"]), ("f", ["m", "p/c"])
    ]  # fmt: skip
    assert "grad" not in found.nodes[1]
    assert found.functions is None


@pytest.mark.parametrize("text", [TEXT, NEURON, TUPLE, DEEP])
def test_the_shape_digest_stays(text: bytes) -> None:
    assert shape_digest(inlined(text)) == shape_digest(graph(text))


@settings(max_examples=100)
@given(nested())
def test_a_written_out_graph_is_read_and_has_the_same_shape(text: bytes) -> None:
    assert shape_digest(inlined(text)) == shape_digest(graph(text))


def test_a_box_stays_around_what_its_members_became() -> None:
    rows = [node("n", "neg", "x"), node("s", "fn:g", "n"), node("q", "mul", "s", "n"), node("f", "add", "q", "x")]
    group = {"id": "box", "nodes": ["s", "q"], "inputs": ["n"], "local": ["0.5"]}
    found = inlined(calling(*rows, functions={"g": body(node("b", "exp", "a"))}, groups=[group]))
    assert found.groups == [group | {"nodes": ["s/b", "q"]}]


def test_a_box_with_a_component_of_a_call_is_taken_away() -> None:
    rows = [node("p", "fn:g", "x"), got("h", "p", 1), node("f", "neg", "h")]
    for members in (["h", "f"], ["p", "h"]):
        text = calling(*rows, functions={"g": PAIR}, groups=[{"id": "box", "nodes": members}])
        assert inlined(text).groups is None


def test_a_box_that_a_component_enters_stays() -> None:
    rows = [node("p", "fn:g", "x"), got("h", "p", 1), node("f", "neg", "h")]
    text = calling(*rows, functions={"g": PAIR}, groups=[{"id": "box", "nodes": ["f"], "inputs": ["h"], "local": [-1]}])
    assert inlined(text).groups == [{"id": "box", "nodes": ["f"], "inputs": ["p/c"], "local": [-1]}]


def test_a_box_whose_exit_is_gone_is_taken_away() -> None:
    through = body(node("b", "neg", "a"), outputs=["a"])
    rows = [node("n", "exp", "x"), node("s", "fn:g", "n"), node("f", "neg", "s")]
    text = calling(*rows, functions={"g": through}, groups=[{"id": "box", "nodes": ["s"]}])
    assert inlined(text).groups is None


def test_the_function_of_a_box_stays() -> None:
    rows = [node("s", "fn:g", "x"), node("f", "neg", "s")]
    functions = {"unused": SIGMOID, "g": body(node("b", "exp", "a")), "minus": body(node("b", "neg", "a"))}
    group = {"id": "box", "nodes": ["f"], "inputs": ["s"], "fn": "minus"}
    found = inlined(calling(*rows, functions=functions, groups=[group]))
    assert list(found.functions or ()) == ["minus"]
    assert found.groups == [group | {"inputs": ["s/b"]}]


def test_functions_of_backward_rules_stay() -> None:
    rule = {"rule": "function", "fn": "h"}
    functions = {"g": SIGMOID, "h": body(node("b", "fn:k", "a")), "k": body(node("b", "neg", "a"))}
    found = inlined(calling(node("s", "fn:g", "x"), node("f", "neg", "s", surrogate=rule), functions=functions))
    assert list(found.functions or ()) == ["h", "k"]


def test_what_cannot_be_written_out_is_refused() -> None:
    rule = {"rule": "scale", "factor": -1}
    with pytest.raises(UsageError, match="s declares a backward rule for a call"):
        inline(graph(calling(node("s", "fn:g", "x", surrogate=rule), functions={"g": SIGMOID})))
    rows = [node("p", "fn:g", "x"), got("h", "p", 1), got("i", "p", 1)]
    with pytest.raises(UsageError, match="two outputs are one wire, p/c"):
        inline(graph(calling(*rows, functions={"g": PAIR}, outputs=["h", "i"])))
    assert isinstance(read(dump(inline(graph(calling(*rows, functions={"g": PAIR}, outputs=["h"]))))), Graph)
