"""No file tells on which machine it was written, or where packages were fetched."""

import re
from pathlib import Path

import pytest

from .sources import ROOT, own_files

# Written in pieces, so that this file holds no such name itself.
HOSTS = [".".join(pieces) for pieces in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))]
FOLDERS = ("home", "root", "work", "tmp", "opt", "Users", "mnt")
TRACE = re.compile("|".join([*map(re.escape, HOSTS), rf"(?<![\w.\-/*)\]}}])/(?:{'|'.join(FOLDERS)})/\w"]))


def traces(path: Path) -> list[str]:
    """The lines of a text file that name a machine's folder or a registry's host."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return []
    return [f"{path.name}:{number}: {line.strip()[:80]}" for number, line in enumerate(lines, 1) if TRACE.search(line)]


def test_no_file_names_a_machine_path_or_a_registry_host() -> None:
    files = list(own_files())
    assert {"pyproject.toml", "README.md", "run", "test_traces.py"} <= {path.name for path in files}
    assert [line for path in files for line in traces(path)] == []


@pytest.mark.parametrize(
    "text", ["see /" + "home/ann/x.json", "open('/" + "tmp/x')", "https://" + HOSTS[0] + "/simple"]
)
def test_a_trace_is_caught(tmp_path: Path, text: str) -> None:
    path = tmp_path / "note.md"
    path.write_text(text)
    assert len(traces(path)) == 1


@pytest.mark.parametrize("text", ["#!/usr/bin/env bash", "engine/work/unit", "a/tmp/b", "at /nodes/3/grad"])
def test_other_slashes_are_no_trace(tmp_path: Path, text: str) -> None:
    path = tmp_path / "note.md"
    path.write_text(text)
    assert traces(path) == []


def test_what_git_ignores_is_not_looked_at() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in own_files()}
    assert {"tests", "engine"} <= folders
    assert not {name for name in folders if name.startswith(".venv") or name == ".git"}
