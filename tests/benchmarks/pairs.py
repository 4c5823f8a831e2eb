"""Paired measurement: A B A B ..., so that a machine that slows down slows both."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

Task = Callable[[], object]

#: Fewer rounds than this are a quick run: smaller sizes, and nothing that takes a peer seconds.
FULL_RUN = 6


@dataclass(frozen=True, slots=True)
class Paired:
    """Two tasks' median CPU seconds, and the quartiles of the rounds' ratios ours / peer."""

    ours: float
    peer: float
    low: float
    ratio: float
    high: float
    rounds: int


def repeated(task: Task, times: int) -> Task:
    """A task so many times, where once is too short to be measured."""

    def several() -> None:
        for _ in range(times):
            task()

    return several


def cpu_seconds(task: Task) -> float:
    """CPU time, user and system, that a task takes in this process and in the children it waits for."""
    children = _of_children()
    own = time.process_time()
    task()
    return time.process_time() - own + _of_children() - children


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wall_seconds(task: Task) -> float:
    """Time that a person waits for a task."""
    begun = time.perf_counter()
    task()
    return time.perf_counter() - begun


def paired(
    ours: Task, peer: Task, *, rounds: int, times: int = 1, seconds: Callable[[Task], float] = cpu_seconds
) -> Paired:
    """Measure both in turn, `rounds` times (at least 2), after one unmeasured round that fills the caches.

    `ours` does its work `times` times where it is too short to be measured once.
    """
    ours()
    peer()
    both = [(seconds(ours) / times, seconds(peer)) for _ in range(rounds)]
    low, ratio, high = quantiles((a / b for a, b in both), n=4, method="inclusive")
    return Paired(median(a for a, _ in both), median(b for _, b in both), low, ratio, high, rounds)
