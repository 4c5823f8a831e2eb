import gzip
import json
from pathlib import Path

import pytest

from chainrule.schema import bytes_digest, document_digest, read

from .commands import BARE, BROKEN, RIGHT, UNSORTED, F, Q, X, Y, Z, document, run, write

Capture = pytest.CaptureFixture[str]


def test_nodes_come_one_a_line_and_by_level_and_id_if_asked_for(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", document(Z, Y, X, Q, F))
    assert [node["id"] for node in json.loads(run(capsys, "format", path).out)["nodes"]] == ["z", "y", "x", "q", "f"]
    done = run(capsys, "format", "--sort", path)
    assert done.code == 0
    assert [node["id"] for node in json.loads(done.out)["nodes"]] == ["x", "y", "z", "q", "f"]
    assert done.out.count('\n    {"id": ') == 5


def test_a_document_whose_only_fault_is_the_order_is_mended(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", UNSORTED)
    assert run(capsys, "check", path).code == 2
    done = run(capsys, "format", "-i", path)
    assert done == (0, "", "")
    assert run(capsys, "check", path).code == 0
    assert document_digest(read(path.read_bytes())) == document_digest(read(json.dumps(BARE).encode()))


def test_a_cycle_is_no_matter_of_order(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", document(F | {"inputs": ["q", "q"]}, Q | {"inputs": ["f", "f"]}))
    done = run(capsys, "format", path)
    assert done.code == 2
    assert "ref.cycle" in done.err


def test_other_faults_are_named_and_nothing_is_written(capsys: Capture, tmp_path: Path) -> None:
    done = run(capsys, "format", write(tmp_path / "f.json", BROKEN))
    assert (done.code, done.out) == (2, "")


def test_numbers_stay_as_they_were_written(capsys: Capture) -> None:
    assert '"value": "0.20"' in run(capsys, "format", "--expr", "-x", 'x="0.20"').out


def test_check_says_what_would_change_and_changes_nothing(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", BARE)
    before = path.read_bytes()
    assert run(capsys, "format", "--check", path) == (1, f"{path}: would change\n", "")
    assert path.read_bytes() == before
    run(capsys, "format", "-i", path)
    assert run(capsys, "format", "--check", path) == (0, "", "")
    packed = tmp_path / "f.json.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert run(capsys, "format", "--check", packed).code == 0


def test_what_annotate_writes_needs_no_formatting(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "f.cr.json"
    run(capsys, "annotate", "--expr", "f = (z + y) * x", "x=-2", "y=5", "z=-4", "-o", path)
    assert run(capsys, "format", "--check", path) == (0, "", "")
    assert run(capsys, "format", "--check", "--sort", path) == (1, f"{path}: would change\n", "")
    run(capsys, "format", "-i", "--sort", path)
    assert [node["id"] for node in json.loads(path.read_bytes())["nodes"]] == ["x", "y", "z", "add", "f"]
    assert run(capsys, "format", "--check", path).code == run(capsys, "format", "--check", "--sort", path).code == 0


def test_canonical_bytes_are_those_that_the_digest_is_taken_of(capsys: Capture, tmp_path: Path) -> None:
    path, out = write(tmp_path / "f.json", RIGHT), tmp_path / "canonical.json"
    assert run(capsys, "format", "--canonical", path, "-o", out).code == 0
    assert bytes_digest(out.read_bytes()) == document_digest(read(path.read_bytes()))


def test_formatting_twice_changes_nothing_more(capsys: Capture, tmp_path: Path) -> None:
    once = run(capsys, "format", write(tmp_path / "f.json", UNSORTED)).out
    path = tmp_path / "once.json"
    path.write_text(once)
    assert run(capsys, "format", path).out == once


def test_other_kinds_are_formatted_too(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(run(capsys, "verify", "--output", "ndjson", write(tmp_path / "f.json", RIGHT)).out)
    done = run(capsys, "format", path)
    assert done.code == 0
    assert json.loads(done.out) == json.loads(path.read_bytes())
