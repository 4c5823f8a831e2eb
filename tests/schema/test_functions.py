"""Functions and calls: their fields, their codes, and how deep and how large calls may be."""

from typing import Any

import orjson
import pytest

from chainrule.schema import Limits, canonical, dump, graph_digest, read, shape_digest

from .documents import graph, messages, refused
from .functions import PAIR, SIGMOID, Row, body, calling, got, node

NEG = body(node("b", "neg", "a"))


def one(function: Row, *rows: Row) -> bytes:
    """A document with a function g, which nothing calls unless the rows do."""
    return calling(*(rows or [node("f", "neg", "x")]), functions={"g": function})


def in_body(*rows: Row) -> bytes:
    return one(body(*rows))


def test_a_call_is_a_node_like_any_other() -> None:
    found = graph(
        calling(node("s", "fn:sigmoid", "x", value="0.12", local=["0.10"], grad=1), functions={"sigmoid": SIGMOID})
    )
    assert found.structure.ops == ["input", "fn:sigmoid"]
    assert found.functions is not None
    assert found.functions["sigmoid"]["params"] == ["t"]
    assert dump(read(dump(found))) == dump(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (one(NEG), []),
        (one(PAIR, node("p", "fn:g", "x"), got("h", "p", 1)), []),
        (calling(node("s", "fn:g"), functions={"g": {"params": [], "nodes": [{"id": "k", "op": "const", "value": 1}],
                                                      "outputs": ["k"]}}), []),
        (one(body(node("b", "neg", "a"), params=["a", "unused"])), []),
        (one(NEG | {"label": "minus"}), []),
        (one(NEG | {"outputs": []}), [("field.empty", "/functions/g/outputs")]),
        (one(NEG | {"nodes": []}), [("field.empty", "/functions/g/nodes")]),
        (one(NEG | {"nodes": {}}), [("field.type", "/functions/g/nodes")]),
        (one({"nodes": [], "outputs": []}),
         [("field.missing", "/functions/g"), ("field.empty", "/functions/g/nodes"),
          ("field.empty", "/functions/g/outputs")]),
        (one(NEG | {"params": ["a b"]}), [("id.syntax", "/functions/g/params/0")]),
        (one(NEG | {"name": "g"}), [("field.unknown", "/functions/g/name")]),
        (one(NEG | {"label": "x" * 1_025}), [("limit.label", "/functions/g/label")]),
        (calling(node("f", "neg", "x"), functions={"a-b": NEG}), [("field.key", "/functions/a-b")]),
        (calling(node("f", "neg", "x"), functions={"a" * 65: NEG}), [("field.key", "/functions/" + "a" * 65)]),
        (one(NEG | {"nodes": [{"op": "neg"}]}), [("field.missing", "/functions/g/nodes/0")]),
        (in_body({"id": "k", "op": "const", "value": True}), [("value.type", "/functions/g/nodes/0/value")]),
        (in_body(node("b", "neg", "a", local=1)), [("field.type", "/functions/g/nodes/0/local")]),
        (in_body(node("b", "neg", "a", dtype="char")), [("field.value", "/functions/g/nodes/0/dtype")]),
    ],
)  # fmt: skip
def test_the_fields_of_a_function_are_judged_where_they_stand(text: bytes, expected: list[tuple[str, str]]) -> None:
    assert refused(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (in_body(node("b", "neg", "x")), [("function.capture", "/functions/g/nodes/0/inputs/0")]),
        (one(body(node("b", "neg", "a"), outputs=["x"])), [("function.capture", "/functions/g/outputs/0")]),
        (in_body(node("b", "neg", "w")), [("ref.dangling", "/functions/g/nodes/0/inputs/0")]),
        (one(body(node("b", "neg", "a"), outputs=["w"])), [("ref.dangling", "/functions/g/outputs/0")]),
        (in_body(node("b", "neg", "b")), [("ref.self", "/functions/g/nodes/0/inputs/0")]),
        (in_body(node("b", "neg", "c"), node("c", "neg", "a")), [("ref.order", "/functions/g/nodes/0/inputs/0")]),
        (in_body(node("b", "neg", "c"), node("c", "neg", "b")), [("ref.cycle", "/functions/g/nodes/0/inputs/0")]),
        (in_body({"id": "b", "op": "param"}), [("function.leaf", "/functions/g/nodes/0/op")]),
        (in_body(node("b", "neg", "a", grad=1, downstream=[None])),
         [("function.annotated", "/functions/g/nodes/0/grad"),
          ("function.annotated", "/functions/g/nodes/0/downstream")]),
        (in_body({"id": "k", "op": "const", "value": 1, "grad": 1}),
         [("function.annotated", "/functions/g/nodes/0/grad")]),
        (in_body({"id": "k", "op": "const"}), [("const.no_value", "/functions/g/nodes/0")]),
        (in_body({"id": "k", "op": "const", "value": [1], "shape": []}),
         [("shape.mismatch", "/functions/g/nodes/0/value")]),
        (in_body(node("b", "Neg", "a")), [("op.unknown", "/functions/g/nodes/0/op")]),
        (in_body(node("b", "neg", "a", attrs={"c": 1})), [("attr.unknown", "/functions/g/nodes/0/attrs/c")]),
        (in_body(node("a", "neg", "a")), [("id.duplicate", "/functions/g/nodes/0/id"),
                                          ("ref.self", "/functions/g/nodes/0/inputs/0")]),
        (one(body(node("b", "neg", "a"), params=["a", "a"])), [("id.duplicate", "/functions/g/params/1")]),
        (in_body(got("b", "a", 0)), [("ref.not_tuple", "/functions/g/nodes/0/inputs/0")]),
        (in_body(node("b", "fn:h", "a")), [("function.unknown", "/functions/g/nodes/0/op")]),
        (in_body(node("b", "neg", "a", surrogate={"rule": "function", "fn": "h"})),
         [("function.unknown", "/functions/g/nodes/0/surrogate/fn")]),
    ],
)  # fmt: skip
def test_a_body_is_a_graph_of_its_own(text: bytes, expected: list[tuple[str, str]]) -> None:
    assert refused(text) == expected


