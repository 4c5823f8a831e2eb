"""Programs, made in arrays or in ints, against the definition: gates by level, by kernel, as the document has them."""

from itertools import groupby, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.edges import Edges
from chainrule.engine.few_gates import program_of_few
from chainrule.engine.plan import Plan
from chainrule.engine.program import Gates, Kernel, Program, program_of
from chainrule.schema import Graph

from .executors.programs import SHAPES, planned, random_graph
from .test_levels import levels_one_by_one

MIXED: list[Any] = [
    {"id": "x", "op": "input", "value": 1.5},
    {"id": "y", "op": "input", "value": 2.0, "dtype": "float32"},
    {"id": "t", "op": "less", "inputs": ["x", "x"], "dtype": "bool"},
    {"id": "a", "op": "where", "inputs": ["t", "x", "x"]},
    {"id": "b", "op": "mul", "inputs": ["y", "y"], "dtype": "float32"},
    {"id": "c", "op": "mul", "inputs": ["x", "a"]},
    {"id": "d", "op": "add", "inputs": ["a", "c"]},
]


def program(made: Plan) -> Program:
    arguments = made.rules, Edges.of(made.operands), made.dtypes, made.trained, made.reaching
    return program_of(Gates.of(*arguments))


def kernels_one_by_one(made: Plan) -> tuple[list[Kernel], list[int]]:
    """The kernels in the order of their first gates, and which of them every wire has; -1 for leaves."""
    known: dict[Any, int] = {}
    kernels: list[Kernel] = []
    codes: list[int] = []
    for rule, read, dtype in zip(made.rules, made.operands, made.dtypes, strict=True):
        towards = tuple(made.dtypes[k] for k in read)
        key = (id(rule), len(read), dtype, towards)
        if rule is not None and key not in known:
            known[key] = len(kernels)
            kernels.append(Kernel(rule, len(read), dtype, towards))
        codes.append(-1 if rule is None else known[key])
    return kernels, codes


def is_as_defined(made: Plan) -> None:
    is_the_one_defined(program(made), made)
    is_the_one_defined(program_of_few(made.rules, made.operands, made.dtypes, made.trained, made.reaching), made)


def is_the_one_defined(found: Program, made: Plan) -> None:
    rows = made.operands
    kernels, codes = kernels_one_by_one(made)
    levels = levels_one_by_one(list(rows))
    order = sorted(range(len(rows)), key=lambda wire: (levels[wire], codes[wire]))
    assert [found.place[wire] for wire in order] == list(range(len(rows)))
    assert list(found.kernels) == kernels
    assert found.leaves.tolist() == [wire for wire, code in enumerate(codes) if code < 0]
    leaves = len(found.leaves)
    runs = [
        (codes[members[0]], len(members))
        for _, group in groupby(order[leaves:], key=lambda wire: (levels[wire], codes[wire]))
        if (members := list(group))
    ]
    assert found.codes.tolist() == [code for code, _ in runs]
    assert [last - first for first, last in pairwise(found.runs.tolist())] == [size for _, size in runs]
    assert not runs or found.runs[0] == leaves
    starts = Edges.of(rows).starts
    assert found.slots.tolist() == [slot for wire in order for slot in range(starts[wire], starts[wire + 1])]
    assert found.operands.tolist() == [found.place[k] for wire in order for k in rows[wire]]
    flowing = [
        made.trained[k] and not rule.is_fixed(port)
        for rule, read in zip(made.rules, rows, strict=True)
        if rule is not None
        for port, k in enumerate(read)
    ]
    reached = [made.reaching[wire] for wire, read in enumerate(rows) for _ in read]
    assert found.flowing.tolist() == flowing
    assert found.reached.tolist() == reached
    targets = [
        found.place[k] if flowing[starts[wire] + port] and made.reaching[wire] else found.size
        for wire in order
        for port, k in enumerate(rows[wire])
    ]
    assert found.targets.tolist() == targets


@given(
    seed=st.integers(0, 10**9),
    size=st.integers(1, 150),
    shape=st.sampled_from(SHAPES),
    outputs=st.integers(1, 3),
    dtype=st.sampled_from(["float64", "float32"]),
)
@settings(deadline=None)
def test_a_random_program_is_in_the_order_that_is_defined(
    seed: int, size: int, shape: str, outputs: int, dtype: str
) -> None:
    is_as_defined(planned(random_graph(seed, size, shape, outputs=outputs, dtype=dtype)))


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6, 7])
def test_gates_of_several_dtypes_have_kernels_of_their_own(count: int) -> None:
    nodes = [*MIXED[:count]]
    is_as_defined(planned(Graph.build(nodes=nodes, outputs=[{"node": nodes[-1]["id"], "seed": 1}])))


def test_two_chains_of_more_levels_than_sixteen_bits_tell_alternate() -> None:
    size = 70_000
    operands = [(), *((place,) for place in range(size)), (0,), *((size + 1 + place,) for place in range(size - 1))]
    made = planned(random_graph(0, 1, "chain", surrogates=False, ops=("relu",)))
    rules, flags = [None, *[made.rules[-1]] * (2 * size)], [True] * (2 * size + 1)
    found = program_of(Gates.of(rules, Edges.of(operands), ["float64"] * len(rules), flags, flags))
    assert found.place.tolist() == [0, *range(1, 2 * size, 2), *range(2, 2 * size + 1, 2)]
    assert found.runs.tolist() == list(range(1, 2 * size + 2, 2))


def test_attributes_of_one_op_make_kernels_of_their_own() -> None:
    nodes: list[Any] = [{"id": "x", "op": "input", "value": 0.5}]
    for place in range(40):
        attrs = {"min": -place} if place % 3 else {}
        before = nodes[-1]["id"]
        nodes.append({"id": f"c{place}", "op": "clip", "inputs": [before], "attrs": {**attrs, "max": place % 5}})
    is_as_defined(planned(Graph.build(nodes=nodes, outputs=[{"node": "c39"}])))
