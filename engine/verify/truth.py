"""What follows from a graph and its inputs alone, whatever a document claims: made once for all who state the same.

A class hands in one graph at one point many times, each time with other claims. Nothing here is taken from a claim, a
name or a probe, so that such documents share it, and a report is the same whether it was shared or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from ...schema import Graph
from ..kept import Kept
from ..plan import Number, Plan, has_objective, is_bound
from .equations import Equations, from_inputs
from .kinks.near_guards import Hanging, dead_slots, guards_near
from .layout import Layout
from .nonfinite import Execution
from .tangents.real_point import RealPoint

#: Wires up to which the truth is kept for other documents, and those of all that are kept.
SMALL, MOST_WIRES = 4096, 8192


class Truth:
    """The truth about one plan, each part made when it is first needed, and never changed afterwards."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._at: dict[int, Equations] = {}

    def at(self, bits: int) -> Equations:
        """Global equations at one precision: nothing is taken from the annotations."""
        if bits not in self._at:
            self._at[bits] = from_inputs(self.plan, bits)
        return self._at[bits]

    @cached_property
    def layout(self) -> Layout:
        """Where the numbers of the plan lie."""
        return Layout(self.plan)

    @cached_property
    def execution(self) -> Execution:
        """The graph as IEEE arithmetic runs it."""
        return Execution(self.plan)

    @cached_property
    def hanging(self) -> Hanging:
        """What hangs on guards that may be 0, as execution sees them."""
        values = self.execution.values
        guards = guards_near(self.layout, values)
        return Hanging(self.plan, guards, dead_slots(self.layout, values) if guards else ())

    @cached_property
    def point(self) -> RealPoint:
        """Where the complex step starts from."""
        return RealPoint(self.plan, self.layout, self._float64_values)

    @property
    def _float64_values(self) -> Sequence[Number] | None:
        """Every wire's value in float64, where that is what execution computes; None for narrower documents."""
        return self.execution.values if set(self.plan.dtypes) == {"float64"} else None


#: What is known of the graphs and points that were verified last.
TRUTHS: Kept[Truth] = Kept(MOST_WIRES)


def truth_of(plan: Plan) -> Truth:
    """The truth about a plan, that of another document where it has the same structure and the same inputs."""
    # Without a runner the plan is no graph of scalars, or was changed after it was laid out.
    if plan.runner is None or len(plan.ids) > SMALL or not (is_bound(plan) and has_objective(plan)):
        return Truth(plan)
    key = plan.skeleton, _sources(plan)
    found = TRUTHS.get(key)
    if found is None:
        found = Truth(_bare(plan))
        TRUTHS.put(key, found, len(plan.ids))
    return found


def _bare(plan: Plan) -> Plan:
    """The plan over its sources alone: nothing else of a document is kept, and what becomes of it does not matter."""
    graph, ids = plan.graph, list(map(str, range(len(plan.ids))))
    rows: list[Any] = [{"id": name, "op": node["op"]} for name, node in zip(ids, graph.nodes, strict=True)]
    for i, rule in enumerate(plan.rules):
        if rule is None:
            rows[i]["value"] = graph.nodes[i].get("value")
    outputs: list[Any] = [{**output, "node": ids[i]} for output, i in zip(graph.outputs, plan.outputs, strict=True)]
    bare = Graph.model_construct(
        nodes=rows, outputs=outputs, dtype=graph.dtype, accumulate=graph.accumulate, kinks=graph.kinks
    )
    return replace(plan, graph=bare, ids=ids)


def _sources(plan: Plan) -> str:
    """All that the truth depends on besides the structure, as it is written: 1 and 1.0 are two texts."""
    graph = plan.graph
    leaves = [graph.nodes[i].get("value") for i, rule in enumerate(plan.rules) if rule is None]
    seeds = [output.get("seed") for output in graph.outputs]
    return repr((graph.dtype, graph.accumulate, graph.kinks, leaves, seeds))
