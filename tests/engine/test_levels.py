"""Levels, reach and edges in arrays, against the same found one gate at a time."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.engine.edges import Edges, reaching
from chainrule.engine.levels import LONG, levels_of

Operands = list[tuple[int, ...]]

#: How far back a gate reads: anywhere, a little, the row before it alone or beside others, or the first rows.
MANNERS = ("anywhere", "near", "chain", "line", "layers", "fan-out", "any")


def drawn(seed: int, size: int, manner: str, most: int = 3) -> Operands:
    """Rows that read earlier rows, a few of them nothing."""
    draw = random.Random(seed)
    rows: Operands = [()] * draw.randint(1, 3)
    while len(rows) < size:
        count = 0 if draw.random() < 0.1 else draw.randint(1, most)
        rows.append(tuple(_read(draw, len(rows), manner) for _ in range(count)))
    return rows


def _read(draw: random.Random, place: int, manner: str) -> int:
    if manner == "any":
        manner = draw.choice(MANNERS[:-1])
    if manner == "near":
        return draw.randrange(max(0, place - 4), place)
    if manner == "chain" or (manner == "line" and draw.random() < 0.5):
        return place - 1
    if manner == "layers":
        return draw.randrange(max(1, place // 40 * 40))
    return draw.randrange(min(place, 3) if manner == "fan-out" else place)


def levels_one_by_one(rows: Operands) -> list[int]:
    levels: list[int] = []
    for row in rows:
        levels.append(max((levels[k] for k in row), default=-1) + 1)
    return levels


def reaching_one_by_one(rows: Operands, outputs: list[int]) -> list[bool]:
    reached = [False] * len(rows)
    for place in outputs:
        reached[place] = True
    for place in reversed(range(len(rows))):
        for operand in rows[place] if reached[place] else ():
            reached[operand] = True
    return reached


@given(
    seed=st.integers(0, 10**9),
    size=st.integers(1, 400),
    manner=st.sampled_from(MANNERS),
    most=st.integers(1, 4),
    long=st.sampled_from([1, 8, LONG, 10**6]),
)
def test_levels_in_arrays_are_the_longest_paths(seed: int, size: int, manner: str, most: int, long: int) -> None:
    rows = drawn(seed, size, manner, most)
    assert levels_of(Edges.of(rows), long=long).tolist() == levels_one_by_one(rows)


@given(seed=st.integers(0, 10**9), size=st.integers(1, 200), manner=st.sampled_from(MANNERS), count=st.integers(1, 4))
def test_reach_in_arrays_is_what_a_walk_back_from_the_outputs_meets(
    seed: int, size: int, manner: str, count: int
) -> None:
    rows = drawn(seed, size, manner)
    outputs = random.Random(seed).choices(range(len(rows)), k=count)
    assert reaching(Edges.of(rows), outputs).tolist() == reaching_one_by_one(rows, outputs)


@pytest.mark.parametrize("size", [1, 2, LONG, 5000])
def test_a_chain_is_one_stretch_and_as_deep_as_it_is_long(size: int) -> None:
    rows: Operands = [(), *((place,) for place in range(size))]
    assert levels_of(Edges.of(rows)).tolist() == list(range(size + 1))


def test_a_line_that_reads_deeper_gates_on_its_way_goes_on_from_them() -> None:
    deep: Operands = [(), (0,), (1,), (2,), (3,)]
    line: Operands = [(0,), (5,), (6, 4), (7,), (0,), (9, 4), (10,)]
    rows = deep + line
    assert levels_of(Edges.of(rows), long=1).tolist() == levels_one_by_one(rows) == [0, 1, 2, 3, 4, 1, 2, 5, 6, 1, 5, 6]


def test_leaves_alone_are_all_of_level_0() -> None:
    assert levels_of(Edges.of([(), (), ()])).tolist() == [0, 0, 0]
    assert levels_of(Edges.of([])).tolist() == []


def test_edges_say_what_the_rows_said() -> None:
    edges = Edges.of([(), (0,), (1, 0, 1), ()])
    assert edges.starts.tolist() == [0, 0, 1, 4, 4]
    assert edges.wires.tolist() == [0, 1, 0, 1]
    assert edges.arities.tolist() == [0, 1, 3, 0]
    assert edges.count == 4
    assert edges.wires.dtype == np.int64
