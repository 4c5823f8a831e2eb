"""Stages 4 and 5 for claims on nodes of bodies: each call in which something is claimed is judged as a graph."""

from collections.abc import Mapping
from typing import Any, cast

from ..bodies import Bodies, Body
from ..dtype import DEFAULT_DTYPE
from ..limits import Limits
from ..node import Node
from ..pointer import pointer, steps
from ..problem import Problem, Problems
from ..structure import Structure
from ..tensor import shape_of
from ..tensor_faults import Position
from .findings import Findings
from .numbers import Numbers, judge_numbers
from .ops import judge_annotations
from .shapes import judge_shapes
from .vocabulary import Vocabulary

#: What one node of a document of claims states.
Claims = Mapping[str, Any]

#: The op of a parameter where a body is judged: it is no leaf, and its shape is that of a wire far away.
_PARAMETER = ""


def judge_body_claims(
    claims: Mapping[str, Claims], bodies: Bodies, vocabulary: Vocabulary, limits: Limits, problems: Problems
) -> None:
    """Judge claims by expansion path, each of a node that `bodies` finds."""
    calls: dict[str, dict[int, str]] = {}
    for path in claims:
        place = bodies.find(path)
        if place is not None:
            calls.setdefault(place.call, {})[place.node] = path
    for call, paths in calls.items():
        if problems.truncated:
            return
        _judge_call(_Call(call, bodies, paths, claims), vocabulary, limits, problems)


class _Call:
    """The body of a call with what is claimed in it, its parameters first, every id by its path."""

    def __init__(self, path: str, bodies: Bodies, paths: Mapping[int, str], claims: Mapping[str, Claims]) -> None:
        body = bodies.body(path)
        self.default = bodies.dtype
        self.first = len(body.function["params"])
        #: What is claimed, by position.
        self.claims = {self.first + i: claims[claimed] for i, claimed in paths.items()}
        self.rows = [self._row(i, row, path, body) for i, row in enumerate(_rows(body))]

    def _row(self, i: int, row: Node, path: str, body: Body) -> Node:
        inputs = [f"{path}/{name}" for name in row.get("inputs", ())]
        claims = dict(self.claims.get(i, {}))
        if row["op"] == "const":
            claims.pop("value", None)
        dtype = body.dtypes[row["id"]]
        return cast(Node, {**row, "id": f"{path}/{row['id']}", "inputs": inputs, "dtype": dtype, **claims})

    def structure(self) -> Structure:
        """What the rows are to each other."""
        ids = [row["id"] for row in self.rows]
        index = {name: i for i, name in enumerate(ids)}
        operands = [tuple(index[name] for name in row.get("inputs", ())) for row in self.rows]
        dtypes = [row.get("dtype", DEFAULT_DTYPE) for row in self.rows]
        return Structure(ids, index, [row["op"] for row in self.rows], operands, list(dtypes), [])


def _rows(body: Body) -> list[Node]:
    return [*(Node(id=name, op=_PARAMETER) for name in body.function["params"]), *body.function["nodes"]]


def _judge_call(call: _Call, vocabulary: Vocabulary, limits: Limits, problems: Problems) -> None:
    own = Problems(limits.problems)
    numbers = Numbers(limits, own)
    judge_numbers(call.rows, ("nodes",), call.default, numbers)
    _judge_constants(call, numbers)
    if not own:
        found = Findings(own)
        for i in call.claims:
            judge_annotations(i, call.rows[i], vocabulary, found)
        _compare_constants(call, found)
        judge_shapes(call.rows, [], call.structure(), call.default, found)
    for problem in own:
        problems.add(_moved(problem, call))


def _constants(call: _Call) -> list[tuple[int, Node, Any]]:
    """The constants on whose values something is claimed, with the claims."""
    return [
        (i, call.rows[i], claims["value"])
        for i, claims in call.claims.items()
        if call.rows[i]["op"] == "const" and "value" in claims
    ]


def _judge_constants(call: _Call, numbers: Numbers) -> None:
    for i, row, raw in _constants(call):
        numbers.tensor(raw, Position(row.get("dtype"), gaps=True), ("nodes", i, "value"), row["id"])


def _compare_constants(call: _Call, found: Findings) -> None:
    for i, row, raw in _constants(call):
        if shape_of(raw) != (known := shape_of(row.get("value"))):
            message = (
                f"{row['id']}: value has the shape {list(shape_of(raw))}, but the wire has the shape {list(known)}"
            )
            found.add("shape.mismatch", ("nodes", i, "value"), message, node=row["id"])


def _moved(problem: Problem, call: _Call) -> Problem:
    """The problem with its place in the document of claims."""
    field, i, *rest = steps(problem.at)
    return problem.model_copy(update={"at": pointer((field, call.rows[int(i)]["id"], *rest))})
