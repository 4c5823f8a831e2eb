"""Which packages of other people a file imports, and whether it does so before anybody asked for them."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .sources import NAME, ROOT, parsed

#: What a part may import at the top of a file: the core that it is built on.
AT_TOP = {
    "schema": {"orjson", "pydantic", "pydantic_core", "typing_extensions"},
    "schema/columns": {"numpy", "orjson"},
    "engine": {"flint", "numpy", "orjson", "pydantic", "typing_extensions"},
    "service": {"numpy", "orjson", "pydantic", "typing_extensions"},
    "service/cli": {"cyclopts", "numpy", "orjson", "pydantic", "typing_extensions"},
}
#: What a part may import besides, inside the function that needs it. Extras stand at the rim only.
INSIDE = {
    "schema": {"networkx"},
    "engine": {"networkx", "numba"},
    "service": {"networkx", "rich"},
    "service/batch": {"distributed", "fsspec", "pyarrow", "rich"},
    "service/cli": {"networkx", "rich", "uvicorn"},
    "service/http": {"fastapi", "jinja2", "prometheus_client", "sqlalchemy", "starlette", "uvicorn"},
    "service/interop": {"flint", "jax", "micrograd", "networkx", "onnx", "torch"},
    "service/render": {"graphviz_pure", "networkx", "rich"},
}


@dataclass(frozen=True, slots=True)
class Foreign:
    """One import of a package that is neither ours nor Python's."""

    file: str
    package: str
    at_top: bool


def foreign_imports(path: Path, root: Path = ROOT) -> Iterator[Foreign]:
    """The foreign imports of a file. An import inside a function is lazy; everything else runs at once."""
    tree = parsed(path)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lazy = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        for package in _packages(node) - sys.stdlib_module_names - {NAME}:
            yield Foreign(path.relative_to(root).as_posix(), package, at_top=id(node) not in lazy)


def _packages(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return {node.module.split(".")[0]}
    return set()


def allowed(found: Foreign) -> bool:
    """Whether the part that the file stands in may import this package at this place."""
    at_top = _of_part(AT_TOP, found.file)
    return found.package in (at_top if found.at_top else at_top | _of_part(INSIDE, found.file))


def _of_part(table: dict[str, set[str]], file: str) -> set[str]:
    parts = [part for part in table if file.startswith(f"{part}/")]
    return table[max(parts, key=len)] if parts else set()
