"""Functions that fool difference ladders: oscillations up to frequency 1e13, spikes and steps thinner than any rung."""

import random
from collections.abc import Iterator, Mapping

import chainrule as cr
from chainrule.schema import Graph

from .truth import gradient

#: w is the frequency, a the amplitude, m a point near x on the scale of 1/w; the derivative in x is asked.
FUNCTIONS: Mapping[str, str] = {
    "wave": "a * sin(w * x)",
    "carried wave": "square(x) + a * sin(w * x)",
    "growing wave": "x * cos(w * x)",
    "spike": "x + a * exp(-square(w * (x - m)))",
    "ripple": "exp(-square(x)) * sin(w * x)",
    "step": "x + a * tanh(w * (x - m))",
    "bumps": "sqrt(1.5 + sin(w * x))",
    "chirp": "sin(w * square(x))",
}


def oscillating(count: int, seed: int) -> Iterator[tuple[Graph, float]]:
    """So many graphs with numbers in their leaves, each with the true derivative in x, its only input."""
    draw = random.Random(seed)
    empty = {name: cr.parse(f"f = {text}") for name, text in FUNCTIONS.items()}
    for number in range(count):
        graph = _bound(empty[list(empty)[number % len(empty)]], _numbers(draw))
        yield graph, float(gradient(graph, "x"))


def _numbers(draw: random.Random) -> Mapping[str, float]:
    x = draw.choice((-1, 1)) * 10 ** draw.uniform(-2, 1)
    w = 10 ** draw.uniform(0, 13)
    return {"x": x, "w": w, "a": 10 ** draw.uniform(-6, 1), "m": x + draw.uniform(-3, 3) / w}


def _bound(empty: Graph, numbers: Mapping[str, float]) -> Graph:
    rows = [dict(node) for node in empty.nodes]
    for row in rows:
        if row["op"] == "input":
            row |= {"value": numbers[row["id"]], "op": "input" if row["id"] == "x" else "const"}
    return Graph.build(nodes=rows, outputs=list(empty.outputs))
