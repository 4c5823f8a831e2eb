"""Several processes say what one says, in the same order, and end when they are told to."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from .commands import BARE, BROKEN, OPEN, RIGHT, WRONG, run, write
from .test_cli_interruption import SAID, SCRIPT, begun, interrupted
from .test_cli_verify import annotations

CaptureBytes = pytest.CaptureFixture[bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Documents of every kind, wrong ones among them."""
    for place, one in enumerate((RIGHT, WRONG, BROKEN, OPEN, BARE, WRONG, RIGHT)):
        write(tmp_path / f"d{place}.cr.json", one)
    write(tmp_path / "e.cr.jsonl", RIGHT, OPEN, WRONG)
    return tmp_path


def said_by(capfdbinary: CaptureBytes, jobs: int, *arguments: str | Path) -> tuple[int, bytes, bytes]:
    """Exit code, output and errors of `verify` in so many processes."""
    code = subprocess.call([SCRIPT, "verify", *map(str, arguments), "--jobs", str(jobs)])
    return code, *capfdbinary.readouterr()


LATER = [
    pytest.param(["--detail", "all"], marks=pytest.mark.slow),
    pytest.param(["--output", "json"], marks=pytest.mark.slow),
]


@pytest.mark.parametrize("form", [[], *LATER])
def test_two_processes_say_what_one_says(capfdbinary: CaptureBytes, folder: Path, form: list[str]) -> None:
    one, two = (said_by(capfdbinary, jobs, folder, folder / "none", *form) for jobs in (1, 2))
    assert one == two
    code, out, said = two
    assert code == 2
    assert b"d5.cr.json" in out
    assert said.count(b"\n") == 1


def test_claims_among_the_sources_find_their_graph_whatever_the_number_of_processes(
    capfdbinary: CaptureBytes, tmp_path: Path
) -> None:
    claims = write(tmp_path / "a.cr.json", annotations(BARE, z={"grad": 4}))
    graph = write(tmp_path / "b.cr.json", BARE)
    one, two = (said_by(capfdbinary, jobs, claims, graph) for jobs in (1, 2))
    assert one == two
    assert b"a.cr.json:z: refuted: gradient says 4" in two[1]


@pytest.mark.slow
def test_claims_beside_graphs_are_judged_by_every_process(capfdbinary: CaptureBytes, tmp_path: Path) -> None:
    claims = write(tmp_path / "c.json", annotations(BARE, z={"grad": 4}))
    graphs = [write(tmp_path / name, BARE) for name in ("f.cr.json", "g.cr.json", "h.cr.json")]
    one, two = (said_by(capfdbinary, jobs, *graphs, "--annotations", claims) for jobs in (1, 2))
    assert one == two
    assert two[1].count(b"z: refuted: gradient says 4") == 3


def test_less_than_one_process_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    done = run(capsys, "verify", write(tmp_path / "f.cr.json", RIGHT), "--jobs", "0")
    assert (done.code, done.err) == (2, "chainrule: 0 processes judge nothing: give --jobs a number from 1 on\n")


@pytest.mark.slow
def test_an_interruption_ends_all_processes(tmp_path: Path) -> None:
    lines = write(tmp_path / "l.cr.jsonl", *[RIGHT] * 3000)
    process = begun(tmp_path, ["verify", "--jobs", "2", "--output", "ndjson", lines])
    assert process.stdout is not None
    assert process.stdout.read(1) == b"{"
    code, _, said = interrupted(process)
    assert (code, said) == (130, SAID)
    for _ in range(1000):
        if not _group_lives(process.pid):
            return
        time.sleep(0.01)
    raise AssertionError("processes are left")


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
