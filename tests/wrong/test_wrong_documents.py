"""Every number of a right document, disturbed, must be refuted at exactly its claim."""

import math
from typing import Any

import pytest

import chainrule as cr
from chainrule.schema import Graph

DOCUMENTS = {
    "neuron": ("f = 1/(1+exp(-(w0*x0+w1*x1+w2)))", {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}),
    "branches": ("a = x*y; f = a*x + tanh(a)", {"x": 0.5, "y": -1.25}),
    "router": ("f = maximum(x*y, z) + relu(x)", {"x": 3, "y": -4, "z": 2}),
    "tensor": ("f = w*sigmoid(x)", {"w": 2, "x": [0.5, -1.0, 3.0]}),
}


def right(name: str) -> Graph:
    text, values = DOCUMENTS[name]
    graph = cr.parse(text, values)
    if name == "tensor":
        outputs: list[Any] = [{"node": "f", "seed": [1, -2, 0.5]}]
        graph = Graph.build(nodes=graph.nodes, outputs=outputs)
    return cr.annotate(graph)


def disturbed(number: Any, how: str) -> Any:
    if isinstance(number, list):
        return [disturbed(number[0], how), *number[1:]]
    changed = {"one percent": number * 1.01, "sign": -number, "zero": 0.0, "last digits": _last_digits(number)}[how]
    return changed if changed != number else number + 1


def _last_digits(number: float) -> float:
    return number + 64 * math.ulp(number)


def places(graph: Graph) -> list[tuple[int, str, int | None]]:
    found: list[tuple[int, str, int | None]] = []
    for i, node in enumerate(graph.nodes):
        if node.get("inputs"):
            found.append((i, "value", None))
            slots = [(field, port) for field in ("local", "downstream") for port in range(len(node[field]))]
            found += [(i, field, port) for field, port in slots if node[field][port] is not None]
        if "grad" in node:
            found.append((i, "grad", None))
    return found


def address(graph: Graph, place: tuple[int, str, int | None]) -> str:
    node, field, port = place
    return f"{field}:{graph.structure.ids[node]}" + ("" if port is None else f"#{port}")


def planted(graph: Graph, place: tuple[int, str, int | None], how: str) -> Graph:
    node, field, port = place
    rows: list[Any] = [dict(row) for row in graph.nodes]
    if port is None:
        rows[node][field] = disturbed(rows[node][field], how)
    else:
        rows[node][field] = list(rows[node][field])
        rows[node][field][port] = disturbed(rows[node][field][port], how)
    return graph.with_nodes(rows)


CASES = [(name, place) for name in DOCUMENTS for place in places(right(name))]
NAMES = ["-".join(map(str, (name, *place))) for name, place in CASES]


@pytest.mark.parametrize("how", ["one percent", "sign", "zero", "last digits"])
@pytest.mark.parametrize(("name", "place"), CASES, ids=NAMES)
def test_a_disturbed_number_is_the_one_first_fault(name: str, place: tuple[int, str, int | None], how: str) -> None:
    graph = right(name)
    report = cr.verify(planted(graph, place, how)).model_dump()
    assert [fault["at"] for fault in report["first_faults"]] == [address(graph, place)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_undisturbed_nothing_is_found(name: str) -> None:
    report = cr.verify(right(name))
    assert report.claims == []
