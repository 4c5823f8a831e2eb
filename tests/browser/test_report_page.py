"""The HTML report in a real browser: it loads under its own policy, and shows words, circuit and colours."""

import shutil
import subprocess
from pathlib import Path

import pytest

import chainrule as cr
from chainrule.schema import read
from chainrule.service.grading.classes import Grader
from chainrule.service.grading.formats.html import html

FIXTURES = Path(__file__).parents[2] / "fixtures"
ASSIGNMENT = FIXTURES / "assignments" / "sigmoid-neuron.cr.json"
SHEET = FIXTURES / "submissions" / "two-mistakes.json"

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1100,1500"),
]


def browsed(page: Path, folder: Path, *more: str) -> str:
    browser = shutil.which("chromium")
    assert browser is not None, "these tests need chromium: apt-get install chromium"
    command = [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", *more, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Score: 27 / 33", "The first number that does not fit is the gradient of d", "Carried", "Wrong"]),
        ("ko", ["점수: 27 / 33", "처음으로 맞지 않는 값은 d의 기울기입니다", "오류 이월", "틀림"]),
    ],
)
def test_a_student_sees_the_score_the_first_error_and_the_circuit(
    tmp_path: Path, language: str, words: list[str]
) -> None:
    exam = Grader(read(ASSIGNMENT.read_bytes())).exam(None)
    page = tmp_path / "report.html"
    page.write_text(html(cr.grade(ASSIGNMENT, SHEET, level=3), exam, [language]), "utf-8")
    shown = browsed(page, tmp_path, "--dump-dom")
    assert [word for word in words if word not in shown] == []
    assert "<svg" in shown
    browsed(page, tmp_path, f"--screenshot={tmp_path / 'shot.png'}")
    # A blank page of this size has a tenth of these bytes.
    assert (tmp_path / "shot.png").stat().st_size > 60_000
