"""Every example in a docstring or a README runs and prints what it says."""

import doctest
import importlib
import re
from pathlib import Path

import pytest

from .sources import ROOMS, ROOT, module_name, needs, source_files

OPTIONS = doctest.NORMALIZE_WHITESPACE
READMES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / room / "README.md" for room in ROOMS)]


@pytest.mark.parametrize("name", [module_name(path) for path in source_files()])
def test_the_examples_in_docstrings_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name), optionflags=OPTIONS).failed == 0


def examples(readme: Path) -> doctest.DocTest:
    """The examples of a page; a fence would be read as expected output, so fences are blanked."""
    text = re.sub(r"^```.*$", "", readme.read_text("utf-8"), flags=re.MULTILINE)
    return doctest.DocTestParser().get_doctest(text, {}, readme.name, str(readme), 0)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_examples_in_readmes_run(readme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(readme.relative_to(ROOT).as_posix())
    monkeypatch.chdir(ROOT)
    assert doctest.DocTestRunner(optionflags=OPTIONS).run(examples(readme)).failed == 0


def test_the_front_page_has_examples() -> None:
    assert len(examples(ROOT / "README.md").examples) > 1
