"""Stages 4 and 5 for assignments: every address against the graph, and groups by their ids (format.md 11)."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..address import PORTED, Address, expanded, read_address
from ..document import Graph
from ..grammar import read_decimal, read_fraction
from ..limits import Limits
from ..pointer import pointer
from ..problem import Problem, Problems
from ..wording import nearest, nearest_clause, shown

Place = tuple[str | int, ...]


def judge_slots(document: Mapping[str, Any], graph: Graph, limits: Limits, problems: Problems) -> None:
    """Judge the addresses of `slots` and `given`, the groups that are named, and the leaves that vary."""
    groups = {group["id"] for group in document.get("groups") or ()}
    if document.get("mode", "given") == "given" and "slots" not in document:
        problems.add(_problem("field.missing", (), "the document has no slots: say which numbers are asked for"))
    asked: set[Address] = set()
    for place, entry in enumerate(document.get("slots") or ()):
        path = ("slots", place)
        asked.update(_numbers(entry["slot"], graph, (*path, "slot"), problems))
        if entry.get("group", "") not in groups | {""}:
            message = (
                f"{entry['slot']}: {shown(entry['group'])} is no group{nearest_clause(nearest(entry['group'], groups))}"
            )
            problems.add(_problem("ref.dangling", (*path, "group"), message))
    if len(asked) > limits.slots:
        message = f"{len(asked)} numbers are asked for, more than {limits.slots}: split the assignment"
        problems.add(_problem("limit.slots", ("slots",), message))
    for place, entry in enumerate(document.get("given") or ()):
        _judge_given(entry, graph, ("given", place), problems)
    _judge_variants(document, graph, problems)


def _judge_given(entry: Mapping[str, Any], graph: Graph, path: Place, problems: Problems) -> None:
    list(_numbers(entry["slot"], graph, (*path, "slot"), problems))
    said = entry["shown"]
    if said != "exact" and read_decimal(said) is None and read_fraction(said) is None:
        message = f'{entry["slot"]}: shown is {shown(said)}; expected "exact" or the digits that the task prints'
        problems.add(_problem("value.number", (*path, "shown"), message))


def _judge_variants(document: Mapping[str, Any], graph: Graph, problems: Problems) -> None:
    structure = graph.structure
    leaves = {name for name, op in zip(structure.ids, structure.ops, strict=True) if op in ("input", "param")}
    variants: Mapping[str, Any] = document.get("variants") or {}
    inputs: Mapping[str, Any] = variants.get("inputs", {})
    for name in inputs:
        if name not in leaves:
            message = f"variants vary {name}, but no input or param has that id{nearest_clause(nearest(name, leaves))}"
            problems.add(_problem("ref.dangling", ("variants", "inputs", name), message))


def _numbers(text: str, graph: Graph, path: Place, problems: Problems) -> Iterator[Address]:
    address = read_address(text)
    if address is None:
        message = f"{shown(text)} is no address: write FIELD:NODE, as in value:h, grad:x1, local:f#0 or grad:W[0,1]"
        problems.add(_problem("slot.syntax", path, message))
        return
    fault = _fault(address, graph)
    if fault is not None:
        problems.add(_problem(fault[0], path, fault[1]))
        return
    numbers = list(expanded(address, graph.structure))
    if not numbers:
        problems.add(
            _problem("ref.dangling", path, f"{text} matches no number of this graph: name one, or leave it out")
        )
    yield from numbers


def _fault(address: Address, graph: Graph) -> tuple[str, str] | None:
    structure = graph.structure
    if not address.is_wildcard and address.node not in structure.index:
        known = nearest(address.node, structure.index)
        return "ref.dangling", f"{address}: the graph has no node {address.node}{nearest_clause(known)}"
    if address.field not in PORTED:
        if address.port is None:
            return None
        return "slot.port", f"{address}: {address.field} is a number of the whole wire: leave #{address.port} out"
    if address.is_wildcard:
        return None
    count = len(structure.operands[structure.index[address.node]])
    if address.port is None:
        return "slot.port", f"{address}: say of which operand, as in {address}#0"
    if address.port >= count:
        return "slot.port", f"{address}: {address.node} has {count} operands, counted from 0"
    return None


def _problem(code: str, path: Place, message: str) -> Problem:
    return Problem(code=code, at=pointer(path), message=message)
