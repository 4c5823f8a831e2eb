"""`python -m tests.benchmarks.lenet [--side PIXELS]`: LeNet-5 on one image, every multiplication a node of its own.

The network of LeCun et al. 1998 as it is mostly taught: two convolutions of 5 x 5 with 6 and 16 channels, tanh, the
largest of 2 x 2, three dense layers of 120, 84 and 10, softmax and cross entropy, on 28 x 28 pixels with a border of 2
zeros, whose products are left out: 887,059 nodes. Weights and image are drawn. The script writes the document in
columns, annotates it and verifies what it annotated, and prints the time of every step, the verdicts, and the memory at
its peak.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import chainrule
from chainrule.engine.backward import backward_pass
from chainrule.engine.forward import forward_pass
from chainrule.engine.plan import leaf_numbers, plan, seed_numbers
from chainrule.schema import DEFAULT, Graph, read
from chainrule.schema.columns import pack

Result = TypeVar("Result")
Plane = list[list[int]]


@dataclass
class Drawing:
    """Rows as they are drawn: op, operands by position, value of a leaf."""

    random: Random
    rows: list[tuple[str, tuple[int, ...], float | None]] = field(default_factory=list)

    def leaf(self, op: str, value: float) -> int:
        """A leaf with its value."""
        self.rows.append((op, (), value))
        return len(self.rows) - 1

    def gate(self, op: str, *operands: int) -> int:
        """A gate over earlier rows."""
        self.rows.append((op, operands, None))
        return len(self.rows) - 1

    def weights(self, count: int, inputs: int) -> list[int]:
        """So many parameters, of the size that keeps sums of so many inputs near 1."""
        return [self.leaf("param", self.random.gauss(0, inputs**-0.5)) for _ in range(count)]

    def total(self, terms: list[int]) -> int:
        """A sum, addition after addition."""
        found = terms[0]
        for term in terms[1:]:
            found = self.gate("add", found, term)
        return found

    def neuron(self, inputs: list[int], weights: list[int], bias: int) -> int:
        """The weighted sum of inputs and a bias."""
        products = [self.gate("mul", w, x) for w, x in zip(weights, inputs, strict=True)]
        return self.total([*products, bias])


def convolution(draw: Drawing, planes: list[Plane], channels: int, size: int, padding: int) -> list[Plane]:
    """Every window of every plane, with one kernel and bias a channel, through tanh; zeros around are left out."""
    inputs = len(planes) * size * size
    places = range(-padding, len(planes[0]) + padding - size + 1)
    found: list[Plane] = []
    for _ in range(channels):
        weights, [bias] = draw.weights(inputs, inputs), draw.weights(1, inputs)
        found.append([[_gate(draw, planes, (i, j), weights, bias) for j in places] for i in places])
    return found


def _gate(draw: Drawing, planes: list[Plane], corner: tuple[int, int], weights: list[int], bias: int) -> int:
    """The gate over the window with this upper left corner."""
    size = round((len(weights) / len(planes)) ** 0.5)
    inside = range(len(planes[0]))
    places = [(plane, corner[0] + i, corner[1] + j) for plane in planes for i in range(size) for j in range(size)]
    pairs = [(plane[i][j], w) for (plane, i, j), w in zip(places, weights, strict=True) if i in inside and j in inside]
    return draw.gate("tanh", draw.neuron([x for x, _ in pairs], [w for _, w in pairs], bias))


def pooled(draw: Drawing, planes: list[Plane]) -> list[Plane]:
    """The largest of 2 x 2."""
    places = range(0, len(planes[0]) - 1, 2)
    return [[[_largest(draw, plane, i, j) for j in places] for i in places] for plane in planes]


def _largest(draw: Drawing, plane: Plane, i: int, j: int) -> int:
    first, *others = (plane[i + k][j + n] for k in range(2) for n in range(2))
    for other in others:
        first = draw.gate("maximum", first, other)
    return first


def dense(draw: Drawing, inputs: list[int], outputs: int) -> list[int]:
    """A layer of weighted sums."""
    return [
        draw.neuron(inputs, draw.weights(len(inputs), len(inputs)), *draw.weights(1, len(inputs)))
        for _ in range(outputs)
    ]


def loss(draw: Drawing, logits: list[int], label: int) -> int:
    """Cross entropy of the softmax: log of the sum of exponentials, less the logit of the label."""
    total = draw.total([draw.gate("exp", logit) for logit in logits])
    return draw.gate("sub", draw.gate("log", total), logits[label])


def lenet(side: int = 28, *, seed: int = 0) -> Drawing:
    """The network on one image of so many pixels a side, a multiple of 4 and at least 12."""
    draw = Drawing(Random(seed))
    image = [[[draw.leaf("input", draw.random.random()) for _ in range(side)] for _ in range(side)]]
    first = pooled(draw, convolution(draw, image, 6, 5, 2))
    second = pooled(draw, convolution(draw, first, 16, 5, 0))
    flat = [wire for plane in second for row in plane for wire in row]
    hidden = [draw.gate("tanh", x) for x in dense(draw, flat, 120)]
    hidden = [draw.gate("tanh", x) for x in dense(draw, hidden, 84)]
    loss(draw, dense(draw, hidden, 10), 3)
    return draw


def document(draw: Drawing) -> dict[str, Any]:
    """The drawing as a graph document whose last row is the output."""
    nodes: list[dict[str, Any]] = []
    for place, (op, operands, value) in enumerate(draw.rows):
        row: dict[str, Any] = {"id": f"n{place}", "op": op}
        if operands:
            row["inputs"] = [f"n{operand}" for operand in operands]
        if value is not None:
            row["value"] = value
        nodes.append(row)
    outputs = [{"node": f"n{len(nodes) - 1}"}]
    return {"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}, "nodes": nodes, "outputs": outputs}


class Clock:
    """CPU seconds of named steps."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def of(self, step: str, work: Callable[[], Result]) -> Result:
        """Do the work and remember how long it took."""
        start = time.process_time()
        found = work()
        self.seconds[step] = time.process_time() - start
        return found

    def say(self) -> None:
        """Print the steps, and the memory of this process at its peak."""
        for step, seconds in self.seconds.items():
            print(f"  {step:32} {seconds:8.2f} s")
        print(
            f"  {'memory at its peak':32} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:8.2f} GiB",
            flush=True,
        )


