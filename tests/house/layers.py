"""Who imports whom: the edges between the package's modules, read from the text, lazy imports counted."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import networkx as nx

from .sources import NAME, module_name, parsed, source_files

#: Each part may import what stands below it. The longest matching prefix tells a module's part.
FLOOR = {
    f"{NAME}.schema": 0,
    f"{NAME}.engine": 1,
    f"{NAME}.service": 2,
    NAME: 3,
    f"{NAME}.service.cli": 4,
    f"{NAME}.service.http": 4,
    f"{NAME}.service.batch": 4,
}

Edges = Mapping[str, frozenset[str]]


def edges(root: Path) -> Edges:
    """Module -> modules of the package that it imports, wherever in its text the import stands."""
    files = {module_name(path, root): path for path in source_files(root)}
    return {name: frozenset(_imported(name, path, files.keys())) for name, path in files.items()}


def _imported(name: str, path: Path, known: Iterable[str]) -> Iterator[str]:
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for statement in ast.walk(parsed(path)):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names if alias.name in known)
        elif isinstance(statement, ast.ImportFrom):
            above = package[: len(package) + 1 - statement.level] if statement.level else []
            base = ".".join([*above, *filter(None, [statement.module])])
            for target in (f"{base}.{alias.name}" for alias in statement.names):
                # A name that is no module of its own is taken from the package's __init__.
                yield from (found for found in [target if target in known else base] if found in known)


def part(module: str) -> str:
    """The part of the house that a module stands in."""
    return max((prefix for prefix in FLOOR if module == prefix or module.startswith(f"{prefix}.")), key=len)


def upward(graph: Edges) -> list[str]:
    """Imports that go up, or sideways into another part of the same floor."""
    return [
        f"{module} imports {target}"
        for module, targets in sorted(graph.items())
        for target in sorted(targets)
        if part(module) != part(target) and FLOOR[part(target)] >= FLOOR[part(module)]
    ]


def rings(graph: Edges) -> list[list[str]]:
    """Groups of modules that import each other in a ring."""
    drawn = nx.DiGraph((module, target) for module, targets in graph.items() for target in targets)
    return [sorted(ring) for ring in nx.strongly_connected_components(drawn) if len(ring) > 1]
