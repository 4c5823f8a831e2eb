import json
from pathlib import Path

import pytest

from .commands import BROKEN, RIGHT, UNSORTED, X, document, run, write

Capture = pytest.CaptureFixture[str]


def test_a_sound_document_is_said_to_be_sound(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", RIGHT)
    assert run(capsys, "check", path) == (0, f"{path}: a sound graph: 2 gates, 3 leaves\n", "")


def test_every_problem_is_a_line_with_file_pointer_code_and_mend(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", BROKEN)
    done = run(capsys, "check", path)
    first, second = done.out.splitlines()
    assert done.code == 2
    assert first.startswith(f'{path}:/nodes/1/value: value.number: x: value says "abc"; ')
    assert second.startswith(f"{path}:/nodes/1/q: field.unknown: ")


def test_the_rules_of_the_ops_are_checked_too(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", document(X, {"id": "f", "op": "mul", "inputs": ["x"]}))
    assert f"{path}:/nodes/1/inputs: op.arity: " in run(capsys, "check", path).out


def test_json_says_the_same(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", BROKEN)
    row = json.loads(run(capsys, "check", "--output", "json", path).out)
    assert (row["source"], row["kind"]) == (str(path), None)
    assert [problem["at"] for problem in row["problems"]] == ["/nodes/1/value", "/nodes/1/q"]


def test_several_documents_are_an_array_or_lines(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.jsonl", RIGHT, UNSORTED)
    rows = json.loads(run(capsys, "check", "--output", "json", path).out)
    assert [[problem["code"] for problem in row["problems"]] for row in rows] == [[], ["ref.order"] * 4]
    lines = run(capsys, "check", "--output", "ndjson", path).out.splitlines()
    assert [json.loads(line) for line in lines] == rows


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json.syntax"),
        (b"{", "json.syntax"),
        (b"\xff", "json.syntax"),
        (b"[]", "json.not_object"),
        (b"{}", "version.missing"),
    ],
)
def test_no_bytes_give_a_traceback(capsys: Capture, tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "f.cr.json"
    path.write_bytes(data)
    done = run(capsys, "check", path)
    assert (done.code, done.err) == (2, "")
    assert f": {code}: " in done.out