def test_a_message_of_a_body_names_the_function() -> None:
    assert messages(in_body(node("b", "neg", "x"))) == [
        "in g, b takes x, a node outside of the body: make it a parameter"
    ]


@pytest.mark.parametrize(
    ("rows", "function", "expected"),
    [
        ([node("f", "fn:h", "x")], NEG, [("function.unknown", "/nodes/1/op")]),
        ([node("f", "fn:g", "x", "x")], NEG, [("op.arity", "/nodes/1/inputs")]),
        ([{"id": "f", "op": "fn:g"}], NEG, [("op.arity", "/nodes/1")]),
        ([node("f", "fn:g", "x", attrs={"k": 1})], NEG, [("attr.unknown", "/nodes/1/attrs/k")]),
        ([got("h", "f", 0)], NEG, [("ref.dangling", "/nodes/1/inputs/0")]),
        ([node("f", "fn:h", "x"), got("h", "f", 0)], NEG, [("function.unknown", "/nodes/1/op")]),
        ([node("f", "fn:g", "x"), got("h", "f", 0)], NEG, [("ref.not_tuple", "/nodes/2/inputs/0")]),
        ([node("f", "fn:g", "x"), node("h", "neg", "f")], PAIR, [("ref.tuple", "/nodes/2/inputs/0")]),
        ([node("f", "fn:g", "x"), got("h", "f", 2)], PAIR, [("ref.index", "/nodes/2/attrs/index")]),
        ([node("f", "fn:g", "x", value=1), got("h", "f", 0)], PAIR, [("annotation.tuple", "/nodes/1/value")]),
        ([node("f", "fn:g", "x")], PAIR, [("ref.tuple", "/outputs/0/node")]),
        ([node("f", "fn:g", "x", local=[1, 1])], NEG, [("annotation.length", "/nodes/1/local")]),
        ([node("f", "fn:g", "x"), node("f/b", "neg", "x")], NEG, [("id.reserved", "/nodes/2/id")]),
        ([node("f", "fn:g", "x"), node("f/b/c", "neg", "x")], NEG, [("id.reserved", "/nodes/2/id")]),
        ([node("f/b", "fn:g", "x"), node("f/c", "neg", "x"), node("f", "neg", "x")], NEG, []),
        ([node("f", "neg", "x", surrogate={"rule": "function", "fn": "g"})], NEG, []),
        ([node("f", "add", "x", "x", surrogate={"rule": "function", "fn": "g"})], NEG,
         [("op.arity", "/nodes/1/surrogate/fn")]),
        ([node("f", "neg", "x", surrogate={"rule": "function", "fn": "g"})], PAIR,
         [("ref.tuple", "/nodes/1/surrogate/fn")]),
    ],
)  # fmt: skip
def test_a_call_fits_its_function(rows: list[Row], function: Row, expected: list[tuple[str, str]]) -> None:
    assert refused(one(function, *rows)) == expected


