"""Circuits in characters."""

from hypothesis import given
from hypothesis import strategies as st

from chainrule.schema import Graph
from chainrule.service.interop.expression import parse
from chainrule.service.render import draw

from .circuits import LECTURE, NEURON, circuit

PICTURE = """\

   -2
x ────┐
   -4 │ ┌─┐
      └►│ │ q = 3
   5    │+├───────┐ ┌─┐
y ─────►│ │ -4    └►│ │ -12
   -4   └─┘         │×├─────► f
                  ┌►│ │ 1
   -4             │ └─┘
z ────────────────┘
   3

above each wire its value, below it its gradient
"""


def test_the_lecture_circuit_is_drawn_as_in_the_lecture() -> None:
    assert draw(LECTURE) == PICTURE


def test_the_neuron_fits_into_120_columns_with_every_number() -> None:
    drawing = draw(NEURON)
    assert max(map(len, drawing.splitlines())) <= 120
    for number in ("0.3679", "1.368", "0.7311", "-0.5344", "-0.1966", "0.3932", "-0.5898"):
        assert number in drawing
    for gate in ("│×├", "│+├", "│−x├", "│exp├", "│+1├", "│1/x├"):
        assert gate in drawing


def test_a_large_graph_is_listed_one_gate_a_line() -> None:
    lines = draw(parse("+".join(f"x{n}" for n in range(80)), values={"x0": 3})).splitlines()
    assert lines[0].split() == ["node", "gate", "value", "gradient"]
    assert lines[1].split() == ["x0", "input", "3"]
    assert lines[-1].split() == ["out", "add(add.78,", "x79)"]


def test_a_wide_graph_is_listed_rather_than_cut() -> None:
    assert draw(parse("exp(" * 30 + "x" + ")" * 30)).startswith("node")


def test_printed_numbers_keep_their_digits() -> None:
    drawing = draw(circuit("x = input | '0.20' | '-0.60'", "f = exp x | '1.2214027581601698339'", outputs="f"))
    assert "0.20" in drawing
    assert "-0.60" in drawing
    assert "1.221402758…" in drawing


def test_tensors_show_their_entries_or_their_shape() -> None:
    short = draw(parse("exp(x)", values={"x": [1, 2.5]}))
    long = draw(parse("exp(x)", values={"x": [[0.1] * 3] * 4}))
    assert "[1, 2.5]" in short
    assert "<4 x 3>" in long


def test_control_signs_in_labels_cannot_move_the_pen() -> None:
    graph = Graph.build(nodes=[{"id": "x", "op": "input", "label": "a\x1b[31m\u202eb\n"}], outputs=[{"node": "x"}])
    assert "a\ufffd[31m\ufffdb\ufffd" in draw(graph)


def test_wide_characters_keep_the_wires_in_place() -> None:
    graph = Graph.build(
        nodes=[
            {"id": "x", "op": "input", "label": "입력"},
            {"id": "y", "op": "input"},
            {"id": "f", "op": "add", "inputs": ["x", "y"]},
        ],
        outputs=[{"node": "f"}],
    )
    first, second = (line for line in draw(graph).splitlines() if line.lstrip().startswith(("입력", "y ")))
    assert first.index("─") + 2 == second.index("─")


def test_an_output_in_the_middle_leaves_room_for_its_name() -> None:
    rows = ["x = input", "y = input", "loss = add x y", "p = mul x y", "q = exp p", "r = tanh q"]
    drawing = draw(circuit(*rows, outputs="loss r"))
    assert "► loss" in drawing
    assert "► r" in drawing


@st.composite
def graphs(draw_: st.DrawFn) -> Graph:
    """Circuits of gates with one and two operands, wires read often and across layers."""
    rows: list[str] = ["x0 = input", "x1 = input", "x2 = input"]
    for place in range(3, draw_(st.integers(4, 16))):
        wires = [draw_(st.integers(0, place - 1)) for _ in range(draw_(st.integers(1, 2)))]
        rows.append(f"x{place} = {'exp' if len(wires) == 1 else 'sub'} {' '.join(f'x{wire}' for wire in wires)}")
    return circuit(*rows, outputs=f"x{len(rows) - 1}")


@given(graphs())
def test_every_picture_keeps_its_columns_and_shows_every_gate(graph: Graph) -> None:
    drawing = draw(graph)
    assert max(map(len, drawing.splitlines())) <= 120
    assert drawing == draw(graph)
    if not drawing.startswith("node"):
        assert drawing.count("│exp├") == sum(row["op"] == "exp" for row in graph.nodes)
        assert drawing.count("►") == 1 + sum(len(row.get("inputs", ())) for row in graph.nodes)
