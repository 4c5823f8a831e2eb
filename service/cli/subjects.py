"""What `verify` judges: graphs with their own claims, and claims that stand apart, in the graph that they name."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from ...schema import Annotations, ChainruleError, Document, Graph, attach, read
from ...schema.digest import bytes_digest, document_digest
from ..sources import Source
from .reading import named


class Task(NamedTuple):
    """One graph by its source; `claims` are judged in it instead of its own. `many`: there may be other tasks."""

    graph: Source
    claims: Source | None = None
    many: bool = False


class Subject(NamedTuple):
    """Claims to be judged, in their graph; `digests` add to what the report says of its subject."""

    name: str
    graph: Graph
    digests: Mapping[str, str]
    many: bool


class Refusal(NamedTuple):
    """A source that cannot be judged, and why."""

    error: ChainruleError
    digests: Mapping[str, str]
    many: bool


def subject(task: Task) -> Subject | Refusal:
    """What a task asks to be judged, read from its sources."""
    try:
        graph = graph_in(task.graph)
    except ChainruleError as error:
        return refusal(task.graph, error)
    if task.claims is not None:
        return _attached(task.claims, graph, many=task.many)
    return Subject(task.graph.name, graph, _digests(task.graph), task.many)


@lru_cache(maxsize=1)
def document_in(source: Source) -> Document:
    """The document of a source, read once for those who ask in turn."""
    return read(source.data, source=source.name)


@lru_cache(maxsize=1)
def graph_in(source: Source) -> Graph:
    """The graph of a source; reading it as one says best what is wrong with another kind."""
    document = document_in(source)
    if not isinstance(document, Graph):
        document = read(source.data, source=source.name, kind="graph")
    assert isinstance(document, Graph)
    return document


@lru_cache(maxsize=1)
def claims_in(source: Source) -> Annotations:
    """The claims of a source, likewise."""
    document = document_in(source)
    if not isinstance(document, Annotations):
        document = read(source.data, source=source.name, kind="annotations")
    assert isinstance(document, Annotations)
    return document


def forget() -> None:
    """Let go of what was read last."""
    for reader in (document_in, graph_in, claims_in):
        reader.cache_clear()


def refusal(source: Source, error: ChainruleError) -> Refusal:
    """A source that was read and cannot be judged."""
    return Refusal(error, _digests(source), source.many)


def _attached(claims: Source, graph: Graph, *, many: bool) -> Subject | Refusal:
    try:
        with named(claims.name):
            document = claims_in(claims)
            attached = attach(document, graph)
    except ChainruleError as error:
        return refusal(claims, error)
    return Subject(claims.name, attached, {**_digests(claims), "annotations": document_digest(document)}, many)


def _digests(source: Source) -> dict[str, str]:
    return {"bytes": bytes_digest(source.data)}
