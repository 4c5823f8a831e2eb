"""Numbers that cancel to almost nothing: right among numbers that all hold, open where one is missing or wrong."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.schema import Graph

from ..tensor_documents import in_arrays

WIDE = 40


def normalised() -> Graph:
    """The squares of deviations from a mean, summed: the gradient of the mean cancels."""
    draw = np.random.default_rng(5)
    rows: list[dict[str, Any]] = [
        {"id": "x", "op": "input", "value": (draw.standard_normal((6, WIDE)) * 1e3).tolist()},
        {"id": "m", "op": "reduce_mean", "inputs": ["x"], "attrs": {"axes": [1], "keepdims": True}},
        {"id": "b", "op": "broadcast_to", "inputs": ["m"], "attrs": {"shape": [6, WIDE]}},
        {"id": "d", "op": "sub", "inputs": ["x", "b"]},
        {"id": "q", "op": "square", "inputs": ["d"]},
        {"id": "f", "op": "reduce_sum", "inputs": ["q"]},
    ]
    made = cr.annotate(Graph.build(nodes=rows, outputs=[{"node": "f"}]))
    claims: list[Any] = [dict(row) for row in made.nodes]
    # Another order of summation: as far from 0 as rounding of terms of this size may lead.
    claims[0]["grad"] = (np.array(claims[3]["downstream"][0]) + 3e-13 / WIDE).tolist()
    claims[1]["grad"] = [[3e-13]] * 6
    claims[2]["downstream"] = [[[3e-13]] * 6]
    claims[1]["downstream"] = [[[3e-13 / WIDE] * WIDE] * 6]
    return made.with_nodes(claims)


def without(graph: Graph, name: str, *fields: str) -> Graph:
    rows: list[Any] = [{k: v for k, v in row.items() if row["id"] != name or k not in fields} for row in graph.nodes]
    return graph.with_nodes(rows)


def of(graph: Graph, name: str) -> tuple[str, str]:
    """Local and global verdict on a gradient."""
    found = {(f.claim.node, f.claim.field): f for f in in_arrays(graph).claims}
    finding = found[graph.structure.index[name], "grad"]
    return finding.local.verdict.value, finding.overall.verdict.value


def test_a_gradient_that_cancels_is_consistent_where_every_number_is_stated_and_holds() -> None:
    assert of(normalised(), "m") == ("consistent", "consistent")


def test_numbers_of_a_gate_that_only_moves_others_need_not_be_stated() -> None:
    assert of(without(normalised(), "b", "value", "grad", "downstream"), "m") == ("consistent", "consistent")


@pytest.mark.parametrize("field", ["value", "grad"])
def test_it_is_below_resolution_where_numbers_of_a_gate_that_rounds_are_missing(field: str) -> None:
    assert of(without(normalised(), "d", field, "local", "downstream"), "m")[1] == "undecided"


def test_it_is_below_resolution_where_another_number_is_wrong() -> None:
    made = normalised()
    rows: list[Any] = [dict(row) for row in made.nodes]
    rows[-1]["value"] *= 1.01
    assert of(made.with_nodes(rows), "m")[1] == "undecided"


def test_common_kernels_are_given_what_they_were_measured_to_be_off() -> None:
    def verdict(op: str, units: float) -> str:
        x = -0.4141
        value = float(getattr(np, op)(x)) * (1 + units * 2.0**-53)
        rows: list[Any] = [
            {"id": "x", "op": "input", "value": x},
            {"id": "f", "op": op, "inputs": ["x"], "value": value},
        ]
        return cr.verify(Graph.build(nodes=rows, outputs=[{"node": "f"}])).verdict["local"]

    assert [verdict("log1p", units) for units in (240, 300)] == ["consistent", "refuted"]
    assert [verdict("tanh", units) for units in (6, 12)] == ["consistent", "refuted"]
