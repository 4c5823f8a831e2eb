"""Local gradients of collapsed gates: derivatives of what leaves a call or a group by what enters it.

Each is judged as a graph of its own: the same nodes and values, with the gate's exit as the only output and a seed of
ones. What the entrances then receive is the local gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from ...schema import Node
from ...schema.tensor import write
from ..flat import Gate
from ..plan import Plan, reaching_wires
from ..registry import OPS
from ..shape import size
from .claims import Key
from .findings import Finding
from .outcome import Outcome

#: Fields that speak of the gradients of the whole graph.
_GRADIENTS = ("grad", "local", "downstream")


def local_findings(plan: Plan, judge: Callable[[Plan], Outcome]) -> list[Finding]:
    """The findings on every stated local gradient of a collapsed gate."""
    found: list[Finding] = []
    for gate in plan.collapsed:
        if any(raw is not None for raw in gate.local):
            outcome = judge(_alone(plan, gate))
            keys: set[Key] = {(node, "grad", None) for node in gate.entrances}
            found += [_as_local(finding) for finding in outcome.claims if finding.key in keys]
    return found


def _alone(plan: Plan, gate: Gate) -> Plan:
    """The plan with the gate's exit as its output, and its local gradients as what the entrances receive."""
    stated = dict(zip(gate.entrances, gate.local, strict=False))
    rows: list[Node] = []
    for i, node in enumerate(plan.graph.nodes):
        row = {name: value for name, value in node.items() if name not in _GRADIENTS}
        if stated.get(i) is not None:
            row["grad"] = stated[i]
        rows.append(cast(Node, row))
    plan = _spread(plan, gate, rows)
    output = {"node": plan.ids[gate.exit], "seed": write(plan.shapes[gate.exit], [1] * size(plan.shapes[gate.exit]))}
    structure = replace(plan.graph.structure, outputs=[gate.exit])
    graph = plan.graph.with_nodes(rows, structure=structure, outputs=[output])
    reaching = reaching_wires(plan.operands, [gate.exit])
    return replace(plan, graph=graph, outputs=[gate.exit], reaching=reaching, collapsed=())


def _spread(plan: Plan, gate: Gate, rows: list[Node]) -> Plan:
    """Scalars that enter beside tensors, with a copy an entry of what leaves: a local gradient has one for each."""
    exit_ = plan.shapes[gate.exit]
    scalars = [i for i in gate.entrances if plan.shapes[i] != exit_]
    rules, shapes = list(plan.rules), list(plan.shapes)
    for i in scalars:
        rules[i], shapes[i] = OPS["broadcast_to"].given({"shape": exit_}), exit_
        rows[i] = cast(Node, {**rows[i], "op": "broadcast_to", "attrs": {"shape": list(exit_)}})
    return replace(plan, rules=rules, shapes=shapes) if scalars else plan


def _as_local(finding: Finding) -> Finding:
    """The same finding, of the gate's local gradient; no fault is blamed on it, for it speaks of this gate alone."""
    finding.claim = replace(finding.claim, field="local")
    finding.carried_from = None
    return finding
