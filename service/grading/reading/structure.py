"""The structure lock: a student's graph is the assignment's, node by node, or it is not graded (grading.md 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....schema import Graph, graph_digest
from ....schema.canonical import canonical_attributes


def node_map(asked: Graph, handed: Graph) -> dict[str, str] | None:
    """Id in the graph that was handed in -> id in the assignment's; None if they are not the same graph.

    Inner names may differ where each node has only one counterpart.
    """
    if graph_digest(asked) == graph_digest(handed):
        return {row["id"]: row["id"] for row in handed.nodes}
    known: dict[Any, int] = {}
    ours, theirs = _forms(asked, known), _forms(handed, known)
    if sorted(ours) != sorted(theirs) or len(set(ours)) != len(ours):
        return None
    if [ours[i] for i in asked.structure.outputs] != [theirs[i] for i in handed.structure.outputs]:
        return None
    names = dict(zip(ours, asked.structure.ids, strict=True))
    return {name: names[form] for name, form in zip(handed.structure.ids, theirs, strict=True)}


def _forms(graph: Graph, known: dict[Any, int]) -> list[int]:
    """A number for every node that two nodes share only if the same is computed from the same leaves."""
    found: list[int] = []
    for row, operands in zip(graph.nodes, graph.structure.operands, strict=True):
        leaf = row["id"] if row["op"] in ("input", "param") else None
        constant = repr(row.get("value")) if row["op"] == "const" else None
        attributes = repr(sorted(canonical_attributes(row).items())) if row.get("attrs") else None
        op = "leaf" if leaf else row["op"]
        key = (op, leaf, constant, attributes, tuple(found[k] for k in operands))
        found.append(known.setdefault(key, len(known)))
    return found


def differences(asked: Graph, handed: Graph) -> list[dict[str, str]]:
    """What differs between two graphs, by id: nodes added, missing, of another op, with other operands or constants."""
    ours = {row["id"]: row for row in asked.nodes}
    theirs = {row["id"]: row for row in handed.nodes}
    lines = [*_missing(ours, theirs), *_changed(ours, theirs)] or [
        "the outputs are others than those of the assignment"
    ]
    return [{"code": "grade.structure-changed", "at": "", "message": line} for line in lines]


def _missing(ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
    for name in theirs:
        if name not in ours:
            yield f"{name}: this node is not in the circuit of the assignment"
    for name in ours:
        if name not in theirs:
            yield f"{name}: this node of the assignment is missing"


def _changed(ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
    for name, row in ours.items():
        other = theirs.get(name)
        if other is None:
            continue
        if row["op"] != other["op"]:
            yield f"{name}: the op is {other['op']}; in the assignment it is {row['op']}"
        elif row.get("inputs", []) != other.get("inputs", []):
            yield f"{name}: the operands are {_listed(other)}; in the assignment they are {_listed(row)}"
        elif row["op"] == "const" and row.get("value") != other.get("value"):
            yield f"{name}: the constant was changed"


def _listed(row: dict[str, Any]) -> str:
    return ", ".join(row.get("inputs", ())) or "none"
