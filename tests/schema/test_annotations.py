"""Claims apart from their graph: read alone, and attached to it."""

from typing import Any

import orjson
import pytest

from chainrule.schema import Annotations, DocumentError, Graph, attach, canonical, graph_digest, read

from .documents import TEXT, altered, graph, refused

GRAPH = graph(TEXT)
ZEROS = "sha256:" + "0" * 64


def claims(nodes: Any = None, **fields: Any) -> bytes:
    document = {"chainrule": "1.0", "kind": "annotations", "graph": graph_digest(GRAPH), "nodes": nodes or {}}
    return orjson.dumps(document | fields)


def attached(text: bytes, to: Graph = GRAPH) -> Graph:
    document = read(text)
    assert isinstance(document, Annotations)
    return attach(document, to)


def refused_attached(text: bytes, to: Graph = GRAPH) -> list[tuple[str, str]]:
    with pytest.raises(DocumentError) as caught:
        attached(text, to)
    return [(problem.code, problem.at) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (claims(), []),
        (claims({"q": {"value": "3.00", "local": [None, [1, None]]}}, by="me", values={"x": "1/3"}), []),
        (claims(seeds={"f": [1]}), []),
        (claims({"s/exp": {"grad": True}}), []),
        (claims({"q": {}}), [("field.empty", "/nodes/q")]),
        (claims({"q": []}), [("field.type", "/nodes/q")]),
        (claims({"q": {"grad": None}}), [("value.type", "/nodes/q/grad")]),
        (claims({"q": {"local": 1}}), [("field.type", "/nodes/q/local")]),
        (claims({"a b": {"grad": 1}}), [("id.syntax", "/nodes/a b")]),
        (claims({"q": {"label": ""}}), [("field.unknown", "/nodes/q/label")]),
        (claims(graph="sha256:"), [("digest.syntax", "/graph")]),
        (claims(by="x" * 257), [("field.value", "/by")]),
        (claims(groups=[]), [("field.type", "/groups")]),
        (claims(groups={"box": {}}), [("field.empty", "/groups/box")]),
        (claims(groups={"box": {"grad": 1}}), [("field.unknown", "/groups/box/grad")]),
        (claims(groups={"box": {"local": [True, "0,1"]}}), [("value.number", "/groups/box/local/1")]),
        (claims(groups={"a b": {"local": [1]}}), [("id.syntax", "/groups/a b")]),
        (claims(values={"x": [None]}), [("value.type", "/values/x/0")]),
        (claims(values={"x y": 1}), [("id.syntax", "/values/x y")]),
        (claims(seeds=[]), [("field.type", "/seeds")]),
        (claims(opset={"core": 9}), [("opset.newer", "/opset/core")]),
    ],
)  # fmt: skip
def test_claims_are_judged_alone(text: bytes, expected: list[tuple[str, str]]) -> None:
    assert refused(text) == expected


def test_attached_claims_replace_those_of_the_graph() -> None:
    both = attached(
        claims({"q": {"value": "3.00", "grad": "-4.0"}}, rounding={"mode": "decimals", "digits": 1}, kinks="zero")
    )
    assert both.nodes[3]["value"] == "3.00"
    assert "grad" not in both.nodes[4]
    assert "value" not in both.nodes[4]
    assert both.nodes[0]["value"] == -2
    assert both.rounding is not None
    assert (both.rounding.digits, both.kinks) == (1, "zero")
    assert "value" in GRAPH.nodes[4]


def test_the_point_and_the_seeds_may_be_others() -> None:
    both = attached(claims(values={"x": 7}, seeds={"f": "1/2"}))
    assert (both.nodes[0]["value"], both.outputs[0]["seed"]) == (7, "1/2")


def test_a_claim_on_a_leaf_does_not_change_the_leaf() -> None:
    both = attached(claims({"x": {"value": "-2.0", "grad": -4}}))
    assert both.nodes[0]["value"] == -2
    assert dict(both.leaf_claims) == {"x": "-2.0"}
    assert dict(GRAPH.leaf_claims) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (claims(graph=ZEROS), [("digest.mismatch", "/graph")]),
        (claims({"w": {"grad": 1}, "s/exp": {"grad": 1}}),
         [("ref.dangling", "/nodes/w"), ("ref.dangling", "/nodes/s~1exp")]),
        (claims(values={"q": 1}), [("ref.dangling", "/values/q")]),
        (claims(seeds={"q": 1}), [("ref.dangling", "/seeds/q")]),
        (claims({"q": {"local": [1]}}), [("annotation.length", "/nodes/q/local")]),
        (claims({"x": {"local": [1]}}), [("annotation.length", "/nodes/x/local")]),
        (claims({"q": {"value": 1, "grad": [1]}}), [("shape.mismatch", "/nodes/q/grad")]),
        (claims({"q": {"value": True}}), [("value.type", "/nodes/q/value")]),
        (claims({"x": {"value": [1]}}), [("shape.mismatch", "/nodes/x/value")]),
        (claims({"x": {"value": "1e999"}}), [("value.range", "/nodes/x/value")]),
        (claims(values={"x": "1e999"}), [("value.range", "/values/x")]),
        (claims(seeds={"f": "1e999"}), [("value.range", "/seeds/f")]),
    ],
)  # fmt: skip
def test_problems_of_attached_claims_point_into_the_claims(text: bytes, expected: list[tuple[str, str]]) -> None:
    assert refused_attached(text) == expected


def test_claims_without_seeds_need_an_objective() -> None:
    two = graph(
        altered(
            outputs=[{"node": "f"}, {"node": "q"}],
            nodes=[*GRAPH.nodes[:4], {"id": "f", "op": "mul", "inputs": ["q", "z"]}],
        )
    )
    text = claims({"q": {"grad": 1}}, graph=graph_digest(two))
    assert refused_attached(text, two) == [("seed.missing", "")]


def test_the_canonical_form_of_claims_keeps_printed_digits() -> None:
    text = claims(
        {"q": {"value": "3.00", "grad": "2/4", "local": [None, None], "downstream": [1.0, "0x1p+0"]}},
        values={"x": "1e-1"},
        seeds={},
    )
    found = orjson.loads(canonical(read(text)))
    assert found["nodes"] == {"q": {"value": "3.00", "grad": "1/2", "downstream": [1, 1]}}
    assert found["values"] == {"x": "0.1"}
    assert "seeds" not in found
    assert canonical(read(canonical(read(text)))) == canonical(read(text))


def test_what_claims_nothing_is_in_no_canonical_form() -> None:
    text = canonical(read(claims({"q": {"local": [None, [None]]}, "f": {"grad": 1}})))
    assert orjson.loads(text)["nodes"] == {"f": {"grad": 1}}
    assert canonical(read(text)) == text
