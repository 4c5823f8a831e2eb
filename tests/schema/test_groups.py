"""Groups: boxes around nodes that are written out. Each has at most one problem, the first that applies."""

from typing import Any

import orjson
import pytest

from chainrule.schema import canonical, document_digest, expand, graph_digest, read, shape_digest

from .documents import graph, messages, refused
from .functions import PAIR, SIGMOID, Row, body, calling, got, node

#: x -> n -> e -> d -> y, a constant at d, and a wire around.
ROWS = [
    node("u", "add", "x", "x"),
    {"id": "one", "op": "const", "value": 1},
    node("n", "neg", "u"),
    node("e", "exp", "n"),
    node("d", "add", "e", "one"),
    node("y", "reciprocal", "d", value=0.9),
    node("f", "mul", "y", "u"),
]
GATE: Row = {"id": "gate", "nodes": ["one", "n", "e", "d", "y"], "inputs": ["u"], "fn": "sigmoid", "local": ["0.09"]}


def boxed(*groups: Row, functions: dict[str, Any] | None = None, rows: list[Row] | None = None) -> bytes:
    return calling(*(rows or ROWS), functions=functions or {"sigmoid": SIGMOID, "pair": PAIR}, groups=list(groups))


def box(*nodes: str, **fields: Any) -> Row:
    return {"id": "g", "nodes": list(nodes), **fields}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (GATE, []),
        (box("n"), []),
        (box("n", label="minus"), []),
        (box("d", inputs=["e"], local=[1]), []),
        (box("d", inputs=["e"], local=[None]), []),
        (box("f", inputs=["u", "y"], local=["1.0", 0.5]), []),
        (GATE | {"nodes": ["y", "d", "e", "n", "one"]}, []),
        (box("n", "e", inputs=["u"], fn="minus_exp"), [("function.unknown", "/groups/0/fn")]),
        ({"id": "g", "nodes": []}, [("field.empty", "/groups/0/nodes")]),
        ({"nodes": ["n"]}, [("field.missing", "/groups/0")]),
        (box("n", colour="red"), [("field.unknown", "/groups/0/colour")]),
        (box("n", fn="sigmoid"), [("field.missing", "/groups/0")]),
        (box("n", local=[1]), [("field.missing", "/groups/0")]),
        (box("n", inputs=["u"], local=[True]), [("value.type", "/groups/0/local/0")]),
        (box("n", inputs=["u"], local=1), [("field.type", "/groups/0/local")]),
        (box("n", inputs=["u"], local=[1, 1]), [("annotation.length", "/groups/0/local")]),
        (box("y", inputs=["d"], local=[[1]]), [("shape.mismatch", "/groups/0/local/0")]),
        (box("n") | {"id": "u"}, [("id.duplicate", "/groups/0/id")]),
        (box("n", "w"), [("ref.dangling", "/groups/0/nodes/1")]),
        (box("n", inputs=["w"]), [("ref.dangling", "/groups/0/inputs/0")]),
        (box("x", "u"), [("group.leaf", "/groups/0/nodes/0")]),
        (box("n", "n"), [("group.overlap", "/groups/0/nodes/1")]),
        (box("n", "d"), [("group.not_convex", "/groups/0/nodes")]),
        (box("u", "f"), [("group.not_convex", "/groups/0/nodes")]),
        (box("u", "n"), [("group.exit", "/groups/0/nodes")]),
        (box("one"), []),
        (box("n", inputs=[]), [("group.inputs", "/groups/0/inputs")]),
        (box("n", inputs=["u", "u"]), [("group.inputs", "/groups/0/inputs")]),
        (box("n", inputs=["x"]), [("group.inputs", "/groups/0/inputs")]),
        (box("d", inputs=["e", "one"]), [("group.inputs", "/groups/0/inputs")]),
        (GATE | {"inputs": ["u", "u"], "local": [1, 1]}, [("group.inputs", "/groups/0/inputs")]),
        (GATE | {"fn": "pair"}, [("group.function", "/groups/0/fn")]),
        (GATE | {"nodes": ["n", "e", "d", "y"], "inputs": ["u"]}, []),
        (box("n", "e", "d", "y", inputs=["u"], fn="sigmoid"), []),
        (box("n", "e", inputs=["u"], fn="sigmoid"), [("group.function", "/groups/0/fn")]),
    ],
)  # fmt: skip
def test_a_box_gets_the_first_code_that_applies(group: Row, expected: list[tuple[str, str]]) -> None:
    assert refused(boxed(group)) == expected


def test_the_codes_have_an_order() -> None:
    group = {"id": "g", "nodes": ["x", "n", "n", "d", "w"], "inputs": ["f"], "fn": "pair"}
    found = [refused(boxed(group))]
    for nodes in (["x", "n", "n", "d"], ["n", "n", "d"], ["n", "d"], ["u", "n"], ["n", "e"]):
        group = group | {"nodes": nodes}
        found.append(refused(boxed(group)))
    group = group | {"inputs": ["u"]}
    found.append(refused(boxed(group)))
    assert [[code for code, _ in problems] for problems in found] == [
        ["ref.dangling"],
        ["group.leaf"],
        ["group.overlap"],
        ["group.not_convex"],
        ["group.exit"],
        ["group.inputs"],
        ["group.function"],
    ]


