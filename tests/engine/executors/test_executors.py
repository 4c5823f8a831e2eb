"""Executors against the passes as they are defined: the same numbers on graphs of every shape."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.backward import CONVENTIONS
from chainrule.engine.executors import runner as runner_module
from chainrule.engine.executors.compiled import Compiled, compiles, is_installed
from chainrule.engine.executors.passes import FlatPass
from chainrule.engine.executors.table import Table
from chainrule.engine.executors.vectorised import Vectorised
from chainrule.engine.gate import share_of
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.plan import Plan, leaf_numbers, seed_numbers
from chainrule.engine.program import Program
from chainrule.schema import Graph

from .programs import COMPILED, FLOATING, SHAPES, defined, planned, random_graph

GRAPHS = {
    "seed": st.integers(0, 10**9),
    "size": st.integers(1, 60),
    "shape": st.sampled_from(SHAPES),
    "kinks": st.sampled_from(CONVENTIONS),
    "outputs": st.integers(1, 3),
}


def run(kind: Any, made: Plan, kinks: str) -> tuple[list[float], FlatPass]:
    """Values by position, and the backward pass, by one executor."""
    runner = made.runner
    assert runner is not None
    executor = runner.made(kind, kinks)
    leaves = leaf_numbers(made)
    values = executor.forward([leaves[wire] for wire in runner.leaves])
    received = executor.backward(values, runner.seeds(seed_numbers(made)))
    return runner.in_order(values), FlatPass(runner, executor, values, received)


def same(found: Any, expected: Any) -> bool:
    """Equal, None to None, NaN to NaN, and zeros whatever their sign."""
    if isinstance(expected, (tuple, list)):
        return len(found) == len(expected) and all(map(same, found, expected))
    return found is expected or found == expected or (found != found and expected != expected)


def agree(kind: Any, made: Plan, kinks: str) -> None:
    values, passed = run(kind, made, kinks)
    expected = defined(made, kinks)
    for found, wanted in zip((values, passed.grads, passed.local, passed.downstream), expected, strict=True):
        assert same(found, wanted)


@given(**GRAPHS)
@settings(deadline=None)
def test_the_table_gives_the_numbers_of_single_gates(
    seed: int, size: int, shape: str, kinks: str, outputs: int
) -> None:
    agree(Table, planned(random_graph(seed, size, shape, outputs=outputs)), kinks)


@given(**GRAPHS, dtype=st.sampled_from(["float32", "float16", "bfloat16"]))
@settings(deadline=None, max_examples=50)
def test_the_table_rounds_narrow_dtypes_after_every_step(
    seed: int, size: int, shape: str, kinks: str, outputs: int, dtype: str
) -> None:
    agree(Table, planned(random_graph(seed, size, shape, outputs=outputs, dtype=dtype)), kinks)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kinks", CONVENTIONS)
def test_the_table_gives_them_on_long_runs_too(shape: str, kinks: str) -> None:
    agree(Table, planned(random_graph(7, 400, shape)), kinks)


def together(count: int) -> Plan:
    """Many random graphs of every shape in one document, whose gates are all ops that can be compiled."""
    nodes: list[Any] = []
    outputs: list[Any] = []
    compilable = [name for name in FLOATING if name not in ("logaddexp", "asinh", "atan2")]
    for seed in range(count):
        shape, few = SHAPES[seed % len(SHAPES)], seed < 3
        part = random_graph(seed, 30, shape, outputs=1 + seed % 3, ops=compilable, surrogates=few)
        for node in part.nodes:
            moved = {"id": f"g{seed}_{node['id']}"}
            if "inputs" in node:
                moved["inputs"] = [f"g{seed}_{name}" for name in node["inputs"]]
            nodes.append({**node, **moved})
        outputs += [{**output, "node": f"g{seed}_{output['node']}"} for output in part.outputs]
    return planned(Graph.build(nodes=nodes, outputs=outputs))


@pytest.mark.skipif(not is_installed(), reason="the extra fast is not installed")
@given(**GRAPHS)
@settings(deadline=None, max_examples=100)
def test_compiled_kernels_give_the_numbers_of_single_gates(
    seed: int, size: int, shape: str, kinks: str, outputs: int
) -> None:
    made = planned(random_graph(seed, size, shape, outputs=outputs, ops=COMPILED, surrogates=False))
    agree(Compiled, made, kinks)


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(), reason="the extra fast is not installed")
@pytest.mark.parametrize("kinks", CONVENTIONS)
def test_every_op_that_can_be_compiled_gives_them(kinks: str) -> None:
    made = together(200)
    assert made.runner is not None
    assert compiles(made.runner.program)
    agree(Compiled, made, kinks)


@given(**GRAPHS)
@settings(deadline=None, max_examples=100)
def test_every_number_of_arrays_follows_from_its_operands(
    seed: int, size: int, shape: str, kinks: str, outputs: int
) -> None:
    """The rule of each gate on one entry, and sums of branches within the bound of summation in any order."""
    made = planned(random_graph(seed, size, shape, outputs=outputs))
    values, passed = run(Vectorised, made, kinks)
    terms: dict[int, list[float]] = {i: [seed] for i, seed in seed_numbers(made).items()}
    with np.errstate(all="ignore"):
        for i in made.gates:
            rule, operands = made.rules[i], [np.array([values[k]]) for k in made.operands[i]]
            assert rule is not None
            system = Arrays(share_of(rule, kinks), kinks)
            assert same(values[i], float(np.ravel(rule.forward(system, *operands))[0]))
            slopes = [float(np.ravel(x)[0]) for x in rule.local(system, np.array([values[i]]), operands)]
            wanted = [x if y is not None else None for x, y in zip(slopes, passed.local[i], strict=True)]
            assert same(passed.local[i], tuple(wanted))
            for k, part in zip(made.operands[i], passed.downstream[i], strict=True):
                if part is not None:
                    terms.setdefault(k, []).append(part)
    for i, grad in enumerate(passed.grads):
        parts = terms.get(i, [])
        if all(map(math.isfinite, parts)) and math.isfinite(grad):
            assert abs(grad - math.fsum(parts)) <= len(parts) * 2**-53 * math.fsum(map(abs, parts))


@pytest.mark.skipif(not is_installed(), reason="the extra fast is not installed")
def test_columns_are_each_the_pass_over_their_values() -> None:
    made = planned(random_graph(3, 50, "wide", ops=COMPILED, surrogates=False))
    runner = made.runner
    assert runner is not None
    leaves = np.random.default_rng(1).uniform(-2, 2, (len(runner.leaves), 100))
    seeds = runner.seeds(seed_numbers(made))
    compiled, arrays = runner.made(Compiled, "zero"), runner.made(Vectorised, "zero")
    assert isinstance(compiled, Compiled)
    values, grads = compiled.both_by_column(leaves, seeds)
    by_column = arrays.forward(leaves)
    for column in (0, 99):
        assert np.array_equal(by_column[:, column], arrays.forward(leaves[:, column]), equal_nan=True)
    for column in (0, 63, 64, 99):
        alone = compiled.forward(leaves[:, column])
        assert np.array_equal(values[:, column], alone, equal_nan=True)
        assert np.array_equal(grads[:, column], compiled.backward(alone, seeds)[:-1], equal_nan=True)


def test_what_asks_for_more_digits_than_doubles_have_is_not_compiled() -> None:
    def program(op: str) -> Program:
        nodes = [{"id": "x", "op": "input", "value": 1}, {"id": "y", "op": op, "inputs": ["x", "x"]}]
        runner = planned(Graph.build(nodes=nodes, outputs=[{"node": "y"}])).runner
        assert runner is not None
        return runner.program

    assert not compiles(program("logaddexp"))
    assert compiles(program("mul"))


def test_the_executor_grows_with_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = planned(random_graph(1, 40, "wide")).runner
    assert runner is not None
    assert isinstance(runner.executor("zero"), Table)
    monkeypatch.setattr(runner_module, "LARGE", 10)
    monkeypatch.setattr(runner_module, "WIDE", 1)
    monkeypatch.setattr(runner_module, "is_installed", lambda: False)
    wide = planned(random_graph(2, 40, "wide")).runner
    assert wide is not None
    assert isinstance(wide.executor("zero"), Vectorised)
