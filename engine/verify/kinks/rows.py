"""What a report says of kinks: the nearest ones, how each claim stands to them, and the branches that are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from ...backward import CONVENTIONS
from ...plan import Plan
from ...shape import index_of
from ..findings import Finding
from ..outcome import Outcome
from ..values import rule_of
from .guards import guarded
from .margins import Coordinate, Margin

#: Gates up to which the sign of every guard is written; above, how many there are and a digest.
WRITTEN = 64

#: Gates at their kink that a claim names.
NAMED = 8

#: The sign of a guard as it is written; None where it is not certain.
SIGNS: Mapping[int | None, str] = {1: "+", 0: "0", -1: "-", None: "?"}


def nearest_kinks(plan: Plan, found: Outcome) -> list[dict[str, Any]]:
    """Gates whose guard is, or may be, 0 at this point, then those that each input meets first, the nearest first.

    A margin is in units of the input that stands beside it.
    """
    follows = [standing.follows for standing in found.kinks.standings.values() if standing.in_cone]
    common = [name for name in CONVENTIONS if all(name in each for each in follows)]
    gates = dict.fromkeys(guard.gate for guard in found.kinks.guards)
    rows = [{**_gate(plan, i), "margin": "0", "follows": common} for i in gates]
    ahead = {at: margin for at, margin in found.margins.items() if margin.gate not in gates}
    nearest = sorted(ahead.items(), key=_distance)
    return rows + [
        {**_gate(plan, margin.gate), "margin": _written(margin), **_along(plan, at)} for at, margin in nearest
    ]


def _gate(plan: Plan, i: int) -> dict[str, Any]:
    return {"node": plan.ids[i], "guard": rule_of(plan, i).name}


def _along(plan: Plan, at: Coordinate) -> dict[str, Any]:
    leaf, entry = at
    place = {"index": index_of(entry, plan.shapes[leaf])} if plan.shapes[leaf] else {}
    return {"along": plan.ids[leaf], **place}


def _distance(item: tuple[Coordinate, Margin]) -> tuple[float, Coordinate]:
    at, margin = item
    return margin.distance, at


def _written(margin: Margin) -> str:
    """Six digits: float arithmetic, and shown."""
    return f"{margin.distance:.6g}"


def standing_of(plan: Plan, found: Outcome, finding: Finding) -> dict[str, Any] | None:
    """How a claim on a gradient stands to the kinks of the document; None for values, and where there are none."""
    claim = finding.claim
    standing = found.kinks.standings.get(finding.key)
    if claim.field == "value" or not (found.signature or standing):
        return None
    in_cone, follows = (standing.in_cone, list(standing.follows)) if standing is not None else (0, [])
    row: dict[str, Any] = {"in_cone": in_cone, "margin": "0" if in_cone else None, "follows": follows}
    if standing is not None and standing.gates:
        row["gates"] = [plan.ids[gate] for gate in standing.gates[:NAMED]]
    own = [(at, margin) for at, margin in found.margins.items() if at[0] == claim.node and claim.field == "grad"]
    if own and not in_cone:
        at, margin = min(own, key=_distance)
        row |= {"margin": _written(margin), "gate": plan.ids[margin.gate]}
        row |= {"index": index_of(at[1], claim.shape)} if claim.shape else {}
    return row


def branches(plan: Plan, signature: Mapping[int, Sequence[int | None]]) -> dict[str, Any]:
    """The branch signature: the sign of every guard at this point, one a gate and entry (+ - 0, ? if not certain)."""
    signs = {plan.ids[i]: "".join(SIGNS[sign] for sign in signature[i]) for i in guarded(plan) if i in signature}
    lines = "".join(f"{name} {written}\n" for name, written in sorted(signs.items()))
    row: dict[str, Any] = {
        "guards": sum(map(len, signs.values())),
        "digest": f"sha256:{sha256(lines.encode()).hexdigest()}",
    }
    return row | ({"signs": signs} if len(lines) <= WRITTEN * WRITTEN and len(signs) <= WRITTEN else {})
