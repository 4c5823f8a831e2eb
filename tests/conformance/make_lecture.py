"""Writes fixtures/lecture: every circuit of the lecture, as the engine computes it and as the lecture prints it.

Run it from the root of the repository: ``python -m tests.conformance.make_lecture``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import chainrule as cr

from .documents import FIXTURES, with_claims, with_labels, write

FOLDER = FIXTURES / "lecture"
SOURCE = "lecture notes on CS231n, lecture 4: backpropagation"


class Circuit(NamedTuple):
    """A circuit of the lecture: its gates as statements, its leaves, and the digits that are printed on its wires.

    `printed` has more than one sheet where more than one answer is right; each becomes a file of that suffix.
    """

    name: str
    title: str
    text: str
    values: Mapping[str, int]
    printed: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, str] = {}
    params: tuple[str, ...] = ()


def one_sheet(**numbers: str) -> Mapping[str, Mapping[str, str]]:
    """The only sheet of a circuit: a gate's number reads `value gradient`, a leaf's is its gradient."""
    claims: dict[str, str] = {}
    for wire, written in numbers.items():
        *value, gradient = written.split()
        claims |= {f"{wire}.value": digits for digits in value} | {f"{wire}.grad": gradient}
    return {"printed": claims}


NEURON = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}
WEIGHTS = ("w0", "w1", "w2")
NEURON_SUM = "p0 = w0*x0; p1 = w1*x1; s = p0 + p1; u = s + w2"
NEURON_LABELS = {
    "w0": "w₀",
    "x0": "x₀",
    "w1": "w₁",
    "x1": "x₁",
    "w2": "w₂",
    "p0": "w₀x₀",
    "p1": "w₁x₁",
}
#: What the slides print on the leaves: one decimal, each computed from 0.20 and right as it stands.
NEURON_LEAVES = {"w0": "-0.2", "x0": "0.4", "w1": "-0.4", "x1": "-0.6", "w2": "0.2"}

RELU = "h = relu(x); f = h*w"
RELU_LABELS = {"h": "max(0, x)"}

CIRCUITS = (
    Circuit(
        "add-gate",
        "The add gate distributes its gradient",
        "f = x + y",
        {"x": -2, "y": 5},
        one_sheet(f="3 1", x="1", y="1"),
    ),
    Circuit(
        "mul-gate",
        "The multiply gate switches its inputs",
        "f = x*y",
        {"x": 4, "y": -3},
        one_sheet(f="-12 1", x="-3", y="4"),
    ),
    Circuit(
        "max-gate",
        "The max gate routes its gradient to the larger input",
        "f = maximum(x, y)",
        {"x": 4, "y": 2},
        one_sheet(f="4 1", x="1", y="0"),
    ),
    Circuit(
        "patterns",
        "Add distributes, max routes, multiply switches: f = 2 * (x*y + max(z, w))",
        "p = x*y; m = maximum(z, w); s = p + m; two = 2; f = two*s",
        {"x": 3, "y": -4, "z": 2, "w": -1},
        one_sheet(
            p="-12.00 2.00", m="2.00 2.00", s="-10.00 2.00", f="-20.00 1.00", x="-8.00", y="6.00", z="2.00", w="0.00"
        ),
        {"p": "xy", "m": "max(z, w)", "s": "xy + max(z, w)"},
    ),
    Circuit(
        "add-mul",
        "f = (x + y) * z",
        "q = x + y; f = q*z",
        {"x": -2, "y": 5, "z": -4},
        one_sheet(q="3 -4", f="-12 1", x="-4", y="-4", z="3"),
        {"q": "x + y", "f": "(x + y) z"},
    ),
    Circuit(
        "sigmoid-neuron",
        "The sigmoid neuron, gate by gate: 1 / (1 + exp(-(w0*x0 + w1*x1 + w2)))",
        f"{NEURON_SUM}; n = -u; e = exp(n); one = 1; d = e + one; f = reciprocal(d)",
        NEURON,
        one_sheet(u="1.00 0.20", n="-1.00 -0.20", e="0.37 -0.53", d="1.37 -0.53", f="0.73 1.00", **NEURON_LEAVES),
        NEURON_LABELS | {"e": "exp(-u)", "d": "1 + exp(-u)", "f": "σ(u)"},
        WEIGHTS,
    ),
    Circuit(
        "sigmoid-gate",
        "The sigmoid neuron with its last four gates collapsed into one: the local gradient is (1 - f) f",
        f"{NEURON_SUM}; f = sigmoid(u)",
        NEURON,
        {"printed": {**one_sheet(u="1.00 0.20", f="0.73 1.00", **NEURON_LEAVES)["printed"], "f.local[0]": "0.2"}},
        NEURON_LABELS | {"f": "σ(u)"},
        WEIGHTS,
    ),
    Circuit(
        "branches",
        "Gradients add where branches meet: x gets -18 through x*y and -6 through x + z",
        "a = x*y; b = x + z; f = a*b",
        {"x": 2, "y": -3, "z": 4},
        {
            "printed": {
                **one_sheet(a="-6 6", b="6 -6", f="-36 1", x="-24", y="12", z="-6")["printed"],
                "a.downstream[0]": "-18",
                "b.downstream[0]": "-6",
            }
        },
        {"a": "xy", "b": "x + z"},
    ),
    Circuit(
        "relu-positive",
        "relu lets the gradient through where its input is positive",
        RELU,
        {"x": 3, "w": 4},
        one_sheet(h="3 4", f="12 1", x="4", w="3"),
        RELU_LABELS,
    ),
    Circuit(
        "relu-negative",
        "relu stops the gradient where its input is negative",
        RELU,
        {"x": -3, "w": 4},
        one_sheet(h="0 4", f="0 1", x="0", w="0"),
        RELU_LABELS,
    ),
    Circuit(
        "relu-at-zero",
        "relu at 0 has a kink: every gradient between none of the upstream 4 and all of it is a subgradient",
        RELU,
        {"x": 0, "w": 4},
        {
            f"printed-{share}": one_sheet(h="0 4", f="0 1", x=gradient, w="0")["printed"]
            for share, gradient in {"none": "0.0", "half": "2.0", "all": "4.0"}.items()
        },
        RELU_LABELS,
    ),
)


def documents() -> Mapping[Path, bytes]:
    """Every file of fixtures/lecture with its content; the same at each call."""
    return {FOLDER / f"{name}.cr.json": content for circuit in CIRCUITS for name, content in _sheets(circuit)}


def _sheets(circuit: Circuit) -> Iterator[tuple[str, bytes]]:
    parsed = cr.parse(circuit.text, circuit.values, params=circuit.params)
    graph = with_labels(parsed, circuit.labels, {"title": circuit.title, "source": SOURCE, "lang": "en"})
    yield f"{circuit.name}.computed", cr.dump(cr.annotate(graph))
    for sheet, claims in circuit.printed.items():
        yield f"{circuit.name}.{sheet}", cr.dump(with_claims(graph, claims))


if __name__ == "__main__":
    write(documents())