def test_an_unknown_function_is_told_the_nearest() -> None:
    text = calling(node("f", "fn:sigmoyd", "x"), functions={"sigmoid": SIGMOID})
    assert messages(text) == [
        'f names the function "sigmoyd", which the document does not have; nearest: sigmoid',
    ]


def test_a_cycle_of_calls_is_named_function_by_function() -> None:
    def calls(name: str) -> Row:
        return body(node("b", f"fn:{name}", "a"))

    functions = {"f": calls("g"), "g": calls("h"), "h": calls("g"), "k": calls("k")}
    text = calling(node("q", "fn:f", "x"), functions=functions)
    assert refused(text) == [("function.recursive", "/functions/g"), ("function.recursive", "/functions/k")]
    assert messages(text)[0] == "g calls itself: g calls h calls g: take one of these calls away"


def test_a_backward_rule_counts_as_a_call_of_its_function() -> None:
    text = in_body(node("b", "neg", "a", surrogate={"rule": "function", "fn": "g"}))
    assert refused(text) == [("function.recursive", "/functions/g")]


def chain(depth: int, width: int = 1) -> dict[str, Row]:
    """Functions of which each calls the one before it so often, in a row."""
    functions = {"f0": NEG}
    for k in range(1, depth):
        rows = [node(f"b{j}", f"fn:f{k - 1}", f"b{j - 1}" if j else "a") for j in range(width)]
        functions[f"f{k}"] = body(*rows)
    return functions


def test_calls_nest_sixteen_deep_and_no_deeper() -> None:
    assert refused(calling(node("q", "fn:f15", "x"), functions=chain(16))) == []
    assert refused(calling(node("q", "fn:f16", "x"), functions=chain(17))) == [("limit.call_depth", "/functions/f16")]
    assert refused(calling(node("q", "fn:f0", "x"), functions=chain(18))) == [("limit.call_depth", "/functions/f16")]


def test_nodes_after_expansion_are_counted_exactly_and_never_made() -> None:
    assert refused(calling(node("q", "fn:f2", "x"), functions=chain(3, 999)), limits=Limits(expansion=998_002)) == []
    assert refused(calling(node("q", "fn:f2", "x"), functions=chain(3, 999)), limits=Limits(expansion=998_001)) == [
        ("limit.expansion", "/nodes")
    ]
    assert refused(calling(node("q", "neg", "x"), functions=chain(16, 1_000))) == [("limit.expansion", "/functions/f3")]


def test_functions_and_parameters_have_limits() -> None:
    text = calling(node("q", "neg", "x"), functions={f"f{k}": NEG for k in range(5)})
    assert refused(text, limits=Limits(functions=4)) == [("limit.functions", "/functions")]
    assert refused(one(body(node("b", "neg", "a"), params=["a", "c"])), limits=Limits(fan_in=1)) == [
        ("limit.fan_in", "/functions/g/params")
    ]
    assert refused(in_body(node("b", "neg", "a"), node("c", "neg", "a")), limits=Limits(nodes=2)) == []
    assert refused(in_body(*(node(f"b{k}", "neg", "a") for k in range(3))), limits=Limits(nodes=2)) == [
        ("limit.nodes", "/functions/g/nodes")
    ]