def main() -> None:
    """Draw, annotate and verify, each in a process of its own, which says its steps."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lenet", description=__doc__)
    parser.add_argument("--side", type=int, default=28, help="pixels a side; 12 is a small try")
    parser.add_argument("--folder", type=Path, help="keep the files there")
    parser.add_argument("--step", choices=STEPS, help="one step alone, in this process")
    options = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.step:
            STEPS[options.step](folder, options.side)
            return
        for step in STEPS:
            print(step, flush=True)
            arguments = ["--step", step, "--folder", str(folder), "--side", str(options.side)]
            subprocess.run([sys.executable, "-m", "tests.benchmarks.lenet", *arguments], check=True)


def draw(folder: Path, side: int) -> None:
    """Write the graph in columns."""
    made = document(lenet(side))
    graph = Graph.build(nodes=made["nodes"], outputs=made["outputs"])
    print(f"  {len(graph.nodes):,} nodes", flush=True)
    (folder / BARE).write_bytes(pack(graph))


def annotate(folder: Path, side: int) -> None:
    """Order the graph, run both passes, and write every number into it."""
    clock = Clock()
    graph = clock.of("load", lambda: _read(folder / BARE))
    made = clock.of("rows, plan, levels and runs", lambda: _planned(graph))
    leaves, seeds = leaf_numbers(made), seed_numbers(made)
    values = clock.of("forward", lambda: forward_pass(made, leaves))
    clock.of("backward", lambda: backward_pass(made, values, seeds, "zero").grads)
    found = clock.of("annotate: both again, and rows", lambda: chainrule.annotate(graph))
    clock.of("write columns", lambda: (folder / FULL).write_bytes(pack(found)))
    clock.say()


def verify(folder: Path, side: int) -> None:
    """Judge every number that was written."""
    clock = Clock()
    graph = clock.of("load", lambda: _read(folder / FULL))
    clock.of("rows and plan", lambda: plan(graph))
    report = clock.of("verify", lambda: chainrule.verify(graph))
    clock.say()
    assert report.counts is not None
    for judge in ("local", "global"):
        print(f"  {judge}: " + ", ".join(f"{count:,} {verdict}" for verdict, count in report.counts[judge].items()))


STEPS = {"draw": draw, "annotate": annotate, "verify": verify}
BARE, FULL = "lenet.cr.safetensors", "lenet.annotated.cr.safetensors"
LIMITS = replace(DEFAULT, bytes=1 << 30)


def _planned(graph: Graph) -> Any:
    made = plan(graph)
    assert made.runner is not None
    made.runner.executor("zero")
    return made


def _read(path: Path) -> Graph:
    graph = read(path.read_bytes(), limits=LIMITS)
    assert isinstance(graph, Graph)
    return graph


if __name__ == "__main__":
    main()
