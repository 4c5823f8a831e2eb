"""What `verify` judges: graphs with their own claims, and claims that stand apart, matched with their graph."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...schema import Annotations, ChainruleError, Document, Graph, UsageError, attach, read
from ...schema.digest import bytes_digest, document_digest, graph_digest
from ..sources import Source
from .reading import named


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


class Claims(NamedTuple):
    """An annotations document and where it came from."""

    source: Source
    document: Annotations


Given = Iterable[Source | ChainruleError]


def subjects(given: Given, annotations: Given | None) -> Iterator[Subject | Refusal]:
    """Everything that is to be judged, in the order of the sources.

    `annotations` are claims that are judged instead of the graphs' own. Claims among the sources are judged with the
    graph that they name by its digest, whichever of the two comes first.
    """
    if annotations is None:
        yield from _Matching().all(given)
        return
    claims: list[Claims] = []
    for found in _read(annotations):
        if isinstance(found, Refusal):
            yield found
        else:
            claims.append(_claims(*found))
    for found in _read(given):
        yield from [found] if isinstance(found, Refusal) else _attached_all(*found, claims)


def _attached_all(source: Source, document: Document, claims: Sequence[Claims]) -> Iterator[Subject | Refusal]:
    try:
        graph = _graph(source, document)
    except ChainruleError as error:
        yield _refusal(source, error)
        return
    for one in claims:
        yield _attached(one, graph, many=source.many or one.source.many)


class _Matching:
    """Graphs by digest, and the claims that still wait for theirs."""

    def __init__(self) -> None:
        self._graphs: list[Graph] = []
        self._by_digest: dict[str, Graph] = {}
        self._waiting: list[Claims] = []

    def all(self, given: Given) -> Iterator[Subject | Refusal]:
        """The subjects among the sources; what still waits at the end is refused."""
        for found in _read(given):
            yield from [found] if isinstance(found, Refusal) else self._judgeable(*found)
        for claims in self._waiting:
            name, graph = claims.source.name, claims.document.graph
            yield _refusal(claims.source, UsageError(f"{name}: claims about the graph {graph}; name its file as well"))

    def _judgeable(self, source: Source, document: Document) -> Iterator[Subject | Refusal]:
        if isinstance(document, Annotations):
            yield from self._claimed(Claims(source, document))
            return
        try:
            graph = _graph(source, document)
        except ChainruleError as error:
            yield _refusal(source, error)
            return
        yield Subject(source.name, graph, _digests(source), source.many)
        self._graphs.append(graph)
        waiting, self._waiting = self._waiting, []
        for claims in waiting:
            yield from self._claimed(claims)

    def _claimed(self, claims: Claims) -> Iterator[Subject | Refusal]:
        # Digests cost time: they are taken only when there are claims to match.
        self._by_digest |= {graph_digest(graph): graph for graph in self._graphs}
        self._graphs.clear()
        graph = self._by_digest.get(claims.document.graph)
        if graph is None:
            self._waiting.append(claims)
        else:
            yield _attached(claims, graph, many=True)


def _read(given: Given) -> Iterator[tuple[Source, Document] | Refusal]:
    for source in given:
        if isinstance(source, ChainruleError):
            yield Refusal(source, {}, many=True)
            continue
        try:
            yield source, read(source.data, source=source.name)
        except ChainruleError as error:
            yield _refusal(source, error)


def _graph(source: Source, document: Document) -> Graph:
    """The graph; reading it as one says best what is wrong with another kind."""
    if not isinstance(document, Graph):
        document = read(source.data, source=source.name, kind="graph")
    assert isinstance(document, Graph)
    return document


def _claims(source: Source, document: Document) -> Claims:
    if not isinstance(document, Annotations):
        document = read(source.data, source=source.name, kind="annotations")
    assert isinstance(document, Annotations)
    return Claims(source, document)


def _attached(claims: Claims, graph: Graph, *, many: bool) -> Subject | Refusal:
    source, document = claims
    try:
        with named(source.name):
            attached = attach(document, graph)
    except ChainruleError as error:
        return _refusal(source, error)
    return Subject(source.name, attached, {**_digests(source), "annotations": document_digest(document)}, many)


def _digests(source: Source) -> dict[str, str]:
    return {"bytes": bytes_digest(source.data)}


def _refusal(source: Source, error: ChainruleError) -> Refusal:
    return Refusal(error, _digests(source), source.many)
