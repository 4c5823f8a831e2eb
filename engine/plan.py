"""A plan: the graph as flat lists, made once, that every pass runs over without recursion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..schema import DocumentError, Graph, Problem
from ..schema.number import nearest
from ..schema.tensor import read
from .check import shapes_of
from .dtypes import FLOATING
from .executors.runner import Runner
from .flat import Flat, Gate, bound_rule, flatten
from .gate import Number
from .rule import Rule
from .scalars import is_sound, states_scalars
from .shape import SCALAR, Shape, size
from .skeleton import SKELETONS, Skeleton, key_of, reaching_wires, skeleton_of

#: The values of the leaves in the order of their numbers, and the seeds by number.
Start = tuple[list[float], dict[int, float]]

#: Gates that read one wire, each with the ports where it does.
Consumers = list[tuple[int, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Plan:
    """One entry a node, in topological order; `rules` is None for leaves."""

    graph: Graph
    ids: Sequence[str]
    rules: Sequence[Rule | None]
    operands: Sequence[tuple[int, ...]]
    shapes: Sequence[Shape]
    dtypes: Sequence[str]
    #: Wires that a gradient flows to: floating, and no constant.
    trained: Sequence[bool]
    #: Wires from which an output can be reached; the gradient of the others is exactly 0.
    reaching: Sequence[bool]
    outputs: Sequence[int]
    #: Wires inside gates that were opened (`engine/parts.py`): no document states a number of theirs.
    inner: frozenset[int] = frozenset()
    #: Claims on parts (node, field, operand) -> the claim on a whole tensor that they are entries of.
    wholes: Mapping[tuple[int, str, int | None], Any] = field(default_factory=dict[tuple[int, str, int | None], Any])
    #: Collapsed gates that something is claimed of, and which of them, and which operand, an entrance stands for.
    collapsed: Sequence[Gate] = ()
    entrances: Mapping[int, tuple[str, int]] = field(default_factory=dict[int, tuple[str, int]])

    #: What other plans of this structure share with it.
    skeleton: Skeleton | None = field(default=None, compare=False, repr=False)
    #: Leaves and seeds as the runner takes them, once they were read; a changed plan starts without them.
    _starting: list[Start] = field(default_factory=list[Any], init=False, compare=False, repr=False)
    #: The gates, once somebody asked for them.
    _gates: list[int] = field(default_factory=list[int], init=False, compare=False, repr=False)
    #: The gates that read each wire, likewise.
    _consumers: list[Consumers] = field(default_factory=list[Any], init=False, compare=False, repr=False)

    @property
    def runner(self) -> Runner | None:
        """What runs the plan of a graph of scalars; None for others, and where `replace` changed what was laid out."""
        skeleton = self.skeleton
        if (
            skeleton is None
            or skeleton.rules is not self.rules
            or skeleton.operands is not self.operands
            or skeleton.reaching is not self.reaching
            or skeleton.outputs is not self.outputs
        ):
            return None
        return skeleton.runner

    def starting(self, runner: Runner) -> Start:
        """The leaves' values and the seeds, numbered as the runner numbers them; DocumentError where one is missing."""
        if not self._starting:
            leaves, seeds = leaf_numbers(self), seed_numbers(self)
            self._starting.append(([leaves[wire] for wire in runner.leaves], runner.seeds(seeds)))
        return self._starting[0]

    @property
    def gates(self) -> list[int]:
        """Positions of the nodes that compute, in order."""
        if not self._gates:
            # At once, for threads may share a plan.
            self._gates[:] = [i for i, rule in enumerate(self.rules) if rule is not None]
        return self._gates

    @property
    def consumers(self) -> list[Consumers]:
        """For every wire the gates that read it, each with the ports where it does and a gradient may flow."""
        if not self._consumers:
            found: list[dict[int, list[int]]] = [{} for _ in self.ids]
            for gate in self.gates:
                rule = self.rules[gate]
                assert rule is not None
                for port, operand in enumerate(self.operands[gate]):
                    if not rule.is_fixed(port):
                        found[operand].setdefault(gate, []).append(port)
            self._consumers[:] = [[(gate, tuple(ports)) for gate, ports in wire.items()] for wire in found]
        return self._consumers

    @property
    def numbers(self) -> int:
        """Entries of all wires."""
        return len(self.shapes) if self.runner is not None else sum(map(size, self.shapes))

    @property
    def is_elementwise(self) -> bool:
        """True if every gate works entry by entry."""
        return all(rule is None or rule.elementwise for rule in self.rules)

    @property
    def work(self) -> int:
        """Scalar operations of one forward pass."""
        return len(self.gates) if self.runner is not None else sum(size(self.shapes[i]) for i in self.gates)


