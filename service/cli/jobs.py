"""Documents judged by several processes: the same is said, in the same order, as one would say."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from multiprocessing.context import BaseContext

from .matching import Given, tasks
from .subjects import Refusal, Task, forget, subject
from .verdicts import Asked, Told, judged

#: Documents a process that are handed out before the first of them is said.
AHEAD = 8


def told_of(given: Given, claims: Given | None, asked: Asked, *, jobs: int) -> Iterator[Told]:
    """What is to be said of every source, in their order."""
    work, found = partial(_told, asked=asked), tasks(given, claims)
    try:
        yield from map(work, found) if jobs == 1 else _in_order(work, found, jobs)
    finally:
        forget()


def _told(task: Task | Refusal, *, asked: Asked) -> Told:
    return judged(task if isinstance(task, Refusal) else subject(task), asked)


def _in_order(work: Callable[[Task | Refusal], Told], found: Iterable[Task | Refusal], jobs: int) -> Iterator[Told]:
    """The work on each, done by processes; refusals stay here. Those that still work at an interruption are ended."""
    _one_thread_each()
    pool = ProcessPoolExecutor(jobs, _processes(), _hear_no_interruption)
    waiting: deque[Future[Told]] = deque()
    try:
        for task in found:
            waiting.append(_done(work(task)) if isinstance(task, Refusal) else pool.submit(work, task))
            if len(waiting) > AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _done(told: Told) -> Future[Told]:
    future: Future[Told] = Future()
    future.set_result(told)
    return future


def _processes() -> BaseContext:
    """How processes begin: copies of one that has imported what is needed, and has no threads, where a system can."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__])
    return server


def _one_thread_each() -> None:
    """Processes share the cores: libraries for linear algebra begin no threads besides."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _hear_no_interruption() -> None:
    """Ctrl-C goes to every process of a terminal; the first one ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
