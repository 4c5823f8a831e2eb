"""The seed that a task asks for: with all seeds 0, every local equation holds for all-zero gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ...schema import Graph, Output, UsageError
from .findings import Finding
from .verdict import Verdict


def with_seeds(graph: Graph, seeds: Mapping[str, Any]) -> tuple[Graph, list[int]]:
    """The graph with the asked seeds on its outputs, and the positions of those whose own seed was another.

    Raises UsageError for what is no output, and DocumentError for what is no seed.
    """
    names = [output["node"] for output in graph.outputs]
    if unknown := [name for name in seeds if name not in names]:
        raise UsageError(f"{unknown[0]} is no output; the outputs are {', '.join(names)}")
    if not seeds:
        return graph, []
    asked = [cast(Output, {**output, "seed": seeds.get(output["node"], 1)}) for output in graph.outputs]
    changed = [
        now["node"] for now, own in zip(asked, graph.outputs, strict=True) if now.get("seed") != own.get("seed", 1)
    ]
    judged = Graph.from_object({**graph.written(), "outputs": asked}).with_leaf_claims(graph.leaf_claims)
    return judged, [graph.structure.index[name] for name in changed]


def name_seeds(findings: Sequence[Finding], differing: Sequence[int]) -> None:
    """Say `seed-differs` where a wrong output gradient, or what was carried from it, follows from another seed."""
    roots = {(node, "grad", None) for node in differing}
    for finding in findings:
        if finding.key in roots:
            _say(finding, "disagrees")
        elif finding.carried_from in roots:
            _say(finding, "carried-error")


def _say(finding: Finding, instead_of: str) -> None:
    for opinion in (finding.local, finding.overall):
        for entry, judgement in opinion.entries.items():
            if judgement.verdict is Verdict.REFUTED and instead_of in judgement.reasons:
                reasons = tuple("seed-differs" if reason == instead_of else reason for reason in judgement.reasons)
                opinion.entries[entry] = replace(judgement, reasons=reasons)
