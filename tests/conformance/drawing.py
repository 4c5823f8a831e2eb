"""Networks drawn gate by gate: short numbers on the leaves, drawn by name, so that they are the same everywhere."""

import random
from collections.abc import Sequence
from typing import Any

from chainrule.schema import Graph

Row = dict[str, Any]


class Drawing:
    """The rows of one network. Numbers of a leaf have two decimals, and lie within `size` of 0."""

    def __init__(self, name: str, title: str) -> None:
        self.name, self.title, self.rows = name, title, list[Row]()
        self._draw = random.Random(f"chainrule.nets/{name}")

    def leaf(self, name: str, *shape: int, op: str = "param", size: float = 1.0) -> str:
        """A leaf with drawn numbers."""
        self.rows.append({"id": name, "op": op, "value": self._numbers(shape, size)})
        return name

    def data(self, name: str, *shape: int, size: float = 1.0) -> str:
        """A leaf that is not trained."""
        return self.leaf(name, *shape, op="input", size=size)

    def labels(self, name: str, *labels: int) -> str:
        """The classes that are right."""
        self.rows.append({"id": name, "op": "input", "dtype": "int64", "value": list(labels)})
        return name

    def constant(self, name: str, value: Any) -> str:
        """A number of the network itself."""
        self.rows.append({"id": name, "op": "const", "value": value})
        return name

    def gate(self, name: str, op: str, *inputs: str, **attrs: Any) -> str:
        """One gate."""
        self.rows.append({"id": name, "op": op, "inputs": list(inputs), **({"attrs": attrs} if attrs else {})})
        return name

    def linear(self, name: str, x: str, into: int, out: int) -> str:
        """A layer with its own weights and biases."""
        w, b = self.leaf(f"{name}.weight", out, into, size=into**-0.5), self.leaf(f"{name}.bias", out, size=0.3)
        return self.gate(name, "linear", x, w, b)

    def graph(self, *outputs: str) -> Graph:
        """The network with the sum of its outputs as objective; every output is a scalar."""
        seed: Row = {"seed": 1} if len(outputs) > 1 else {}
        return Graph.build(
            nodes=self.rows,  # pyright: ignore[reportArgumentType]
            outputs=[{"node": name, **seed} for name in outputs],  # pyright: ignore[reportArgumentType]
            meta={"title": self.title},
        )

    def _numbers(self, shape: Sequence[int], size: float) -> Any:
        if not shape:
            return round(self._draw.uniform(-size, size), 2)
        return [self._numbers(shape[1:], size) for _ in range(shape[0])]