def test_bodies_are_written_in_canonical_order() -> None:
    shuffled = SIGMOID | {"nodes": [SIGMOID["nodes"][k] for k in (1, 2, 0, 3, 4)]}
    first, second = (calling(node("s", "fn:g", "x"), functions={"g": function}) for function in (SIGMOID, shuffled))
    assert canonical(graph(first)) == canonical(graph(second))
    names = [row["id"] for row in orjson.loads(canonical(graph(first)))["functions"]["g"]["nodes"]]
    assert names == ["one", "n", "e", "d", "y"]
    assert canonical(read(canonical(graph(first)))) == canonical(graph(first))


def test_functions_that_nothing_calls_are_in_no_graph_digest() -> None:
    plain = graph(calling(node("f", "neg", "x"), functions={}))
    spare = graph(one(NEG))
    assert graph_digest(plain) == graph_digest(spare)
    assert canonical(plain) != canonical(spare)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"label": "minus"}, True),
        ({"nodes": [node("b", "neg", "a", dtype="float64", label="-")]}, True),
        ({"nodes": [node("b", "exp", "a")]}, False),
        ({"params": ["c"], "nodes": [node("b", "neg", "c")]}, False),
        ({"nodes": [node("b", "neg", "a", dtype="float32")]}, False),
    ],
)
def test_the_graph_digest_sees_the_bodies_that_are_called(change: dict[str, Any], same: bool) -> None:
    first, second = (graph(one(function, node("f", "fn:g", "x"))) for function in (NEG, NEG | change))
    assert (graph_digest(first) == graph_digest(second)) == same


def written_out(*rows: Row, outputs: list[str] | None = None) -> bytes:
    return calling(*rows, functions={}, outputs=outputs)


@pytest.mark.parametrize(
    ("collapsed", "spelt"),
    [
        (one(NEG, node("f", "fn:g", "x")), written_out(node("minus", "neg", "x"))),
        (one(SIGMOID, node("s", "fn:g", "x")),
         written_out({"id": "k", "op": "const", "value": "1.0"}, node("n", "neg", "x"), node("e", "exp", "n"),
                     node("d", "add", "e", "k"), node("f", "reciprocal", "d"))),
        (one(PAIR, node("p", "fn:g", "x"), got("h", "p", 1)),
         written_out(node("b", "neg", "x"), node("c", "exp", "b"))),
        (one(PAIR, node("p", "fn:g", "x"), got("h", "p", 0), got("i", "p", 1), node("m", "mul", "h", "i")),
         written_out(node("b", "neg", "x"), node("c", "exp", "b"), node("m", "mul", "b", "c"))),
        (calling(node("q", "fn:f2", "x"), functions=chain(3, 2)),
         written_out(*(node(f"n{k}", "neg", f"n{k - 1}" if k else "x") for k in range(4)))),
        (one(body(node("b", "neg", "a"), outputs=["a"]), node("f", "fn:g", "x"), node("h", "neg", "f")),
         written_out(node("h", "neg", "x"))),
    ],
)  # fmt: skip
def test_a_collapsed_gate_has_the_shape_of_its_written_out_body(collapsed: bytes, spelt: bytes) -> None:
    assert shape_digest(graph(collapsed)) == shape_digest(graph(spelt))


def test_nested_calls_have_the_shape_of_all_their_nodes() -> None:
    deep = graph(calling(node("q", "fn:f15", "x"), functions=chain(16, 2)))
    flat = graph(written_out(*(node(f"n{k}", "neg", f"n{k - 1}" if k else "x") for k in range(2**15))))
    assert shape_digest(deep) == shape_digest(flat)


def test_a_call_with_a_backward_rule_of_its_own_is_not_its_body() -> None:
    rule = {"rule": "scale", "factor": -1}
    plain, other = (graph(one(NEG, node("f", "fn:g", "x", **fields))) for fields in ({}, {"surrogate": rule}))
    assert shape_digest(plain) != shape_digest(other)
