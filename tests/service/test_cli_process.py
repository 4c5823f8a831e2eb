"""The console script itself, from another folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .commands import RIGHT, WRONG, write

SCRIPT = Path(sys.executable).with_name("chainrule")


def script(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([SCRIPT, *arguments], cwd=folder, input=given, capture_output=True, timeout=60, check=False)


def test_the_script_judges_files_by_relative_paths(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "f.cr.json", WRONG)
    done = script(tmp_path, "verify", "deep")
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.startswith(b"deep/f.cr.json:z: refuted: gradient says 4; ")


def test_what_annotate_prints_verify_reads(tmp_path: Path) -> None:
    annotated = script(tmp_path, "annotate", "--expr", "f = (x + y) * z", "x=-2", "y=5", "z=-4")
    judged = script(tmp_path, "verify", "-", "--output", "json", given=annotated.stdout)
    assert judged.returncode == 0
    assert json.loads(judged.stdout)["verdict"] == {"local": "proved", "global": "proved"}


def test_a_full_disk_is_said_without_a_traceback(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no device that is always full")
    with full.open("wb") as stream:
        done = subprocess.run([SCRIPT, "ops"], stdout=stream, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == b"chainrule: the results cannot be written: no space left on device\n"


def test_a_terminal_that_knows_few_characters_gets_escapes(tmp_path: Path) -> None:
    command = [SCRIPT, "explain", "--expr", "x*x", "x=2", "x"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"2 \\xd7 1 = 2" in done.stdout


@pytest.mark.parametrize("arguments", [("check", "l.cr.jsonl"), ("annotate", "--output", "ndjson", "l.cr.jsonl")])
def test_a_reader_that_leaves_early_ends_it_quietly(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write(tmp_path / "l.cr.jsonl", *[RIGHT] * 400)
    with subprocess.Popen(
        [SCRIPT, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141
