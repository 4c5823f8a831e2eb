"""What a graph costs, known before it is run, and refused if that is too much."""

from typing import Any

import pytest

import chainrule as cr
from chainrule.engine.cost import Cost, cost_of
from chainrule.engine.plan import plan
from chainrule.schema import DocumentError, Graph


def one_gate(op: str, *shapes: tuple[int, ...], **attrs: Any) -> Graph:
    """The op between inputs of these shapes without values, summed."""
    rows: list[Any] = [{"id": f"x{k}", "op": "input", "shape": list(shape)} for k, shape in enumerate(shapes)]
    rows.append({"id": "y", "op": op, "inputs": [row["id"] for row in rows], **({"attrs": attrs} if attrs else {})})
    rows.append({"id": "f", "op": "reduce_sum", "inputs": ["y"]})
    return Graph.build(nodes=rows, outputs=[{"node": "f"}])


@pytest.mark.parametrize(
    ("op", "shapes", "attrs", "flops"),
    [
        ("exp", [(3, 4)], {}, 12),
        ("matmul", [(3, 4), (4, 5)], {}, 2 * 3 * 4 * 5),
        ("linear", [(3, 4), (5, 4), (5,)], {}, 2 * 3 * 4 * 5 + 15 + 20 + 15),
        ("conv", [(2, 4, 9), (6, 2, 3)], {"group": 2}, 2 * (2 * 6 * 7) * (2 * 3)),
        ("einsum", [(3, 4), (4, 5)], {"indices": [0, 1, 1, 2], "output": [0, 2]}, 2 * 3 * 4 * 5),
        ("reduce_max", [(6, 7)], {}, 42),
    ],
)
def test_operations_are_counted(op: str, shapes: list[tuple[int, ...]], attrs: dict[str, Any], flops: int) -> None:
    made = plan(one_gate(op, *shapes, **attrs))
    result = made.shapes[-2]
    summed = 1
    for extent in result:
        summed *= extent
    assert cost_of(made) == Cost(flops + summed, 8 * made.numbers)


@pytest.mark.parametrize(
    ("op", "shapes", "attrs"),
    [
        ("broadcast_to", [()], {"shape": [300_000, 300_000]}),
        ("tile", [(1_000,)], {"repeats": [1_000_000]}),
        ("pad", [(2,)], {"pads": [2_000_000_000, 0]}),
        ("outer", [(100_000,), (100_000,)], {}),
        ("one_hot", [], {}),
    ],
)
def test_a_tensor_that_no_machine_could_hold_is_refused_before_it_is_made(
    op: str, shapes: list[tuple[int, ...]], attrs: dict[str, Any]
) -> None:
    if op == "one_hot":
        rows: list[Any] = [
            {"id": "x", "op": "input", "dtype": "int64", "shape": [1000]},
            {"id": "y", "op": "one_hot", "inputs": ["x"], "attrs": {"depth": 2_000_000_000}},
            {"id": "f", "op": "reduce_sum", "inputs": ["y"]},
        ]
        graph = Graph.build(nodes=rows, outputs=[{"node": "f"}])
    else:
        graph = one_gate(op, *shapes, **attrs)
    with pytest.raises(DocumentError) as refused:
        cr.check(graph)
    [problem] = refused.value.problems
    assert problem.code == "limit.elements"
    assert problem.node == "y"
    assert "at most 16777216" in problem.message


def test_tensors_that_are_too_large_together_are_refused_at_the_first_that_is() -> None:
    rows: list[Any] = [{"id": "x", "op": "input", "shape": [2**24]}]
    rows += [{"id": f"y{k}", "op": "neg", "inputs": ["x"]} for k in range(40)]
    rows.append({"id": "f", "op": "reduce_sum", "inputs": ["y0"]})
    with pytest.raises(DocumentError) as refused:
        cr.check(Graph.build(nodes=rows, outputs=[{"node": "f"}]))
    [problem] = refused.value.problems
    assert (problem.code, problem.node) == ("limit.tensor_bytes", "y15")
