"""Where the project stands on disk, and what is in it: the eyes of the house tests."""

import ast
import importlib
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = "chainrule"
ROOMS = ("schema", "engine", "service")


def pyproject() -> Mapping[str, Any]:
    """The project's own declaration."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def source_files(root: Path = ROOT) -> list[Path]:
    """Every Python file of the package: the front door and the rooms, not the tests."""
    return [root / "__init__.py", *sorted(path for room in ROOMS for path in (root / room).rglob("*.py"))]


def module_name(path: Path, root: Path = ROOT) -> str:
    """The name under which a file is imported: `schema/problem.py` is `chainrule.schema.problem`."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join((NAME, *parts)).removesuffix(".__init__")


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_bytes(), filename=str(path))


def modules() -> list[ModuleType]:
    """Every module of the package, imported."""
    return [importlib.import_module(module_name(path)) for path in source_files()]


def own_files(root: Path = ROOT) -> Iterator[Path]:
    """Every file that belongs to the project: not what .gitignore names, not git's own folder."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines() if line[:1] != "#"]
    for path in sorted(root.iterdir()):
        if path.name == ".git" or any(fnmatch(path.name, pattern) for pattern in ignored if pattern):
            continue
        if path.is_dir():
            yield from own_files(path)
        else:
            yield path


def needs(*paths: str) -> None:
    """Skip the calling test while a part of the house that it looks at is still to be built."""
    missing = [path for path in paths if not (ROOT / path).exists()]
    if missing:
        pytest.skip(f"still to be built: {', '.join(missing)}")
