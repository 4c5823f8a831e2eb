"""Documents of one op on tensors, and documents with one number changed."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.certification.tensor_trials import TensorTrial
from chainrule.engine.plan import plan
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Rule
from chainrule.engine.verify.claims import Key, claims_of
from chainrule.engine.verify.digests import Digests
from chainrule.engine.verify.outcome import Outcome
from chainrule.engine.verify.pipeline import verify_graph
from chainrule.engine.verify.policy import STANDARD
from chainrule.engine.verify.probe import probes_for
from chainrule.engine.verify.tensors.verification import verify_tensors
from chainrule.schema import Graph
from chainrule.schema.tensor import write

STRUCTURED = {name: rule for name, rule in OPS.items() if not rule.elementwise}


def tensor(numbers: Any) -> Any:
    """Numbers as a document writes them."""
    array = np.asarray(numbers)
    entries = array.ravel().tolist()
    return entries[0] if array.shape == () else write(array.shape, entries)


def whole(numbers: Any) -> Any:
    """The same for integers."""
    return tensor(np.asarray(numbers).astype(np.int64))


def result_dtype(rule: Rule) -> str | None:
    """The dtype of the result where it is not that of the document."""
    return "int64" if rule.name == "argmax" else None


def op_document(trial: TensorTrial) -> Graph:
    """The op between leaves, its results as outputs, the cotangents as seeds."""
    rule, nodes = trial.rule, list[dict[str, Any]]()
    for port, operand in enumerate(trial.operands):
        if rule.is_fixed(port) and rule.name != "argmax":
            leaf = {"id": f"x{port}", "op": "input", "dtype": "int64", "value": whole(operand)}
        else:
            leaf = {"id": f"x{port}", "op": "input", "value": tensor(operand)}
        nodes.append(leaf)
    gate: dict[str, Any] = {"id": "y", "op": rule.name, "inputs": [node["id"] for node in nodes]}
    if attrs := stated(rule):
        gate["attrs"] = attrs
    if result_dtype(rule):
        gate["dtype"] = result_dtype(rule)
    nodes.append(gate)
    outputs = ["y"]
    if rule.outputs != 1 and len(trial.cotangents) > 1:
        outputs = [f"y{k}" for k in range(len(trial.cotangents))]
        nodes += [{"id": name, "op": "get", "inputs": ["y"], "attrs": {"index": k}} for k, name in enumerate(outputs)]
    if result_dtype(rule):
        nodes.append({"id": "f", "op": "reduce_sum", "inputs": ["x0"]})
        ends: list[Any] = [{"node": "f", "seed": 1}]
    else:
        ends = [{"node": name, "seed": tensor(g)} for name, g in zip(outputs, trial.cotangents, strict=True)]
    return Graph.build(nodes=nodes, outputs=ends, dtype=trial.dtype)


def stated(rule: Rule) -> dict[str, Any]:
    """The attributes that a document states: those that are not defaults."""
    known = {name: value for name, value in rule.values.items() if value is not None}
    kept = {name: value for name, value in known.items() if not rule.attributes[name].is_default(value)}
    return {name: rule.attributes[name].write(value) for name, value in kept.items()}


# --- judging ---------------------------------------------------------------------------------------------------------


def in_arrays(graph: Graph) -> Outcome:
    """The verdicts of the array path, whatever the size of the graph."""
    return verify_tensors(plan(graph), STANDARD, [], probes_for(Digests(graph), STANDARD.written()))


def in_parts(graph: Graph) -> Outcome:
    """The verdicts of the pipeline, which opens small graphs into their parts."""
    return verify_graph(graph)


PATHS: dict[str, Callable[[Graph], Outcome]] = {"parts": in_parts, "arrays": in_arrays}


def unjudged(outcome: Outcome) -> list[str]:
    """Claims of which some entry has no verdict on one side, or more than one."""
    found: list[str] = []
    for finding in outcome.claims:
        stated = sum(raw is not None for raw in finding.claim.entries)
        for opinion in (finding.local, finding.overall):
            if opinion.bulk + len(opinion.entries) != stated:
                found.append(f"{finding.key}: {opinion.bulk} + {len(opinion.entries)} of {stated}")
    return found


def refuted(outcome: Outcome) -> set[tuple[Key, int]]:
    """The entries that are refuted on some side."""
    return {
        (finding.key, entry)
        for finding in outcome.claims
        for opinion in (finding.local, finding.overall)
        for entry in opinion.refuted()
    }


def said(outcome: Outcome, key: Key, entry: int) -> tuple[str, str]:
    """The local and global verdict on one entry."""
    [finding] = [finding for finding in outcome.claims if finding.key == key]
    sides = (finding.local, finding.overall)
    found = [side.entries[entry].verdict.value if entry in side.entries else "consistent" for side in sides]
    return found[0], found[1]


# --- changing one number ---------------------------------------------------------------------------------------------


def stated_entries(graph: Graph) -> list[tuple[Key, int, float]]:
    """Every number claimed on a node: the claim, the entry, what is stated. Entrances of calls are no nodes."""
    made, found = plan(graph), list[tuple[Key, int, float]]()
    for claim in claims_of(made):
        if made.ids[claim.node] in graph.structure.index:
            key = (claim.node, claim.field, claim.port)
            found += [(key, entry, float(raw)) for entry, raw in enumerate(claim.entries) if is_number(raw)]
    return found


def is_number(raw: Any) -> bool:
    return isinstance(raw, (int, float)) and not isinstance(raw, bool)


def with_entry(graph: Graph, key: Key, entry: int, number: Any) -> Graph:
    """The document with one entry of one claim replaced."""
    place, field, port = key
    rows: list[Any] = [dict(row) for row in graph.nodes]
    row = rows[graph.structure.index[plan(graph).ids[place]]]
    if port is None:
        row[field] = _replaced(row[field], entry, number)
    else:
        row[field] = [_replaced(raw, entry, number) if k == port else raw for k, raw in enumerate(row[field])]
    return graph.with_nodes(rows)


def _replaced(raw: Any, entry: int, number: Any) -> Any:
    if not isinstance(raw, list):
        return number
    array = np.array(raw, dtype=object)
    array.ravel()[entry] = number
    return array.tolist()
