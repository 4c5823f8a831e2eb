"""Tuples: a component is read by a get node, and is run as the op that makes this component alone.

So no wire carries more than one tensor. A tuple-valued node has no number of its own and drops out of the plan.
"""

from typing import cast

from ..schema import Graph, Node
from .body import component
from .registry import OPS
from .rule import Rule

#: The attribute under which a row that took the place of a get node keeps its index; no op has one of that name.
COMPONENT = "component of"


def without_tuples(graph: Graph) -> Graph:
    """The graph in which every get node is the op of the tuple that it reads; the graph itself if there is none."""
    makers = {node["id"]: node for node in graph.nodes if node["op"] in OPS and OPS[node["op"]].outputs != 1}
    if not makers:
        return graph
    rows = [_resolved(node, makers) for node in graph.nodes if node["id"] not in makers]
    return graph.with_nodes(rows)


def bound_rule(node: Node) -> Rule | None:
    """The rule of a node with its attributes filled in; None for a leaf."""
    rule = OPS.get(node["op"])
    if rule is None:
        return None
    attrs = node.get("attrs", {})
    bound = rule.bound(attrs)
    return component(bound, attrs[COMPONENT]) if COMPONENT in attrs else bound


def _resolved(node: Node, makers: dict[str, Node]) -> Node:
    if node["op"] != "get":
        return node
    [read], index = node.get("inputs", []), node.get("attrs", {})["index"]
    maker = makers[read]
    attrs = {**maker.get("attrs", {}), COMPONENT: index}
    return cast(Node, {**node, "op": maker["op"], "inputs": maker.get("inputs", []), "attrs": attrs})