def test_no_node_is_in_two_boxes() -> None:
    first, second = box("n", "e"), box("e") | {"id": "h"}
    assert refused(boxed(first, second)) == [("group.overlap", "/groups/1/nodes/0")]
    assert refused(boxed(first, box("d") | {"id": "g"})) == [("id.duplicate", "/groups/1/id")]


def test_boxes_may_interlock_without_a_path_that_comes_back() -> None:
    rows = [node("a", "neg", "x"), node("b", "neg", "x"), node("c", "add", "a", "x"), node("d", "neg", "b")]
    rows = [*rows, node("f", "neg", "x")]
    one, two = {"id": "one", "nodes": ["a", "d"]}, {"id": "two", "nodes": ["b", "c"]}
    assert refused(boxed(one, two, rows=rows)) == []


def test_many_boxes_that_interlock_are_judged_at_once() -> None:
    count = 3_000
    rows = [node(f"a{i}", "neg", "x") for i in range(count)]
    rows += [node(f"b{i}", "add", f"a{(i + 1) % count}", f"a{i}") for i in range(count)]
    groups = [{"id": f"g{i}", "nodes": [f"a{i}", f"b{i}"]} for i in range(count)]
    assert refused(boxed(*groups, rows=[*rows, node("f", "neg", "x")])) == []
    around = [node("m", "neg", "a2999"), node("c", "neg", "m"), node("f", "neg", "c")]
    groups[2_999]["nodes"].append("c")
    assert refused(boxed(*groups, rows=[*rows, *around])) == [("group.not_convex", "/groups/2999/nodes")]


def test_a_box_id_may_not_be_an_expansion_path() -> None:
    rows = [node("s", "fn:sigmoid", "x"), node("f", "neg", "s")]
    assert refused(boxed({"id": "s/box", "nodes": ["f"]}, rows=rows)) == [("id.reserved", "/groups/0/id")]


def test_calls_may_be_members() -> None:
    rows = [node("s", "fn:sigmoid", "x"), node("f", "neg", "s")]
    function = body(node("b", "fn:sigmoid", "a"), node("c", "neg", "b"))
    text = boxed(box("s", "f", inputs=["x"], fn="minus"), rows=rows, functions={"sigmoid": SIGMOID, "minus": function})
    assert refused(text) == []


def test_a_wire_may_enter_as_two_parameters() -> None:
    square = body(node("c", "mul", "a", "b"), params=["a", "b"])
    rows = [node("q", "mul", "x", "x")]
    text = boxed(box("q", inputs=["x", "x"], fn="times", local=[1, 1]), rows=rows, functions={"times": square})
    assert refused(text) == []
    assert refused(text.replace(b'["x","x"],"fn"', b'["x"],"fn"')) == [("group.inputs", "/groups/0/inputs")]


def test_a_constant_may_enter_as_a_parameter() -> None:
    plus = body(node("c", "add", "a", "b"), params=["a", "b"])
    assert refused(boxed(box("d", inputs=["e", "one"], fn="plus", local=[1, None]), functions={"plus": plus})) == []


def test_a_tuple_is_no_wire_that_enters() -> None:
    rows = [node("p", "fn:pair", "x"), got("h", "p", 1), node("f", "add", "h", "x")]
    for inputs, expected in (["x"], []), (["p", "x"], [("group.inputs", "/groups/0/inputs")]):
        text = boxed(box("h", "f", inputs=inputs, local=[1] * len(inputs)), rows=rows)
        assert refused(text) == expected
    (_, gate) = expand(graph(boxed(box("h", "f", inputs=["x"], local=[1]), rows=rows))).boxes
    assert (gate.inputs, gate.ports) == ((0,), (((4, 1),),))


def test_a_message_names_the_box_and_the_mend() -> None:
    assert messages(boxed(box("n", "d"))) == ["a path leaves g to e and comes back to d: take e in, or d out"]
    assert messages(boxed(box("n", inputs=["x"]))) == [
        "the wires that enter g are u: list each once, and no constant or tuple"
    ]


def test_boxes_are_in_no_graph_or_shape_digest() -> None:
    first, second = graph(boxed(GATE)), graph(boxed())
    assert graph_digest(first) == graph_digest(second)
    assert shape_digest(first) == shape_digest(second)
    assert document_digest(first) != document_digest(second)


def test_boxes_and_their_members_are_written_in_canonical_order() -> None:
    last = {"id": "z", "nodes": ["f"], "inputs": ["u", "y"], "local": [1.0, "2/4"]}
    first, second = boxed(last, GATE), boxed(GATE | {"nodes": ["y", "e", "one", "d", "n"]}, last)
    assert canonical(read(first)) == canonical(read(second))
    written = orjson.loads(canonical(read(first)))["groups"]
    assert [group["id"] for group in written] == ["gate", "z"]
    assert written[0]["nodes"] == ["one", "n", "e", "d", "y"]
    assert written[1]["local"] == [1, "1/2"]
    assert canonical(read(canonical(read(first)))) == canonical(read(first))


def test_a_box_that_claims_nothing_keeps_no_empty_fields() -> None:
    found = orjson.loads(canonical(read(boxed(box("n", inputs=["u"], local=[None])))))
    assert found["groups"] == [{"id": "g", "inputs": ["u"], "nodes": ["n"]}]
