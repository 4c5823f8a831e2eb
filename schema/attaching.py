"""Attaching claims to the graph that they speak of (format.md 10)."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from .annotation import Annotations, NodeClaims
from .bodies import Bodies
from .digest import graph_digest
from .document import Graph
from .errors import DocumentError
from .function import NO_FUNCTIONS, Group
from .limits import DEFAULT, Limits
from .node import ANNOTATIONS, LEAVES, Node, Output
from .pointer import pointer, steps
from .problem import Problem, Problems
from .stages.blobs import judge_blob
from .stages.body_claims import judge_body_claims
from .stages.findings import Findings
from .stages.numbers import Numbers
from .stages.vocabulary import Vocabulary
from .tensor import shape_of
from .tensor_faults import Position
from .wording import nearest, nearest_clause


def attach(annotations: Annotations, graph: Graph, *, limits: Limits = DEFAULT) -> Graph:
    """The graph with these claims in place of its own, judged by stages 4 and 5.

    `values` and `seeds` of the claims replace the graph's. A claim on the value of a leaf does not replace the
    value that the graph is computed from: it stands in `leaf_claims`. Claims on nodes of bodies, by expansion path,
    stand in `body_claims`.
    Raises DocumentError with pointers into the annotations.
    """
    _same_graph(annotations, graph)
    problems = Problems(limits.problems)
    bodies = Bodies(graph.nodes, graph.functions, graph.dtype)
    _known_names(annotations, graph, bodies, problems)
    leaf_claims = _leaf_claims(annotations, graph, limits, problems)
    body_claims = {name: claims for name, claims in annotations.nodes.items() if bodies.find(name) is not None}
    judge_body_claims(body_claims, bodies, _vocabulary(graph), limits, problems)
    if problems:
        raise DocumentError.of(problems)
    try:
        attached = Graph.from_object(_attached(annotations, graph), limits)
    except DocumentError as error:
        raise DocumentError(
            [_moved(problem, graph) for problem in error.problems], truncated=error.truncated, source=error.source
        ) from None
    _has_objective(body_claims, attached)
    return attached.with_leaf_claims(leaf_claims).with_body_claims(body_claims)


def _vocabulary(graph: Graph) -> Vocabulary:
    return Vocabulary(graph.opset["core"], graph.functions or NO_FUNCTIONS)


def _attached(annotations: Annotations, graph: Graph) -> dict[str, Any]:
    """The document that states these claims and no others."""
    fields = graph.written() | {
        "nodes": [_row(row, annotations) for row in graph.nodes],
        "outputs": [_output(output, annotations) for output in graph.outputs],
    }
    if graph.groups:
        fields["groups"] = [_group(group, annotations) for group in graph.groups]
    for name in ("rounding", "kinks", "accumulate", "ftz"):
        fields.pop(name, None)
    claimed = annotations.written()
    return fields | {name: claimed[name] for name in ("rounding", "kinks", "accumulate", "ftz") if name in claimed}


def _has_objective(body_claims: Mapping[str, Mapping[str, Any]], attached: Graph) -> None:
    """Refuse gradients in bodies where several outputs have no seeds; of gradients of nodes stage 5 says so."""
    graded = any("grad" in claims or "downstream" in claims for claims in body_claims.values())
    if graded and len(attached.outputs) > 1 and "seed" not in attached.outputs[0]:
        message = "gradients are claimed, but the outputs have no seeds: state a seed for each of them"
        raise DocumentError((Problem(code="seed.missing", at="", message=message),))


def _same_graph(annotations: Annotations, graph: Graph) -> None:
    found = graph_digest(graph)
    if annotations.graph != found:
        message = (
            f"the claims are about the graph {annotations.graph}, but this one is {found}: give the graph they mean"
        )
        raise DocumentError((Problem(code="digest.mismatch", at="/graph", message=message),))


def _known_names(annotations: Annotations, graph: Graph, bodies: Bodies, problems: Problems) -> None:
    structure = graph.structure
    leaves = {name for name, op in zip(structure.ids, structure.ops, strict=True) if op in ("input", "param")}
    outputs = {structure.ids[position] for position in structure.outputs}
    for field, names, known, what in (
        ("nodes", annotations.nodes, structure.index, "node"),
        ("values", annotations.values or {}, leaves, "input or param"),
        ("seeds", annotations.seeds or {}, outputs, "output"),
        ("groups", annotations.groups or {}, {group["id"] for group in graph.groups or ()}, "group"),
    ):
        for name in names:
            if name not in known and not (field == "nodes" and bodies.find(name)):
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
            judge_blob(("nodes", name, "value"), claims["value"], name, graph.structure.dtypes[i], Findings(problems))
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


def _group(group: Group, annotations: Annotations) -> Group:
    """The group without its own claim, with the one that is made."""
    kept: dict[str, Any] = {name: value for name, value in group.items() if name != "local"}
    return cast(Group, {**kept, **(annotations.groups or {}).get(group["id"], {})})


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
        case ["groups", k, *rest]:
            yield from ("groups", (graph.groups or [])[int(k)]["id"], *rest)
        case ["outputs", k, "seed", *rest]:
            yield from ("seeds", graph.outputs[int(k)]["node"], *rest)
        case _:
            return
