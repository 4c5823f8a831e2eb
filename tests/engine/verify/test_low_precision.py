"""float32, float16 and bfloat16 documents: honest ones are never refuted, an error of four tolerances always is."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.plan import plan
from chainrule.engine.verify.claims import Claim, address, claims_of
from chainrule.engine.verify.equations import from_stated
from chainrule.engine.verify.report import overall
from chainrule.schema import Graph
from chainrule.schema.number import round_to

from ..graphs import random_graph
from .simulated import MACHINES, Machine, net, simulated

ON_EACH_MACHINE = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES.keys())
IN_EACH_DTYPE = pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])

#: What an error is made of, in units of the claim's own tolerance.
TOLERANCES = 4


def honest(machine: Machine, count: int, gates: int) -> Iterator[Graph]:
    """Nets and random graphs as the machine computes them; those that overflow are left out."""
    graphs = [*(net(seed) for seed in range(count // 4)), *(random_graph(seed, gates) for seed in range(count))]
    yield from (found for graph in graphs if (found := simulated(graph, machine)) is not None)


def in_dtype(graph: Graph, dtype: str) -> Graph:
    """The graph with its leaves rounded to a dtype."""
    rows: list[Any] = [
        {**node, "value": round_to(float(node["value"]), dtype)} if "inputs" not in node else node
        for node in graph.nodes
    ]
    return Graph.build(nodes=rows, outputs=list(graph.outputs), dtype=dtype)


@ON_EACH_MACHINE
def test_what_a_machine_computes_is_not_refuted(machine: Machine) -> None:
    tried = 0
    for graph in honest(machine, 20, 12):
        report = cr.verify(graph)
        assert overall(report).value != "refuted", report.claims
        tried += 1
    assert tried >= 15


@IN_EACH_DTYPE
def test_what_the_engine_computes_in_a_dtype_is_not_refuted(dtype: str) -> None:
    for seed in range(20):
        graph = cr.annotate(in_dtype(random_graph(seed, 15), dtype))
        report = cr.verify(graph)
        assert overall(report).value != "refuted", report.claims


def places(graph: Graph) -> list[Claim]:
    """The claims on values and gradients of gates and leaves."""
    return [claim for claim in claims_of(plan(graph)) if claim.field in ("value", "grad")]


def disturbed(graph: Graph, claim: Claim, up: bool) -> Graph | None:
    """The document with one claim moved by four tolerances of its own equation; None where it has none."""
    made = plan(graph)
    judged = from_stated(made, claims_of(made), 128).judge(claim, 0)
    if judged is None or not judged.allowance:
        return None
    number = float(claim.raw)
    step = (1 if up else -1) * TOLERANCES * float(judged.allowance.p) / float(judged.allowance.q)
    moved = round_to(number + step, claim.dtype)
    rows: list[Any] = [dict(row) for row in graph.nodes]
    rows[claim.node][claim.field] = moved
    return None if abs(moved - number) < abs(step) else graph.with_nodes(rows)


@ON_EACH_MACHINE
def test_an_error_of_four_tolerances_is_the_one_first_fault(machine: Machine) -> None:
    draw = random.Random(8)
    tried = 0
    for graph in honest(machine, 12, 10):
        made = plan(graph)
        for claim in draw.sample(places(graph), 3):
            wrong = disturbed(graph, claim, up=draw.random() < 0.5)
            if wrong is not None:
                faults = cr.verify(wrong).model_dump()["first_faults"] or []
                assert [fault["at"] for fault in faults] == [address(made, (claim.node, claim.field, None))], cr.dump(
                    wrong
                ).decode()
                tried += 1
    assert tried >= 10


@ON_EACH_MACHINE
@pytest.mark.slow
def test_thousands_of_honest_numbers_are_not_refuted(machine: Machine) -> None:
    for graph in honest(machine, 400, 25):
        assert overall(cr.verify(graph)).value != "refuted", cr.dump(graph).decode()


def test_wider_accumulation_makes_the_tolerance_smaller() -> None:
    narrow, wide = (simulated(net(1), MACHINES[name]) for name in ("bfloat16", "bfloat16 in float32"))
    assert narrow is not None
    assert wide is not None
    stated = Graph.build(nodes=list(wide.nodes), outputs=list(wide.outputs), dtype="bfloat16")
    sizes = [_tolerances(graph) for graph in (wide, stated)]
    assert all(with_it <= without for with_it, without in zip(*sizes, strict=True))
    assert sum(with_it < without for with_it, without in zip(*sizes, strict=True)) >= 5


def _tolerances(graph: Graph) -> list[Any]:
    made = plan(graph)
    claims = claims_of(made)
    equations = from_stated(made, claims, 128)
    judged = [equations.judge(claim, 0) for claim in claims if claim.field == "grad"]
    return [found.allowance for found in judged if found is not None]
