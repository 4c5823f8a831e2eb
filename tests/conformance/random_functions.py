"""The fair random sample of verification.md 21.2: 26 functions, points over 8 decades, output scales over 16.

A draw is a graph with numbers in its leaves; `scale` multiplies the output. What a claim about it deserves is decided
by `truth`, never by the engine.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import chainrule as cr
from chainrule.schema import Graph

from .truth import gradient

#: Each is multiplied by `scale`. The gradient that is claimed is that of x.
FUNCTIONS: Mapping[str, str] = {
    "cubic": "3 * x * x * x - 2 * x + 1",
    "witch": "x / (1 + square(x))",
    "bell": "exp(-square(x) / 50)",
    "logistic": "sigmoid(x)",
    "saturating": "tanh(x)",
    "wave": "sin(x)",
    "growing wave": "x * cos(x)",
    "logarithmic": "log(1 + square(x))",
    "hyperbola": "sqrt(square(x) + 1)",
    "exponential": "exp(x / 10)",
    "sinc": "sin(x) / x",
    "logarithm": "log(abs(x))",
    "root": "sqrt(abs(x))",
    "reciprocal": "reciprocal(x)",
    "leaky": "relu(x) - 0.1 * relu(-x)",
    "rectified wave": "abs(sin(x))",
    "larger": "maximum(x, square(x))",
    "smaller": "minimum(sin(x), cos(x))",
    "swish": "x * sigmoid(x)",
    "softplus": "log(1 + exp(x))",
    "cancelling": "(1 - cos(x)) / square(x)",
    "power": "abs(x) ** 1.7",
    "product": "x * y + sin(x * y)",
    "radius": "sqrt(square(x) + square(y))",
    "parallel": "x * y / (x + y)",
    "neuron": "1 / (1 + exp(-(0.3 * x - 0.7 * y + 0.2)))",
}

#: Mistakes: what is written down in place of the right number.
MISTAKES: Mapping[str, float] = {
    "x(1+1e-8)": 1 + 1e-8,
    "x(1+1e-4)": 1 + 1e-4,
    "x1.01": 1.01,
    "x2": 2,
    "sign": -1,
    "zero": 0,
}

#: Mistakes that nobody may accept.
GROSS = ("x1.01", "x2", "sign", "zero")


@dataclass(frozen=True, slots=True)
class Draw:
    """A function at a point, and its true derivative in x to many digits."""

    function: str
    graph: Graph
    truth: Any

    @property
    def right(self) -> float:
        """The true derivative, rounded to float64."""
        return float(self.truth)

    def mistaken(self, mistake: str) -> float | None:
        """The number that somebody writes who errs like this; None where rounding makes it the right one."""
        wrong = self.right * MISTAKES[mistake]
        return None if wrong == self.right else wrong

    def claiming(self, number: float) -> Graph:
        """The document with this claim on the gradient of x."""
        return self.graph.with_nodes(
            [{**node, "grad": number} if node["id"] == "x" else node for node in self.graph.nodes]
        )


def draws(count: int, seed: int) -> Iterator[Draw]:
    """So many draws, function after function in turn."""
    draw = random.Random(seed)
    names = list(FUNCTIONS)
    for number in range(count):
        name = names[number % len(names)]
        values = {leaf: point(draw) for leaf in ("x", "y")}
        graph = at(name, {**values, "scale": 10 ** draw.uniform(-8, 8)})
        yield Draw(name, graph, gradient(graph, "x"))


def point(draw: random.Random) -> float:
    """± 10^U(-6, 2)."""
    return draw.choice((-1, 1)) * 10 ** draw.uniform(-6, 2)


def at(name: str, values: Mapping[str, float]) -> Graph:
    """The function's graph with these numbers in its leaves; the scale is a constant."""
    empty = cr.parse(f"f = scale * ({FUNCTIONS[name]})")
    rows: list[Any] = []
    for node in empty.nodes:
        bound = {**node, "value": values[node["id"]]} if node["id"] in values else dict(node)
        rows.append({**bound, "op": "const"} if node["id"] == "scale" else bound)
    return empty.with_nodes(rows)
