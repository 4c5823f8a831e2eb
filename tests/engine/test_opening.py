"""Gates written out: the same function, the numbers where their wires are, boxes where the gates were."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.certification.tensor_trials import tensor_trials
from chainrule.engine.check import check
from chainrule.engine.opening import opened
from chainrule.engine.registry import OPS
from chainrule.schema import Graph, UsageError, dump, read, shape_digest

from ..schema.documents import graph
from ..schema.functions import SIGMOID, body, calling, got, node
from ..schema.test_expansion import DEEP, NEURON, TUPLE, nested
from .tensor_documents import op_document
from .tensor_graphs import random_tensor_graph

BODIES = sorted(name for name, rule in OPS.items() if rule.has_body and not rule.elementwise)
ELEMENTWISE = sorted(name for name, rule in OPS.items() if rule.has_body and rule.elementwise)


def rows(found: Graph) -> dict[str, Any]:
    return {row["id"]: row for row in found.nodes}


def reread(found: Graph) -> Graph:
    """The graph as it is read again, by all six stages."""
    return check(read(dump(found)))  # pyright: ignore[reportReturnType]


def composites_in(found: Graph) -> set[str]:
    return {row["op"] for row in found.nodes if row["op"] in OPS and OPS[row["op"]].has_body}


def test_a_composite_becomes_the_gates_of_its_body_in_a_box() -> None:
    found = reread(opened(cr.parse("s = sigmoid(u)", u=1)).graph)
    assert [(row["id"], row["op"], row.get("inputs")) for row in found.nodes[1:]] == [
        ("s/neg", "neg", ["u"]),
        ("s/exp", "exp", ["s/neg"]),
        ("s/const", "const", None),
        ("s/add", "add", ["s/const", "s/exp"]),
        ("s/reciprocal", "reciprocal", ["s/add"]),
    ]
    assert found.outputs == [{"node": "s/reciprocal"}]
    [box] = found.groups or []
    assert (box["id"], box.get("fn"), box.get("inputs")) == ("s", "sigmoid", ["u"])


def test_numbers_stay_where_their_wire_is() -> None:
    first = cr.annotate(cr.parse("f = sigmoid(u) * u", u=1))
    made = opened(first)
    gate, exit_row = rows(first)["sigmoid"], rows(made.graph)["sigmoid/reciprocal"]
    assert (exit_row["value"], exit_row["grad"]) == (gate["value"], gate["grad"])
    assert (made.graph.groups or [])[0].get("local") == gate["local"]
    assert made.lost == ("sigmoid: downstream",)


def test_the_gradient_of_a_component_goes_along_if_nothing_else_reads_it() -> None:
    [trial, *_] = tensor_trials(OPS["lstm_cell"], "float64")
    first = cr.annotate(op_document(trial))
    made = opened(first)
    for k in range(2):
        [name] = [output["node"] for output in made.graph.outputs[k : k + 1]]
        assert rows(made.graph)[name]["value"] == rows(first)[f"y{k}"]["value"]
    # The new h is read by nothing but its get; the new c makes the new h as well.
    assert rows(made.graph)[made.graph.outputs[0]["node"]]["grad"] == rows(first)["y0"]["grad"]
    assert "y1: grad" in made.lost


def test_local_gradients_by_a_wire_that_enters_twice_have_no_place_on_a_box() -> None:
    function = body(node("p", "mul", "a", "b"), params=["a", "b"])
    first = graph(calling(node("f", "fn:g", "x", "x", local=[-2, -2]), functions={"g": function}))
    made = opened(first)
    assert "local" not in (made.graph.groups or [])[0]
    assert made.lost == ("f: local",)


def test_calls_alone_are_written_out_if_no_composite_is_named() -> None:
    text = calling(
        node("s", "fn:sigmoid", "x", local=["0.10"], downstream=["0.10"], label="gate"),
        node("f", "sigmoid", "s"),
        functions={"sigmoid": SIGMOID},
    )
    made = opened(graph(text), ())
    assert rows(made.graph)["f"] == {"id": "f", "op": "sigmoid", "inputs": ["s/y"]}
    [box] = made.graph.groups or []
    assert box == {
        "id": "s", "fn": "sigmoid", "inputs": ["x"], "label": "gate", "local": ["0.10"],
        "nodes": ["s/one", "s/n", "s/e", "s/d", "s/y"],
    }  # fmt: skip
    assert made.lost == ("s: downstream",)


def test_a_composite_in_a_body_is_opened_in_the_box_of_the_call() -> None:
    text = calling(node("s", "fn:g", "x"), functions={"g": body(node("u", "silu", "a"))})
    found = reread(opened(graph(text)).graph)
    assert [row["id"] for row in found.nodes[1:3]] == ["s/u/neg", "s/u/exp"]
    [box] = found.groups or []
    # What g says is another text than its written-out members, so the box does not name it.
    assert (box["id"], box.get("fn"), box.get("inputs")) == ("s", None, ["x"])
    assert set(found.functions or {}) == {"g", "silu"}


def test_a_box_of_the_document_stays_around_what_its_members_became() -> None:
    text = calling(
        node("s", "sigmoid", "x"), node("f", "neg", "s"), functions={}, groups=[{"id": "box", "nodes": ["s", "f"]}]
    )
    [box] = reread(opened(graph(text)).graph).groups or []
    assert (box["id"], box["nodes"][0], box["nodes"][-1]) == ("box", "s/neg", "f")


def test_a_declared_backward_rule_keeps_its_gate() -> None:
    text = calling(node("f", "sigmoid", "x", surrogate={"rule": "straight-through"}), functions={})
    assert opened(graph(text)).graph.nodes == graph(text).nodes


def test_a_gate_that_hands_its_operand_through_stays() -> None:
    assert opened(graph(calling(node("f", "add_n", "x"), functions={}))).graph.nodes[1]["op"] == "add_n"


def test_two_outputs_that_become_one_wire_are_refused() -> None:
    twice = calling(
        node("p", "fn:g", "x"), got("a", "p", 0), got("b", "p", 1), outputs=["a", "b"],
        functions={"g": body(node("n", "neg", "a"), outputs=["n", "n"])},
    )  # fmt: skip
    with pytest.raises(UsageError, match="two outputs are one wire, p/n"):
        opened(graph(twice))


def test_a_function_of_the_document_keeps_its_name() -> None:
    text = calling(node("s", "fn:silu", "x"), node("f", "silu", "s"), functions={"silu": body(node("n", "neg", "a"))})
    found = reread(opened(graph(text)).graph)
    assert [(box["id"], box.get("fn")) for box in found.groups or []] == [("s", "silu"), ("f", "silu_2")]


@pytest.mark.parametrize("text", [NEURON, TUPLE, DEEP])
def test_the_shape_digest_stays_where_calls_alone_are_written_out(text: bytes) -> None:
    assert shape_digest(reread(opened(graph(text), ()).graph)) == shape_digest(graph(text))


@settings(max_examples=60)
@given(nested())
def test_so_it_does_for_functions_that_call_each_other(text: bytes) -> None:
    assert shape_digest(reread(opened(graph(text), ()).graph)) == shape_digest(graph(text))


@pytest.mark.parametrize("name", BODIES)
def test_every_body_is_the_op_in_value_and_gradient(name: str) -> None:
    for trial in list(tensor_trials(OPS[name], "float64"))[:3]:
        first = op_document(trial)
        found = reread(opened(first).graph)
        assert composites_in(found) <= {"add_n"}
        # What the gates of the body make is what rounding lets the op make.
        told = rows(cr.annotate(found))
        claims = [{**row, **({"grad": told[row["id"]]["grad"]} if "grad" in told.get(row["id"], {}) else {})}
                  for row in first.nodes]  # fmt: skip
        for claim, output in zip(ends_of(first, claims), found.outputs, strict=True):
            claim["value"] = told[output["node"]]["value"]
        assert "refuted" not in cr.verify(first.with_nodes(claims)).verdict.values()


def ends_of(first: Graph, claims: list[Any]) -> list[Any]:
    named = {row["id"]: row for row in claims}
    return [named[output["node"]] for output in first.outputs]


@pytest.mark.parametrize("name", BODIES)
def test_numbers_of_the_op_hold_for_its_body(name: str) -> None:
    [trial, *_] = tensor_trials(OPS[name], "float64")
    found = reread(opened(cr.annotate(op_document(trial))).graph)
    assert "refuted" not in cr.verify(found).verdict.values()


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_so_is_every_body_that_works_entry_by_entry(name: str) -> None:
    operands = "x, y" if name in ("add_n", "dropout") else "x"
    first = cr.parse(f"f = {name}({operands})", x=0.75, **({"y": 1} if "," in operands else {}))
    found = reread(opened(cr.annotate(first)).graph)
    assert composites_in(found) == set()
    assert "refuted" not in cr.verify(found).verdict.values()


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_random_graphs_state_the_same_numbers_in_both_forms(seed: int) -> None:
    first = cr.annotate(random_tensor_graph(seed))
    made = opened(first)
    found = reread(made.graph)
    assert composites_in(found) == set()
    assert "refuted" not in cr.verify(found).verdict.values()
    for name in set(rows(first)) & set(rows(found)):
        assert rows(found)[name].get("grad") == rows(first)[name].get("grad")
