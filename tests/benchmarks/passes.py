"""Forward and backward over scalars, against the engines that people learn with and work with."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import orjson

import chainrule
from chainrule.engine.executors.compiled import Compiled, is_installed
from chainrule.engine.executors.runner import Executor, Runner
from chainrule.engine.executors.table import Table
from chainrule.engine.executors.vectorised import Vectorised
from chainrule.engine.plan import leaf_numbers, plan, seed_numbers

from .circuits import Circuit, chain, document, network, neuron, wide
from .pairs import FULL_RUN, STEADY, Task, paired
from .peers import autograd_pass, casadi_pass, micrograd_pass, torch_pass
from .row import Row

PEERS: dict[str, Callable[[Circuit], Task | None]] = {
    "micrograd": micrograd_pass,
    "torch, scalars": torch_pass,
    "HIPS autograd": autograd_pass,
    "CasADi": casadi_pass,
}

#: Nodes above which a peer takes longer than a benchmark may: it is asked up to here.
MOST = {"micrograd": 40_000, "torch, scalars": 40_000, "HIPS autograd": 2_000, "CasADi": 120_000}


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """Circuits of every shape, run by the library and by each executor. Eager peers build their graph as they run."""
    sys.setrecursionlimit(200_000)  # micrograd orders its nodes by recursion
    yield from sorted(_rows(rounds, scale), key=lambda row: row.table)


def _rows(rounds: int, scale: float) -> Iterator[Row]:
    for name, circuit in circuits(scale, full=rounds >= FULL_RUN):
        peers = {peer: make(circuit) for peer, make in PEERS.items() if len(circuit) <= MOST[peer]}
        for executor, task in tasks(circuit).items():
            measured = {
                peer: other and (task and paired(task, other, rounds=rounds, least=STEADY))
                for peer, other in peers.items()
            }
            yield Row(f"forward and backward, {executor}", name, len(circuit), measured, speedup=True)


def circuits(scale: float, *, full: bool) -> Iterator[tuple[str, Circuit]]:
    """Name and circuit; micrograd's recursion has no room for chains, which are asked of the others."""
    yield "sigmoid neuron", neuron()
    yield "wide random, 1,000", wide(max(20, int(1_000 * scale)))
    if full:
        yield "network 16-16-16-1, batch 32", network(max(1, int(32 * scale)))
        yield "wide random, 10,000", wide(max(20, int(10_000 * scale)))
        yield "chain, 10,000", chain(max(20, int(10_000 * scale)))
        yield "wide random, 100,000", wide(max(20, int(100_000 * scale)))


def tasks(circuit: Circuit) -> dict[str, Task | None]:
    """The call of the library, and the executors on numbers that are laid out; arrays only where runs are wide."""
    graph = chainrule.load(orjson.dumps(document(circuit)))
    made = plan(graph)
    runner = made.runner
    assert runner is not None
    leaves, seeds = leaf_numbers(made), runner.seeds(seed_numbers(made))
    numbers = [leaves[wire] for wire in runner.leaves]
    array = np.array(numbers)
    compiled = runner.made(Compiled, "zero") if is_installed() else None
    found: dict[str, Task | None] = {
        "chainrule.backward": lambda: chainrule.backward(graph),
        "the table": _both(runner.made(Table, "zero"), numbers, seeds),
        "compiled": compiled and _both(compiled, array, seeds),
    }
    if _is_wide(runner):
        found["arrays"] = _both(runner.made(Vectorised, "zero"), array, seeds)
    return found


def _is_wide(runner: Runner) -> bool:
    return runner.program.size >= 40 * runner.program.codes.size


def _both(executor: Executor, numbers: Any, seeds: Any) -> Task:
    def task() -> None:
        executor.backward(executor.forward(numbers), seeds)

    return task
