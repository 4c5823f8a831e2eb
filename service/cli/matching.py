"""Claims that stand apart, matched with their graph: with every graph, or with the one that they name by its digest.

Sources are handed on as they come, so that a million of them take no more memory than what is held here.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count

from ...schema import Annotations, ChainruleError, UsageError
from ...schema.digest import graph_digest
from ..sources import PACKED, Source
from .subjects import Refusal, Task, claims_in, document_in, graph_in, refusal

#: Bytes of graphs, and as many of claims, that are held for those who come later.
HELD = 2**28

#: What the text of a document with annotations holds, as it is or in escapes.
_ANNOTATIONS, _ESCAPED = b"annotations", b"\\u00"

Given = Iterable[Source | ChainruleError]


def tasks(given: Given, annotations: Given | None) -> Iterator[Task | Refusal]:
    """Everything that is to be judged, in the order of the sources.

    `annotations` are claims that are judged instead of the graphs' own. Claims among the sources are judged in the
    graph that they name by its digest, whichever of the two comes first.
    """
    if annotations is None:
        yield from _Matching().all(given)
        return
    claims: list[Source] = []
    for found in annotations:
        refused = _unreadable(found)
        if isinstance(found, Source) and refused is None:
            claims.append(found)
        elif refused is not None:
            yield refused
    many = any(source.many for source in claims)
    for found in given:
        yield Task(found, claims, many=found.many or many) if isinstance(found, Source) else _missing(found)


def _unreadable(found: Source | ChainruleError) -> Refusal | None:
    """Why these are no claims; None for claims."""
    if isinstance(found, ChainruleError):
        return _missing(found)
    try:
        claims_in(found)
    except ChainruleError as error:
        return refusal(found, error)
    return None


def _missing(error: ChainruleError) -> Refusal:
    return Refusal(error, {}, many=True)


class _Matching:
    """The graphs that came last, and the claims that wait for theirs, by its digest."""

    def __init__(self) -> None:
        self._graphs = _Graphs()
        self._waiting: defaultdict[str, list[tuple[int, Source]]] = defaultdict(list)
        self._places = count()
        self._bytes = 0

    def all(self, given: Given) -> Iterator[Task | Refusal]:
        """The tasks among the sources; claims that still wait at the end are refused."""
        for found in given:
            if isinstance(found, ChainruleError):
                yield _missing(found)
            elif _is_claims(found):
                yield from self._claimed(found)
            else:
                yield Task(found, many=found.many)
                self._graphs.add(found)
                yield from self._called(found)
        for _, claims in sorted(chain(*self._waiting.values()), key=lambda waiting: waiting[0]):
            yield self._unmatched(claims)

    def _claimed(self, claims: Source) -> Iterator[Task | Refusal]:
        digest = claims_in(claims).graph
        graph = self._graphs.named(digest)
        if graph is not None:
            yield Task(graph, [claims], many=True)
        elif self._bytes + len(claims.data) > HELD:
            yield self._unmatched(claims)
        else:
            self._waiting[digest].append((next(self._places), claims))
            self._bytes += len(claims.data)

    def _called(self, graph: Source) -> Iterator[Task]:
        """The claims that waited for this graph."""
        for _, claims in self._waiting.pop(_digest(graph), ()) if self._waiting else ():
            self._bytes -= len(claims.data)
            yield Task(graph, [claims], many=True)

    def _unmatched(self, claims: Source) -> Refusal:
        near = f", not more than {HELD >> 20} MB of documents away" if self._graphs.lost else ""
        why = f"claims about the graph {claims_in(claims).graph}; name its file as well{near}"
        return refusal(claims, UsageError(f"{claims.name}: {why}"))


@dataclass(slots=True, eq=False)
class _Held:
    """One graph, and its digest once somebody needed it."""

    source: Source
    digest: str = ""


class _Graphs:
    """The sources of the graphs that came last. Digests cost time: they are taken only where there are claims."""

    def __init__(self) -> None:
        #: True if some are held no more.
        self.lost = False
        self._all, self._new = deque[_Held](), deque[_Held]()
        self._by_digest: dict[str, _Held] = {}
        self._bytes = 0

    def add(self, source: Source) -> None:
        """Hold a graph; those that came first go until there is room for it."""
        held = _Held(source)
        self._all.append(held)
        self._new.append(held)
        self._bytes += len(source.data)
        while self._bytes > HELD:
            self._let_go(self._all.popleft())

    def _let_go(self, held: _Held) -> None:
        self._bytes -= len(held.source.data)
        self.lost = True
        if self._new and self._new[0] is held:
            self._new.popleft()
        elif self._by_digest.get(held.digest) is held:
            del self._by_digest[held.digest]

    def named(self, digest: str) -> Source | None:
        """The last graph of this digest."""
        while self._new:
            held = self._new.popleft()
            held.digest = _digest(held.source)
            self._by_digest[held.digest] = held
        found = self._by_digest.get(digest)
        return None if found is None else found.source


def _digest(graph: Source) -> str:
    """The digest of a graph; none where it cannot be read, which its own task says."""
    try:
        return graph_digest(graph_in(graph))
    except ChainruleError:
        return ""


def _is_claims(source: Source) -> bool:
    """True if the document is one of claims. Where nothing looks like it, it is not read here."""
    if not (_ANNOTATIONS in source.data or _ESCAPED in source.data or source.data.startswith(PACKED)):
        return False
    try:
        return isinstance(document_in(source), Annotations)
    except ChainruleError:
        return False
