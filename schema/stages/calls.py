"""Stage 5: how calls nest, and how many nodes they come to, counted before anything is expanded (format.md 9.1)."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from ..cycles import cycles
from ..function import Function, called, functions_of
from ..limits import Limits
from ..node import Node
from .findings import Findings


def judge_calls(rows: list[Node], functions: Mapping[str, Function], limits: Limits, found: Findings) -> None:
    """Judge recursion; without any, the depth of calls and the nodes after expansion."""
    if not functions:
        return
    names = list(functions)
    index = {name: i for i, name in enumerate(names)}
    taken = [[index[name] for name in _named(functions[caller]) if name in index] for caller in names]
    recursive = False
    for cycle in cycles(taken):
        if found.truncated:
            return
        recursive = True
        ring = [names[i] for i in cycle]
        message = f"{ring[0]} calls itself: {' calls '.join([*ring, ring[0]])}: take one of these calls away"
        found.add("function.recursive", ("functions", ring[0]), message)
    if not recursive:
        order = TopologicalSorter({i: set(callees) for i, callees in enumerate(taken)}).static_order()
        _judge_sizes(rows, functions, [names[i] for i in order], limits, found)


def _named(function: Function) -> Iterator[str]:
    """The functions that a body needs: those that it calls, and those that its backward rules are."""
    for row in function["nodes"]:
        yield from functions_of(row)


def _judge_sizes(
    rows: list[Node], functions: Mapping[str, Function], order: list[str], limits: Limits, found: Findings
) -> None:
    """Python's integers are exact, so a count of any size is a count."""
    depths: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for name in order:
        nodes = functions[name]["nodes"]
        callees = {called(row["op"]) or "" for row in nodes} & functions.keys()
        depths[name] = 1 + max((depths[callee] for callee in callees), default=0)
        sizes[name] = _expanded(nodes, sizes)
        if depths[name] == limits.call_depth + 1:
            message = f"calls are nested {depths[name]} deep in {name}, more than {limits.call_depth}: write some out"
            found.add("limit.call_depth", ("functions", name), message)
        # Only the smallest that are too large: what calls them is too large as well.
        if sizes[name] > limits.expansion and all(sizes[callee] <= limits.expansion for callee in callees):
            found.add("limit.expansion", ("functions", name), _too_many(f"a call of {name}", limits))
    if all(size <= limits.expansion for size in sizes.values()) and _expanded(rows, sizes) > limits.expansion:
        found.add("limit.expansion", ("nodes",), _too_many("the graph", limits))


def _expanded(rows: list[Node], sizes: Mapping[str, int]) -> int:
    """How many nodes the rows are with the bodies of their calls in place."""
    return sum(sizes.get(called(row["op"]) or "", 1) for row in rows)


def _too_many(what: str, limits: Limits) -> str:
    return f"{what} has more than {limits.expansion} nodes after expansion: split it"
