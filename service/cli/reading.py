"""Sources as documents."""

from collections.abc import Generator
from contextlib import contextmanager

from ...schema import ChainruleError, DocumentError, Graph, UsageError, read
from ..sources import Source
from .defects import defect


def graph_of(source: Source) -> Graph:
    """The graph that a source holds; DocumentError for anything else."""
    document = read(source.data, source=source.name, kind="graph")
    assert isinstance(document, Graph)
    return document


@contextmanager
def named(name: str) -> Generator[None]:
    """Within it, what is wrong with a document after it was read is said with the name of its file.

    So is a defect of our own: the documents that follow are still judged.
    """
    try:
        yield
    except DocumentError as error:
        error.source = error.source or name
        raise
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
    except (ChainruleError, OSError):
        raise
    except Exception as error:
        raise ChainruleError(f"{name}: {defect(error)}") from error
