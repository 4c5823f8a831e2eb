"""Forward and backward over scalars, against the engines that people learn with and work with."""

import sys
from collections.abc import Iterator

import orjson

import chainrule

from .circuits import Circuit, document, neuron, wide
from .pairs import Task, paired
from .peers import micrograd_pass, torch_pass
from .row import Row


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """The neuron, repeated so that the clock sees it, and random circuits. The peers build their graph as they run."""
    sys.setrecursionlimit(20_000)  # micrograd orders its nodes by recursion
    yield _row("sigmoid neuron", neuron(), rounds=rounds, repeat=max(1, int(200 * scale)))
    for size in (1_000, 10_000):
        circuit = wide(max(20, int(size * scale)))
        yield _row(f"wide random, {size:,}", circuit, rounds=rounds, repeat=1)


def _row(name: str, circuit: Circuit, *, rounds: int, repeat: int) -> Row:
    graph = chainrule.load(orjson.dumps(document(circuit)))
    ours = _repeated(lambda: chainrule.backward(graph), repeat)
    peers = {"micrograd": micrograd_pass(circuit), "torch, scalars": torch_pass(circuit)}
    measured = {peer: task and paired(ours, _repeated(task, repeat), rounds=rounds) for peer, task in peers.items()}
    return Row("forward and backward", name, len(circuit) * repeat, measured, speedup=True)


def _repeated(task: Task, times: int) -> Task:
    def several() -> None:
        for _ in range(times):
            task()

    return several
