"""The graph as passes run it: no calls, no tuples, entrances where something is said of a collapsed gate."""

from typing import Any

from chainrule.engine.flat import COMPONENT, bound_rule, flatten
from chainrule.schema import Graph

from ..schema.documents import TEXT, graph
from ..schema.functions import PAIR, SIGMOID, calling, got, node


def rows(found: Graph) -> list[tuple[str, str, list[str]]]:
    return [(row["id"], row["op"], row.get("inputs", [])) for row in found.nodes]


def split(*reads: int) -> Graph:
    nodes: list[Any] = [
        {"id": "x", "op": "input", "value": [1, 2, 3]},
        node("p", "split", "x", attrs={"axis": 0, "split": [1, 2]}),
        *(got(f"g{k}", "p", k) for k in reads),
        *(node(f"s{k}", "reduce_sum", f"g{k}") for k in reads),
    ]
    return Graph.build(nodes=nodes, outputs=[{"node": f"s{k}", "seed": 1} for k in reads])


def test_a_graph_of_tensors_without_calls_is_flat_as_it_is() -> None:
    first = graph(TEXT)
    found = flatten(first)
    assert found.graph is first
    # Every node is at home: there is nothing to say of places.
    assert (found.places, found.gates, found.entrances) == ((), (), {})


def test_a_get_node_is_the_op_that_makes_its_component() -> None:
    found = flatten(split(0, 1))
    assert rows(found.graph)[1:3] == [("g0", "split", ["x"]), ("g1", "split", ["x"])]
    attrs = found.graph.nodes[2].get("attrs", {})
    assert attrs == {"axis": 0, "split": [1, 2], COMPONENT: 1}
    rule = bound_rule(found.graph.nodes[2])
    assert rule is not None
    assert rule.infer([(3,)]) == (2,)
    assert found.places[1] == ("nodes", 2)


def test_a_component_that_nobody_reads_is_not_made() -> None:
    assert [row["id"] for row in flatten(split(1)).graph.nodes] == ["x", "g1", "s1"]


def test_calls_are_written_out_and_have_no_entrances_of_their_own() -> None:
    text = calling(node("s", "fn:sigmoid", "x"), node("f", "neg", "s"), functions={"sigmoid": SIGMOID})
    found = flatten(graph(text))
    assert [name for name, _, _ in rows(found.graph)] == ["x", "s/one", "s/n", "s/e", "s/d", "s/y", "s", "f"]
    assert found.gates == []


def test_a_gate_that_something_is_claimed_of_has_an_entrance_for_each_operand() -> None:
    claimed = node("s", "fn:sigmoid", "x", local=["0.10"], downstream=["0.20"])
    found = flatten(graph(calling(claimed, functions={"sigmoid": SIGMOID})))
    [gate] = found.gates
    [entrance] = gate.entrances
    assert found.graph.nodes[entrance] == {
        "id": "s#0", "op": "identity", "inputs": ["x"], "dtype": "float64", "grad": "0.20"
    }  # fmt: skip
    assert found.entrances == {entrance: ("s", 0)}
    assert gate.local == ["0.10"]
    assert found.graph.nodes[gate.exit]["id"] == "s"
    # Inside, the entrance is read in the place of the wire.
    assert ("s/n", "neg", ["s#0"]) in rows(found.graph)


def test_every_gate_has_entrances_where_that_is_asked_for() -> None:
    found = flatten(graph(calling(node("s", "fn:sigmoid", "x"), functions={"sigmoid": SIGMOID})), every_gate=True)
    assert list(found.entrances.values()) == [("s", 0)]


def test_a_call_of_several_outputs_is_no_gate_with_an_exit() -> None:
    text = calling(node("p", "fn:g", "x"), got("h", "p", 1), functions={"g": PAIR})
    found = flatten(graph(text), every_gate=True)
    assert rows(found.graph)[-1] == ("h", "identity", ["p/c"])
    assert found.gates == []


def test_the_structure_is_the_one_that_stage_5_would_find() -> None:
    text = calling(node("s", "fn:sigmoid", "x", local=["0.10"]), functions={"sigmoid": SIGMOID})
    found = flatten(graph(text)).graph
    assert found.with_nodes(found.nodes).structure == found.structure
