"""The pages at the top keep their form: two commands, decisions of twelve lines, changes with their reason."""

import os
import re
from datetime import date

import pytest

from .sources import ROOT


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def sections(name: str) -> dict[str, str]:
    """Heading -> text of every section of the second level."""
    parts = re.split(r"^## (.+)$", page(name), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def commands() -> list[str]:
    """The lines of the README's shell block."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", page("README.md"), flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    return blocks[0].splitlines()


def test_the_readme_has_two_commands_each_complete_on_one_line() -> None:
    main_job, tests = commands()
    assert main_job.endswith("chainrule verify fixtures/lecture")
    assert tests.endswith("pytest -n auto --dist worksteal")  # on every core
    assert all(re.match(r"python3 -m venv (\S+) && \1/bin/pip install -q \S+ && \1/bin/", line) for line in commands())


def test_the_check_takes_the_commands_from_the_readme() -> None:
    script = page(".ci/run")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "README.md" in script
    assert not any(line in script for line in commands())


@pytest.mark.parametrize("heading", sections("DECISIONS.md"))
def test_a_decision_is_dated_and_says_choice_refusal_and_consequence(heading: str) -> None:
    text = sections("DECISIONS.md")[heading].strip()
    assert date.fromisoformat(heading.split(":")[0])
    assert len(text.splitlines()) <= 12
    assert re.findall(r"^(\w+):", text, flags=re.MULTILINE) == ["Choice", "Refused", "Consequence"]


def test_every_change_says_before_now_and_why() -> None:
    entries = re.findall(r"^- .*?(?=^- |^## |\Z)", page("CHANGELOG.md"), flags=re.MULTILINE | re.DOTALL)
    assert entries
    for entry in entries:
        assert re.findall(r"^  (\w+):", entry, flags=re.MULTILINE) == ["Before", "Now", "Why"], entry.splitlines()[0]


@pytest.mark.parametrize("thing", ["an op", "a method of verification", "a misconception", "a format version"])
def test_contributing_says_how_to_add(thing: str) -> None:
    assert len(sections("CONTRIBUTING.md")[f"Add {thing}"].split()) > 40
