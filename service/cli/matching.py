"""Claims that stand apart, matched with their graph: with every graph, or with the one that they name by its digest.

Sources are handed on as they come, so that a million of them take no more memory than what is held here.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ...schema import Annotations, ChainruleError, UsageError
from ...schema.digest import graph_digest
from ..sources import PACKED, Source
from .subjects import Refusal, Task, claims_in, document_in, graph_in, refusal

#: Bytes of documents that are held for claims about them, and as many of claims that wait for their graph.
HELD = 2**28

#: What the text of a document with annotations holds, and how JSON escapes the letters of that word.
_ANNOTATIONS, _ESCAPED = b"annotations", (b"\\u006", b"\\u007")

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
    for found in _readable(annotations, claims_in):
        if isinstance(found, Refusal):
            yield found
        else:
            claims.append(found)
    many = any(source.many for source in claims)
    for graph in _readable(given, graph_in):
        if isinstance(graph, Refusal):
            yield graph
        else:
            yield from (Task(graph, one, many=graph.many or many) for one in claims)


def _readable(given: Given, reader: Callable[[Source], object]) -> Iterator[Source | Refusal]:
    """The sources that this reads; of the others why it does not."""
    for found in given:
        if isinstance(found, ChainruleError):
            yield _missing(found)
            continue
        try:
            reader(found)
        except ChainruleError as error:
            yield refusal(found, error)
        else:
            yield found


def _missing(error: ChainruleError) -> Refusal:
    return Refusal(error, {}, many=True)


class _Matching:
    """The documents that came last, and the claims that wait for a graph that has not come."""

    def __init__(self) -> None:
        self._graphs, self._waiting = _Graphs(), _Waiting()

    def all(self, given: Given) -> Iterator[Task | Refusal]:
        """The tasks among the sources; claims that still wait at the end are refused."""
        for found in given:
            if isinstance(found, ChainruleError):
                yield _missing(found)
            elif _is_claims(found):
                yield from self._claimed(found)
            else:
                yield Task(found, many=found.many)
                held = self._graphs.add(found)
                if self._waiting:
                    yield from (Task(found, claims, many=True) for claims in self._waiting.called(held.digest))
        near = f", not more than {HELD >> 20} MB of documents away" if self._graphs.lost else ""
        yield from (_unmatched(*waiting, f"name its file as well{near}") for waiting in self._waiting.left())

    def _claimed(self, claims: Source) -> Iterator[Task | Refusal]:
        digest = claims_in(claims).graph
        graph = self._graphs.named(digest)
        if graph is not None:
            yield Task(graph, claims, many=True)
            return
        for longest in self._waiting.add(digest, claims):
            yield _unmatched(*longest, f"more than {HELD >> 20} MB of claims wait: name the files of graphs first")


def _unmatched(digest: str, claims: Source, mend: str) -> Refusal:
    return refusal(claims, UsageError(f"{claims.name}: claims about the graph {digest}; {mend}"))


class _Waiting:
    """Claims in their order, and by the digest of the graph that they wait for."""

    def __init__(self) -> None:
        self._claims: dict[int, tuple[str, Source]] = {}
        self._places: dict[str, list[int]] = {}
        self._next, self._bytes = 0, 0

    def __bool__(self) -> bool:
        return bool(self._claims)

    def add(self, digest: str, claims: Source) -> Iterator[tuple[str, Source]]:
        """Let claims wait; those that wait longest go until there is room, and are given back with their digest."""
        self._claims[self._next] = digest, claims
        self._places.setdefault(digest, []).append(self._next)
        self._next += 1
        self._bytes += len(claims.data)
        while self._bytes > HELD:
            longest, (named, _) = next(iter(self._claims.items()))
            self._places[named].remove(longest)
            yield named, self._take(longest)

    def called(self, digest: str) -> Iterator[Source]:
        """The claims on a graph that has come; they wait no longer."""
        return map(self._take, self._places.pop(digest, ()))

    def _take(self, place: int) -> Source:
        _, claims = self._claims.pop(place)
        self._bytes -= len(claims.data)
        return claims

    def left(self) -> Iterable[tuple[str, Source]]:
        """Those that still wait, each with the digest of its graph."""
        return self._claims.values()


@dataclass(slots=True, eq=False)
class _Held:
    """One document; its digest is taken when somebody needs it, for it costs time."""

    source: Source
    _digest: str | None = None

    @property
    def digest(self) -> str:
        """The digest of the graph; none where the document is no graph, which its own task says."""
        if self._digest is None:
            try:
                self._digest = graph_digest(graph_in(self.source))
            except ChainruleError:
                self._digest = ""
        return self._digest


class _Graphs:
    """The documents that came last, graphs for all that is known; `lost` says that some are held no more."""

    def __init__(self) -> None:
        self.lost = False
        self._all, self._new = deque[_Held](), deque[_Held]()
        self._by_digest: dict[str, _Held] = {}
        self._bytes = 0

    def add(self, source: Source) -> _Held:
        """Hold a document; those that came first go until there is room for it."""
        held = _Held(source)
        self._all.append(held)
        self._new.append(held)
        self._bytes += len(source.data)
        while self._bytes > HELD:
            self._let_go(self._all.popleft())
        return held

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
            self._by_digest[held.digest] = held
        found = self._by_digest.get(digest)
        return None if found is None else found.source


def _is_claims(source: Source) -> bool:
    """True if the document is one of claims. Where nothing looks like it, it is not read here."""
    marks = (_ANNOTATIONS, *_ESCAPED)
    if not (source.data.startswith(PACKED) or any(mark in source.data for mark in marks)):
        return False
    try:
        return isinstance(document_in(source), Annotations)
    except ChainruleError:
        return False
