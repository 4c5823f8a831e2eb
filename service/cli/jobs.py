"""Documents judged by several processes: the same is said, in the same order, as one would say."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from multiprocessing.context import BaseContext

from ...schema import ChainruleError
from ..sources import Source
from .subjects import Given, subjects
from .verdicts import Asked, Told, judged

#: Documents a process that are handed out before the first of them is said.
AHEAD = 8

#: What the text of a document with annotations holds.
_ANNOTATIONS = b"annotations"

Found = Source | ChainruleError


def told_of(given: Given, claims: Given | None, asked: Asked, *, jobs: int) -> Iterator[Told]:
    """What is to be said of every source, in their order."""
    if jobs == 1:
        yield from (judged(found, asked) for found in subjects(given, claims))
        return
    sources, beside = list(given), None if claims is None else list(claims)
    if any(map(_may_be_claims, sources)):
        # Claims among the sources are matched with any graph among them, which no process alone has read.
        yield from (judged(found, asked) for found in subjects(sources, beside))
        return
    for told in _in_order(partial(_told, claims=beside, asked=asked), sources, jobs):
        yield from told


def _may_be_claims(found: Found) -> bool:
    return isinstance(found, Source) and _ANNOTATIONS in found.data


def _told(found: Found, *, claims: Sequence[Found] | None, asked: Asked) -> list[Told]:
    return [judged(one, asked) for one in subjects([found], claims)]


def _in_order(work: Callable[[Found], list[Told]], given: Iterable[Found], jobs: int) -> Iterator[list[Told]]:
    """The work on each, done by processes; errors stay here. Those that still work at an interruption are ended."""
    _one_thread_each()
    pool = ProcessPoolExecutor(jobs, _processes(), _hear_no_interruption)
    waiting: deque[Future[list[Told]]] = deque()
    try:
        for found in given:
            waiting.append(_done(work(found)) if isinstance(found, ChainruleError) else pool.submit(work, found))
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


def _done(told: list[Told]) -> Future[list[Told]]:
    future: Future[list[Told]] = Future()
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
