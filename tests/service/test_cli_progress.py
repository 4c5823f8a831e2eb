"""Progress is for people at a terminal, and only of what takes long."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chainrule.service.cli import progress as shown
from chainrule.service.cli.progress import progress, stepped

from .commands import RIGHT, write

#: Three documents, each of which takes a while, and a line that is shown at once.
PROGRAM = """
import sys, time
from chainrule.service.cli import each, main, progress
progress.DELAY = {delay}
code = each._code
def slowly(source, work):
    time.sleep(0.3)
    return code(source, work)
each._code = slowly
sys.exit(main(sys.argv[1:]))
"""


def at_a_terminal(folder: Path, *arguments: str, delay: float, both: bool = False) -> tuple[int, bytes, bytes]:
    """Exit code, what a terminal was told, and what went to standard output, if that is no terminal."""
    near, far = pty.openpty()
    command = [sys.executable, "-c", PROGRAM.format(delay=delay), *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=far if both else subprocess.PIPE, stderr=far) as process:
        os.close(far)
        told = b"".join(_told(near))
        written = process.stdout.read() if process.stdout is not None else b""
        return process.wait(timeout=60), told, written


def _told(terminal: int) -> Iterator[bytes]:
    try:
        while data := os.read(terminal, 65536):
            yield data
    except OSError:  # Linux says so when the other end is closed
        os.close(terminal)


def test_a_terminal_is_told_how_many_documents_are_done(tmp_path: Path) -> None:
    lines = write(tmp_path / "l.cr.jsonl", *[RIGHT] * 3)
    code, told, written = at_a_terminal(tmp_path, "annotate", "--output", "ndjson", str(lines), delay=0)
    assert code == 0
    assert b"2 documents" in told
    assert written.count(b"\n") == 3
    assert b"documents" not in written


def test_lines_stand_above_what_a_terminal_is_told(tmp_path: Path) -> None:
    lines = write(tmp_path / "l.cr.jsonl", *[RIGHT] * 3)
    code, told, _ = at_a_terminal(tmp_path, "format", "--check", str(lines), delay=0, both=True)
    assert code == 1
    assert b"documents" in told
    assert told.count(b"l.cr.jsonl:") == 3


def test_documents_on_a_terminal_are_not_interrupted_by_a_line(tmp_path: Path) -> None:
    lines = write(tmp_path / "l.cr.jsonl", *[RIGHT] * 3)
    code, told, _ = at_a_terminal(tmp_path, "annotate", "--output", "ndjson", str(lines), delay=0, both=True)
    assert code == 0
    assert b"documents" not in told


def test_what_is_quick_is_not_told(tmp_path: Path) -> None:
    lines = write(tmp_path / "l.cr.jsonl", *[RIGHT] * 3)
    code, told, written = at_a_terminal(tmp_path, "annotate", "--output", "ndjson", str(lines), delay=60)
    assert (code, told) == (0, b"")
    assert written.count(b"\n") == 3


def test_who_is_no_terminal_is_told_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "DELAY", 0.0)
    with progress("documents") as step:
        assert list(stepped([1, 2, 3], step)) == [1, 2, 3]
        time.sleep(0.2)
    assert capsys.readouterr() == ("", "")
