"""A run as the platform makes it: the archive unpacked, set up in an environment of its own, submissions graded."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from chainrule.schema import read
from chainrule.service.cli import main
from chainrule.service.grading.bundle import Bundle, bundle

from .test_formats import GRADESCOPE, PRAIRIELEARN
from .test_grades import ASSIGNMENT, HONEST, MISTAKES

ROOT = Path(__file__).parents[3]


def test_the_archive_is_the_same_every_time_and_its_programs_are_executable(tmp_path: Path) -> None:
    assignment = read(ASSIGNMENT.read_bytes())
    assert bundle(Bundle(assignment)) == bundle(Bundle(assignment))
    assert main(["pack", str(ASSIGNMENT), "-o", str(tmp_path / "a.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        modes = {member.filename: member.external_attr >> 16 for member in archive.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o100755
    assert set(modes) == {"setup.sh", "run_autograder", "assignment.cr.json", "config.json", "requirements.txt"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the platform lays out, with the archive unpacked and set up from vendored wheels."""
    root, wheels, copy = (tmp_path_factory.mktemp(name) for name in ("autograder", "wheels", "copy"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "__init__.py", "py.typed"):
        shutil.copy(ROOT / name, copy)
    for room in ("schema", "engine", "service"):
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "pip", "wheel", "-q", "-w", wheels, copy)
    archive = root / "autograder.zip"
    assert main(["pack", str(ASSIGNMENT), "-o", str(archive), "--vendor", str(wheels), "--level", "3"]) == 0
    run("unzip", "-q", archive, "-d", root / "source")
    run(root / "source" / "setup.sh", AUTOGRADER=str(root))
    return root


def run(*command: object, **environment: str) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def graded(root: Path, *files: Path, metadata: object = None) -> dict:
    submission = root / "submission"
    shutil.rmtree(submission, ignore_errors=True)
    submission.mkdir()
    for file in files:
        shutil.copy(file, submission / ("answers.json" if len(files) == 1 else file.name))
    shutil.rmtree(root / "results", ignore_errors=True)
    (root / "submission_metadata.json").write_text(json.dumps(metadata or {}))
    run(root / "source" / "run_autograder", AUTOGRADER=str(root))
    results = json.loads((root / "results" / "results.json").read_text("utf-8"))
    Draft202012Validator(GRADESCOPE).validate(results)
    return results


@pytest.mark.slow
def test_a_run_on_the_platform(platform: Path) -> None:
    assert graded(platform, HONEST)["score"] == 33
    results = graded(platform, MISTAKES, metadata={"users": [{"id": 17}], "previous_submissions": []})
    assert results["score"] == 27
    assert "divided by the local gradient" in results["output"]
    nothing = graded(platform, metadata={"previous_submissions": [{"score": "12.0"}]})
    assert nothing["score"] == 12
    assert graded(platform, HONEST, MISTAKES)["score"] == 0


@pytest.fixture
def question(tmp_path: Path) -> Path:
    """The folder that PrairieLearn lays out in its container, with the question's tests in it."""
    assert main(["pack", str(ASSIGNMENT), "--platform", "prairielearn", "-o", str(tmp_path / "question.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "question.zip") as archive:
        archive.extractall(tmp_path / "grade")
    (tmp_path / "grade" / "tests" / "run_grader").chmod(0o755)
    for name in ("student", "data"):
        (tmp_path / "grade" / name).mkdir()
    return tmp_path / "grade"


def graded_in_container(root: Path, data: object) -> dict:
    (root / "data" / "data.json").write_text(json.dumps(data))
    shutil.rmtree(root / "results", ignore_errors=True)
    own = Path(sys.executable).parent
    run(root / "tests" / "run_grader", GRADE=str(root), PATH=f"{own}{os.pathsep}{os.environ['PATH']}")
    results = json.loads((root / "results" / "results.json").read_text("utf-8"))
    Draft202012Validator(PRAIRIELEARN).validate(results)
    return results


def test_a_question_of_prairielearn_is_graded_in_its_folders(question: Path) -> None:
    answers = {path: json.loads(path.read_text("utf-8"))["answers"] for path in (HONEST, MISTAKES)}
    assert graded_in_container(question, {"submitted_answers": answers[HONEST], "params": {}})["score"] == 1
    assert graded_in_container(question, {"submitted_answers": answers[MISTAKES]})["score"] == pytest.approx(
        27 / 33, 1e-4
    )
    other = graded_in_container(question, {"submitted_answers": answers[HONEST], "params": {"x0": "2", "w1": "2"}})
    assert other["score"] < 1
    (question / "student" / "answers.json").write_bytes(MISTAKES.read_bytes())
    assert graded_in_container(question, {"params": {}})["score"] == pytest.approx(27 / 33, 1e-4)
    (question / "student" / "answers.json").write_bytes(b"\x00")
    unreadable = graded_in_container(question, {"params": {}})
    assert not unreadable["gradable"]
    assert unreadable["format_errors"]


def test_the_question_s_archive_is_the_same_every_time(tmp_path: Path) -> None:
    assignment = read(ASSIGNMENT.read_bytes())
    assert bundle(Bundle(assignment, platform="prairielearn")) == bundle(Bundle(assignment, platform="prairielearn"))
    assert main(["pack", str(ASSIGNMENT), "--platform", "prairielearn", "--vendor", str(tmp_path)]) == 2
