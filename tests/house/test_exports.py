"""What a package offers is what its `__all__` says, and every offered name says what it is."""

import ast
import importlib
from collections.abc import Iterator
from inspect import isclass, isfunction, ismodule
from types import ModuleType

import pytest

from .sources import NAME, ROOT, module_name, modules, parsed, source_files

PACKAGES = [module_name(path) for path in source_files() if path.name == "__init__.py"]


def public(module: ModuleType) -> Iterator[str]:
    """The names in a package's namespace that are neither private nor its own modules."""
    for name in dir(module):
        if not name.startswith("_") and not ismodule(getattr(module, name)):
            yield name


def offered(module: ModuleType) -> set[str]:
    """The names in `__all__` but the version and the modules among them."""
    names = set(getattr(module, "__all__", ())) - {"__version__"}
    return {name for name in names if not ismodule(getattr(module, name))}


@pytest.mark.parametrize("package", PACKAGES)
def test_all_equals_the_namespace(package: str) -> None:
    module = importlib.import_module(package)
    assert set(public(module)) == offered(module)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_offered_function_and_class_has_a_docstring(package: str) -> None:
    module = importlib.import_module(package)
    things = {name: getattr(module, name) for name in offered(module)}
    assert [name for name, thing in things.items() if (isfunction(thing) or isclass(thing)) and not thing.__doc__] == []


def test_the_front_door_tells_type_checkers_what_it_offers() -> None:
    # It imports at first use, so its namespace alone proves nothing.
    front_door = importlib.import_module(NAME)
    blocks = [node for node in parsed(ROOT / "__init__.py").body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {alias.name for node in imports for alias in node.names} == set(front_door.__all__) - {"__version__"}


def test_every_module_says_what_it_is() -> None:
    assert [module.__name__ for module in modules() if not (module.__doc__ or "").strip()] == []


def test_a_name_that_is_not_offered_is_caught() -> None:
    room = ModuleType("room")
    room.__all__ = ["load"]
    room.load = room.dump = len
    assert set(public(room)) - offered(room) == {"dump"}


def test_no_rule_is_a_lambda() -> None:
    families = list((ROOT / "engine" / "ops").glob("*.py"))
    assert len(families) > 1
    # A lambda has no name in a traceback, and no docstring.
    assert [path.name for path in families for node in ast.walk(parsed(path)) if isinstance(node, ast.Lambda)] == []
