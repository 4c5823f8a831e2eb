"""The grammar of expressions: which text becomes which graph."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import chainrule as cr
from chainrule.schema import DocumentError, Graph
from chainrule.service.interop.errors import InteropError
from chainrule.service.interop.expression import parse

NEURON = "1/(1+exp(-(w0*x0+w1*x1+w2)))"


def ops(graph: Graph) -> list[str]:
    return [row["op"] for row in graph.nodes if "inputs" in row]


def row(graph: Graph, node: str) -> dict[str, object]:
    return next(dict(found) for found in graph.nodes if found["id"] == node)


def spans(graph: Graph, text: str) -> dict[str, str]:
    """What stands in the text for each node."""
    origins = {found["id"]: found["ext"]["org.chainrule.origin"]["span"] for found in graph.nodes if "ext" in found}
    return {node: text[start:end] for node, (start, end) in origins.items()}


def refused(text: str, **options: object) -> InteropError:
    with pytest.raises(InteropError) as caught:
        parse(text, **options)  # type: ignore[arg-type]
    return caught.value


def test_the_neuron_is_the_circuit_of_the_lecture() -> None:
    graph = parse(NEURON)
    assert len(graph.nodes) == 15
    assert ops(graph) == ["mul", "mul", "add", "add", "neg", "exp", "add", "div"]
    assert graph.outputs == [{"node": "out"}]


def test_ids_are_assigned_names_and_else_ops_counted() -> None:
    ids = [found["id"] for found in parse("q = x + y + 1; f = q * z * q").nodes]
    assert ids == ["x", "y", "add", "const", "q", "z", "mul", "f"]
    assert [found["id"] for found in parse("add*add + x*y + mul*mul").nodes] == [
        *("add", "mul.2", "x", "y", "mul.3", "add.2", "mul", "mul.4", "out")
    ]


def test_every_node_has_its_span() -> None:
    text = "f = (x − y)·exp( z )"
    assert spans(parse(text), text) == {
        "x": "x",
        "y": "y",
        "sub": "x − y",
        "z": "z",
        "exp": "exp( z )",
        "f": "(x − y)·exp( z )",
    }


def test_spans_hold_over_lines_brackets_and_comments() -> None:
    text = "q = (x +\r\n  y # sum\r\n  )*2\nf = tanh(q)"
    found = spans(parse(text), text)
    assert (found["y"], found["const"], found["f"]) == ("y", "2", "tanh(q)")


def test_the_text_is_kept_with_the_graph() -> None:
    assert parse(NEURON).meta == {"source": NEURON}


def test_repeated_parts_stay_apart_unless_shared() -> None:
    assert len(parse("x/y + x/y").nodes) == 5
    shared = parse("x/y + x/y", share=True)
    assert row(shared, "out")["inputs"] == ["div", "div"]
    assert spans(shared, "x/y + x/y")["div"] == "x/y"


def test_sharing_keeps_the_name_that_a_part_gets_later() -> None:
    assert [found["id"] for found in parse("f = exp(x*y); q = x*y; q + f", share=True).nodes] == [
        *("x", "y", "q", "f", "out")
    ]


def test_a_name_stands_for_its_wire_and_makes_no_copy() -> None:
    graph = parse("p = x; q = p + p; r = q")
    assert [found["id"] for found in graph.nodes] == ["x", "q"]
    assert graph.outputs == [{"node": "q"}]


def test_another_wire_can_be_the_output() -> None:
    assert parse("q = x + y; f = q * z", output="q").outputs == [{"node": "q"}]


def test_plus_in_front_is_nothing_and_minus_is_a_gate() -> None:
    assert ops(parse("+x - -2")) == ["neg", "sub"]


def test_powers_bind_to_the_right_and_before_minus() -> None:
    graph = parse("-x**y**z")
    assert ops(graph) == ["pow", "pow", "neg"]
    assert row(graph, "pow.2")["inputs"] == ["x", "pow"]


@pytest.mark.parametrize("function", ["max", "np.max", "torch.maximum"])
def test_other_spellings_and_module_names_are_known(function: str) -> None:
    assert ops(parse(f"{function}(x, y)")) == ["maximum"]


def test_max_of_many_folds_to_the_left() -> None:
    graph = parse("max(a, b, c, d)")
    assert ops(graph) == ["maximum"] * 3
    assert row(graph, "out")["inputs"] == ["maximum.2", "d"]


def test_leaves_are_inputs_params_and_may_lack_a_value() -> None:
    graph = parse("w*x", params=["w"], values={"w": "0.1"})
    assert (row(graph, "w")["op"], row(graph, "w")["value"]) == ("param", "0.1")
    assert "value" not in row(graph, "x")


def test_tensors_are_nested_lists() -> None:
    graph = parse("x*[1.5, -2] + [[1, 2]]", values={"x": [1, 2.5]})
    assert row(graph, "x")["value"] == [1, 2.5]
    assert (row(graph, "const")["value"], row(graph, "const").get("dtype")) == ([1.5, -2], None)
    assert (row(graph, "const.2")["value"], row(graph, "const.2")["dtype"]) == ([[1, 2]], "int64")


def test_numbers_without_a_json_form_become_text() -> None:
    graph = parse("x*y", values={"x": float("inf"), "y": [float("nan"), -0.0]})
    assert [found.get("value") for found in graph.nodes[:2]] == ["Infinity", ["NaN", "-0x0p+0"]]


@pytest.mark.parametrize(
    ("written", "double", "exact"),
    [
        ("2", 2, 2),
        ("0.5", 0.5, 0.5),
        ("0.1", 0.1, "0.1"),
        (".1", 0.1, "0.1"),
        ("1E-4", 1e-4, "1e-4"),
        ("007.10", 7.1, "7.10"),
        ("9007199254740993", 9007199254740992.0, "9007199254740993"),
        ("1e22", 1e22, 1e22),
    ],
)
def test_literals_are_doubles_or_the_rationals_as_written(written: str, double: object, exact: object) -> None:
    assert row(parse(f"x*{written}"), "const")["value"] == double
    assert row(parse(f"x*{written}", literals="exact"), "const")["value"] == exact


def test_a_constant_can_be_what_no_literal_says() -> None:
    graph = parse("""const(-2)*const("1/3") + const([1, -2], dtype="int32")""")
    constants = [(found.get("value"), found.get("dtype")) for found in graph.nodes if found["op"] == "const"]
    assert constants == [(-2, None), ("1/3", None), ([1, -2], "int32")]


def test_the_documents_dtype_is_stated_where_it_is_not_the_default() -> None:
    assert parse("x").dtype is None
    assert parse("x", dtype="float32").dtype == "float32"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"values": {"weigth": 1}}, "no input of the text is called weigth; nearest: weight"),
        ({"values": {"f": 1}}, "no input of the text is called f"),
        ({"params": ["bias2"]}, "no input of the text is called bias2; nearest: bias"),
        ({"output": "g"}, "no wire of the text is called g"),
    ],
)
def test_names_that_do_not_occur_are_refused(options: dict[str, object], message: str) -> None:
    problem = refused("f = weight*x + bias", **options).problems[0]
    assert (problem.code, problem.message) == ("ref.dangling", message)


def test_a_value_that_is_no_number_is_refused_by_the_format() -> None:
    with pytest.raises(DocumentError) as caught:
        parse("x + 1", values={"x": "one"})
    assert [(problem.code, problem.at) for problem in caught.value.problems] == [("value.number", "/nodes/0/value")]


def test_values_may_be_numpy_s_fractions_and_decimals() -> None:
    values = {"x": np.array([1.0, 2.0]), "y": np.float64(3), "z": Fraction(1, 3), "w": Decimal("0.10")}
    written = {node["id"]: node.get("value") for node in cr.parse("x*y + z*w", values).nodes}
    assert {name: written[name] for name in values} == {"x": [1, 2], "y": 3, "z": "1/3", "w": "0.10"}