def plan(graph: Graph) -> Plan:
    """Check the graph by the rules of its ops (stage 6) and lay it out; DocumentError names what is wrong.

    A graph is never changed, so it keeps its plan.
    """
    made: Plan | None = graph.beside.made(graph)
    if made is None:
        made = plan_of(flatten(graph))
        graph.beside.keep(graph, made)
    return made


def plan_of(flat: Flat) -> Plan:
    """The plan of a graph that was made flat."""
    graph, structure = flat.graph, flat.graph.structure
    skeleton = _skeleton(flat)
    if skeleton is not None:
        return _over(skeleton, graph)
    shapes, ops = shapes_of(flat), structure.ops
    return Plan(
        graph=graph,
        ids=structure.ids,
        rules=[bound_rule(node) for node in graph.nodes],
        operands=structure.operands,
        shapes=shapes,
        dtypes=structure.dtypes,
        trained=[dtype in FLOATING and op != "const" for op, dtype in zip(ops, structure.dtypes, strict=True)],
        reaching=reaching_wires(structure.operands, structure.outputs),
        outputs=structure.outputs,
        collapsed=flat.gates,
        entrances=flat.entrances,
    )


def _skeleton(flat: Flat) -> Skeleton | None:
    """The structure of a graph of scalars, as it was laid out before, or laid out now; None for other graphs."""
    if not states_scalars(flat):
        return None
    key = key_of(flat.graph)
    found = SKELETONS.get(key)
    if found is None and is_sound(flat.graph):
        found = skeleton_of(flat.graph)
        SKELETONS.put(key, found, len(found.rules))
    return found


def _over(skeleton: Skeleton, graph: Graph) -> Plan:
    """The plan of a graph that has this skeleton."""
    return Plan(
        graph=graph,
        ids=graph.structure.ids,
        rules=skeleton.rules,
        operands=skeleton.operands,
        shapes=skeleton.shapes,
        dtypes=skeleton.dtypes,
        trained=skeleton.trained,
        reaching=skeleton.reaching,
        outputs=skeleton.outputs,
        skeleton=skeleton,
    )


def leaf_numbers(plan: Plan) -> list[Number]:
    """The leaves' values, rounded to their dtype, in their places; DocumentError for a leaf without value."""
    numbers: list[Number] = [None] * len(plan.ids)
    for position, rule in enumerate(plan.rules):
        if rule is None:
            node = plan.graph.nodes[position]
            if "value" not in node:
                raise DocumentError((_unbound(position, node["id"]),))
            numbers[position] = number(node["value"], plan.dtypes[position])
    return numbers


def is_bound(plan: Plan) -> bool:
    """True if every leaf has a value."""
    return all("value" in plan.graph.nodes[i] for i, rule in enumerate(plan.rules) if rule is None)


def number(raw: Any, dtype: str) -> Number:
    """A written number or tensor as the float passes use it."""
    if isinstance(raw, (int, float, str)):
        return nearest(raw, dtype)
    tensor = read(raw, dtype)
    entries = [nearest(entry, dtype) for entry in tensor.entries if entry is not None]
    return np.array(entries, dtype=np.float64).reshape(tensor.shape) if tensor.shape != SCALAR else entries[0]


def seed_numbers(plan: Plan) -> dict[int, Number]:
    """Output position -> its seed; 1 for a single scalar output that states none."""
    seeds: dict[int, Number] = {}
    for place, (output, position) in enumerate(zip(plan.graph.outputs, plan.outputs, strict=True)):
        if "seed" in output:
            seeds[position] = number(output["seed"], plan.dtypes[position])
        elif len(plan.outputs) == 1 and plan.shapes[position] == SCALAR:
            seeds[position] = 1.0
        else:
            raise DocumentError((_seedless(place, output["node"]),))
    return seeds


def has_objective(plan: Plan) -> bool:
    """True if the document says which scalar is differentiated."""
    seeded = all("seed" in output for output in plan.graph.outputs)
    return seeded or (len(plan.outputs) == 1 and plan.shapes[plan.outputs[0]] == SCALAR)


def _unbound(position: int, name: str) -> Problem:
    return Problem(
        code="field.missing",
        at=f"/nodes/{position}",
        message=f"{name} has no value, so nothing can be computed: give it a value",
        node=name,
    )


def _seedless(place: int, name: str) -> Problem:
    return Problem(
        code="seed.missing",
        at=f"/outputs/{place}",
        message=f"no gradient without an objective: give every output a seed, {name} has none",
        node=name,
    )
