"""What a plan of scalars takes from the structure of its graph alone, kept for the next graph of that structure.

The key is a digest of everything that a plan is made from, in the order of the document: ops, operands, dtypes,
attributes, surrogates, outputs. Values, seeds, ids and annotations are not in it. Two documents with one graph digest
and one order of nodes have one key; the graph digest itself sorts nodes and takes ten times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import orjson

from ..schema import Graph, Node
from .dtypes import FLOATING
from .edges import Edges, reaching
from .executors.runner import Runner
from .few_gates import FEW, program_of_few
from .flat import bound_rule
from .kept import Kept
from .program import Gates, program_of
from .rule import Rule
from .shape import SCALAR, Shape

#: Wires of all structures that are kept; the one that was asked for longest ago goes first.
MOST_WIRES = 2_000_000


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A plan of scalars without its document: one entry a node. Each is equal to itself alone."""

    rules: Sequence[Rule | None]
    operands: Sequence[tuple[int, ...]]
    shapes: Sequence[Shape]
    dtypes: Sequence[str]
    trained: Sequence[bool]
    reaching: Sequence[bool]
    outputs: Sequence[int]
    #: The operands in arrays.
    edges: Edges

    @cached_property
    def runner(self) -> Runner:
        """What runs it."""
        if len(self.rules) <= FEW:
            return Runner(program_of_few(self.rules, self.operands, self.dtypes, self.trained, self.reaching))
        return Runner(program_of(Gates.of(self.rules, self.edges, self.dtypes, self.trained, self.reaching)))


#: What this process has planned.
SKELETONS: Kept[Skeleton] = Kept(MOST_WIRES)


def key_of(graph: Graph) -> bytes:
    """The digest of the structure of a flat graph of scalars."""
    structure = graph.structure
    special = [(i, _special(node)) for i, node in enumerate(graph.nodes) if "attrs" in node or "surrogate" in node]
    narrow = structure.dtypes if set(structure.dtypes) != {"float64"} else None
    stated = [structure.ops, structure.operands, narrow, structure.outputs, special]
    return blake2b(orjson.dumps(stated), digest_size=32).digest()


def _special(node: Node) -> list[Any]:
    return [node.get("attrs"), node.get("surrogate")]


def skeleton_of(graph: Graph) -> Skeleton:
    """The skeleton of a flat graph of scalars whose rules hold."""
    structure = graph.structure
    rules, edges = _rules(graph), Edges.of(structure.operands)
    return Skeleton(
        rules=rules,
        operands=structure.operands,
        shapes=[SCALAR] * len(rules),
        dtypes=structure.dtypes,
        trained=[
            op != "const" and dtype in FLOATING for op, dtype in zip(structure.ops, structure.dtypes, strict=True)
        ],
        reaching=reaching(edges, structure.outputs).tolist(),
        outputs=structure.outputs,
        edges=edges,
    )


def _rules(graph: Graph) -> list[Rule | None]:
    """The rule of every node; nodes that state nothing but their op share one look-up."""
    plain: dict[str, Rule | None] = {}
    rules: list[Rule | None] = []
    for node in graph.nodes:
        if "attrs" in node or "surrogate" in node:
            rules.append(bound_rule(node))
            continue
        op = node["op"]
        if op not in plain:
            plain[op] = bound_rule(node)
        rules.append(plain[op])
    return rules


def reaching_wires(operands: Sequence[tuple[int, ...]], outputs: Sequence[int]) -> list[bool]:
    """For every wire, whether an output can be reached from it."""
    found: list[bool] = reaching(Edges.of(operands), outputs).tolist()
    return found
