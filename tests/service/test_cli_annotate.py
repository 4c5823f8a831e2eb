import gzip
import json
from pathlib import Path
from typing import BinaryIO

import pytest

from chainrule.schema import UsageError
from chainrule.service.atomic import replacing
from chainrule.service.cli import exits, rewriting

from .commands import BARE, BROKEN, WRONG, run, write

Capture = pytest.CaptureFixture[str]
NEURON = ("1/(1+exp(-(w0*x0+w1*x1+w2)))", "w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3")


def test_an_expression_becomes_an_annotated_document(capsys: Capture) -> None:
    done = run(capsys, "annotate", "--expr", *NEURON)
    assert done.code == 0
    grads = {node["id"]: node.get("grad") for node in json.loads(done.out)["nodes"]}
    assert (grads["w0"], grads["x0"]) == (-0.19661193324148188, 0.39322386648296376)


def test_annotating_and_verifying_agree(capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "n.cr.json"
    assert run(capsys, "annotate", "--expr", *NEURON, "-o", out) == (0, "", "")
    assert run(capsys, "verify", out).code == 0


def test_wrong_claims_are_replaced(capsys: Capture, tmp_path: Path) -> None:
    done = run(capsys, "annotate", write(tmp_path / "f.json", WRONG))
    assert {node["id"]: node["grad"] for node in json.loads(done.out)["nodes"]}["z"] == 3


def test_text_and_json_of_one_document_are_the_document_one_node_a_line(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", BARE)
    text = run(capsys, "annotate", path).out
    assert text == run(capsys, "annotate", "--output", "json", path).out
    assert text.count('\n    {"id": ') == len(BARE["nodes"])


def test_json_of_several_documents_is_an_array_and_ndjson_has_a_line_each(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.jsonl", BARE, BROKEN, WRONG)
    assert len(json.loads(run(capsys, "annotate", "--output", "json", path).out)) == 2
    assert len(run(capsys, "annotate", "--output", "ndjson", path).out.splitlines()) == 2


def test_a_folder_with_one_document_is_an_array_all_the_same(capsys: Capture, tmp_path: Path) -> None:
    write(tmp_path / "f.cr.json", BARE)
    assert len(json.loads(run(capsys, "annotate", "--output", "json", tmp_path).out)) == 1


def test_the_convention_at_kinks_is_taken_and_stated(capsys: Capture) -> None:
    done = run(capsys, "annotate", "--kinks", "split", "--expr", "relu(x)", "x=0")
    written = json.loads(done.out)
    assert (written["kinks"], written["nodes"][0]["grad"]) == ("split", 0.5)


def test_in_place_rewrites_the_file_and_keeps_its_permissions(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", BARE)
    path.chmod(0o640)
    assert run(capsys, "annotate", "-i", path) == (0, "", "")
    assert json.loads(path.read_bytes())["nodes"][0]["grad"] == -4
    assert path.stat().st_mode & 0o777 == 0o640
    assert [found.name for found in tmp_path.iterdir()] == ["f.cr.json"]


def test_in_place_packs_again_what_was_packed(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "f.cr.json.gz"
    path.write_bytes(gzip.compress(json.dumps(BARE).encode()))
    assert run(capsys, "annotate", "--in-place", path).code == 0
    assert json.loads(gzip.decompress(path.read_bytes()))["nodes"][0]["grad"] == -4


def test_in_place_leaves_lines_and_expressions_alone(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.jsonl", *[BARE] * 5)
    before = path.read_bytes()
    words = "only a file of one document can be rewritten in place: use -o FILE\n"
    assert run(capsys, "annotate", "-i", path) == (2, "", f"chainrule: {path}: {words}")
    assert path.read_bytes() == before
    assert run(capsys, "annotate", "-i", "--expr", "x", "x=1").err == f"chainrule: expression: {words}"


def test_a_file_that_cannot_be_read_is_not_touched(capsys: Capture, tmp_path: Path) -> None:
    path, out = write(tmp_path / "f.json", BROKEN), write(tmp_path / "out.json", WRONG)
    before = path.read_bytes(), out.read_bytes()
    assert run(capsys, "annotate", "-i", path).code == 2
    assert run(capsys, "annotate", path, "-o", out).code == 2
    assert (path.read_bytes(), out.read_bytes()) == before


def test_an_interruption_leaves_the_old_file_and_no_other(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "f.cr.json", BARE)
    before = path.read_bytes()

    def interrupted(document: object, name: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(rewriting, "written_as", interrupted)
    assert run(capsys, "annotate", "-i", path).code == exits.INTERRUPTED
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["f.cr.json"]


def test_what_was_half_written_is_taken_away(tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", BARE)
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        _write_half(stream)
    assert json.loads(path.read_bytes()) == BARE
    assert [found.name for found in tmp_path.iterdir()] == ["f.cr.json"]


def _write_half(stream: BinaryIO) -> None:
    stream.write(b"half")
    raise KeyboardInterrupt


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = write(tmp_path / "real.json", BARE), tmp_path / "link.json"
    link.symlink_to(real)
    with replacing(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    lost = tmp_path / "no" / "x.json"
    with pytest.raises(UsageError, match="cannot be written: no such file or directory"), replacing(lost):
        pass


def test_a_folder_is_not_overwritten(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    done = run(capsys, "annotate", "--expr", "x", "x=1", "-o", tmp_path / "out")
    assert done == (2, "", f"chainrule: {tmp_path}/out: cannot be written: is a directory\n")
    assert [found.name for found in tmp_path.iterdir()] == ["out"]
