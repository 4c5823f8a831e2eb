"""Claims on nodes of bodies, by expansion path, and on groups: attached, judged, and carried into the expansion."""

from typing import Any

import orjson
import pytest

from chainrule.schema import Annotations, DocumentError, Graph, attach, canonical, expand, graph_digest, inline, read

from .documents import graph
from .functions import PAIR, SIGMOID, Row, body, calling, got, node

FUNCTIONS = {
    "sigmoid": SIGMOID,
    "pair": PAIR,
    "twice": body(node("u", "fn:sigmoid", "a"), node("p", "fn:pair", "u"), got("v", "p", 1)),
}
GROUP: Row = {"id": "box", "nodes": ["f"], "inputs": ["t"], "local": [5]}
GRAPH = graph(
    calling(node("s", "fn:sigmoid", "x"), node("t", "fn:twice", "s"), node("f", "neg", "t"), functions=FUNCTIONS,
            groups=[GROUP])
)  # fmt: skip


def attached(nodes: Any, to: Graph = GRAPH, **fields: Any) -> Graph:
    text = {"chainrule": "1.0", "kind": "annotations", "graph": graph_digest(to), "nodes": nodes, **fields}
    document = read(orjson.dumps(text))
    assert isinstance(document, Annotations)
    return attach(document, to)


def refused(nodes: Any, to: Graph = GRAPH, **fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(DocumentError) as caught:
        attached(nodes, to, **fields)
    return [(problem.code, problem.at) for problem in caught.value.problems]


def test_claims_in_bodies_stand_beside_the_graph() -> None:
    claims = {"s/e": {"value": "7.39", "local": ["7.39"]}, "t/u/d": {"grad": "0.1"}, "s": {"value": "0.12"}}
    found = attached(claims)
    assert dict(found.body_claims) == {name: claims[name] for name in ("s/e", "t/u/d")}
    assert found.nodes[1].get("value") == "0.12"
    assert dict(GRAPH.body_claims) == {}


def test_an_expansion_carries_them_where_they_can_be_judged() -> None:
    claims = {
        "s/e": {"value": "7.39", "local": ["7.39"]},
        "t/u": {"value": "0.5", "grad": "0.1", "local": ["0.25"], "downstream": ["0.1"]},
        "t/v": {"grad": "1.0", "downstream": ["1.0"]},
        "t/u/one": {"value": "1.0"},
    }
    found = expand(attached(claims))
    rows: dict[str, Any] = {row["id"]: row for row in found.graph.nodes}
    assert rows["s/e"] == {"id": "s/e", "op": "exp", "inputs": ["s/n"], "value": "7.39", "local": ["7.39"]}
    assert rows["t/u"] == {"id": "t/u", "op": "identity", "inputs": ["t/u/y"], "value": "0.5", "grad": "0.1"}
    assert rows["t/v"] == {"id": "t/v", "op": "identity", "inputs": ["t/p/c"], "grad": "1.0", "downstream": ["1.0"]}
    assert rows["t/u/one"]["value"] == 1
    assert dict(found.graph.leaf_claims) == {"t/u/one": "1.0"}
    (box,) = [box for box in found.boxes if box.id == "t/u"]
    assert (box.local, box.downstream) == (["0.25"], ["0.1"])


def test_a_written_out_graph_carries_them_too() -> None:
    found = inline(attached({"s/e": {"value": "7.39"}, "t/u": {"value": "0.5"}, "s/one": {"value": "1.0"}}))
    rows: dict[str, Any] = {row["id"]: row for row in found.nodes}
    assert (rows["s/e"]["value"], rows["t/u/y"]["value"], rows["s/one"]["value"]) == ("7.39", "0.5", 1)
    assert dict(found.leaf_claims) == {"s/one": "1.0"}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"s/w": {"grad": 1}}, [("ref.dangling", "/nodes/s~1w")]),
        ({"s/t": {"grad": 1}}, [("ref.dangling", "/nodes/s~1t")]),
        ({"t/u/w": {"grad": 1}}, [("ref.dangling", "/nodes/t~1u~1w")]),
        ({"f/e": {"grad": 1}}, [("ref.dangling", "/nodes/f~1e")]),
        ({"s/e": {"local": [1, 1]}}, [("annotation.length", "/nodes/s~1e/local")]),
        ({"t/u": {"downstream": []}}, [("annotation.length", "/nodes/t~1u/downstream")]),
        ({"t/p": {"grad": 1}}, [("annotation.tuple", "/nodes/t~1p/grad")]),
        ({"s/e": {"value": 1, "grad": [1]}}, [("shape.mismatch", "/nodes/s~1e/grad")]),
        ({"s/n": {"value": [1]}, "s/e": {"downstream": [1]}}, [("shape.mismatch", "/nodes/s~1e/downstream/0")]),
        ({"s/one": {"value": [1]}}, [("shape.mismatch", "/nodes/s~1one/value")]),
        ({"s/one": {"value": "1e999"}}, [("value.range", "/nodes/s~1one/value")]),
        ({"s/e": {"value": True}}, [("value.type", "/nodes/s~1e/value")]),
        ({"s/e": {"value": "1e999"}, "t/u/e": {"grad": "1e999"}},
         [("value.range", "/nodes/s~1e/value"), ("value.range", "/nodes/t~1u~1e/grad")]),
    ],
)  # fmt: skip
def test_claims_in_bodies_are_judged_like_any(claims: Any, expected: list[tuple[str, str]]) -> None:
    assert refused(claims) == expected


