"""Extras live at the rim and are imported inside functions; the core is imported by those who stand on it."""

from pathlib import Path

import pytest

from .sources import source_files
from .thirdparty import Foreign, allowed, foreign_imports


def test_every_foreign_package_is_imported_where_it_may_be() -> None:
    found = [foreign for path in source_files() for foreign in foreign_imports(path)]
    assert {"numpy", "flint"} <= {foreign.package for foreign in found}
    assert [foreign for foreign in found if not allowed(foreign)] == []


@pytest.mark.parametrize(
    ("file", "text", "may"),
    [
        ("schema/node.py", "import numpy", False),
        ("schema/node.py", "from typing_extensions import TypedDict", True),
        ("schema/structure.py", "import networkx", False),
        ("schema/structure.py", "def ring():\n    import networkx as nx", True),
        ("engine/forward.py", "import numba", False),
        ("engine/forward.py", "def compile():\n    import numba", True),
        ("service/interop/onnx.py", "def load():\n    import onnx.checker", True),
        ("service/render/text.py", "def load():\n    import onnx", False),
        ("__init__.py", "import numpy", False),
    ],
)
def test_the_line_between_core_and_rim_is_drawn_as_written(tmp_path: Path, file: str, text: str, may: bool) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    found = list(foreign_imports(path, tmp_path))
    assert len(found) == 1
    assert allowed(found[0]) is may


def test_an_import_under_a_condition_is_not_lazy(tmp_path: Path) -> None:
    path = tmp_path / "forward.py"
    path.write_text("if True:\n    import numba")
    assert list(foreign_imports(path, tmp_path)) == [Foreign("forward.py", "numba", at_top=True)]
