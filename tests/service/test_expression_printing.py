"""A graph prints as text that reads back as the same shape of graph."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.schema import Graph, Node
from chainrule.schema.digest import shape_digest
from chainrule.service.interop.errors import InteropError
from chainrule.service.interop.expression import parse, unparse

UNARY = ["neg", "exp", "log", "relu", "square", "reciprocal", "identity"]
BINARY = ["add", "sub", "mul", "div", "pow", "maximum", "minimum"]
NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["0.1", "-1/3", "NaN", "-Infinity", "-0x0p+0", "1e-300"]),
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Scalar graphs over the leaves x and y, with shared and unused wires."""
    rows: list[Node] = [{"id": "x", "op": "input"}, {"id": "y", "op": "input"}]
    for place in range(draw(st.integers(0, 12))):
        op = draw(st.sampled_from([*UNARY, *BINARY, "const"]))
        if op == "const":
            rows.append({"id": f"c/n{place}", "op": op, "value": draw(NUMBERS)})
        else:
            wires = st.sampled_from([row["id"] for row in rows])
            count = 1 if op in UNARY else 2
            rows.append({"id": f"lambda.{place}", "op": op, "inputs": [draw(wires) for _ in range(count)]})
    return Graph.build(nodes=rows, outputs=[{"node": draw(st.sampled_from(rows))["id"]}])


@given(graphs())
def test_reading_what_was_printed_gives_the_same_shape(graph: Graph) -> None:
    assert shape_digest(parse(unparse(graph))) == shape_digest(graph)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "f = (x + y) * z",
        "1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))",
        "x - (y - z) - (a - b)",
        "x / (y * z) * a",
        "(-x)**-y**(a**b)**c",
        "-(x + y) * -z",
        "maximum(x, y) - relu(x)",
        "f = const(-2) * x + [1.0, 2.0] * const('1/3')",
    ],
)
def test_an_expression_prints_as_it_was_written(text: str) -> None:
    assert unparse(parse(text)) == text


def test_a_gate_that_is_used_twice_gets_a_statement() -> None:
    assert unparse(parse("q = x + y; q * q")) == "q = x + y\nout = q * q"


def test_a_deep_graph_prints_as_statements() -> None:
    graph = parse("+".join(["x"] * 900))
    assert shape_digest(parse(unparse(graph))) == shape_digest(graph)


@pytest.mark.parametrize(
    ("rows", "at"),
    [
        ([{"id": "l1/w", "op": "param"}], "/nodes/0/id"),
        ([{"id": "in", "op": "input"}], "/nodes/0/id"),
        (
            [
                {"id": "x", "op": "input"},
                {"id": "f", "op": "neg", "inputs": ["x"], "surrogate": {"rule": "straight-through"}},
            ],
            "/nodes/1/surrogate",
        ),
    ],
)
def test_what_the_grammar_lacks_is_refused(rows: list[Node], at: str) -> None:
    with pytest.raises(InteropError) as caught:
        unparse(Graph.build(nodes=rows, outputs=[{"node": rows[-1]["id"]}]))
    assert [(problem.code, problem.at) for problem in caught.value.problems] == [("import.unsupported", at)]


def test_several_outputs_are_refused() -> None:
    graph = Graph.build(nodes=parse("q = x + y; f = q * z").nodes, outputs=[{"node": "q"}, {"node": "f"}])
    with pytest.raises(InteropError, match="one output, not 2"):
        unparse(graph)
