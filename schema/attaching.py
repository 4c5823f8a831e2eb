"""Attaching claims to the graph that they speak of (format.md 10)."""

from collections.abc import Iterator
from typing import Any, cast

from .annotation import Annotations, NodeClaims
from .digest import graph_digest
from .document import Graph
from .errors import DocumentError
from .limits import DEFAULT, Limits
from .node import ANNOTATIONS, LEAVES, Node, Output
from .pointer import pointer, steps
from .problem import Problem, Problems
from .stages.numbers import Numbers
from .structure import Structure
from .tensor import shape_of
from .tensor_faults import Position
from .wording import nearest, nearest_clause


def attach(annotations: Annotations, graph: Graph, *, limits: Limits = DEFAULT) -> Graph:
    """The graph with these claims in place of its own, judged by stages 4 and 5.

    `values` and `seeds` of the claims replace the graph's. A claim on the value of a leaf does not replace the
    value that the graph is computed from: it stands in `leaf_claims`.
    Raises DocumentError with pointers into the annotations.
    """
    _same_graph(annotations, graph)
    problems = Problems(limits.problems)
    _known_names(annotations, graph.structure, problems)
    leaf_claims = _leaf_claims(annotations, graph, limits, problems)
    if problems:
        raise DocumentError.of(problems)
    fields = graph.written() | {
        "nodes": [_row(row, annotations) for row in graph.nodes],
        "outputs": [_output(output, annotations) for output in graph.outputs],
    }
    for name in ("rounding", "kinks", "accumulate", "ftz"):
        fields.pop(name, None)
    claimed = annotations.written()
    fields |= {name: claimed[name] for name in ("rounding", "kinks", "accumulate", "ftz") if name in claimed}
    try:
        return Graph.from_object(fields, limits).with_leaf_claims(leaf_claims)
    except DocumentError as error:
        raise DocumentError(
            [_moved(problem, graph) for problem in error.problems], truncated=error.truncated, source=error.source
        ) from None


def _same_graph(annotations: Annotations, graph: Graph) -> None:
    found = graph_digest(graph)
    if annotations.graph != found:
        message = (
            f"the claims are about the graph {annotations.graph}, but this one is {found}: give the graph they mean"
        )
        raise DocumentError((Problem(code="digest.mismatch", at="/graph", message=message),))


def _known_names(annotations: Annotations, structure: Structure, problems: Problems) -> None:
    leaves = {name for name, op in zip(structure.ids, structure.ops, strict=True) if op in ("input", "param")}
    outputs = {structure.ids[position] for position in structure.outputs}
    for field, names, known, what in (
        ("nodes", annotations.nodes, structure.index, "node"),
        ("values", annotations.values or {}, leaves, "input or param"),
        ("seeds", annotations.seeds or {}, outputs, "output"),
    ):
        for name in names:
            if name not in known:
                near = nearest(name, known)
                message = f"{name} is claimed, but the graph has no {what} of that id{nearest_clause(near)}"
                at = pointer((field, name))
                problems.add(Problem(code="ref.dangling", at=at, message=message, nearest=near or None))


def _leaf_claims(annotations: Annotations, graph: Graph, limits: Limits, problems: Problems) -> dict[str, Any]:
    numbers = Numbers(limits, problems)
    found: dict[str, Any] = {}
    for name, claims in annotations.nodes.items():
        i = graph.structure.index.get(name)
        if i is None or graph.structure.ops[i] not in LEAVES or "value" not in claims:
            continue
        found[name] = claims["value"]
        before = len(problems)
        position = Position(graph.structure.dtypes[i], gaps=True)
        numbers.tensor(claims["value"], position, ("nodes", name, "value"), name)
        if len(problems) == before:
            _leaf_shape(name, claims["value"], graph.nodes[i], problems)
    return found


def _leaf_shape(name: str, claim: Any, row: Node, problems: Problems) -> None:
    known = tuple(row["shape"]) if "shape" in row else shape_of(row.get("value", 0))
    if shape_of(claim) != known:
        message = f"{name}: value has the shape {list(shape_of(claim))}, but the wire has the shape {list(known)}"
        at = pointer(("nodes", name, "value"))
        problems.add(Problem(code="shape.mismatch", at=at, message=message, node=name))


def _row(row: Node, annotations: Annotations) -> Node:
    """The row without its own annotations, with those that are claimed."""
    leaf = row["op"] in LEAVES
    dropped = ANNOTATIONS[1:] if leaf else ANNOTATIONS
    kept: dict[str, Any] = {name: value for name, value in row.items() if name not in dropped}
    claims = annotations.nodes.get(row["id"], NodeClaims())
    kept |= {name: claim for name, claim in claims.items() if not (leaf and name == "value")}
    if leaf and row["id"] in (values := annotations.values or {}):
        kept["value"] = values[row["id"]]
    return cast(Node, kept)


def _output(output: Output, annotations: Annotations) -> Output:
    seeds = annotations.seeds or {}
    return Output(node=output["node"], seed=seeds[output["node"]]) if output["node"] in seeds else output


def _moved(problem: Problem, graph: Graph) -> Problem:
    """The problem with its place in the annotations."""
    return problem.model_copy(update={"at": pointer(_place(steps(problem.at), graph))})


def _place(path: list[str], graph: Graph) -> Iterator[str]:
    match path:
        case ["nodes", i, "value", *rest] if graph.nodes[int(i)]["op"] in LEAVES:
            yield from ("values", graph.nodes[int(i)]["id"], *rest)
        case ["nodes", i, *rest]:
            yield from ("nodes", graph.nodes[int(i)]["id"], *rest)
        case ["outputs", k, "seed", *rest]:
            yield from ("seeds", graph.outputs[int(k)]["node"], *rest)
        case _:
            return
