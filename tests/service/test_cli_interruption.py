"""Ctrl-C in a real process: nothing half-written, one line, and the exit code of shells."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from .commands import BARE, write

SCRIPT = Path(sys.executable).with_name("chainrule")

SAID = b"chainrule: interrupted: files that were not finished are as they were\n"


def begun(folder: Path, arguments: Sequence[str | Path]) -> subprocess.Popen[bytes]:
    """The command in a process that hears Ctrl-C, as one does that a shell starts."""
    command = [SCRIPT, *map(str, arguments)]
    # Tests that run in the background were told to ignore it, and would tell their children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
        )
    finally:
        signal.signal(signal.SIGINT, before)


def interrupted(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    """How the process ends once Ctrl-C was pressed; its input stays open until then."""
    os.killpg(process.pid, signal.SIGINT)
    out, said = process.communicate(timeout=60)
    return process.returncode, out, said


def wait_for(folder: Path, count: int) -> None:
    """Until so many files are in the folder."""
    for _ in range(6000):
        if len(list(folder.iterdir())) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"never {count} files in {folder}")


@pytest.mark.parametrize("out", ["old.cr.json", "new.cr.json"])
@pytest.mark.parametrize("verb", ["annotate", "format"])
def test_an_interrupted_command_leaves_old_files_and_no_others(tmp_path: Path, verb: str, out: str) -> None:
    old = write(tmp_path / "old.cr.json", BARE)
    before = old.read_bytes()
    process = begun(tmp_path, [verb, "-", "-o", out, "--output", "ndjson"])
    assert process.stdin is not None
    process.stdin.write((json.dumps(BARE) + "\n").encode() * 3)
    process.stdin.flush()
    wait_for(tmp_path, 2)  # the file beside the place of the new one
    assert interrupted(process) == (130, b"", SAID)
    assert old.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["old.cr.json"]


@pytest.mark.parametrize("verb", ["verify", "check"])
def test_a_command_that_writes_no_file_says_the_same(tmp_path: Path, verb: str) -> None:
    process = begun(tmp_path, [verb, "--output", "ndjson", "-"])
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write((json.dumps(BARE) + "\n").encode() * 150)
    process.stdin.flush()
    assert process.stdout.read(1) == b"{"
    code, _, said = interrupted(process)
    assert (code, said) == (130, SAID)
