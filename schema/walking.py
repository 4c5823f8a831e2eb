"""Going through a graph as if the bodies of its calls stood in place of them (format.md 9.1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, cast

from .function import Function, called
from .node import Node

T = TypeVar("T")

#: What a node makes: one thing, or a list of them if it is a call of several outputs.
Made = T | list[T]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: the list of nodes by its path in the document, the calls around it as a prefix of ids."""

    path: tuple[str | int, ...]
    prefix: str = ""


class Walker(Protocol[T]):
    """What is done with each node, its operands given as what was made of them."""

    def node(self, place: Place, i: int, row: Node, operands: list[T]) -> Made[T]:
        """The i-th node of a list, whose op is of an op set; a list where a tuple was taken apart."""
        ...

    def component(self, place: Place, i: int, row: Node, component: T) -> T:
        """A `get` node that reads a call: the component that it gets."""
        ...

    def enter(self, place: Place, i: int, row: Node, operands: list[T]) -> list[T]:
        """A call whose body comes next: what its parameters are."""
        ...

    def leave(self, place: Place, i: int, row: Node, made: list[T]) -> Made[T]:
        """A call after its body: what it makes, given what the outputs of the body are."""
        ...


@dataclass(slots=True)
class _Frame(Generic[T]):
    """A list of nodes that is being gone through, and what was made of its names so far."""

    place: Place
    rows: Iterator[tuple[int, Node]]
    made: dict[str, Made[T]]
    #: The outputs of a body, and the call of it in the frame below.
    outputs: Sequence[str] = ()
    call: tuple[int, Node] | None = field(default=None)


def walk(rows: Sequence[Node], functions: Mapping[str, Function], walker: Walker[T]) -> dict[str, Made[T]]:
    """What the walker makes of each node of the list, by id.

    Bodies are entered without recursion, so calls may nest as deep as the reader's limit lets them.
    """
    outermost = _Frame(Place(("nodes",)), enumerate(rows), dict[str, Made[T]]())
    frames = [outermost]
    while frames:
        frame = frames[-1]
        inner = _to_next_call(frame, functions, walker)
        if inner is not None:
            frames.append(inner)
            continue
        frames.pop()
        if frame.call is not None:
            i, row = frame.call
            below = frames[-1]
            results = _singles([frame.made[name] for name in frame.outputs])
            below.made[row["id"]] = walker.leave(below.place, i, row, results)
    return outermost.made


def _to_next_call(frame: _Frame[T], functions: Mapping[str, Function], walker: Walker[T]) -> _Frame[T] | None:
    """Go on to the next call, and the frame of its body; None at the end of the list."""
    made = frame.made
    for i, row in frame.rows:
        op, taken = row["op"], [made[name] for name in row.get("inputs", ())]
        name = called(op)
        if name is not None:
            params = walker.enter(frame.place, i, row, _singles(taken))
            return _body(frame, i, row, name, functions[name], params)
        components = _components(taken[0]) if op == "get" else None
        if components is None:
            made[row["id"]] = walker.node(frame.place, i, row, _singles(taken))
        else:
            index: int = row.get("attrs", {})["index"]
            made[row["id"]] = walker.component(frame.place, i, row, components[index])
    return None


def _body(frame: _Frame[T], i: int, row: Node, name: str, function: Function, params: list[T]) -> _Frame[T]:
    place = Place(("functions", name, "nodes"), f"{frame.place.prefix}{row['id']}/")
    made = dict[str, Made[T]](zip(function["params"], params, strict=True))
    return _Frame(place, enumerate(function["nodes"]), made, function["outputs"], (i, row))


def _components(made: Made[T]) -> list[T] | None:
    return cast(list[T], made) if isinstance(made, list) else None


def _singles(taken: list[Made[T]]) -> list[T]:
    """One thing each: stage 5 lets nothing but `get` take a call of several outputs."""
    for made in taken:
        assert not isinstance(made, list)
    return cast(list[T], taken)
