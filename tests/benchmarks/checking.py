"""Checks of one graph's gradients, against torch's gradcheck in fast mode."""

from collections.abc import Iterator

import numpy as np
import orjson

import chainrule
from chainrule.engine.executors.runner import Runner
from chainrule.engine.executors.table import Table
from chainrule.engine.executors.vectorised import Vectorised
from chainrule.engine.plan import Plan, leaf_numbers, plan, seed_numbers
from chainrule.engine.verify.columns import Columns
from chainrule.engine.verify.differences.estimates import estimates, moves_of, trained_leaves
from chainrule.engine.verify.differences.romberg import MINIMAL
from chainrule.engine.verify.local import residuals, stated_numbers

from .circuits import Circuit, chain, document, stated, wide
from .pairs import FULL_RUN, STEADY, Task, paired
from .peers import torch_gradcheck
from .row import Row

#: The step and the tolerances that gradcheck has unless told: one step, and what it lets pass.
STEP, RELATIVE, ABSOLUTE = 1e-6, 1e-3, 1e-5

#: An op beside add and mul, and nodes; a quick run takes the first.
SIZES = (("abs", 1_000), ("tanh", 200), ("abs", 200), ("abs", 2_000), ("tanh", 1_000))


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """Differences on every leaf and the local certificate at gradcheck's sizes; the certificate alone on large ones."""
    yield from sorted(_small(rounds, scale), key=lambda row: row.table)
    for name, circuit in _large(scale, full=rounds >= FULL_RUN):
        passes = paired(certificate(circuit), _passes(circuit), rounds=rounds, least=STEADY)
        yield Row("the local certificate, NumPy alone", name, len(circuit), {"forward + backward": passes})


def _small(rounds: int, scale: float) -> Iterator[Row]:
    for unary, size in SIZES if rounds >= FULL_RUN else SIZES[:1]:
        circuit = wide(max(20, int(size * scale)), unary=unary)
        yield from _at_sizes_of_gradcheck(f"wide random of add, mul, {unary}, {size:,}", circuit, rounds=rounds)


def _large(scale: float, *, full: bool) -> Iterator[tuple[str, Circuit]]:
    for size in (10_000, 100_000) if full else (10_000,):
        yield f"wide random, {size:,}", wide(max(20, int(size * scale)), unary="tanh")
        yield f"chain, {size:,}", chain(max(20, int(size * scale)))


def _at_sizes_of_gradcheck(name: str, circuit: Circuit, *, rounds: int) -> Iterator[Row]:
    peer = torch_gradcheck(circuit)
    works = {
        "central differences on every leaf": central_differences(circuit),
        "the same with error bars (9 points a leaf)": error_bars(circuit),
        "the local certificate": certificate(circuit),
    }
    for work, task in works.items():
        measured = peer and paired(task, peer, rounds=rounds, least=STEADY)
        yield Row(work, name, len(circuit), {"torch gradcheck, fast mode": measured}, speedup=True)


def planned(circuit: Circuit) -> tuple[Plan, Runner]:
    """The plan, which is one of scalars, and what runs it."""
    made = plan(chainrule.load(orjson.dumps(document(circuit))))
    assert made.runner is not None
    return made, made.runner


def central_differences(circuit: Circuit) -> Task:
    """(f(x + h) - f(x - h)) / 2h for every leaf, all points columns of one pass, held against one backward pass.

    As in gradcheck the step is the same for all leaves, and its tolerances decide.
    """
    made, runner = planned(circuit)
    executor, alone = runner.made(Vectorised, "zero"), runner.made(Table, "zero")
    given = leaf_numbers(made)
    numbers = [given[wire] for wire in runner.leaves]
    point, seeds = np.array(numbers), runner.seeds(seed_numbers(made))
    [output] = seeds
    steps = STEP * np.eye(point.size)

    def task() -> None:
        values = executor.forward(np.concatenate([point[:, None] + steps, point[:, None] - steps], axis=1))
        numerical = (values[output, : point.size] - values[output, point.size :]) / (2 * STEP)
        analytical = alone.backward(alone.forward(numbers), seeds)[: point.size]
        assert np.allclose(analytical, numerical, rtol=RELATIVE, atol=ABSOLUTE)

    return task


def error_bars(circuit: Circuit) -> Task:
    """What `verify` does for the leaves that it samples, for every leaf: a ladder, its rounding, a measured bar."""
    made, _ = planned(circuit)
    leaves, seeds = leaf_numbers(made), seed_numbers(made)
    grads = chainrule.backward(made.graph).grads
    expected = [grads[made.ids[leaf]] for leaf in trained_leaves(made)]

    def task() -> None:
        moves = moves_of(leaves, [(leaf, 0) for leaf in trained_leaves(made)], MINIMAL)
        found = estimates(made, leaves, seeds, moves)
        assert all(abs(one.value - grad) <= one.bar for one, grad in zip(found, expected, strict=True))

    return task


def certificate(circuit: Circuit) -> Task:
    """Every stated value and gradient held against its own equation, on numbers that are laid out."""
    made = plan(stated(circuit))
    numbers = stated_numbers(Columns(made))

    def task() -> None:
        rho = residuals(made, numbers, gradients=True)
        assert np.nanmax(rho.values) <= 1
        assert np.nanmax(rho.grads) <= 1

    return task


def _passes(circuit: Circuit) -> Task:
    graph = chainrule.load(orjson.dumps(document(circuit)))
    return lambda: chainrule.backward(graph)
