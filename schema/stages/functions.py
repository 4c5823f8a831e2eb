"""Stage 5: what bodies may hold, and what they give (format.md 9.1)."""

from collections.abc import Container

from ..function import Function
from ..node import ANNOTATIONS, Node
from ..structure import Structure
from ..wording import nearest, nearest_clause
from .findings import Findings
from .vocabulary import Vocabulary


def parameters(function: Function) -> list[Node]:
    """The parameters of a function as the leaves of its body."""
    return [Node(id=name, op="input") for name in function["params"]]


def judge_body(
    function: Function,
    rows: list[Node],
    structure: Structure,
    vocabulary: Vocabulary,
    outer: Container[str],
    found: Findings,
) -> None:
    """Judge the rows of a body, the parameters first, and its outputs."""
    for i, row in enumerate(rows[len(function["params"]) :], start=len(function["params"])):
        if found.truncated:
            return
        _judge_row(i, row, found)
    for k, name in enumerate(function["outputs"]):
        if found.truncated:
            return
        _judge_output(k, name, rows, structure, vocabulary, outer, found)


def _judge_row(i: int, row: Node, found: Findings) -> None:
    who, op = row["id"], row["op"]
    if op in ("input", "param"):
        message = f"{who}: a body has no {op} nodes: make it a parameter"
        found.add("function.leaf", ("nodes", i, "op"), message, node=who)
        return
    for name in ANNOTATIONS:
        if name in row and not (name == "value" and op == "const"):
            message = f"{who}: a body states no {name}: claim it in an annotations document, by its path below a call"
            found.add("function.annotated", ("nodes", i, name), message, node=who)


def _judge_output(
    k: int,
    name: str,
    rows: list[Node],
    structure: Structure,
    vocabulary: Vocabulary,
    outer: Container[str],
    found: Findings,
) -> None:
    at = ("outputs", k)
    if name in structure.index:
        if vocabulary.is_tuple(rows[structure.index[name]]):
            message = f"the output {name} makes a tuple: list a get node that reads it"
            found.add("ref.tuple", at, message, node=name)
    elif name in outer:
        message = f"the output {name} is a node outside of the body: make it a parameter"
        found.add("function.capture", at, message, node=name)
    else:
        known = nearest(name, structure.index)
        message = f"the output {name} is the id of no node{nearest_clause(known)}"
        found.add("ref.dangling", at, message, nearest=known)
