"""What torch, jax and HIPS autograd return where there is no derivative: each number gets the verdict that it must."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.plan import plan
from chainrule.engine.registry import OPS
from chainrule.engine.verify.pipeline import verify_graph
from chainrule.schema import Graph

from .documents import FIXTURES, with_claims
from .expectations import claims_of, worst

Point = Mapping[str, Any]

DATA = json.loads((FIXTURES / "claims" / "kink_conventions.json").read_text("utf-8"))
POINTS: Mapping[str, Point] = {point["point"]: point for point in DATA["points"]}
PRODUCERS = tuple(DATA["producers"])

#: Points whose expression is in words -> the same as the project writes it.
SPELT = {
    "clip[0,1]@0": "clip(x, min=0, max=1)",
    "clip[0,1]@1": "clip(x, min=0, max=1)",
    "max(dim) tie": "reduce_max(x, axes=[0])",
    "maxpool tie [0,0]": "max_pool(reshape(x, shape=[1, 1, 2]), kernel_shape=[2])",
    "norm2@0": "reduce_l2(x)",
    "norm1@0": "reduce_l1(x)",
    "std [1,1]": "std(x, correction=1)",
    "round@.5": "round(x)",
    "leaky_relu(.1)@0": "leaky_relu(x, alpha=0.1)",
    "elu@0": "elu(x)",
    "hardsigmoid@3": "hard_sigmoid(x, alpha='1/6', beta=0.5)",
    "sinc@0": "sinc(x)",
    "xlogy(0,0)": "xlogy(x, y)",
    "huber@1": "huber_loss(x, 0)",
}


def graph(point: Point) -> Graph:
    """The function at its point; the objective is the sum of its output."""
    built = cr.parse(SPELT.get(point["point"], point["expression"]), point["inputs"])
    made = plan(built)
    [output] = made.outputs
    if made.shapes[output] == ():
        return built
    seed: Any = 1
    for extent in reversed(made.shapes[output]):
        seed = [seed] * extent
    return Graph.build(nodes=built.nodes, outputs=[{"node": built.outputs[0]["node"], "seed": seed}])


def claimed(point: Point, numbers: Any) -> Graph:
    """The graph of a point with these gradients, one an operand, claimed."""
    return with_claims(graph(point), {f"{x}.grad": g for x, g in zip(point["inputs"], numbers, strict=True)})


def cases() -> list[Any]:
    """Every published value; those of an op that does not exist wait for it, and run by themselves once it does."""
    found: list[Any] = []
    for name, point in POINTS.items():
        absent = pytest.mark.skip(reason=f"there is no op {point['op']}")
        marks = [absent] if point["op"] not in OPS else []
        found += [
            pytest.param(point, who, id=f"{name}-{who}", marks=marks) for who in PRODUCERS if who in point["expected"]
        ]
    return found


@pytest.mark.parametrize(("point", "who"), cases())
def test_a_published_value_gets_its_verdict_and_reason(point: Point, who: str) -> None:
    verdict, *reasons = point["expected"][who].split()
    rows = claims_of(claimed(point, point[who]))
    assert max((row["global"]["verdict"] for row in rows.values()), key=VERDICTS.index) == verdict
    told = [r for row in rows.values() if row["global"]["verdict"] == verdict for r in row["reasons"]]
    assert set(reasons) <= set(told)
    if verdict == "proved":
        assert worst(rows) == "proved"


VERDICTS = ("proved", "consistent", "undecided", "refuted")

TIES = [name for name, point in POINTS.items() if point["class"] == "kink" and point["op"] in OPS]

#: torch's max over a dimension gives all to the first; its amax, which is what the name stands for, gives even shares.
NAMED = {("max(dim) tie", "torch"): "first"}


@pytest.mark.parametrize(("column", "name"), [("default", "zero"), ("torch", "torch"), ("jax", "jax")])
@pytest.mark.parametrize("point", TIES)
def test_what_a_framework_returns_is_recognised_as_its_convention(point: str, column: str, name: str) -> None:
    numbers = POINTS[point][column]
    if "NaN" in json.dumps(numbers):
        pytest.skip("a NaN follows no convention")
    standings = verify_graph(claimed(POINTS[point], numbers)).kinks.standings
    assert standings
    assert all(NAMED.get((point, name), name) in standing.follows for standing in standings.values())


INTERVALS = [name for name in TIES if POINTS[name]["admissible"]["set"] == "interval"]


@pytest.mark.parametrize("point", INTERVALS)
def test_the_admissible_interval_is_proved_to_its_ends_and_refuted_beyond(point: str) -> None:
    admissible = POINTS[point]["admissible"]
    if any(isinstance(number, str) for number in POINTS[point]["default"]):
        pytest.skip("the chain rule through these gates gives no finite number")
    for number, verdict in (
        (admissible["from"], "proved"),
        ((admissible["from"] + admissible["to"]) / 2, "proved"),
        (admissible["to"], "proved"),
        (admissible["from"] - 2**-40, "refuted"),
        (admissible["to"] + 2**-40, "refuted"),
    ):
        assert worst(claims_of(claimed(POINTS[point], [number]))) == verdict


def test_every_point_that_is_spelt_here_is_in_the_file() -> None:
    assert set(SPELT) <= set(POINTS)
