"""The pages name everything that a person can meet: verbs, codes, ops, extras. And only what there is."""

import importlib
import re

import pytest

from .sources import ROOMS, ROOT, needs, pyproject

PAGES = ["README.md", "CONTRIBUTING.md", *(f"{room}/README.md" for room in ROOMS), "tests/benchmarks/README.md"]


def text(*pages: str) -> str:
    """The pages' text, one after the other; pages that are still to be built are left out."""
    return "\n".join((ROOT / page).read_text("utf-8") for page in pages if (ROOT / page).exists())


def quoted(page: str) -> set[str]:
    """Everything between single backticks."""
    return set(re.findall(r"`([^`\n]+)`", text(page)))


def verbs() -> set[str]:
    """The verbs of the command line."""
    app = importlib.import_module("chainrule.service.cli").app
    return {name for name in app if not name.startswith("-")}


def test_every_extra_is_in_the_readme() -> None:
    declared = set(pyproject()["project"]["optional-dependencies"])
    assert len(declared) > 1
    assert declared <= quoted("README.md")


def test_every_problem_code_is_in_the_format() -> None:
    needs("schema/README.md", "schema/problem.py")
    codes = set(importlib.import_module("chainrule.schema.problem").CODES)
    assert "json.syntax" in codes
    assert codes - quoted("schema/README.md") == set()


def test_the_engine_s_catalogue_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    needs("engine/CATALOGUE.md")
    assert "](CATALOGUE.md)" in text("engine/README.md")
    importlib.import_module("chainrule.service.cli").main(["ops", "--output", "markdown"])
    page = text("engine/CATALOGUE.md")
    assert page.count("\n| ") == len(importlib.import_module("chainrule.engine.registry").OPS)
    again = "write it again: chainrule ops --output markdown > engine/CATALOGUE.md"
    assert capsys.readouterr().out == page, again


def test_every_verb_is_in_the_service_s_readme() -> None:
    needs("service/README.md", "service/cli/__init__.py")
    assert "verify" in verbs()
    assert [verb for verb in sorted(verbs()) if f"chainrule {verb}" not in text("service/README.md")] == []


def test_every_command_in_the_pages_is_a_verb() -> None:
    needs("service/cli/__init__.py")
    # The format's text also speaks of verbs of versions to come.
    pages = [page for page in PAGES if page != "schema/README.md"]
    shown = set(re.findall(r"(?:\$ |`|bin/)chainrule ([a-z]+)", text(*pages)))
    assert "verify" in shown
    assert shown - verbs() == set()


def test_every_link_leads_to_a_file() -> None:
    needs(*PAGES)
    links = [(page, link) for page in PAGES for link in re.findall(r"\]\(([^)#\s]+)", text(page)) if "://" not in link]
    assert len(links) > len(ROOMS)
    assert [link for page, link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
