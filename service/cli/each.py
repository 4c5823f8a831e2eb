"""One thing after another: what goes wrong with one source is said, and the next one comes."""

from collections.abc import Callable, Iterable

from ...schema import ChainruleError
from ..sources import Source
from . import exits
from .printing import print_error
from .progress import progress, stepped


def each(given: Iterable[Source | ChainruleError], work: Callable[[Source], int], *, lines: bool = False) -> int:
    """Work on every source and return the worst exit code; `lines` is that of `progress`."""
    with progress("documents", lines=lines) as step:
        return exits.worst([_code(source, work) for source in stepped(given, step)])


def _code(source: Source | ChainruleError, work: Callable[[Source], int]) -> int:
    try:
        if isinstance(source, ChainruleError):
            raise source
        return work(source)
    except ChainruleError as error:
        print_error(error)
        return exits.CANNOT_JUDGE
