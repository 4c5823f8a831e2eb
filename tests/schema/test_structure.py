"""Stage 5: ids, references, order, cycles, ops, attributes, outputs, seeds, lengths and stated shapes."""

from copy import deepcopy
from typing import Any

import orjson
import pytest

from chainrule.schema import DocumentError, Graph, UsageError, read
from chainrule.schema.opset import Attribute
from chainrule.schema.stages.ops import attribute_fault

from .documents import BASE, TEXT, altered, graph, messages, refused
from .op_sets import install


def chain(*rows: dict[str, Any], outputs: list[dict[str, Any]] | None = None) -> bytes:
    nodes = [{"id": "x", "op": "input", "value": 1}, *rows]
    return orjson.dumps(BASE | {"nodes": nodes, "outputs": outputs or [{"node": rows[-1]["id"]}]})


def neg(name: str, operand: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "op": "neg", "inputs": [operand], **fields}


def test_the_structure_lists_nodes_by_position() -> None:
    found = graph(TEXT).structure
    assert found.ids == ["x", "y", "z", "q", "f"]
    assert found.operands == [(), (), (), (0, 1), (3, 2)]
    assert (found.outputs, found.dtypes[0], found.ops[3]) == ([4], "float64", "add")
    assert found.consumers() == [[(3, 0)], [(3, 1)], [(4, 1)], [(4, 0)], []]


