"""Paired measurement: A B A B ..., so that a machine that slows down slows both."""

import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles
from typing import TypeVar

T = TypeVar("T")

Task = Callable[[], object]

#: Fewer rounds than this are a quick run: smaller sizes, and nothing that takes a peer seconds.
FULL_RUN = 6

#: Seconds that a round of short work lasts: who does it over and over finds the caches filled.
STEADY = 0.02


@dataclass(frozen=True, slots=True)
class Paired:
    """Two tasks' median CPU seconds, and the quartiles of the rounds' ratios ours / peer."""

    ours: float
    peer: float
    low: float
    ratio: float
    high: float
    rounds: int


def over(lots: Iterable[T], work: Callable[[T], object]) -> Task:
    """Work on one lot a round, where nothing is to be seen twice; there must be one more lot than rounds."""
    left = iter(lots)
    return lambda: work(next(left))


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
    ours: Task, peer: Task, *, rounds: int, least: float = 0.0, seconds: Callable[[Task], float] = cpu_seconds
) -> Paired:
    """Measure both in turn, `rounds` times (at least 2), after an unmeasured time that fills the caches.

    Each does its work so often in a round as fills `least` seconds, where once is too short to be measured; how often
    that is is found out before, unmeasured as well.
    """
    own, other = (_round(task, least, seconds) for task in (ours, peer))
    both = [(own(), other()) for _ in range(rounds)]
    low, ratio, high = quantiles((a / b for a, b in both), n=4, method="inclusive")
    return Paired(median(a for a, _ in both), median(b for _, b in both), low, ratio, high, rounds)


def _round(task: Task, least: float, seconds: Callable[[Task], float]) -> Callable[[], float]:
    """Measures a round of a task, which was done before: the seconds that one time of it takes."""
    task()
    times = 1
    while least and seconds(partial(_several, task, times)) < least:
        times *= 2
    return lambda: seconds(partial(_several, task, times)) / times


def _several(task: Task, times: int) -> None:
    for _ in range(times):
        task()
