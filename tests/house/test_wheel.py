"""The wheel holds the package, whole and nothing else, and does the main job from another folder."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from .sources import NAME, ROOMS, ROOT, needs, source_files


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, so that no earlier build leaks into it."""
    copy, built = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("built")
    for file in ("pyproject.toml", "README.md", "LICENSE", "__init__.py", "py.typed"):
        shutil.copy(ROOT / file, copy)
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", built, copy, cwd=built)
    return next(built.glob("*.whl"))


def test_the_wheel_holds_every_source_file_and_the_listed_data_and_nothing_else(wheel: Path) -> None:
    published = sorted((ROOT / "schema" / "published").rglob("*.json"))
    grading = ROOT / "service" / "grading"
    folders = (grading / name for name in ("locales", "gradescope", "prairielearn"))
    data = [*published, *(path for folder in folders for path in folder.iterdir())]
    expected = {path.relative_to(ROOT) for path in [*source_files(), ROOT / "py.typed", *data]}
    names = [Path(name) for name in ZipFile(wheel).namelist()]
    assert {name.relative_to(NAME) for name in names if name.parts[0] == NAME} == expected
    assert {name.parts[0].rpartition(".")[2] for name in names if name.parts[0] != NAME} == {"dist-info"}


def test_the_wheel_in_an_empty_environment_does_the_main_job_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    needs("service/cli/__init__.py", "fixtures/lecture")
    run(sys.executable, "-m", "venv", tmp_path / "env", cwd=tmp_path)
    programs = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    run(programs / "python", "-m", "pip", "install", "-q", "--no-compile", wheel, cwd=tmp_path)
    shutil.copytree(ROOT / "fixtures" / "lecture", tmp_path / "lecture")
    assert "neuron" in run(programs / "chainrule", "verify", "lecture", cwd=tmp_path)
