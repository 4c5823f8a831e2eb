"""The package has one name: relative imports inside, `chainrule` outside, one copy in memory."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from .sources import NAME, ROOMS, ROOT, modules, parsed, source_files


def absolute_imports(path: Path) -> Iterator[str]:
    """The packages that a file names from the top."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0]


def second_copies(loaded: Mapping[str, ModuleType]) -> dict[str, str]:
    """Modules whose file is one of ours, under a name that is not."""
    ours = {str(path) for path in source_files()}
    files = {name: getattr(module, "__file__", None) for name, module in loaded.items()}
    return {name: file for name, file in files.items() if file in ours and name.split(".")[0] != NAME}


def test_inside_the_package_every_own_import_is_relative() -> None:
    seen = {path: set(absolute_imports(path)) for path in source_files()}
    assert any("numpy" in names for names in seen.values())
    assert [path.name for path, names in seen.items() if names & {NAME, *ROOMS}] == []


def test_tests_import_the_package_by_its_name() -> None:
    seen = {path: set(absolute_imports(path)) for path in (ROOT / "tests").rglob("*.py")}
    assert any(NAME in names for names in seen.values())
    assert [path.name for path, names in seen.items() if names & {"tests", *ROOMS}] == []


def test_no_module_is_loaded_under_a_second_name() -> None:
    assert len(modules()) > len(ROOMS)
    assert second_copies(sys.modules) == {}


def test_a_second_copy_is_caught() -> None:
    stray = ModuleType("checkout")
    stray.__file__ = str(ROOT / "__init__.py")
    assert second_copies({"checkout": stray, "chainrule": stray}) == {"checkout": stray.__file__}
