"""What a person at a terminal sees of work that takes longer than a second; nobody else sees anything."""

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import Any, TypeVar

T = TypeVar("T")

#: Seconds after which it is shown.
DELAY = 1.0

#: Says that so many more are done.
Step = Callable[[int], None]


@contextmanager
def progress(what: str, *, lines: bool = False) -> Generator[Step]:
    """On standard error: what is done, how many of it by now, and for how long it has taken.

    `lines` says that what is printed meanwhile are lines of text, which then stand above; anything else on the same
    terminal is seen to go on by itself.
    """
    if not sys.stderr.isatty() or (sys.stdout.isatty() and not lines):
        yield _nothing
        return
    shown = _Shown(what)
    try:
        yield shown.step
    finally:
        shown.end()


def stepped(given: Iterable[T], step: Step) -> Iterator[T]:
    """The same things; each is done when the next one is asked for."""
    for one in given:
        yield one
        step(1)


def _nothing(count: int) -> None:
    """Nobody looks."""


class _Shown:
    """A line that begins to be shown after a while, by a thread of its own, so that one long task is seen as well."""

    def __init__(self, what: str) -> None:
        self._what, self._done = what, 0
        self._bar: Any = None
        self._ended, self._lock = False, Lock()
        self._timer = Timer(DELAY, self._begin)
        self._timer.daemon = True
        self._timer.start()

    def step(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=self._said)

    def end(self) -> None:
        """Take the line away, or do not begin it."""
        with self._lock:
            self._ended = True
            self._timer.cancel()
            if self._bar is not None:
                self._bar.stop()

    @property
    def _said(self) -> str:
        return f"{self._done:,} {self._what}" if self._done else self._what

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
        # Only where both are one terminal is what is printed led past the line.
        both = sys.stdout.isatty()
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        bar = Progress(*columns, console=console, transient=True, redirect_stdout=both, redirect_stderr=True)
        bar.add_task(self._said, total=None)
        with self._lock:
            if not self._ended:
                bar.start()
                self._bar = bar