def test_a_message_names_the_whole_path() -> None:
    with pytest.raises(DocumentError, match="t/u/e: local has 2 entries for 1 operands"):
        attached({"t/u/e": {"local": [1, 1]}})


def test_parameters_have_the_dtypes_of_the_operands() -> None:
    function = body(node("b", "neg", "a", dtype="float32"))
    to = graph(
        calling(
            {"id": "k", "op": "input", "dtype": "float32", "value": 1},
            node("s", "fn:outer", "k", dtype="float32"),
            functions={"outer": body(node("u", "fn:inner", "a", dtype="float32")), "inner": function},
        )
    )
    assert attached({"s/u/b": {"downstream": [{"shape": [1], "b64": "AACAPw=="}]}}, to).body_claims
    assert refused({"s/u/b": {"downstream": [1e39]}}, to) == [("value.range", "/nodes/s~1u~1b/downstream/0")]


def test_gradients_in_bodies_need_an_objective() -> None:
    to = graph(calling(node("s", "fn:sigmoid", "x"), functions=FUNCTIONS, outputs=["s", "x"]))
    assert refused({"s/e": {"grad": 1}}, to) == [("seed.missing", "")]
    assert attached({"s/e": {"value": 1}}, to).body_claims
    assert attached({"s/e": {"grad": 1}}, to, seeds={"s": 1, "x": 0}).body_claims


def test_claims_on_groups_replace_those_of_the_graph() -> None:
    assert attached({}).groups == [{"id": "box", "nodes": ["f"], "inputs": ["t"]}]
    assert attached({}, groups={"box": {"local": ["-1.0"]}}).groups == [GROUP | {"local": ["-1.0"]}]
    assert refused({}, groups={"bax": {"local": [1]}}) == [("ref.dangling", "/groups/bax")]
    assert refused({}, groups={"box": {"local": [1, 1]}}) == [("annotation.length", "/groups/box/local")]


def test_claims_on_groups_have_a_canonical_form() -> None:
    text = {"chainrule": "1.0", "kind": "annotations", "graph": graph_digest(GRAPH), "nodes": {}}
    stated = read(orjson.dumps(text | {"groups": {"box": {"local": ["2/4", "0.50"]}, "none": {"local": [None]}}}))
    assert orjson.loads(canonical(stated))["groups"] == {"box": {"local": ["1/2", "0.50"]}}
    assert b"groups" not in canonical(read(orjson.dumps(text | {"groups": {"none": {"local": [None]}}})))
