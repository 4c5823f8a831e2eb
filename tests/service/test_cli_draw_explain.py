from pathlib import Path

import pytest

from .commands import RIGHT, WRONG, F, Q, X, Y, Z, document, run, write

Capture = pytest.CaptureFixture[str]


def test_a_circuit_is_drawn_as_text(capsys: Capture, tmp_path: Path) -> None:
    done = run(capsys, "draw", write(tmp_path / "f.json", RIGHT))
    assert done.code == 0
    assert "above each wire its value, below it its gradient" in done.out


def test_refuted_numbers_are_marked_when_asked_for(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", WRONG)
    assert "✗ refuted: grad of z" in run(capsys, "draw", "--verify", path).out
    assert "✗" not in run(capsys, "draw", path).out


def test_a_picture_goes_to_a_file(capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "f.svg"
    assert run(capsys, "draw", "--format", "svg", "-o", out, write(tmp_path / "f.json", RIGHT)) == (0, "", "")
    assert out.read_text().startswith("<svg")


def test_a_picture_holds_one_circuit(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.jsonl", RIGHT, WRONG)
    done = run(capsys, "draw", "--format", "svg", path)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"chainrule: {path}: an SVG file holds one circuit: draw one document at a time\n"
    text = run(capsys, "draw", path)
    assert text.code == 0
    assert f"{path}:2:\n" in text.out


def test_a_node_of_a_document_is_explained(capsys: Capture, tmp_path: Path) -> None:
    done = run(capsys, "explain", write(tmp_path / "f.json", RIGHT), "x")
    assert done == (
        0,
        "x = -2, an input\n  from q: local d q / d x = 1, upstream -4: 1 × (-4) = -4\ngradient = -4\n",
        "",
    )


@pytest.mark.parametrize("arguments", [("x=2", "y=3", "x"), ("x", "x=2", "y=3"), ("x=2", "x", "y=3")])
def test_a_node_of_an_expression_is_what_is_no_value(capsys: Capture, arguments: tuple[str, ...]) -> None:
    done = run(capsys, "explain", "--expr", "x * y + x", *arguments)
    assert done.code == 0
    assert done.out.endswith("gradient = 3 + 1 = 4: branches add\n")


def test_an_unknown_node_is_refused_with_its_document(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", RIGHT)
    words = "no node has the id w; there are x, y, z, q, f"
    assert run(capsys, "explain", path, "w") == (2, "", f"chainrule: {path}: {words}\n")


def test_numbers_that_follow_from_a_wrong_one_are_marked_otherwise(capsys: Capture, tmp_path: Path) -> None:
    wrong = document(X | {"grad": 4}, Y | {"grad": 4}, Z, Q | {"grad": 4}, F)
    drawn = run(capsys, "draw", "--verify", write(tmp_path / "f.json", wrong)).out.splitlines()
    assert drawn[-3:] == [
        "! right given an earlier error: grad of x",
        "! right given an earlier error: grad of y",
        "✗ refuted: grad of q",
    ]


def test_a_graph_that_breaks_a_rule_of_its_ops_is_refused_before_it_is_drawn(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", document({"id": "f", "op": "identity", "inputs": []}))
    done = run(capsys, "draw", path)
    assert (done.code, done.out) == (2, "")
    assert f"{path}:/nodes/0/inputs: op.arity: f gives identity 0 operands" in done.err
