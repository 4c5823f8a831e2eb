"""Paired measurement: A B A B ..., so that a machine that slows down slows both."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

Task = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Paired:
    """Two tasks' median CPU seconds, and the quartiles of the rounds' ratios ours / peer."""

    ours: float
    peer: float
    low: float
    ratio: float
    high: float
    rounds: int


def cpu_seconds(task: Task) -> float:
    """CPU time, user and system, that a task takes in this process and in the children it waits for."""
    children = _of_children()
    own = time.process_time()
    task()
    return time.process_time() - own + _of_children() - children


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def paired(ours: Task, peer: Task, *, rounds: int) -> Paired:
    """Measure both in turn, `rounds` times (at least 2), after one unmeasured round that fills the caches."""
    ours()
    peer()
    both = [(cpu_seconds(ours), cpu_seconds(peer)) for _ in range(rounds)]
    low, ratio, high = quantiles((a / b for a, b in both), n=4, method="inclusive")
    return Paired(median(a for a, _ in both), median(b for _, b in both), low, ratio, high, rounds)
