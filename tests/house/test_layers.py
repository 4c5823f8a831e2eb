"""schema <- engine <- service <- {cli, http, batch}, without a ring."""

from pathlib import Path

import pytest

from .layers import edges, rings, upward
from .sources import NAME, ROOMS, ROOT


def plant(root: Path, files: dict[str, str]) -> Path:
    """A small house with every room, in which the given files stand."""
    for room in ("", *ROOMS):
        (root / room).mkdir(exist_ok=True)
        (root / room / "__init__.py").touch()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_no_module_imports_what_stands_above_it() -> None:
    assert upward(edges(ROOT)) == []


def test_no_modules_import_each_other_in_a_ring() -> None:
    assert rings(edges(ROOT)) == []


def test_the_edges_of_the_house_were_seen() -> None:
    graph = edges(ROOT)
    assert f"{NAME}.engine.rule" in graph[f"{NAME}.engine.ops.arithmetic"]
    assert any(target.startswith(f"{NAME}.schema") for target in graph[f"{NAME}.engine.check"])


@pytest.mark.parametrize(
    "text",
    [
        "from ..engine import rule",
        "from ..engine.rule import Rule",
        "from .. import engine",
        "import chainrule.engine.rule",
        "def later():\n    from ..engine.rule import Rule",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..engine.rule import Rule",
    ],
)
def test_an_import_that_goes_up_is_caught_however_it_is_written(tmp_path: Path, text: str) -> None:
    root = plant(tmp_path, {"schema/node.py": text, "engine/rule.py": "Rule = 1"})
    assert [line.split()[0] for line in upward(edges(root))] == [f"{NAME}.schema.node"]


def test_a_door_that_imports_another_door_is_caught(tmp_path: Path) -> None:
    doors = {f"service/{door}/__init__.py": "" for door in ("cli", "http")}
    root = plant(tmp_path, {**doors, "service/cli/serve.py": "from ..http import run"})
    assert upward(edges(root)) == [f"{NAME}.service.cli.serve imports {NAME}.service.http"]


def test_a_room_that_imports_the_front_door_is_caught(tmp_path: Path) -> None:
    root = plant(tmp_path, {"service/verdicts.py": "from .. import verify"})
    assert upward(edges(root)) == [f"{NAME}.service.verdicts imports {NAME}"]


def test_a_ring_is_caught_although_one_of_its_imports_is_lazy(tmp_path: Path) -> None:
    root = plant(tmp_path, {"engine/a.py": "from .b import x", "engine/b.py": "def f():\n    from . import a"})
    assert rings(edges(root)) == [[f"{NAME}.engine.a", f"{NAME}.engine.b"]]
