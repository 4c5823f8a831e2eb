"""Circuits as SVG: well formed, self-contained, nothing on top of anything else."""

import xml.etree.ElementTree as ElementTree
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.schema import Graph, UsageError
from chainrule.service.interop.expression import parse
from chainrule.service.render import draw

from .circuits import LECTURE, NEURON, circuit

SVG = "{http://www.w3.org/2000/svg}"


def tree(graph: Graph, **options: object) -> ElementTree.Element:
    return ElementTree.fromstring(draw(graph, format="svg", **options))  # type: ignore[arg-type]


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def test_every_name_number_and_gate_of_the_lecture_is_there() -> None:
    *found, legend = texts(tree(LECTURE))
    numbers = ["-2", "-4", "5", "-4", "-4", "3", "-4", "-12", "1"]
    assert sorted(found) == sorted([*"xyzf", *"+×", "q = 3", *numbers])
    assert legend == "above each wire its value, below it its gradient"


def test_values_stand_above_their_wire_and_gradients_below() -> None:
    places = {"".join(element.itertext()): float(element.get("y", "")) for element in tree(NEURON).iter(f"{SVG}text")}
    assert places["0.7311"] < places["f"] < places["1"]


def test_title_and_description_say_it_in_words() -> None:
    root = tree(circuit("x = input | 2 | 6", "f = square x | 4 | 1", outputs="f", meta={"title": "A <square> & more"}))
    assert root.findtext(f"{SVG}title") == "A <square> & more"
    assert root.findtext(f"{SVG}desc") == "x, value 2, gradient 6; f = x² of x, value 4, gradient 1"


def test_a_wire_that_no_gate_reads_ends_below_its_number() -> None:
    root = tree(circuit("x = input | 2", "dead = exp x | 7.389", "f = square x | 4", outputs="f"))
    width = float(root.get("width", ""))
    ends = [float(path.get("d", "").rpartition("H")[2]) for path in root.iter(f"{SVG}path") if "H" in path.get("d", "")]
    assert max(ends) < width - 30
    assert sorted(ends)[-2:] == [max(ends)] * 2


def test_the_blank_before_a_number_stands_outside_of_its_name() -> None:
    names = [span.text for span in tree(LECTURE).iter(f"{SVG}tspan")]
    assert names == ["q ="]


def test_nothing_in_a_document_becomes_markup() -> None:
    label = '</text><script>alert(1)</script>"&\x00\ud7ff'
    graph = Graph.build(nodes=[{"id": "x", "op": "input", "label": label}], outputs=[{"node": "x"}])
    root = tree(graph)
    assert not list(root.iter(f"{SVG}script"))
    assert any(text.startswith("</text><script>") for text in texts(root))


def test_the_file_stands_alone() -> None:
    drawing = draw(NEURON, format="svg").replace("http://www.w3.org/2000/svg", "")
    for stranger in ("http", "href", "<style", "<script", "url(", "@import", "class="):
        assert stranger not in drawing


def test_a_graph_that_is_too_large_names_the_better_format() -> None:
    graph = parse("; ".join(f"v{n} = exp(v{n - 1})" for n in range(1, 700)))
    with pytest.raises(UsageError, match="draw text"):
        draw(graph, format="svg")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="formats are text and svg"):
        draw(LECTURE, format="png")  # type: ignore[arg-type]


def boxes(root: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    """Gates and numbers as rectangles: left, top, right, bottom; a digit is at least half as wide as it is high."""
    found: list[tuple[float, float, float, float]] = []
    for element in root.iter(f"{SVG}rect"):
        if element.get("rx"):
            x, y, width, height = (float(element.get(name, "")) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    for element in root.iter(f"{SVG}text"):
        if element.get("text-anchor") is None:
            x, y, size = (float(element.get(name, "")) for name in ("x", "y", "font-size"))
            found.append((x, y - 0.72 * size, x + 0.5 * size * len("".join(element.itertext())), y))
    return found


@given(st.data())
def test_no_number_stands_on_a_gate_or_on_another_number(data: st.DataObject) -> None:
    rows = ["x = input | -0.25 | 12.5", "y = input | 3 | -1.5", "z = input | 1.25 | 0.5"]
    wires = ["x", "y", "z"]
    for place in range(data.draw(st.integers(1, 14))):
        operands = [data.draw(st.sampled_from(wires)) for _ in range(data.draw(st.integers(1, 2)))]
        wires.append(f"v{place}")
        rows.append(f"v{place} = {'tanh' if len(operands) == 1 else 'mul'} {' '.join(operands)} | -0.125 | 0.0625")
    for one, other in combinations(boxes(tree(circuit(*rows, outputs=wires[-1]))), 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart
