"""FPBench's straight-line cores as graphs, with points from their boxes."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import chainrule as cr
from chainrule.schema import Graph

from .documents import FIXTURES


@dataclass(frozen=True, slots=True)
class Core:
    """One expression, and the ranges of its inputs."""

    suite: str
    name: str
    expression: str
    box: Mapping[str, tuple[float, float]]

    def graphs(self, count: int) -> Iterator[Graph]:
        """The graph at so many points, uniform in the box; the same points in every run."""
        draw = random.Random(f"{self.suite} {self.name}")
        empty = cr.parse(self.expression)
        for _ in range(count):
            point = {name: draw.uniform(low, high) for name, (low, high) in self.box.items()}
            rows: list[Any] = [_bound(node, point) for node in empty.nodes]
            yield empty.with_nodes(rows)


def cores() -> list[Core]:
    """All cores of all files."""
    found: list[Core] = []
    for path in sorted((FIXTURES / "fpbench").glob("*.json")):
        for core in json.loads(path.read_text("utf-8"))["cores"]:
            box = {name: (float(low), float(high)) for name, (low, high) in core["box"].items()}
            found.append(Core(path.stem, core["name"], core["expression"], box))
    return found


def _bound(node: Mapping[str, Any], point: Mapping[str, float]) -> Mapping[str, Any]:
    return {**node, "value": point[node["id"]]} if node["id"] in point else node