def test_an_operand_may_be_taken_twice() -> None:
    assert graph(chain({"id": "s", "op": "mul", "inputs": ["x", "x"]})).structure.consumers()[0] == [(1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (chain(neg("a", "x"), neg("a", "x")), [("id.duplicate", "/nodes/2/id")]),
        (chain(neg("a", "a")), [("ref.self", "/nodes/1/inputs/0")]),
        (chain(neg("a", "b"), neg("b", "a")), [("ref.cycle", "/nodes/1/inputs/0")]),
        (chain(neg("a", "b"), neg("b", "x")), [("ref.order", "/nodes/1/inputs/0")]),
        (chain(neg("a", "b"), neg("b", "a"), neg("c", "d"), neg("d", "a")),
         [("ref.cycle", "/nodes/1/inputs/0"), ("ref.order", "/nodes/3/inputs/0")]),
        (chain(neg("a", "y")), [("ref.dangling", "/nodes/1/inputs/0")]),
        (chain(neg("a", "x"), outputs=[{"node": "b"}]), [("ref.dangling", "/outputs/0/node")]),
        (chain(neg("a", "x"), outputs=[{"node": "a"}, {"node": "a"}]), [("output.duplicate", "/outputs/1/node")]),
        (chain({"id": "a", "op": "Neg", "inputs": ["x"]}), [("op.unknown", "/nodes/1/op")]),
        (chain({"id": "a", "op": "fn:g", "inputs": ["x"]}), [("function.unknown", "/nodes/1/op")]),
        (chain({"id": "a", "op": "org.a:neg", "inputs": ["x"]}), [("opset.undeclared", "/nodes/1/op")]),
        (chain({"id": "a", "op": "const"}), [("const.no_value", "/nodes/1")]),
        (chain({"id": "a", "op": "param", "inputs": ["x"]}), [("op.arity", "/nodes/1/inputs")]),
        (chain({"id": "a", "op": "get", "attrs": {"index": 0}}), [("op.arity", "/nodes/1")]),
        (chain({"id": "a", "op": "get", "inputs": ["x"], "attrs": {"index": 0}}),
         [("ref.not_tuple", "/nodes/1/inputs/0")]),
        (chain(neg("a", "x", attrs={"c": 1})), [("attr.unknown", "/nodes/1/attrs/c")]),
        (chain(neg("a", "x", local=[])), [("annotation.length", "/nodes/1/local")]),
        (chain(neg("a", "x", downstream=[1, 1])), [("annotation.length", "/nodes/1/downstream")]),
        (chain(neg("a", "x", grad=1), outputs=[{"node": "a"}, {"node": "x"}]), [("seed.missing", "/outputs/0")]),
        (chain(neg("a", "x"), outputs=[{"node": "a"}, {"node": "x", "seed": 1}]), [("seed.missing", "/outputs/0")]),
        (chain(neg("a", "x"), outputs=[{"node": "a"}, {"node": "x"}]), []),
        (chain(neg("a", "x"), outputs=[{"node": "a", "seed": [1]}]), []),
        (chain(neg("a", "x"), outputs=[{"node": "x", "seed": [1]}]), [("shape.mismatch", "/outputs/0/seed")]),
        (chain({"id": "k", "op": "input", "dtype": "bool"}, outputs=[{"node": "k", "seed": 1}]),
         [("seed.dtype", "/outputs/0/seed")]),
        (chain({"id": "w", "op": "param", "shape": [2], "grad": 1}), [("shape.mismatch", "/nodes/1/grad")]),
        (chain({"id": "w", "op": "param", "grad": [1]}), [("shape.mismatch", "/nodes/1/grad")]),
        (chain(neg("a", "x", downstream=[[1]])), [("shape.mismatch", "/nodes/1/downstream/0")]),
        (chain(neg("a", "x", value=[1, 2], local=[[1]])), [("shape.mismatch", "/nodes/1/local/0")]),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_gets_its_code(text: bytes, expected: list[tuple[str, str]]) -> None:
    assert refused(text) == expected


def test_a_cycle_is_named_node_by_node() -> None:
    assert messages(chain(neg("a", "c"), neg("b", "a"), neg("c", "b"))) == [
        "a takes c, which depends on it: a takes c takes b takes a: take one of these away"
    ]


def test_a_long_cycle_is_cut_in_the_middle() -> None:
    count = 20_000
    rows = [neg(f"n{i}", f"n{i - 1}" if i else f"n{count - 1}") for i in range(count)]
    (message,) = messages(chain(*rows))
    assert "takes ... takes n0" in message
    assert len(message) < 300


def test_a_dangling_reference_is_told_the_nearest_id() -> None:
    with pytest.raises(DocumentError) as caught:
        read(chain(neg("weight_1", "x"), neg("a", "weigth_1")))
    (problem,) = caught.value.problems
    assert (problem.node, problem.nearest) == ("a", ("weight_1",))
    assert problem.message == "a takes weigth_1, but no node has that id; nearest: weight_1"


def test_an_unknown_op_is_told_the_nearest_three() -> None:
    with pytest.raises(DocumentError) as caught:
        read(chain({"id": "a", "op": "multiply", "inputs": ["x", "x"]}))
    assert "mul" in (caught.value.problems[0].nearest or ())
    assert len(caught.value.problems[0].nearest or ()) == 3


def test_nodes_that_reach_no_output_are_allowed() -> None:
    assert refused(chain(neg("a", "x"), neg("b", "x"), outputs=[{"node": "a"}])) == []


@pytest.fixture
def tuples(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def got(index: int, operand: str = "p") -> dict[str, Any]:
    return {"id": "a", "op": "get", "inputs": [operand], "attrs": {"index": index}}


PAIR: dict[str, Any] = {"id": "p", "op": "pair", "inputs": ["x"]}
CUT: dict[str, Any] = {"id": "p", "op": "cut", "inputs": ["x"], "attrs": {"sizes": [1, 1, 1]}}
WHOLE = CUT | {"attrs": {"sizes": [1]}}


@pytest.mark.usefixtures("tuples")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (chain(PAIR, got(1)), []),
        (chain(CUT, got(2)), []),
        (chain(WHOLE, neg("a", "p")), []),
        (chain(WHOLE, got(0)), [("ref.not_tuple", "/nodes/2/inputs/0")]),
        (chain(CUT | {"attrs": {}}, got(0)), [("attr.missing", "/nodes/1/attrs")]),
        (chain(PAIR, got(2)), [("ref.index", "/nodes/2/attrs/index")]),
        (chain(PAIR, got(-1)), [("ref.index", "/nodes/2/attrs/index")]),
        (chain(CUT, got(3)), [("ref.index", "/nodes/2/attrs/index")]),
        (chain(PAIR, neg("a", "p")), [("ref.tuple", "/nodes/2/inputs/0")]),
        (chain(PAIR), [("ref.tuple", "/outputs/0/node")]),
        (chain(PAIR | {"grad": 1}, got(0)), [("annotation.tuple", "/nodes/1/grad")]),
        (chain(PAIR, got(0) | {"attrs": {}}), [("attr.missing", "/nodes/2/attrs")]),
        (chain(PAIR, got(0) | {"attrs": {"index": True}}), [("attr.type", "/nodes/2/attrs/index")]),
        (chain({"id": "a", "op": "young", "inputs": ["x"]}), [("op.since", "/nodes/1/op")]),
    ],
)  # fmt: skip
def test_tuples_are_read_by_get_alone(text: bytes, expected: list[tuple[str, str]]) -> None:
    assert refused(text) == expected


@pytest.mark.parametrize(
    ("value", "attribute", "expected"),
    [
        (1, Attribute("int"), None),
        (1.0, Attribute("int"), "attr.type"),
        (True, Attribute("int"), "attr.type"),
        ("1", Attribute("int"), "attr.type"),
        (2**53, Attribute("int"), "attr.type"),
        ("1", Attribute("real"), None),
        (0.5, Attribute("real"), None),
        (True, Attribute("real"), "attr.type"),
        ("NaN", Attribute("real"), "value.nonfinite"),
        ("one", Attribute("real"), "value.number"),
        (False, Attribute("bool"), None),
        (0, Attribute("bool"), "attr.type"),
        ("mean", Attribute("string", values=("mean", "sum")), None),
        ("max", Attribute("string", values=("mean", "sum")), "attr.value"),
        (1, Attribute("string", values=("mean",)), "attr.type"),
        ([1, 2], Attribute("ints"), None),
        ([1.0], Attribute("shape"), "attr.type"),
        (["1/3", 2], Attribute("reals"), None),
        ([[]], Attribute("reals"), "attr.type"),
        (1, Attribute("reals"), "attr.type"),
        ("bool", Attribute("dtype"), None),
        ("char", Attribute("dtype"), "attr.value"),
    ],
)  # fmt: skip
def test_an_attribute_has_its_type(value: Any, attribute: Attribute, expected: str | None) -> None:
    fault = attribute_fault(value, attribute)
    assert (fault[0] if fault else None) == expected


def test_a_graph_is_built_through_the_same_stages() -> None:
    built = Graph.build(nodes=BASE["nodes"], outputs=BASE["outputs"], meta=None)
    assert built == graph(TEXT)
    with pytest.raises(DocumentError) as caught:
        Graph.build(nodes=[{"id": "a", "op": "neg", "inputs": ["b"]}], outputs=[{"node": "a"}])
    assert [problem.code for problem in caught.value.problems] == ["ref.dangling"]
    with pytest.raises(UsageError):
        Graph.build(nodes=[{"id": "a", "op": "input", "value": object()}], outputs=[{"node": "a"}])


def test_a_built_graph_has_rows_of_its_own() -> None:
    rows = deepcopy(BASE["nodes"])
    built = Graph.build(nodes=rows, outputs=BASE["outputs"])
    rows[0]["op"] = "no_op"
    assert built.nodes[0]["op"] == "input"


def test_other_rows_share_the_header_and_are_laid_out_when_asked() -> None:
    first = graph(altered(meta={"title": "t"}, kinks="zero"))
    other = first.with_nodes([*first.nodes[:3], {"id": "f", "op": "neg", "inputs": ["x"]}], kinks=None)
    assert (other.meta, other.kinks, first.kinks) == ({"title": "t"}, None, "zero")
    assert other.structure.ids == ["x", "y", "z", "f"]
    assert len(first.structure.ids) == 5
    with pytest.raises(DocumentError, match=r"ref\.dangling"):
        _ = first.with_nodes([{"id": "f", "op": "neg", "inputs": ["w"]}]).structure
