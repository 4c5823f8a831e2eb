"""`chainrule convert` and its twins: the same circuit in another form."""

import json
from pathlib import Path

import pytest

import chainrule as cr
from chainrule.schema import dump, shape_digest

from .commands import BARE, BROKEN, document, give, run, write

Capture = pytest.CaptureFixture[str]

GATE = document({"id": "x", "op": "input", "value": -1}, {"id": "f", "op": "sigmoid", "inputs": ["x"]})


def test_gates_are_written_out_and_collapsed_again(capsys: Capture, tmp_path: Path) -> None:
    path, out = write(tmp_path / "f.json", GATE), tmp_path / "out.cr.json"
    assert run(capsys, "convert", "--expand", path, "-o", out) == (0, "", "")
    assert [node["id"] for node in json.loads(out.read_bytes())["nodes"]] == [
        "x", "f/neg", "f/exp", "f/const", "f/add", "f/reciprocal"
    ]  # fmt: skip
    done = run(capsys, "convert", "--collapse", out)
    assert json.loads(done.out) == GATE
    assert run(capsys, "verify", out).code == 0


def test_what_has_no_place_is_said(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", GATE)
    run(capsys, "annotate", "-i", path)
    assert run(capsys, "convert", "--expand", "-i", path).err == f"{path}: left out: f: downstream\n"
    run(capsys, "annotate", "-i", path)
    done = run(capsys, "convert", "--collapse", path)
    assert done.err.startswith(f"{path}: left out: f/neg: value, f/neg: grad, ")
    assert done.err.endswith(", and 6 more\n")


def test_one_composite_alone_is_opened(capsys: Capture) -> None:
    done = run(capsys, "convert", "--expand", "--op", "silu", "--expr", "sigmoid(silu(x))", "x=1")
    assert [node["op"] for node in json.loads(done.out)["nodes"]] == [
        "input", "neg", "exp", "const", "add", "reciprocal", "mul", "sigmoid"
    ]  # fmt: skip


def test_a_graph_without_such_gates_stays(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", BARE)
    assert json.loads(run(capsys, "convert", "--expand", path).out) == BARE


def test_what_to_do_must_be_said(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for options in ([], ["--expand", "--collapse"], ["--collapse", "--op", "silu"]):
        give(monkeypatch, json.dumps(BARE).encode())
        done = run(capsys, "convert", "-", *options)
        assert (done.code, done.out) == (2, "")
        assert "--expand" in done.err


def test_a_broken_document_is_said_and_the_next_one_comes(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.jsonl", BROKEN, GATE)
    done = run(capsys, "convert", "--expand", path, "--output", "ndjson")
    assert done.code == 2
    assert len(done.out.splitlines()) == 1
    assert "f.jsonl:1:/nodes/1/q: field.unknown" in done.err


def test_the_library_says_what_is_left_out_to_whom_asks() -> None:
    first = cr.annotate(GATE)
    lost: list[str] = []
    wide = cr.expand(first, lost=lost)
    assert lost == ["f: downstream"]
    back = cr.collapse(cr.annotate(wide), lost=lost)
    assert len(lost) > 1
    assert shape_digest(back) == shape_digest(first)
    assert dump(cr.expand(BARE, ops=())) == dump(cr.load(json.dumps(BARE).encode()))
