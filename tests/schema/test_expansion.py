"""Expansion: calls written out in place, with everything that the engine needs to judge the collapsed gates."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.schema import Box, Expansion, Graph, Limits, expand, read

from .documents import TEXT, graph
from .functions import PAIR, SIGMOID, Row, body, calling, got, node
from .op_sets import install


def expanded(text: bytes) -> Expansion:
    return expand(graph(text))


def rows_of(found: Expansion) -> list[tuple[str, str, list[str]]]:
    return [(row["id"], row["op"], row.get("inputs", [])) for row in found.graph.nodes]


def boxes(found: Expansion) -> dict[str, Box]:
    return {box.id: box for box in found.boxes}


def names(found: Expansion, box: Box) -> list[str]:
    return [found.graph.nodes[position]["id"] for position in box.members]


NEURON = calling(
    node("s", "fn:sigmoid", "x", value="0.12", grad="1.0", local=["0.10"], downstream=["0.10"], label="gate"),
    node("f", "mul", "s", "x", value="-0.24"),
    functions={"sigmoid": SIGMOID},
)


def test_a_graph_without_calls_is_its_own_expansion() -> None:
    found = expanded(TEXT)
    assert found.graph.nodes == graph(TEXT).nodes
    assert found.graph.structure == graph(TEXT).structure
    assert found.boxes == ()
    assert found.places[3] == ("nodes", 3)


def test_a_body_stands_in_place_of_its_call() -> None:
    found = expanded(NEURON)
    assert rows_of(found) == [
        ("x", "input", []),
        ("s/one", "const", []),
        ("s/n", "neg", ["x"]),
        ("s/e", "exp", ["s/n"]),
        ("s/d", "add", ["s/e", "s/one"]),
        ("s/y", "reciprocal", ["s/d"]),
        ("s", "identity", ["s/y"]),
        ("f", "mul", ["s", "x"]),
    ]
    assert found.graph.functions is None
    assert found.places[3] == ("functions", "sigmoid", "nodes", 2)
    assert found.places[6] == ("nodes", 1)


def test_the_claims_of_a_call_stand_where_they_can_be_judged() -> None:
    found = expanded(NEURON)
    assert found.graph.nodes[6] == {
        "id": "s", "op": "identity", "inputs": ["s/y"], "value": "0.12", "grad": "1.0", "label": "gate"
    }  # fmt: skip
    (box,) = found.boxes
    assert (box.id, box.function, box.exit) == ("s", "sigmoid", 6)
    assert list(box.members) == [1, 2, 3, 4, 5, 6]
    assert (box.inputs, box.ports) == ((0,), (((2, 0),),))
    assert (box.local, box.downstream) == (["0.10"], ["0.10"])


def test_the_structure_is_the_one_that_stage_5_finds() -> None:
    for text in (NEURON, TUPLE, DEEP):
        found = expanded(text).graph
        assert found.with_nodes(found.nodes).structure == found.structure


TUPLE = calling(
    node("p", "fn:pair", "x"),
    got("h", "p", 0, grad="1.0", downstream=["1.0"]),
    got("i", "p", 1),
    got("j", "p", 1),
    node("m", "mul", "i", "h"),
    node("f", "add", "m", "j"),
    functions={"pair": PAIR},
)


def test_get_of_a_call_reads_the_component() -> None:
    found = expanded(TUPLE)
    assert rows_of(found)[1:6] == [
        ("p/b", "neg", ["x"]),
        ("p/c", "exp", ["p/b"]),
        ("h", "identity", ["p/b"]),
        ("i", "identity", ["p/c"]),
        ("j", "identity", ["p/c"]),
    ]
    assert found.graph.nodes[3] == {
        "id": "h", "op": "identity", "inputs": ["p/b"], "grad": "1.0", "downstream": ["1.0"]
    }  # fmt: skip
    (box,) = found.boxes
    assert (box.exit, names(found, box)) == (None, ["p/b", "p/c"])


SQUARES = body(node("c", "mul", "a", "b"), params=["a", "b"])
DEEP = calling(
    node("s", "fn:outer", "x", "x", local=[1, None]),
    functions={
        "outer": body(
            node("u", "fn:inner", "a", "b", dtype="float64"),
            node("v", "add", "u", "b"),
            params=["a", "b"],
            outputs=["v"],
        ),
        "inner": SQUARES,
    },
)


def test_calls_inside_of_bodies_are_boxes_too() -> None:
    found = expanded(DEEP)
    assert rows_of(found)[1:] == [
        ("s/u/c", "mul", ["x", "x"]),
        ("s/u", "identity", ["s/u/c"]),
        ("s/v", "add", ["s/u", "x"]),
        ("s", "identity", ["s/v"]),
    ]
    assert [box.id for box in found.boxes] == ["s/u", "s"]
    assert names(found, boxes(found)["s/u"]) == ["s/u/c", "s/u"]
    assert names(found, boxes(found)["s"]) == ["s/u/c", "s/u", "s/v", "s"]
    assert found.places[1:3] == [("functions", "inner", "nodes", 0), ("functions", "outer", "nodes", 0)]


def test_a_wire_that_enters_twice_has_two_ports() -> None:
    found = boxes(expanded(DEEP))
    assert found["s"].inputs == (0, 0)
    assert found["s"].ports == (((1, 0),), ((1, 1), (3, 1)))
    assert found["s/u"].ports == (((1, 0),), ((1, 1),))
    assert (found["s"].local, found["s/u"].local) == ([1, None], ())


def test_a_parameter_may_be_an_output() -> None:
    function = body(node("b", "neg", "a"), outputs=["a"])
    found = expanded(calling(node("s", "fn:g", "x", grad=1), functions={"g": function}))
    assert rows_of(found)[1:] == [("s/b", "neg", ["x"]), ("s", "identity", ["x"])]
    assert found.boxes[0].ports == (((1, 0), (2, 0)),)


def test_get_of_an_op_of_the_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    function = body(node("b", "pair", "a"), got("c", "b", 1))
    found = expanded(calling(node("s", "fn:g", "x"), functions={"g": function}))
    assert rows_of(found)[1:] == [("s/b", "pair", ["x"]), ("s/c", "get", ["s/b"]), ("s", "identity", ["s/c"])]
    assert found.graph.nodes[2].get("attrs") == {"index": 1}


def test_a_declared_backward_rule_stays_at_the_call() -> None:
    rule = {"rule": "scale", "factor": -1}
    found = expanded(calling(node("s", "fn:g", "x", surrogate=rule), functions={"g": SIGMOID}))
    assert found.graph.nodes[-1].get("surrogate") == rule


def test_a_group_is_a_box_around_what_its_members_became() -> None:
    rows = [node("n", "neg", "x"), node("s", "fn:g", "n"), node("q", "mul", "s", "n"), node("f", "add", "q", "x")]
    group = {"id": "box", "nodes": ["s", "q"], "inputs": ["n"], "local": ["0.5"]}
    found = expanded(calling(*rows, functions={"g": body(node("b", "exp", "a"))}, groups=[group]))
    box = boxes(found)["box"]
    assert names(found, box) == ["s/b", "s", "q"]
    assert (box.function, box.local, box.downstream) == (None, ["0.5"], ())
    assert [found.graph.nodes[position]["id"] for position in (*box.inputs, box.exit or -1)] == ["n", "q"]
    assert box.ports == (((2, 0), (4, 1)),)


def test_calls_may_nest_as_deep_as_the_reader_lets_them() -> None:
    depth = 3_000
    functions = {"f0": body(node("b", "neg", "a"))}
    functions |= {f"f{k}": body(node("b", f"fn:f{k - 1}", "a")) for k in range(1, depth)}
    text = calling(node("q", f"fn:f{depth - 1}", "x"), functions=functions)
    document = read(text, limits=Limits(functions=depth, call_depth=depth))
    assert isinstance(document, Graph)
    found = expand(document)
    assert len(found.boxes) == depth
    assert len(found.graph.nodes) == depth + 2


@st.composite
def nested(draw: st.DrawFn) -> bytes:
    """A graph that calls functions which call each other, some of two outputs."""
    functions: dict[str, Row] = {}
    for k in range(draw(st.integers(1, 4))):
        params = [f"p{j}" for j in range(draw(st.integers(1, 2)))]
        rows = draw(steps(functions, params))
        wires = [row["id"] for row in rows if not is_tuple(row, functions)]
        outputs = draw(st.lists(st.sampled_from([*params, *wires]), min_size=1, max_size=2))
        functions[f"f{k}"] = {"params": params, "nodes": rows, "outputs": outputs}
    rows = draw(steps(functions, ["x"]))
    return calling(*rows, node("end", "neg", "x"), functions=functions)


def is_tuple(row: Row, functions: dict[str, Row]) -> bool:
    name = row["op"].removeprefix("fn:")
    return name in functions and len(functions[name]["outputs"]) > 1


@st.composite
def steps(draw: st.DrawFn, functions: dict[str, Row], wires: list[str]) -> list[Row]:
    rows: list[Row] = []
    known = list(wires)
    for k in range(draw(st.integers(1, 4))):
        op = draw(st.sampled_from(["neg", "mul", *(f"fn:{name}" for name in functions)]))
        arity = {"neg": 1, "mul": 2}.get(op) or len(functions[op[3:]]["params"])
        rows.append(node(f"n{k}", op, *(draw(st.sampled_from(known)) for _ in range(arity))))
        if is_tuple(rows[-1], functions):
            rows.append(got(f"g{k}", f"n{k}", draw(st.integers(0, 1))))
        known.append(rows[-1]["id"])
    return rows


def evaluated(rows: list[Row], functions: dict[str, Row], values: dict[str, Any]) -> dict[str, Any]:
    """Every wire in integers modulo a prime: what a call means, said by recursion."""
    values = dict(values)
    for row in rows:
        operands = [values[name] for name in row.get("inputs", [])]
        match row["op"]:
            case "input":
                pass
            case "neg":
                values[row["id"]] = -operands[0] % 1_000_003
            case "mul":
                values[row["id"]] = (operands[0] * operands[1] + 1) % 1_000_003
            case "identity":
                values[row["id"]] = operands[0]
            case "get":
                values[row["id"]] = operands[0][row["attrs"]["index"]]
            case call:
                function = functions[call[3:]]
                inner = evaluated(function["nodes"], functions, dict(zip(function["params"], operands, strict=True)))
                made = [inner[name] for name in function["outputs"]]
                values[row["id"]] = made[0] if len(made) == 1 else made
    return values


@settings(max_examples=100)
@given(nested(), st.integers(2, 1_000_000))
def test_every_wire_of_the_document_keeps_its_value(text: bytes, x: int) -> None:
    document = graph(text)
    functions: dict[str, Any] = dict(document.functions or {})
    expected = evaluated(document.nodes, functions, {"x": x})  # pyright: ignore[reportArgumentType]
    found = evaluated(expand(document).graph.nodes, {}, {"x": x})  # pyright: ignore[reportArgumentType]
    assert found == found | {name: value for name, value in expected.items() if not isinstance(value, list)}


@settings(max_examples=100)
@given(nested())
def test_ports_are_the_places_where_a_box_reads_its_inputs(text: bytes) -> None:
    found = expand(graph(text))
    operands = found.graph.structure.operands
    for box in found.boxes:
        inside = set(box.members)
        ports = [edge for port in box.ports for edge in port]
        entering = {(i, k) for i in inside for k, operand in enumerate(operands[i]) if operand not in inside}
        assert len(ports) == len(set(ports))
        assert set(ports) == entering
        for wire, port in zip(box.inputs, box.ports, strict=True):
            assert all(operands[i][k] == wire for i, k in port)
